"""Joint density of choice and response time: drift given, and random drift integrated out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm.wiener._regimes import at_least_0, inside, positive, signs
from bayes_ddm.wiener.first_passage import zero_drift_log_density
from bayes_ddm.wiener.starting_point import zero_drift_log_density_from
from bayes_ddm.wiener.trial_drift import bound_evidence, stretched_time, trial_evidence


def log_density(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    drift: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
    start: ArrayLike = 0.5,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> Any:
    """Joint log density of a choice and its response time.

    Parameters
    ----------
    rt : array_like
        Response times in seconds.
    choice : array_like
        +1 or -1.
    drift, boundary : array_like
        Drift, and half the boundary separation.
    ndt : array_like
        Non-decision time in seconds; the density is zero where ``rt <= ndt``.
    start : array_like
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    drift_noise : array_like
        Standard deviation of the drift from trial to trial, ``drift`` being its mean.
    collapse : array_like
        Share of the boundary that is lost per second: the bounds are ``boundary * (1 - collapse *
        t)``, and the density is zero from where they meet.

    Returns
    -------
    float or ndarray
        Error below 1e-11 times the larger of 1 and its size; NaN where an argument is.

    Raises
    ------
    InputError
        If a choice is neither +1 nor -1, the boundary not positive, the starting point not between
        0 and 1, or the noise or collapse negative.

    Examples
    --------
    >>> round(float(log_density(1.0, 1, drift=0.5, boundary=1.0)), 6)
    -1.10042
    >>> round(float(log_density(1.0, 1, drift=0.5, boundary=1.0, collapse=0.2)), 6)
    -1.093988
    """
    v = np.asarray(drift, dtype=float)
    evidence, precision, constant = _terms(rt, choice, boundary, ndt, start, drift_noise, collapse)
    return (constant + evidence * v - 0.5 * precision * v**2)[()]


def _terms(
    rt: ArrayLike,
    choice: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike,
    start: ArrayLike,
    drift_noise: ArrayLike,
    collapse: ArrayLike,
) -> tuple[Any, Any, Any]:
    """What rows say of their drift: ``exp(evidence v - precision v^2 / 2 + constant)``."""
    t, z, b = np.asarray(rt, dtype=float) - ndt, signs(choice), positive("boundary", boundary)
    s, noise = inside("start", start), at_least_0("drift_noise", drift_noise)
    c = at_least_0("collapse", collapse)
    lean, middle = 2 * s - 1, (s == 0.5).all()
    time, stretched = np.maximum(t, 0), t
    if c.any():
        stretched = np.asarray(stretched_time(time, c))
        met = np.isinf(stretched)
        # from where the bounds meet there is no density, as before the first moment
        stretched = np.where(met, -1.0, np.where(t > 0, stretched, t))
        time = np.where(met, 0.0, time)
    gathered = bound_evidence(z, time, b, lean, c)
    if middle:
        constant = zero_drift_log_density(stretched, b)
    else:
        constant = zero_drift_log_density_from(stretched, z, b, s)
    if c.any():
        share = 1 - c * time
        constant = constant + 0.5 * c * b**2 * (share - lean**2) - 1.5 * np.log(share)
    if not noise.any():
        return gathered, time, constant
    evidence, precision, exponent, d = trial_evidence(gathered, time, noise**2)
    return evidence, precision, constant + exponent - 0.5 * np.log(d)


def starting_point_log_density(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    drift: ArrayLike,
    boundary: ArrayLike,
    start: ArrayLike,
    ndt: ArrayLike = 0.0,
) -> Any:
    """`log_density` where evidence starts off the middle.

    Examples
    --------
    >>> round(float(starting_point_log_density(1.0, 1, drift=0.5, boundary=1.0, start=0.7)), 6)
    -1.455703
    """
    return log_density(rt, choice, drift=drift, boundary=boundary, ndt=ndt, start=start)


def random_drift_log_density(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    mean: ArrayLike,
    sd: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
    start: ArrayLike = 0.5,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> Any:
    """Joint log density of one choice and its time, a Gaussian random drift integrated out.

    Parameters
    ----------
    rt : array_like
        Response times in seconds.
    choice : array_like
        +1 or -1.
    mean, sd : array_like
        Mean and standard deviation of the drift across labelers; ``sd`` may be 0.
    boundary, ndt : array_like
        Half the boundary separation; non-decision time in seconds.
    start, drift_noise, collapse : array_like
        As in `log_density`.

    Returns
    -------
    float or ndarray
        NaN where an argument is.

    Raises
    ------
    InputError
        As `log_density`.

    Notes
    -----
    Each row is a labeler of its own. The drift enters the likelihood of ``(z, t)`` as
    ``exp(z b v - v^2 t / 2)``, so a Gaussian drift integrates in closed form.

    Examples
    --------
    >>> round(float(random_drift_log_density(1.0, 1, mean=0.5, sd=1.0, boundary=1.0)), 6)
    -1.384494
    """
    evidence, precision, constant = _terms(rt, choice, boundary, ndt, start, drift_noise, collapse)
    return (
        constant + random_drift_log_factor(evidence, precision, np.asarray(mean), np.square(sd))
    )[()]


def random_drift_log_factor(choice_sum: Any, time: Any, mean: Any, var: Any, xp: Any = np) -> Any:
    """``log E[exp(S v - T v^2 / 2)]`` for ``v ~ Normal(mean, sqrt(var))``; finite at ``var = 0``.

    ``choice_sum`` is ``S = b * sum of choices`` and ``time`` the total decision time ``T``.
    """
    exponent, d = random_drift_parts(choice_sum, time, mean, var)
    return exponent - 0.5 * xp.log(d)


def random_drift_parts(choice_sum: Any, time: Any, mean: Any, var: Any) -> tuple[Any, Any]:
    """``(a, d)`` with the factor of `random_drift_log_factor` being ``exp(a) / sqrt(d)``."""
    d = 1 + var * time
    quadratic = 2 * mean * choice_sum + var * choice_sum**2 - mean**2 * time
    return quadratic / (2 * d), d
