"""The joint density when evidence starts nearer to one bound than to the other."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from bayes_ddm.wiener._regimes import CROSSOVER, PI2


def log_first_passage_from(u: Any, start: Any, choice: Any, xp: Any = np) -> Any:
    """Log density ``log g(u; start, choice)`` of one outcome at drift 0, boundary 1, ``u > 1e-70``.

    ``start`` in (0, 1) is the relative starting point, from the bound -1 to the bound +1; half of
    it is `log_first_passage`.  ``xp`` is the array namespace, NumPy or PyTensor.
    """
    exponent, size, _ = first_passage_from(u, start, *turned(start, xp), choice, xp)
    return exponent + xp.log(size)


def turned(start: Any, xp: Any = np) -> tuple[Any, Any]:
    """Sine and cosine of ``pi start``, exact near either bound."""
    low, high = xp.sin(np.pi / 2 * start), xp.sin(np.pi / 2 * (1 - start))
    return 2 * low * high, (high - low) * (high + low)


class Series(NamedTuple):
    """What the density and its slopes are made of: see `first_passage_from`."""

    near: Any
    far: Any
    early: Any
    rate: Any
    a: Any
    b: Any
    value: Any


def first_passage_from(
    u: Any, start: Any, sine: Any, cosine: Any, choice: Any, xp: Any = np
) -> tuple[Any, Any, Series]:
    """``(e, s)`` with ``g(u; start, choice) = exp(e) s``, and the series within ``s``.

    ``sine`` and ``cosine`` are those of ``pi start``.
    """
    # distances to the bound that is reached, and to the other, over the bounds' separation
    near = 0.5 * (1 + choice) - choice * start
    far = 0.5 * (1 - choice) + choice * start
    early = u < CROSSOVER
    rate = 1 / u
    # two exponentials and a logarithm, shared by the early and the late series
    a_less_1 = xp.expm1(xp.where(early, -8 * far * rate, -PI2 / 8 * u))
    b_less_1 = xp.expm1(xp.where(early, -16 * near * rate, -PI2 * u))
    a, b = 1 + a_less_1, 1 + b_less_1
    images = _images(near, far, a_less_1, b_less_1, xp)
    series = xp.where(early, images, _sines(a, b, -2 * choice * cosine))
    scale = xp.where(early, np.sqrt(2 / np.pi) * rate * xp.sqrt(rate), np.pi / 4 * sine)
    exponent = xp.where(early, -2 * near * near * rate, -PI2 / 8 * u)
    return exponent, series * scale, Series(near, far, early, rate, a, b, series)


def slopes_from(
    sine: Any, cosine: Any, choice: Any, series: Series, xp: Any = np
) -> tuple[Any, Any]:
    """Derivatives of `log_first_passage_from` by ``u`` and by ``start``."""
    near, far, early, rate, a, b, value = series
    # images -1, 1 and -2; the last is left out about a bound that is close
    first, second = -(1 + far) * a, (2 + near) * a * b
    third = xp.where(near < far, 0.0, -(3 + far) * a * a * a * a * b)
    by_rate = 8 * (far * first + (1 + near) * second + 2 * (1 + far) * third)
    alike = 1 + a + a * b + xp.where(near < far, 0.0, a * a * a * a * b)
    by_near = alike + 8 * rate * (first - second + 2 * third)
    y = -2 * choice * cosine
    late_by_u, late_by_y = _sines_slopes(a, b, y)
    inverse = 1 / value
    by_u = xp.where(
        early,
        (2 * near * near * rate - 1.5) * rate + rate * rate * by_rate * inverse,
        -PI2 / 8 * (1 + late_by_u * inverse),
    )
    by_start = xp.where(
        early,
        choice * (4 * near * rate - by_near * inverse),
        np.pi * cosine / sine + 2 * np.pi * choice * sine * late_by_y * inverse,
    )
    return by_u, by_start


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


def _sines_slopes(q: Any, q8: Any, y: Any) -> tuple[Any, Any]:
    """``q d/dq`` and ``d/dy`` of `_sines`."""
    q3, y2 = q * q * q, y * y
    q7 = q * q3 * q3
    third, fourth, fifth = y2 - 1, y * (y2 - 2), 1 + y2 * (y2 - 3)
    sixth = y * (3 + y2 * (y2 - 4))
    later = 120 * fifth + 210 * q8 * q3 * sixth
    by_q = 6 * q3 * y + q8 * (24 * third + 60 * q7 * fourth + q8 * q8 * later)
    later = 5 * y * (4 * y2 - 6) + 6 * q8 * q3 * (3 + y2 * (5 * y2 - 12))
    by_y = 2 * q3 + q8 * (6 * y + 4 * q7 * (3 * y2 - 2) + q8 * q8 * later)
    return by_q, by_y


def zero_drift_log_density_from(t: Any, z: Any, b: Any, start: Any) -> Any:
    """Log density of (choice, decision time) at drift 0, given where evidence starts."""
    outside = t <= 0
    u = np.maximum(np.where(outside, 1.0, t) / b**2, 1e-70)  # nearer to 0 its cube underflows
    return np.where(outside, -np.inf, log_first_passage_from(u, start, z) - 2 * np.log(b))
