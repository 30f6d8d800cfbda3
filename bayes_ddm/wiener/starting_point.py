"""The joint density when evidence starts nearer to one bound than to the other."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayes_ddm.wiener._regimes import CROSSOVER, PI2


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


def zero_drift_log_density_from(t: Any, z: Any, b: Any, start: Any) -> Any:
    """Log density of (choice, decision time) at drift 0, given where evidence starts."""
    outside = t <= 0
    u = np.maximum(np.where(outside, 1.0, t) / b**2, 1e-70)  # nearer to 0 its cube underflows
    return np.where(outside, -np.inf, log_first_passage_from(u, start, z) - 2 * np.log(b))
