"""The joint density when evidence starts nearer to one bound than to the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayes_ddm.wiener._regimes import CROSSOVER, PI2

EARLY = np.sqrt(2 / np.pi)


def log_first_passage_from(u: Any, start: Any, choice: Any, xp: Any = np) -> Any:
    """Log density ``log g(u; start, choice)`` of one outcome at drift 0, boundary 1, ``u > 1e-70``.

    ``start`` in (0, 1) is the relative starting point, from the bound -1 to the bound +1; half of
    it is `log_first_passage`.  ``xp`` is the array namespace, NumPy or PyTensor.
    """
    sine, cosine = turned(start, xp)
    near, far = distances(start, choice)
    early = u < CROSSOVER
    rate = 1 / u
    # two exponentials and a logarithm, shared by the early and the late series
    a_less_1 = xp.expm1(xp.where(early, -8 * far * rate, -PI2 / 8 * u))
    b_less_1 = xp.expm1(xp.where(early, -16 * near * rate, -PI2 * u))
    about_reached = images_about_reached(near, a_less_1, b_less_1)
    images = xp.where(near < far, about_reached, images_about_both(far, a_less_1, b_less_1))
    series = xp.where(early, images, sines(1 + a_less_1, 1 + b_less_1, -2 * choice * cosine))
    scale = xp.where(early, EARLY * rate * xp.sqrt(rate), np.pi / 4 * sine)
    exponent = xp.where(early, -2 * near * near * rate, -PI2 / 8 * u)
    return exponent + xp.log(series * scale)


def turned(start: Any, xp: Any = np) -> tuple[Any, Any]:
    """Sine and cosine of ``pi start``, exact near either bound."""
    low, high = xp.sin(np.pi / 2 * start), xp.sin(np.pi / 2 * (1 - start))
    return 2 * low * high, (high - low) * (high + low)


def passage_from(
    u: float, start: float, sine: float, cosine: float, choice: float
) -> tuple[float, float, float, float]:
    """``(e, s)`` with ``g(u; start, choice) = exp(e) s``, and slopes of ``log g`` by u and start.

    Of numbers, so that only one of the two series is summed.  ``sine`` and ``cosine`` are those of
    ``pi start``.
    """
    if u < CROSSOVER:
        near, far = distances(start, choice)
        rate = 1 / u
        a_less_1, b_less_1 = np.expm1(-8 * far * rate), np.expm1(-16 * near * rate)
        a, b = 1 + a_less_1, 1 + b_less_1
        # images -1, 1 and -2; the last is left out about a bound that is close
        first, second, third = -(1 + far) * a, (2 + near) * a * b, 0.0
        alike = 1 + a + a * b
        if near < far:
            series = images_about_reached(near, a_less_1, b_less_1)
        else:
            series = images_about_both(far, a_less_1, b_less_1)
            last = a * a * a * a * b
            third, alike = -(3 + far) * last, alike + last
        inverse = 1 / series
        by_rate = 8 * (far * first + (1 + near) * second + 2 * (1 + far) * third)
        by_near = alike + 8 * rate * (first - second + 2 * third)
        exponent = -2 * near * near * rate
        return (
            exponent,
            series * EARLY * rate * np.sqrt(rate),
            (rate * by_rate * inverse - exponent - 1.5) * rate,
            choice * (4 * near * rate - by_near * inverse),
        )
    exponent = -PI2 / 8 * u
    q, y = np.exp(exponent), -2 * choice * cosine
    q8 = np.exp(-PI2 * u)
    series = sines(q, q8, y)
    by_q, by_y = sines_slopes(q, q8, y)
    inverse = 1 / series
    return (
        exponent,
        series * np.pi / 4 * sine,
        -PI2 / 8 * (1 + by_q * inverse),
        np.pi * cosine / sine + 2 * np.pi * choice * sine * by_y * inverse,
    )


def distances(start: Any, choice: Any) -> tuple[Any, Any]:
    """Distances to the bound that is reached, and to the other, over the bounds' separation."""
    return 0.5 * (1 + choice) - choice * start, 0.5 * (1 - choice) + choice * start


def images_about_reached(near: Any, a_less_1: Any, b_less_1: Any) -> Any:
    """Sum of ``(near + 2k) exp(-2 ((near + 2k)^2 - near^2) / u)`` over the images ``k``.

    ``a`` is ``exp(-8 far / u)`` and ``b`` is ``exp(-16 near / u)``.  Images cancel in pairs about
    either bound: a start close to the one that is reached needs the pairs about that one.
    """
    return near * (1 + (1 + a_less_1) * (2 + b_less_1)) + 2 * (1 + a_less_1) * b_less_1


def images_about_both(far: Any, a_less_1: Any, b_less_1: Any) -> Any:
    """`images_about_reached` by the pairs about the other bound."""
    a, b = 1 + a_less_1, 1 + b_less_1
    inner = -a_less_1 - far * (1 + a)
    outer = -3 * a_less_1 * (1 + a + a * a) - far * (1 + a * a * a)
    return inner + a * b * outer


def sines(q: Any, q8: Any, y: Any) -> Any:
    """Sum of ``n sin(n x) / sin(x) q^(n^2 - 1)`` for ``n`` from 1 to 6, ``y = 2 cos(x)``.

    The ratios of sines are Chebyshev's polynomials; the seventh term is below 2e-15.
    """
    q3, y2 = q * q * q, y * y
    third, fourth, fifth = y2 - 1, y * (y2 - 2), 1 + y2 * (y2 - 3)
    sixth = y * (3 + y2 * (y2 - 4))
    tail = 3 * third + 4 * q * q3 * q3 * fourth + q8 * q8 * (5 * fifth + 6 * q8 * q3 * sixth)
    return 1 + 2 * q3 * y + q8 * tail


def sines_slopes(q: Any, q8: Any, y: Any) -> tuple[Any, Any]:
    """``q d/dq`` and ``d/dy`` of `sines`."""
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
