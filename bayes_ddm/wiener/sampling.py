"""Exact draws from the diffusion: which bound is reached, and when."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.errors import InputError, positive
from bayes_ddm.wiener._regimes import at_least_0, inside
from bayes_ddm.wiener.distribution import choice_probability

# Beyond, the wrong bound is reached with probability exp(-10^6): an inverse Gaussian is exact there
FAR = 1e6
# draws of trials that all but never end in time
MOST_TRIES = 1000

Drawn = tuple[NDArray[np.int8], FloatArray]


def first_passage(
    drift: ArrayLike,
    boundary: ArrayLike,
    rng: np.random.Generator,
    start: ArrayLike = 0.5,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> tuple[NDArray[np.int8], FloatArray]:
    """Draw choices and decision times from the diffusion, exactly.

    Parameters
    ----------
    drift, boundary : array_like
        Drifts, and half the boundary separation; they broadcast, with `start`.
    rng : numpy.random.Generator
    start : array_like
        Relative starting points, above 0 (the bound -1) and below 1 (the bound +1).
    drift_noise : array_like
        Standard deviation of the drift from trial to trial, ``drift`` being its mean.
    collapse : array_like
        Share of the boundary that is lost per second.

    Returns
    -------
    choice : ndarray of int8
        +1 or -1.
    decision_time : ndarray of float
        Seconds, without the non-decision time.

    Raises
    ------
    InputError
        If a drift or boundary is not finite, a boundary not positive, a starting point not between
        0 and 1, or a noise or collapse negative.

    Notes
    -----
    From the middle ``T = 4 b^2 PolyaGamma(1, 2 b v)``, and given the drift the choice is
    independent of it.  From elsewhere evidence first leaves the symmetric interval that reaches
    to the nearest bound; if it leaves at the other end, the same is done from there.  Bounds that
    close in are bounds that stay, in the time of `stretched_time`.

    References
    ----------
    Polson, Scott & Windle (2013), J. Am. Stat. Assoc. 108:1339, for the Polya-Gamma law.

    Examples
    --------
    >>> choice, time = first_passage(np.full(3, 2.0), 1.25, np.random.default_rng(1))
    >>> choice
    array([1, 1, 1], dtype=int8)
    """
    drift = np.asarray(drift, dtype=float)
    start = inside("start", start)
    if not np.isfinite(drift).all():
        raise InputError("drifts must be finite; look at the population that they were drawn from.")
    boundary = positive("boundary", boundary)
    noise, c = at_least_0("drift_noise", drift_noise), at_least_0("collapse", collapse)
    if noise.any() or c.any():
        sd = np.sqrt(noise**2 + c)
        middle = drift + c * boundary * (2 * start - 1)
        shape = np.broadcast_shapes(middle.shape, sd.shape)
        trial = middle + sd * rng.normal(size=shape)
        choice, time = first_passage(trial, boundary, rng, start)
        return choice, time / (1 + c * time)
    below, above = 2 * boundary * start, 2 * boundary * (1 - start)
    v, nearest = np.broadcast_arrays(drift, np.minimum(below, above))
    choice, time = _leave(v, nearest, rng)
    if (start == 0.5).all():
        return choice, time
    v, below, above = (np.broadcast_to(a, choice.shape).flatten() for a in (drift, below, above))
    sign, total = choice.flatten(), time.flatten()
    step = np.minimum(below, above) * sign
    below, above = below + step, above - step
    walking = np.flatnonzero((below > 0) & (above > 0))
    while walking.size:
        nearest = np.minimum(below[walking], above[walking])
        sign[walking], duration = _leave(v[walking], nearest, rng)
        total[walking] += duration
        below[walking] += nearest * sign[walking]
        above[walking] -= nearest * sign[walking]
        walking = walking[(below[walking] > 0) & (above[walking] > 0)]
    return sign.reshape(choice.shape), total.reshape(choice.shape)


def in_time(trials: Drawn, again: Callable[[BoolArray], Drawn], deadline: ArrayLike) -> Drawn:
    """Draw trials anew until their responses come before a deadline.

    Parameters
    ----------
    trials : tuple of ndarray
        Choices and response times.
    again : callable
        Takes which of the trials to draw, and returns their choices and response times.
    deadline : array_like
        Seconds; one, or one per trial.

    Returns
    -------
    choice, rt : ndarray
        A trial that never was in time in a thousand draws has its response at the deadline.
    """
    choice, rt = np.array(trials[0]), np.array(trials[1], dtype=float)
    limit = np.broadcast_to(np.asarray(deadline, dtype=float), rt.shape)
    for _ in range(MOST_TRIES):
        late = rt > limit
        if not late.any():
            break
        choice[late], rt[late] = again(late)
    return choice, np.minimum(rt, limit)


def _leave(
    v: FloatArray, b: FloatArray, rng: np.random.Generator
) -> tuple[NDArray[np.int8], FloatArray]:
    """Side and time of leaving ``(-b, b)`` from its middle."""
    from polyagamma import random_polyagamma

    tilt = np.asarray(2 * b * np.abs(v))
    # the default method, "saddle" and "gamma" are silently wrong for large tilts
    unit = random_polyagamma(1.0, np.minimum(tilt, FAR), method="alternate", random_state=rng)
    time = np.asarray(4 * b**2 * unit)
    far = tilt > FAR
    if far.any():
        time[far] = rng.wald(b[far] / np.abs(v[far]), b[far] ** 2)
    choice = np.where(rng.random(v.shape) < choice_probability(v, b), 1, -1).astype(np.int8)
    return choice, time
