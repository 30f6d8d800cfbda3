"""Sums of decision times: the density of the sum of ``k`` at zero drift."""

from __future__ import annotations

from functools import lru_cache
from math import comb
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import zeta

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError
from bayes_ddm.wiener._regimes import PI2, by_time, positive

__all__ = ["MAX_CONVOLUTION", "convolved_log_density"]

MAX_CONVOLUTION = 50


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
    if not 1 <= k <= MAX_CONVOLUTION:
        raise InputError(f"k must be from 1 to {MAX_CONVOLUTION}; got {k}.")
    b = positive("boundary", boundary)
    u = np.asarray(positive("total_time", total_time) / b**2)
    value = by_time(u, 0.72 * k, lambda x: _convolved_early(x, k), lambda x: _convolved_late(x, k))
    return (value - 2 * np.log(b))[()]


def _convolved_early(u: FloatArray, k: int) -> FloatArray:
    # exponents are relative to m = 0; at u < 0.72 k terms pass exp(-60) well before m = 20 + k
    total = np.zeros(u.shape)
    for m in range(20 + k):
        # a binomial from gammaln would cost two digits where the terms cancel
        size = float(comb(k + m - 1, m) * (k + 2 * m))
        total += (-1) ** m * size * np.exp(-2 * m * (k + m) / u)
    return -(k**2) / (2 * u) - 1.5 * np.log(u) - 0.5 * np.log(2 * np.pi) + np.log(total)


@lru_cache
def _inverse_sinc_power(k: int) -> tuple[float, ...]:
    """Taylor coefficients 0 .. k-1 of ``(x / sin x)**k``, all non-negative."""
    coefficients = [1.0]
    for n in range(1, k):
        even = range(2, n + 1, 2)
        coefficients.append(sum(2 * k * zeta(j) / np.pi**j * coefficients[n - j] for j in even) / n)
    return tuple(float(c) for c in coefficients)


def _convolved_late(u: FloatArray, k: int) -> FloatArray:
    series = _inverse_sinc_power(k)
    total = np.zeros(u.shape)
    for n in range(4):
        theta = (2 * n + 1) * np.pi / 2
        # Taylor coefficients of exp(-u (theta x + x^2 / 2)); the residue is the coefficient of
        # x^(k-1) in their product with (theta + x) (x / sin x)^k
        before, current = np.zeros(u.shape), np.ones(u.shape)
        residue = theta * current * series[k - 1]
        for j in range(1, k):
            before, current = current, -u * (theta * current + before) / j
            residue += (theta * current + before) * series[k - 1 - j]
        total -= (-1) ** ((n + 1) * k) * np.exp(-(theta**2 - PI2 / 4) * u / 2) * residue
    return -PI2 / 8 * u - k * np.log(2) + np.log(total)
