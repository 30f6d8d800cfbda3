"""Sums over rows, for a few long vectors.

Threaded BLAS is ten times slower than a plain loop on such shapes when the cores are busy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray

__all__ = ["combine", "inner"]


FEW = 64


def inner(a: NDArray[Any], b: NDArray[Any]) -> FloatArray:
    """Sum over the last axis of ``a``, shape (p, rows), times ``b``, shape (rows,) or (q, rows)."""
    if b.ndim == 1:
        return np.einsum("in,n->i", a, b) if len(a) <= FEW else a @ b
    return np.einsum("in,jn->ij", a, b) if len(a) * len(b) <= FEW else a @ b.T


def combine(m: FloatArray, a: FloatArray) -> FloatArray:
    """``m @ a`` for ``a`` of shape (p, rows) and ``m`` of shape (p,) or (k, p)."""
    if m.size > FEW:
        return m @ a
    return np.einsum("i,in->n" if m.ndim == 1 else "ki,in->kn", m, a)
