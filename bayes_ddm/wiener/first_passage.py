"""The density at drift 0: what every other formula is made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.wiener._regimes import CROSSOVER, PI2, by_time, positive

TINY = 1e-100
# with a type of its own: PyTensor would try it as a float32 first
LARGE = np.float64(1 / TINY)


def log_first_passage(u: Any, xp: Any = np) -> Any:
    """Log density ``log g(u)`` of one outcome at drift 0, boundary 1, for ``u > 0``.

    ``xp`` is the array namespace: NumPy here, PyTensor in `bayes_ddm.distributions`, so that the
    formula stands in one place.
    """
    exponent, square = first_passage_parts(u, xp)
    return exponent + 0.5 * xp.log(square)


def first_passage_parts(u: Any, xp: Any = np) -> tuple[Any, Any]:
    """``(a, s)`` with ``g(u) = exp(a) sqrt(s)``, so that sums of ``g`` need no logarithm each."""
    early = u < CROSSOVER
    # one exponential, one division, and one root or logarithm of the square of all factors
    rate = 1 / u
    exponent = xp.where(early, -4 * rate, -PI2 * u)
    q = xp.exp(exponent)
    series = 1 + q * (-3 + q * q * (5 - 7 * q * q * q))
    # nearer to 0 its cube overflows, and the exponential decides alone
    above = xp.minimum(rate, LARGE)
    scale = xp.where(early, above * above * above / (2 * np.pi), PI2 / 16)
    return exponent / 8, series * series * scale


def log_first_passage_slope(u: Any, xp: Any = np) -> Any:
    """Derivative of `log_first_passage`."""
    early = u < CROSSOVER
    rate = 1 / u
    q = xp.exp(xp.where(early, -4 * rate, -PI2 * u))
    return xp.where(early, _slope_early(rate, q), _slope_late(q))


def zero_drift_log_density(decision_time: ArrayLike, boundary: ArrayLike) -> Any:
    """Log density of (either choice, decision time) at drift 0: ``log f0(t; b)``.

    Parameters
    ----------
    decision_time : array_like
        Seconds, without the non-decision time. Minus infinity is returned where it is not positive,
        NaN where it is NaN.
    boundary : array_like
        Half the boundary separation.

    Returns
    -------
    float or ndarray
        The drift enters as ``z b v - v^2 t / 2``, added to this.

    References
    ----------
    Navarro & Fuss (2009), J. Math. Psychol. 53:222, for the two series.

    Examples
    --------
    >>> round(float(zero_drift_log_density(1.0, 1.0)), 6)
    -1.47542
    """
    b = positive("boundary", boundary)
    t = np.asarray(decision_time, dtype=float)
    outside = t <= 0
    u = np.maximum(np.where(outside, 1.0, t) / b**2, TINY)
    return np.where(outside, -np.inf, log_first_passage(u) - 2 * np.log(b))[()]


def zero_drift_log_derivatives(decision_time: ArrayLike, boundary: ArrayLike) -> FloatArray:
    """`zero_drift_log_density`, and its first and second derivative by log decision time.

    The density is ``b^-2`` times a function of ``t / b^2``, so that they say how it moves with the
    boundary too. Times are positive.
    """
    b = positive("boundary", boundary)
    u = np.maximum(positive("decision_time", decision_time) / b**2, TINY)
    early = u < CROSSOVER
    # by log u its derivative is, but for a sign, itself
    exponent = np.where(early, -4 / u, -PI2 * u)
    q = np.exp(exponent)
    cube = q * q * q
    series = 1 + q * (-3 + q * q * (5 - 7 * cube))
    first = 1 / 8 + q * (-3 + q * q * (15 - 42 * cube)) / series
    second = q * (-3 + q * q * (45 - 252 * cube)) / series - (first - 1 / 8) ** 2
    power = np.where(early, -1.5 * np.log(u) - 0.5 * np.log(2 * np.pi), np.log(np.pi / 4))
    value = exponent / 8 + np.log(series) + power - 2 * np.log(b)
    slope = np.where(early, -exponent, exponent) * first - np.where(early, 1.5, 0.0)
    return np.stack([value, slope, exponent * first + exponent**2 * second])


def zero_drift_log_slope(decision_time: ArrayLike, boundary: ArrayLike) -> Any:
    """Slope ``d log f0 / dt`` of the zero-drift log density, in 1/seconds.

    Twice this has mean ``v^2`` given a drift ``v``, so ``drift_weight**2 - 2 * slope`` is an
    unbiased estimate of the variance of one drift pseudo-label.

    Parameters
    ----------
    decision_time : array_like
        Seconds, positive.
    boundary : array_like
        Half the boundary separation.

    Examples
    --------
    >>> round(float(zero_drift_log_slope(4.0, 1.0)), 6)  # -pi^2/8 once the first term dominates
    -1.233701
    """
    b = positive("boundary", boundary)
    u = np.asarray(positive("decision_time", decision_time) / b**2)
    slope = by_time(
        u,
        CROSSOVER,
        lambda u: _slope_early(1 / u, np.exp(-4 / u)),
        lambda u: _slope_late(np.exp(-PI2 * u)),
    )
    return (slope / b**2)[()]


def log_factor_slope(q: Any) -> Any:
    """``q d/dq log(1 - 3q + 5q^3 - 7q^6)``."""
    cube = q * q * q
    return q * (-3 + q * q * (15 - 42 * cube)) / (1 + q * (-3 + q * q * (5 - 7 * cube)))


def _slope_early(rate: Any, q: Any) -> Any:
    return ((0.5 + 4 * log_factor_slope(q)) * rate - 1.5) * rate


def _slope_late(q: Any) -> Any:
    return -PI2 / 8 - PI2 * log_factor_slope(q)
