"""Attribute differences as all estimators take them, and sums over their rows.

Threaded BLAS is ten times slower than a plain loop on few long vectors when the cores are busy.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices

FEW = 64


@dataclass(frozen=True, eq=False)
class Design:
    """Scaled attribute differences; made by `design`.

    Attributes
    ----------
    psi : ndarray, shape (d, rows)
        Attribute differences, each of root mean square 1 over choices; ones in a scalar problem,
        where ``d`` is 1.
    scale : ndarray, shape (d,)
        What they were divided by.
    names : tuple of str
        The features' names, or "mu".
    """

    psi: FloatArray
    scale: FloatArray
    names: tuple[str, ...]


_designs: weakref.WeakKeyDictionary[Choices, Design] = weakref.WeakKeyDictionary()


def design(choices: Choices) -> Design:
    """Attribute differences of these choices, scaled; made once.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4], "price": [30.0, 40.0]})
    >>> made = design(Choices.from_frame(frame, features=["price"]))
    >>> made.scale.round(2), made.psi.round(2)
    (array([35.36]), array([[0.85, 1.13]]))
    """
    attributes = _designs.get(choices)
    if attributes is None:
        psi, scale = np.ones((1, len(choices))), np.ones(1)
        names = choices.feature_names or ("mu",)
        if choices.contextual:
            scale = np.sqrt(np.average(choices.features**2, axis=0, weights=choices.count))
            psi = np.ascontiguousarray((choices.features / scale).T)
        attributes = _designs[choices] = Design(psi, scale, names)
    return attributes


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
