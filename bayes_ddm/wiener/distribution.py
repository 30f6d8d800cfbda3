"""Distribution function, moments and transform of the decision time; choice probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_ndtr

from bayes_ddm._typing import FloatArray
from bayes_ddm.wiener._regimes import PI2, at_least_0, by_time, inside, positive, signs
from bayes_ddm.wiener.trial_drift import averaged, stretched_time


def cdf(
    rt: ArrayLike,
    *,
    drift: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> Any:
    """Probability that the response has come by ``rt``, whichever choice it is.

    Parameters
    ----------
    rt : array_like
        Seconds.
    drift, boundary, ndt, drift_noise, collapse : array_like
        As in `log_density`; evidence starts in the middle.

    Returns
    -------
    float or ndarray
        In [0, 1], absolute error below 1e-12 (with noise or collapse, 1e-9); NaN where an argument
        is.

    Examples
    --------
    >>> round(float(cdf(1.0, drift=0.0, boundary=1.0)), 6)
    0.629223
    """
    b = positive("boundary", boundary)
    t = np.asarray(rt, dtype=float) - ndt
    variance = _trial_variance(drift_noise, collapse)
    if variance.any():
        s = stretched_time(np.maximum(t, 0), collapse)
        return _over_trials(lambda u, b, s: cdf(s, drift=u, boundary=b), drift, variance, b, s)
    a, u = np.abs(drift) * b, np.maximum(t, 0) / b**2
    # there the probability is below exp(-4000)
    is_zero = (u <= 1e-4) & (a * np.minimum(u, 1.0) <= 0.1)
    value = by_time(np.where(is_zero, 1.0, u), 0.6, _cdf_early, _cdf_late, np.asarray(a))
    return np.where(is_zero, 0.0, np.clip(value, 0.0, 1.0))[()]


def _cdf_early(u: FloatArray, a: FloatArray) -> FloatArray:
    total = np.zeros(u.shape)
    root = np.sqrt(u)
    for k in range(5):
        c = 2 * k + 1
        near = np.exp(a - c * a + log_ndtr((a * u - c) / root))
        far = np.exp(a + c * a + log_ndtr(-(a * u + c) / root))
        total += (-1) ** k * (near + far)
    return (1 + np.exp(-2 * a)) * total


def _cdf_late(u: FloatArray, a: FloatArray) -> FloatArray:
    total = np.zeros(u.shape)
    for k in range(5):
        c = 2 * k + 1
        rate = a**2 / 2 + c**2 * PI2 / 8
        total += (-1) ** k * c * np.exp(a - rate * u) / rate
    return 1 - np.pi / 4 * (1 + np.exp(-2 * a)) * total


def _trial_variance(drift_noise: ArrayLike, collapse: ArrayLike) -> FloatArray:
    """Variance of a trial's own drift in the stretched time."""
    variance = at_least_0("drift_noise", drift_noise) ** 2 + at_least_0("collapse", collapse)
    return np.asarray(variance)


def _over_trials(
    function: Callable[..., FloatArray],
    drift: ArrayLike,
    variance: FloatArray,
    boundary: FloatArray,
    extra: FloatArray,
) -> Any:
    """Mean of a function of (drift, boundary, one thing more) over the drifts of trials."""
    v, sd, b, x = np.broadcast_arrays(np.asarray(drift, float), np.sqrt(variance), boundary, extra)
    return averaged(lambda u: function(u, b[..., None], x[..., None]), v, sd, b)[()]


def choice_cdf(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    drift: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> Any:
    """Probability that this choice is made, and made by ``rt`` (defective: at most its share).

    Parameters are those of `cdf`. Choice and decision time are independent given the drift of the
    trial, so this is their product.

    Examples
    --------
    >>> round(float(choice_cdf(1.0, 1, drift=0.0, boundary=1.0)), 6)
    0.314611
    """
    toward = signs(choice) * np.asarray(drift, dtype=float)
    variance = _trial_variance(drift_noise, collapse)
    if not variance.any():
        share = choice_probability(toward, boundary)
        return share * cdf(rt, drift=drift, boundary=boundary, ndt=ndt)
    s = stretched_time(np.maximum(np.asarray(rt, dtype=float) - ndt, 0), collapse)
    return _over_trials(
        lambda u, b, s: choice_cdf(s, 1, drift=u, boundary=b),
        toward,
        variance,
        positive("boundary", boundary),
        s,
    )


def choice_probability(
    drift: ArrayLike,
    boundary: ArrayLike,
    start: ArrayLike = 0.5,
    *,
    drift_noise: ArrayLike = 0.0,
    collapse: ArrayLike = 0.0,
) -> Any:
    """Probability of the choice +1: ``1 / (1 + exp(-2 b v))`` from the middle.

    Parameters
    ----------
    drift, boundary : array_like
        Drift, and half the boundary separation.
    start : array_like
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    drift_noise, collapse : array_like
        As in `log_density`; the average over a trial's own drift has an error below 1e-9.

    Returns
    -------
    float or ndarray
        NaN where the drift is.

    Raises
    ------
    InputError
        If the boundary is not positive or the starting point not between 0 and 1.

    Notes
    -----
    ``(1 - exp(-4 b v start)) / (1 - exp(-4 b v))``, and ``start`` itself at drift 0.

    Examples
    --------
    >>> float(choice_probability(0.0, 1.25))
    0.5
    >>> round(float(choice_probability(0.5, 1.25, start=0.7)), 6)
    0.900112
    """
    b, v, s = positive("boundary", boundary), np.asarray(drift, dtype=float), inside("start", start)
    variance = _trial_variance(drift_noise, collapse)
    if variance.any():
        shifted = v + np.asarray(collapse) * b * (2 * s - 1)
        return _over_trials(choice_probability, shifted, variance, b, s)
    # at half, this is exactly 2 b v
    middle = expit(4 * b * s * v)
    if (s == 0.5).all():
        return middle[()]
    tilt = np.asarray(4 * b * np.abs(v))
    flat = tilt < 1e-290
    safe = np.where(flat, 1.0, tilt)
    share = np.where(flat, s, np.expm1(-safe * s) / np.expm1(-safe))
    against = np.where(v < 0, np.exp(-tilt * (1 - s)), 1.0)
    return np.where(s == 0.5, middle, share * against)[()]


def decision_time_mean(drift: ArrayLike, boundary: ArrayLike) -> Any:
    """Mean decision time in seconds: ``(b / v) tanh(b v)``, ``b^2`` at drift 0.

    Examples
    --------
    >>> float(decision_time_mean(0.0, 2.0))
    4.0
    """
    b = positive("boundary", boundary)
    a = np.asarray(np.abs(drift) * b)
    safe = np.where(a > 1e-8, a, 1.0)
    return (b**2 * np.where(a > 1e-8, np.tanh(safe) / safe, 1.0))[()]


# tanh(a) - a sech(a)^2 = -2 sum_n (n - 1) t_n a^(2n - 1), t_n the coefficients of tanh
_VARIANCE_SERIES = (
    2 / 3,
    -8 / 15,
    34 / 105,
    -496 / 2835,
    13820 / 155925,
    -262128 / 6081075,
    13013966 / 638512875,
)


def decision_time_variance(drift: ArrayLike, boundary: ArrayLike) -> Any:
    """Variance of the decision time, in seconds squared; ``2 b^4 / 3`` at drift 0.

    Examples
    --------
    >>> round(float(decision_time_variance(0.0, 1.0)), 6)
    0.666667
    """
    b = positive("boundary", boundary)
    a = np.asarray(np.abs(drift) * b)
    small = a < 0.15
    safe = np.where(small, 1.0, a)
    # sech^2 from exp(-2a): cosh overflows at a = 710
    sech2 = 4 * np.exp(-2 * safe) / (1 + np.exp(-2 * safe)) ** 2
    direct = (np.tanh(safe) - safe * sech2) / safe**3
    series = np.polynomial.polynomial.polyval(np.where(small, a, 0.0) ** 2, _VARIANCE_SERIES)
    return (b**4 * np.where(small, series, direct))[()]


def laplace_transform(s: ArrayLike, drift: ArrayLike, boundary: ArrayLike) -> Any:
    """Laplace transform ``E[exp(-s T)]`` of the decision time, for ``s >= 0``.

    Parameters
    ----------
    s : array_like
        1/seconds.
    drift, boundary : array_like
        Drift, and half the boundary separation.

    Examples
    --------
    >>> round(float(laplace_transform(0.5, 0.0, 1.0)), 6)  # 1 / cosh(1)
    0.648054
    """
    b = positive("boundary", boundary)
    v, s = np.asarray(drift, dtype=float), np.asarray(s, dtype=float)
    root = np.hypot(v, np.sqrt(2 * s))
    a, c = np.abs(v) * b, root * b
    # a - c, without their cancellation
    difference = -2 * b * (s / np.where(root == 0, 1.0, np.abs(v) + root))
    value = np.exp(difference) * (1 + np.exp(-2 * a)) / (1 + np.exp(-2 * c))
    return np.minimum(value, 1.0)[()]
