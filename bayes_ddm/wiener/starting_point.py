"""The joint density when evidence starts nearer to one bound than to the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm.wiener._regimes import CROSSOVER, PI2, inside, positive, signs


def log_first_passage_from(u: Any, start: Any, choice: Any, xp: Any = np) -> Any:
    """Log density ``log g(u; start, choice)`` of one outcome at drift 0, boundary 1, ``u > 1e-70``.

    ``start`` in (0, 1) is the relative starting point, from the bound -1 to the bound +1; half of
    it is `log_first_passage`.  ``xp`` is the array namespace, NumPy or PyTensor.
    """
    # distances to the bound that is reached, and to the other, over the bounds' separation
    near = 0.5 * (1 + choice) - choice * start
    far = 0.5 * (1 - choice) + choice * start
    early = u < CROSSOVER
    rate = 1 / u
    # two exponentials and a logarithm, shared by the early and the late series
    a_less_1 = xp.expm1(xp.where(early, -8 * far * rate, -PI2 / 8 * u))
    b_less_1 = xp.expm1(xp.where(early, -16 * near * rate, -PI2 * u))
    low, high = xp.sin(np.pi / 2 * start), xp.sin(np.pi / 2 * (1 - start))
    series = xp.where(
        early,
        _images(near, far, a_less_1, b_less_1, xp),
        _sines(1 + a_less_1, 1 + b_less_1, 2 * choice * (low - high) * (low + high)),
    )
    scale = xp.where(early, np.sqrt(2 / np.pi) * rate * xp.sqrt(rate), np.pi / 2 * low * high)
    exponent = xp.where(early, -2 * near * near * rate, -PI2 / 8 * u)
    return exponent + xp.log(series * scale)


def _images(near: Any, far: Any, a_less_1: Any, b_less_1: Any, xp: Any) -> Any:
    """Sum of ``(near + 2k) exp(-2 ((near + 2k)^2 - near^2) / u)`` over the images ``k``.

    ``a`` is ``exp(-8 far / u)`` and ``b`` is ``exp(-16 near / u)``.  Images cancel in pairs about
    either bound: a start close to one needs the pairs about that one.
    """
    a, b = 1 + a_less_1, 1 + b_less_1
    about_reached = near * (1 + a * (1 + b)) + 2 * a * b_less_1
    inner = -a_less_1 - far * (1 + a)
    outer = -3 * a_less_1 * (1 + a + a * a) - far * (1 + a * a * a)
    return xp.where(near < far, about_reached, inner + a * b * outer)


def _sines(q: Any, q8: Any, y: Any) -> Any:
    """Sum of ``n sin(n x) / sin(x) q^(n^2 - 1)`` for ``n`` from 1 to 6, ``y = 2 cos(x)``.

    The ratios of sines are Chebyshev's polynomials; the seventh term is below 2e-15.
    """
    q3, y2 = q * q * q, y * y
    third, fourth, fifth = y2 - 1, y * (y2 - 2), 1 + y2 * (y2 - 3)
    sixth = y * (3 + y2 * (y2 - 4))
    rest = 3 * third + 4 * q * q3 * q3 * fourth + q8 * q8 * (5 * fifth + 6 * q8 * q3 * sixth)
    return 1 + 2 * q3 * y + q8 * rest


def starting_point_log_density(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    drift: ArrayLike,
    boundary: ArrayLike,
    start: ArrayLike,
    ndt: ArrayLike = 0.0,
) -> Any:
    """Joint log density of a choice and its response time, given where evidence starts.

    Parameters
    ----------
    rt : array_like
        Response times in seconds.
    choice : array_like
        +1 or -1.
    drift, boundary : array_like
        Drift, and half the boundary separation.
    start : array_like
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    ndt : array_like
        Non-decision time in seconds; minus infinity is returned where ``rt <= ndt``.

    Returns
    -------
    float or ndarray
        Error below 1e-11 times the larger of 1 and its size; NaN where ``rt``, the drift or the
        non-decision time is.

    Raises
    ------
    InputError
        If a choice is neither +1 nor -1, the boundary not positive, or the starting point not
        between 0 and 1.

    Notes
    -----
    With ``x = (2 start - 1) boundary`` the drift enters as
    ``exp(v (choice * boundary - x) - v^2 t / 2)``.

    References
    ----------
    Navarro & Fuss (2009), J. Math. Psychol. 53:222, for the two series.

    Examples
    --------
    >>> round(float(starting_point_log_density(1.0, 1, drift=0.5, boundary=1.0, start=0.7)), 6)
    -1.455703
    """
    t, z = np.asarray(rt, dtype=float) - ndt, signs(choice)
    v, b, s = np.asarray(drift, dtype=float), positive("boundary", boundary), inside("start", start)
    outside = t <= 0
    u = np.maximum(np.where(outside, 1.0, t) / b**2, 1e-70)  # nearer to 0 its cube underflows
    at_rest = log_first_passage_from(u, s, z) - 2 * np.log(b)
    tilt = v * b * np.where(z > 0, 2 * (1 - s), -2 * s)
    return np.where(outside, -np.inf, at_rest + tilt - 0.5 * v**2 * np.maximum(t, 0))[()]
