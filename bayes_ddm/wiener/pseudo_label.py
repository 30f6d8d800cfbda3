"""The weight that turns a choice into a drift pseudo-label, its derivatives and its variance."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.wiener._regimes import CROSSOVER, PI2, by_time, positive
from bayes_ddm.wiener.first_passage import log_factor_slope, zero_drift_log_slope

VERY_EARLY = 0.1  # of u: before, exp(-4/u) is below half an ulp


def drift_weight(decision_time: ArrayLike, boundary: ArrayLike) -> Any:
    """Weight ``w_b(t)`` that turns a choice into an unbiased estimate of the drift.

    ``E[choice * drift_weight(T, b)] = v`` for every drift ``v``: each row is a *drift
    pseudo-label*, and their mean estimates the population's average drift whatever its shape.

    Parameters
    ----------
    decision_time : array_like
        Seconds (``rt - ndt``), positive.
    boundary : array_like
        Half the boundary separation.

    Returns
    -------
    float or ndarray
        Positive, decreasing in time; relative error below 1e-11.

    Raises
    ------
    InputError
        If a decision time or the boundary is not positive.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.

    Examples
    --------
    >>> round(float(drift_weight(0.5, 1.25)), 6)
    1.7001
    """
    b = positive("boundary", boundary)
    u = np.asarray(positive("decision_time", decision_time) / b**2)
    return (by_time(u, CROSSOVER, _weight_early, _weight_late) / b)[()]


def _weight_early(u: FloatArray) -> FloatArray:
    # products: NumPy's integer powers above two cost as much as an exponential each
    q = np.exp(-4 / u)
    q2 = q * q
    q3 = q2 * q
    numerator = (1 - u) + q * ((9 - u) + q2 * ((25 - u) + q3 * (49 - u)))
    return numerator / (u * (1 + q * (-3 + q2 * (5 - 7 * q3))))


def _weight_late(u: FloatArray) -> FloatArray:
    # sum (-1)^(k+1) k^2 r^(4 k^2) over sum (-1)^k (2k+1) r^((2k+1)^2)
    r = np.exp(-PI2 / 8 * u)
    r3 = r * r * r
    r4 = r3 * r
    q = r4 * r4
    q2 = q * q
    r12 = r4 * q
    numerator = r3 * (1 - r12 * (4 - 9 * (r12 * q)))
    return 2 * np.pi * numerator / (1 + q * (-3 + q2 * (5 - 7 * (q2 * q))))


def pseudo_label_variance(decision_time: ArrayLike, boundary: ArrayLike) -> Any:
    """Unbiased estimate of the variance of one drift pseudo-label, from its decision time alone.

    Parameters
    ----------
    decision_time : array_like
        Seconds (``rt - ndt``), positive.
    boundary : array_like
        Half the boundary separation.

    Returns
    -------
    float or ndarray
        ``drift_weight**2 - 2 * zero_drift_log_slope``, in 1/seconds: its mean, given any drift, is
        the variance of ``choice * drift_weight``. It falls from ``1/t + 1/b^2`` at early times to
        ``(pi / (2 b))^2``, and no lower.

    Raises
    ------
    InputError
        If a decision time or the boundary is not positive.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987, for the weight.

    Examples
    --------
    >>> round(float(pseudo_label_variance(0.5, 1.25)), 6)
    2.640899
    """
    b = positive("boundary", boundary)
    t = np.asarray(positive("decision_time", decision_time))
    difference = drift_weight(t, b) ** 2 - 2 * zero_drift_log_slope(t, b)
    # early on both terms are about (b/t)^2 and cancel
    return np.where(t < VERY_EARLY * b**2, 1 / t + 1 / b**2, difference)[()]


def drift_weight_derivatives(
    decision_time: ArrayLike, boundary: ArrayLike
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of `drift_weight` by the decision time and by the boundary.

    Parameters are those of `drift_weight`. The derivative by ``ndt`` is minus the first.

    Returns
    -------
    by_time, by_boundary : float or ndarray

    Examples
    --------
    >>> by_time, by_boundary = drift_weight_derivatives(0.5, 1.25)
    >>> round(float(by_time), 6), round(float(by_boundary), 6)
    (-4.997727, 2.638101)
    """
    b = positive("boundary", boundary)
    u = np.asarray(positive("decision_time", decision_time) / b**2)
    weight = by_time(u, CROSSOVER, _weight_early, _weight_late)
    slope = by_time(u, CROSSOVER, _weight_slope_early, _weight_slope_late)
    return (slope / b**3)[()], (-(weight + 2 * u * slope) / b**2)[()]


def _weight_slope_early(u: FloatArray) -> FloatArray:
    q = np.exp(-4 / u)
    q3, q6 = q**3, q**6
    d = 1 - 3 * q + 5 * q3 - 7 * q6
    n = (1 / u - 1) + (9 / u - 1) * q + (25 / u - 1) * q3 + (49 / u - 1) * q6
    dn = -(1 + 9 * q + 25 * q3 + 49 * q6) + 4 * (
        (9 / u - 1) * q + 3 * (25 / u - 1) * q3 + 6 * (49 / u - 1) * q6
    )
    dd = 4 * (-3 * q + 15 * q3 - 42 * q6)
    return (dn - n / d * dd) / (u**2 * d)


def _weight_slope_late(u: FloatArray) -> FloatArray:
    root = np.exp(-PI2 / 2 * u)
    q = root * root
    numerator = 1 - root**3 * (4 - 9 * root**5)
    log_numerator_slope = root**3 * (6 - 36 * root**5) * PI2 / numerator
    log_slope = -3 * PI2 / 8 + log_numerator_slope + PI2 * log_factor_slope(q)
    return _weight_late(u) * log_slope
