r"""Probability that no decision has come by a time: of a trial that runs into a deadline.

Evidence that starts at :math:`x_0` has left neither bound by ``t`` with probability
:math:`e^{-v x_0 - v^2 t / 2} \int e^{v x} p_0(x, t) \, dx`, where :math:`p_0` says where it stands
at drift 0: by sines where ``t`` is large, by images where it is small.  In the drift ``v`` this is
entire.  So over normal drifts, of mean ``m`` and variance ``V``, Gauss-Hermite quadrature of it
times :math:`e^{v^2 t / 2}` under the mean ``m / D`` and variance ``V / D``, ``D = 1 + V t``, is
exact to rounding with a few nodes.

The functions take NumPy arrays or PyTensor tensors, ``xp`` being the namespace.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from bayes_ddm.wiener._regimes import PI2

# in units of t / b^2: from here on 8 odd sines, or 14, are exact to rounding; before, two images
CROSSOVER = 0.15
SINES = 15
# a probability of 1 less this has a finite logarithm of what is left, and a gradient
LEAST = 1e-15
TINY = 1e-300
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
LOG_WEIGHTS = np.log(WEIGHTS / WEIGHTS.sum())


def log_survival(
    t: Any, drift: Any, boundary: Any, start: Any = None, xp: Any = np
) -> tuple[Any, Any]:
    """Log probabilities that the decision comes after ``t``, and that it has come by then.

    Parameters
    ----------
    t : array or tensor
        Decision time in seconds; where it is not positive, nothing has come.
    drift, boundary : array or tensor
    start : array or tensor, optional
        Relative starting point; None for the middle.
    xp : namespace
        NumPy or PyTensor's ``tensor``.

    Returns
    -------
    log_later, log_by_then
        Absolute error of the probabilities below 1e-14 from the middle, else 1e-12; the first has
        a relative one below 1e-12 from ``t = 0.15 b^2`` on, however small it is.  Finite, with a
        gradient.

    Examples
    --------
    >>> later, by_then = log_survival(1.0, 0.0, 1.0)
    >>> round(float(np.exp(later)), 6), round(float(np.exp(by_then)), 6)
    (0.370777, 0.629223)
    """
    u, a = xp.maximum(t, 0) / boundary**2, drift * boundary
    y = None if start is None else 2 * start - 1
    early = u < CROSSOVER
    # each where it holds, and neither overflowing where it does not
    later, by_then = and_by_then(_log_late(xp.maximum(u, CROSSOVER), a, y, xp), xp)
    come = _early(xp.minimum(xp.maximum(u, 1e-6), CROSSOVER), a, y, xp)
    come = xp.minimum(xp.maximum(come, TINY), 1 - LEAST)
    return (
        xp.where(early, xp.log1p(-come), later),
        xp.where(early, xp.log(come), by_then),
    )


def log_survival_of_normal(
    t: Any,
    mean: Any,
    variance: Any,
    boundary: Any,
    start: Any = None,
    xp: Any = np,
) -> tuple[Any, Any]:
    """Return `log_survival`, averaged over drifts that are normal; ``variance`` may be 0.

    Examples
    --------
    >>> later, _ = log_survival_of_normal(1.0, 0.0, 1.0, 1.0)
    >>> round(float(np.exp(later)), 6)
    0.328474
    """
    t = xp.maximum(t, 0)
    d = 1 + variance * t
    # a root has no slope at 0
    sd = xp.sqrt(xp.maximum(variance / d, TINY))
    t, mean, boundary, d, sd = (_last(x, xp) for x in (t, mean, boundary, d, sd))
    start = None if start is None else _last(start, xp)
    drift = mean / d + sd * NODES
    later, _ = log_survival(t, drift, boundary, start, xp)
    terms = LOG_WEIGHTS + later + (drift**2 - mean**2 / d) * t / 2 - 0.5 * xp.log(d)
    highest = xp.max(terms, axis=-1, keepdims=True)
    log_later = xp.log(xp.exp(terms - highest).sum(axis=-1)) + highest[..., 0]
    return and_by_then(log_later, xp)


def and_by_then(log_later: Any, xp: Any = np) -> tuple[Any, Any]:
    """Return a log probability, and that of the contrary; finite, with a gradient."""
    log_later = xp.minimum(log_later, np.log1p(-LEAST))
    return log_later, xp.log(-xp.expm1(log_later))


def log_late(
    t: Any,
    mean: Any,
    variance: Any,
    boundary: Any,
    start: Any = None,
    drift_noise: Any = None,
    collapse: Any = None,
    xp: Any = np,
) -> tuple[Any, Any]:
    """Log probabilities that a decision comes after ``t``, and by then, in full.

    Parameters
    ----------
    t : array or tensor
        Decision time in seconds.
    mean : array or tensor
        Of the drift.
    variance : array or tensor, or None
        Of the drift between those who may decide; None where it is known.
    boundary : array or tensor
    start, drift_noise, collapse : array or tensor, or None
        As in `log_density`; None for what there is not.
    xp : namespace

    Notes
    -----
    Noise of the drift adds to its variance, and so do bounds that close in, in their stretched
    time: once the bounds have met every decision has come.
    """
    spread = [
        x for x in (variance, None if drift_noise is None else drift_noise**2) if x is not None
    ]
    met: Any = False
    if collapse is not None:
        spread.append(collapse)
        left = 1 - collapse * xp.maximum(t, 0)
        met, t = left <= 1e-10, t / xp.maximum(left, 1e-10)
        if start is not None:
            mean = mean + collapse * boundary * (2 * start - 1)
    if not spread:
        return log_survival(t, mean, boundary, start, xp)
    log_later, log_by_then = log_survival_of_normal(
        t, mean, sum(spread[1:], spread[0]), boundary, start, xp
    )
    if collapse is None:
        return log_later, log_by_then
    return xp.where(met, -np.inf, log_later), xp.where(met, 0.0, log_by_then)


def _log_late(u: Any, a: Any, y: Any, xp: Any) -> Any:
    """Log of what is left, by sines."""
    decay = -0.5 * a**2 * u
    if y is None:
        total, power = 0.0, 1.0
        q8 = xp.exp(-PI2 * u)
        step = q8
        for k, c in enumerate(range(1, SINES + 1, 2)):
            total = total + (-1) ** k * c * power / (a**2 / 2 + c**2 * PI2 / 8)
            # q^(c^2 - 1): exponents 0, 8, 24, 48, ...
            power, step = power * step, step * q8
        size = xp.abs(a)
        total = xp.log(xp.maximum(total, TINY)) + xp.log1p(xp.exp(-2 * size))
        return np.log(np.pi / 4) + size + decay - PI2 / 8 * u + total
    upper, lower = 0.0, 0.0
    for k in range(1, SINES):
        term = xp.sin(k * np.pi / 2 * (1 + y)) * xp.exp(-PI2 / 8 * (k**2 - 1) * u)
        term = term * (k * np.pi / 2) / (a**2 + k**2 * PI2 / 4)
        lower = lower + term
        upper = upper - (-1) ** k * term
    upper, lower = (xp.log(xp.maximum(x, TINY)) for x in (upper, lower))
    return decay - a * y - PI2 / 8 * u + xp.logaddexp(a + upper, lower - a)


def _early(u: Any, a: Any, y: Any, xp: Any) -> Any:
    """Probability that either bound has been reached, by images."""
    size = xp.abs(a)
    if y is None:
        both = 1 + xp.exp(-2 * size)
        return both * (_reached(u, size, size, 1, xp) - _reached(u, size, size, 3, xp))
    up = _reached(u, size, a * (1 - y), 1 - y, xp) - _reached(u, size, a * (1 - y), 3 + y, xp)
    down = -a * (1 + y)
    return up + _reached(u, size, down, 1 + y, xp) - _reached(u, size, down, 3 - y, xp)


def _reached(u: Any, size: Any, exponent: Any, distance: Any, xp: Any) -> Any:
    """``exp(exponent)`` times the integral of an image's density at that distance."""
    functions = special if xp is np else xp
    root = xp.sqrt(2 * u)
    ahead = xp.exp(exponent - size * distance) * functions.erfc((distance - size * u) / root)
    scaled = functions.erfcx((distance + size * u) / root)
    behind = xp.exp(exponent - distance**2 / (2 * u) - size**2 * u / 2) * scaled
    return 0.5 * (ahead + behind)


def _last(x: Any, xp: Any) -> Any:
    """Add a last axis, over nodes."""
    return xp.asarray(x)[..., None] if xp is np else xp.as_tensor(x)[..., None]
