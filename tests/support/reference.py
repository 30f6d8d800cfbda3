"""Formulas of the diffusion in high-precision arithmetic: what the fast code is measured against.

Everything is built from the method of images alone, which the fast code uses only at early times,
carried to as many digits as its cancellation at late times needs.  `tests/test_wiener.py` checks
these formulas themselves by quadrature.  A float stands for its binary value.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from mpmath import mp, mpf

DIGITS = 50


def _images(term: Callable[[int], Any], u: Any = 0) -> Any:
    """Sum ``term(0) + term(1) + ...`` to ``mp.dps`` significant digits, whatever cancels.

    ``u = t / b^2`` says how much will: densities fall like ``exp(-pi^2 u / 8)``, 0.54 ``u`` digits.
    Where more is lost than was said, the sum is done again.
    """
    guard = 30 + int(mpf("0.54") * u)
    while True:
        with mp.workdps(mp.dps + guard):
            total = largest = mpf(0)
            k = small = 0
            # two in a row: a single term may vanish by chance
            while small < 2:
                value = term(k)
                total += value
                largest = max(largest, abs(value))
                small = small + 1 if abs(value) <= largest * mpf(10) ** -mp.dps else 0
                k += 1
            lost = mp.log10(largest / abs(total)) if total else mpf(2 * guard)
        if lost < guard - 5:
            return +total
        guard = int(lost) + 20


def density(t: Any, z: int, v: Any, b: Any) -> Any:
    """Joint density of choice ``z`` and decision time ``t``."""
    t, v, b = mpf(t), mpf(v), mpf(b)
    return mp.exp(z * b * v - v**2 * t / 2) * convolved(t, b, 1)


def density_from(t: Any, z: int, v: Any, b: Any, start: Any) -> Any:
    """Joint density of choice ``z`` and time ``t``; ``start`` goes from 0 (bound -1) to 1."""
    t, v, b, start = mpf(t), mpf(v), mpf(b), mpf(start)

    # the distance itself loses digits where the start is next to a bound
    with mp.workdps(mp.dps + 40):
        distance = 2 * b * (1 - start if z > 0 else start)

        def image(k: int) -> Any:
            at = [distance + 4 * b * j for j in ((k, -k) if k else (0,))]
            return sum(c * mp.exp(-(c**2) / (2 * t)) for c in at)

        return (
            mp.exp(z * v * distance - v**2 * t / 2)
            * _images(image, t / b**2)
            / mp.sqrt(2 * mp.pi * t**3)
        )


def laplace_from(s: Any, z: int, v: Any, b: Any, start: Any) -> Any:
    """``E[exp(-s T); choice z]``, so that ``s = 0`` gives the choice's probability."""
    s, v, b, start = mp.mpmathify(s), mpf(v), mpf(b), mpf(start)
    reached, other = (1 - start, start) if z > 0 else (start, 1 - start)
    rate = mp.sqrt(2 * s + v**2)
    share = mp.sinh(2 * b * other * rate) / mp.sinh(2 * b * rate) if rate else other
    return mp.exp(2 * z * v * b * reached) * share


def convolved(t: Any, b: Any, k: int) -> Any:
    """Density ``f0`` of one choice at drift 0, convolved ``k`` times."""
    return _convolved(mpf(t), mpf(b), k, mp.dps)


@lru_cache(maxsize=4096)
def _convolved(t: Any, b: Any, k: int, digits: int) -> Any:
    # `digits` is the working precision: a result of fewer digits must not be found again
    def image(m: int) -> Any:
        c = (k + 2 * m) * b
        return (-1) ** m * mp.binomial(k + m - 1, m) * c * mp.exp(-(c**2) / (2 * t))

    return _images(image, t / b**2) / mp.sqrt(2 * mp.pi * t**3)


def log_slope(t: Any, b: Any) -> Any:
    """``d log f0 / dt``."""
    t, b = mpf(t), mpf(b)

    def image(k: int) -> Any:
        c = (2 * k + 1) * b
        return (-1) ** k * c * (c**2 / (2 * t**2) - 3 / (2 * t)) * mp.exp(-(c**2) / (2 * t))

    return _images(image, t / b**2) / mp.sqrt(2 * mp.pi * t**3) / convolved(t, b, 1)


def weight(t: Any, b: Any) -> Any:
    """Weight whose product with the choice has mean ``v``."""
    t, b = mpf(t), mpf(b)

    def image(k: int) -> Any:
        c = (2 * k + 1) * b
        return (c**2 / t - 1) * mp.exp(-(c**2) / (2 * t))

    return _images(image, t / b**2) / mp.sqrt(2 * mp.pi * t**3) / convolved(t, b, 1)


def cdf(t: Any, v: Any, b: Any) -> Any:
    """Probability that the decision has come by ``t``."""
    t, v, b = mpf(t), mpf(v), mpf(b)

    def image(k: int) -> Any:
        c = (2 * k + 1) * b
        near = mp.exp(-c * v) * mp.ncdf((v * t - c) / mp.sqrt(t))
        far = mp.exp(c * v) * mp.ncdf(-(v * t + c) / mp.sqrt(t))
        return (-1) ** k * (near + far)

    return 2 * mp.cosh(b * v) * _images(image)


def probability(v: Any, b: Any) -> Any:
    """Probability of the choice +1."""
    return 1 / (1 + mp.exp(-2 * mpf(b) * mpf(v)))


def laplace(s: Any, v: Any, b: Any) -> Any:
    """``E[exp(-s T)]``."""
    s, v, b = mp.mpmathify(s), mpf(v), mpf(b)
    return mp.cosh(b * v) / mp.cosh(b * mp.sqrt(2 * s + v**2))


def cumulant(order: int, v: Any, b: Any) -> Any:
    """Mean (1) and variance (2) of the decision time, from its Laplace transform."""
    return (-1) ** order * mp.re(mp.diff(lambda s: mp.log(laplace(s, v, b)), 0, order))


def random_drift_density(t: Any, z: int, mean: Any, sd: Any, b: Any) -> Any:
    """Joint density with the drift ``Normal(mean, sd)`` integrated out, by quadrature."""
    t, mean, sd, b = mpf(t), mpf(mean), mpf(sd), mpf(b)
    if not sd:
        return density(t, z, mean, b)
    width = 1 / mp.sqrt(1 / sd**2 + t)
    centre = (mean / sd**2 + z * b) * width**2

    def integrand(v: Any) -> Any:
        return mp.npdf(v, mean, sd) * mp.exp(z * b * v - v**2 * t / 2)

    # the trapezoidal rule: on a bell curve its error falls like exp(-2 (pi width / step)^2)
    step = width / 4
    return step * sum(integrand(centre + j * step) for j in range(-64, 65)) * convolved(t, b, 1)
