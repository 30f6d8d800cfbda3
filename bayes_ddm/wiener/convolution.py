"""Sums of decision times at zero drift: of ``k`` with one boundary, of two with one each."""

from __future__ import annotations

from functools import lru_cache, partial
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import zeta

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError
from bayes_ddm.wiener._regimes import PI2, by_time, positive

MAX_CONVOLUTION = 50
NEGLIGIBLE = 1e-20  # relative to the sum
EARLY = 0.06  # of the squared sum of the boundaries: above, the contour loses no digit
REACH = 0.65  # below, images beyond 2 * REACH of that sum are under 1e-16 of the first
# points on a contour around the negative axis, and how fast it opens; the error falls as 3.89^-N
CONTOUR = 28
CONTOUR_SHAPE = (0.5017, 0.6407, 0.6122, 0.2645)


def convolved_log_density(total_time: ArrayLike, boundary: ArrayLike, k: int) -> Any:
    """Log of the k-fold convolution of ``f0``: the zero-drift density of ``k`` times' sum.

    It carries mass ``2**-k``, as ``f0`` carries one half.

    Parameters
    ----------
    total_time : array_like
        Sum of ``k`` decision times, in seconds, positive.
    boundary : array_like
        Half the boundary separation.
    k : int
        1 to 50.

    Returns
    -------
    float or ndarray
        Error below 1e-12 times the larger of 1 and its size.

    Notes
    -----
    The Laplace transform is ``(2 cosh(b sqrt(2 s)))**-k``. Early: its expansion in
    ``exp(-b sqrt(2 s))``. Late: the residues at its poles, which are of order ``k``.

    Examples
    --------
    >>> round(float(convolved_log_density(2.0, 1.0, 2)), 6)
    -2.483835
    """
    return convolved_log_derivatives(total_time, boundary, k)[0][()]


def convolved_log_derivatives(total_time: ArrayLike, boundary: ArrayLike, k: int) -> FloatArray:
    """`convolved_log_density`, and its first and second derivative by log total time."""
    if not 1 <= k <= MAX_CONVOLUTION:
        raise InputError(f"k must be from 1 to {MAX_CONVOLUTION}; got {k}.")
    b = positive("boundary", boundary)
    u = np.asarray(positive("total_time", total_time) / b**2)
    late = partial(_convolved_late, k=k)
    values = by_time(u, 0.72 * k, partial(_convolved_early, k=k), late, parts=3)
    values[0] -= 2 * np.log(b)
    return values


def _convolved_early(u: FloatArray, k: int) -> FloatArray:
    # exponents are relative to m = 0; at u < 0.72 k terms pass exp(-60) well before m = 20 + k
    total, first, second = np.zeros((3, *u.shape))
    rate, slowest = 1 / u, 1 / u.max()
    for m in range(20 + k):
        # a binomial from gammaln would cost two digits where the terms cancel
        size = float(comb(k + m - 1, m) * (k + 2 * m))
        power = 2 * m * (k + m)
        if size * np.exp(-power * slowest) < NEGLIGIBLE * total.min():
            break
        exponent = power * rate
        term = (-1) ** m * size * np.exp(-exponent)
        total += term
        term *= exponent
        first += term
        second += term * (exponent - 1)
    first, second = first / total, second / total
    apart = 0.5 * k**2 * rate
    return np.stack(
        [
            -apart - 1.5 * np.log(u) - 0.5 * np.log(2 * np.pi) + np.log(total),
            apart - 1.5 + first,
            second - apart - first**2,
        ]
    )


@lru_cache
def _inverse_sinc_power(k: int) -> tuple[float, ...]:
    """Taylor coefficients 0 .. k-1 of ``(x / sin x)**k``, all non-negative."""
    coefficients = [1.0]
    for n in range(1, k):
        even = range(2, n + 1, 2)
        coefficients.append(sum(2 * k * zeta(j) / np.pi**j * coefficients[n - j] for j in even) / n)
    return tuple(float(c) for c in coefficients)


def _convolved_late(u: FloatArray, k: int) -> FloatArray:
    # coefficient j grows as u^j: all are kept in units of a power of 2, which loses no digit
    per_unit = 2.0 ** -np.ceil(np.log2(u))
    powers = [np.ones(u.shape)]
    for _ in range(1, k):
        powers.append(powers[-1] * per_unit)
    scaled = -u * per_unit
    sums = np.zeros((3, *u.shape))
    for n in range(4):
        gap = PI2 / 2 * n * (n + 1)
        if np.log(2 * n + 1) * (k + 4) - gap * u.min() < np.log(NEGLIGIBLE):
            break
        theta = (2 * n + 1) * np.pi / 2
        # Taylor coefficients of exp(-u (theta x + x^2 / 2)); the residue is the coefficient of
        # x^(k-1) in their product with (theta + x) (x / sin x)^k, and in its derivatives by u
        # each has a factor -(gap + theta x + x^2 / 2) more
        series = [np.array(_inverse_sinc_power(k))]
        for _ in range(2):
            series.append(-np.convolve(series[-1], [gap, theta, 0.5])[:k])
        before, current, residues = np.zeros(u.shape), np.ones(u.shape), np.zeros(sums.shape)
        for j in range(k):
            coefficient = theta * current + before
            unscaled = coefficient * powers[k - 1 - j]
            for residue, of_series in zip(residues, series, strict=True):
                residue += of_series[k - 1 - j] * unscaled
            before, current = current * per_unit, scaled * coefficient / (j + 1)
        sums -= (-1) ** ((n + 1) * k) * np.exp(-gap * u) * residues
    total, first, second = sums
    first, second = u * first / total, u**2 * second / total
    fall = -PI2 / 8 * u
    return np.stack(
        [
            fall - k * np.log(2) + np.log(total) - (k - 1) * np.log(per_unit),
            fall + first,
            fall + first + second - first**2,
        ]
    )


def paired_log_density(total_time: ArrayLike, first: ArrayLike, second: ArrayLike) -> Any:
    """Log of the convolution of ``f0(.; first)`` and ``f0(.; second)``.

    It is the zero-drift density of the sum of two decision times, and carries mass 1/4.

    Parameters
    ----------
    total_time : array_like
        Sum of the two decision times, in seconds, positive.
    first, second : array_like
        Half the boundary separation behind each; below a hundredth of one another it gets slow.

    Returns
    -------
    float or ndarray
        Error below 1e-12 times the larger of 1 and its size.

    Raises
    ------
    InputError
        If a time or boundary is not positive.

    Notes
    -----
    The Laplace transform is ``1 / (4 cosh(w first) cosh(w second))``, ``w = sqrt(2 s)``. Early: its
    expansion in exponentials. Late: a contour integral, shifted to the first pole; unlike a sum of
    residues it does not mind poles that coincide, as those of boundaries 1 and 3 do.

    References
    ----------
    Trefethen, Weideman & Schmelzer (2006), BIT 46:653, for the contour.

    Examples
    --------
    >>> round(float(paired_log_density(2.0, 1.0, 1.0)), 6)
    -2.483835
    >>> round(float(paired_log_density(2.0, 1.0, 0.5)), 6)
    -3.057266
    """
    a, b = positive("first", first), positive("second", second)
    total = a + b
    u = np.asarray(positive("total_time", total_time) / total**2)
    value = by_time(u, EARLY, _early, _late, np.asarray(np.minimum(a, b) / total))
    return (value - 2 * np.log(total))[()]


def _early(u: FloatArray, share: FloatArray) -> FloatArray:
    """``share`` is the smaller boundary, where the two add up to 1."""
    total = np.zeros(u.shape)
    # of the larger boundary no more than two images are within reach
    for m in range(2):
        for n in range(2 + int(REACH / share.min())):
            image = 2 * (m * (1 - share) + n * share)
            total += (-1) ** (m + n) * (1 + image) * np.exp(-image * (2 + image) / (2 * u))
    return -1 / (2 * u) - 1.5 * np.log(u) - 0.5 * np.log(2 * np.pi) + np.log(total)


def _late(u: FloatArray, share: FloatArray) -> FloatArray:
    shape, turn, shift, rise = CONTOUR_SHAPE
    angle = np.arange(1, CONTOUR, 2) * np.pi / CONTOUR
    z = CONTOUR * (shape * angle / np.tan(turn * angle) - shift + 1j * rise * angle)
    by_angle = shape * (1 / np.tan(turn * angle) - turn * angle / np.sin(turn * angle) ** 2)
    weight = 2 * np.exp(z) * (by_angle + 1j * rise) / 1j

    larger = 1 - share
    ratio = share / larger
    total = np.zeros(u.shape)
    for at, by in zip(z, weight, strict=True):
        # cosines written as sines of their distance from a pole, so that nothing is lost near it
        q = 8 / PI2 * at * larger**2 / u
        angle_off = np.pi / 2 * q / (1 + np.sqrt(1 - q))
        product = np.sin(angle_off) * np.sin((1 - ratio) * np.pi / 2 + ratio * angle_off)
        total += np.real(by / product)
    return np.log(total / (4 * u)) - PI2 * u / (8 * larger**2)
