"""Discrete Laplace noise, exactly: whole numbers from whole random numbers, no floating point.

Noise that is rounded from floating-point draws gives answers away in its last bits; this has none.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

Below = Callable[[int], int]
Noise = Callable[[Fraction, int], NDArray[np.int64]]


def discrete_laplace(scale: Fraction, size: int, below: Below = secrets.randbelow) -> NDArray:
    """Draw whole numbers ``k`` with probability proportional to ``exp(-abs(k) / scale)``.

    Parameters
    ----------
    scale : Fraction
        Positive.
    size : int
        How many.
    below : callable
        Takes ``n`` and returns a uniform whole number from 0 to ``n - 1``; by default that of the
        operating system.

    Returns
    -------
    ndarray of int64, shape (size,)

    References
    ----------
    Canonne, Kamath & Steinke (2020), The Discrete Gaussian for Differential Privacy, algorithm 2.

    Examples
    --------
    >>> discrete_laplace(Fraction(1, 100), 3)  # all but never anything else
    array([0, 0, 0])
    """
    return np.array([_draw(scale, below) for _ in range(size)], dtype=np.int64)


def seeded_laplace(rng: np.random.Generator) -> Noise:
    """Return what draws the same noise from a seed, for simulations: it protects nobody."""

    def draw(scale: Fraction, size: int) -> NDArray[np.int64]:
        stop = -np.expm1(-float(1 / scale))
        sizes = rng.geometric(stop, (2, size))
        return np.asarray(sizes[0] - sizes[1], dtype=np.int64)

    return draw


def variance(scale: float) -> float:
    """Variance of discrete Laplace noise.

    Examples
    --------
    >>> round(variance(100.0), 2)  # nearly 2 * 100^2
    19999.83
    """
    return float(1 / (2 * np.sinh(0.5 / scale) ** 2))


def _draw(scale: Fraction, below: Below) -> int:
    t, s = scale.numerator, scale.denominator
    while True:
        u = below(t)
        if not _true_with_exp(u, t, below):
            continue
        v = 0
        while _true_with_exp(1, 1, below):
            v += 1
        size = (u + t * v) // s
        negative = below(2) == 1
        if size or not negative:
            return -size if negative else size


def _true_with_exp(numerator: int, denominator: int, below: Below) -> bool:
    """Return True with probability ``exp(-numerator / denominator)``, a fraction of at most 1."""
    k = 1
    while below(k * denominator) < numerator:
        k += 1
    return k % 2 == 1
