"""Drift pseudo-labels regressed on attribute differences: coefficients, and units' influence."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.design import combine, inner
from bayes_ddm.estimators.result import Boundary


@dataclass(frozen=True, eq=False)
class Labels:
    """Pseudo-labels of all rows, and how they move with boundary and ndt; made by `labels_at`.

    Attributes
    ----------
    values : ndarray, shape (rows,)
    boundary : Boundary or None
        None where boundary and ndt are known.
    by_boundary, by_ndt : ndarray, shape (rows,)
        Derivatives, each counted as often as its row; empty where they are known.
    bias : float or ndarray, shape (rows,)
        Largest bias of each, either way.
    """

    values: FloatArray
    boundary: Boundary | None = None
    by_boundary: FloatArray = field(default_factory=lambda: np.empty(0))
    by_ndt: FloatArray = field(default_factory=lambda: np.empty(0))
    bias: float | FloatArray = 0.0


def labels_at(
    choices: Choices,
    boundary: Boundary | None,
    b: float | FloatArray,
    time: FloatArray,
    rate: float | FloatArray = 1.0,
) -> Labels:
    """Pseudo-labels at these boundaries and decision times, perhaps stretched at this rate."""
    values = choices.signed * wiener.drift_weight(time, b)
    if boundary is None:
        return Labels(values)
    by_time, by_boundary = wiener.drift_weight_derivatives(time, b)
    signed = choices.count * choices.signed
    return Labels(values, boundary, signed * by_boundary, -signed * by_time * rate)


def row_weights(choices: Choices) -> FloatArray:
    """Weights with which labelers count equally, however many choices each made."""
    n_rows = sum_by_unit(choices, np.ones(len(choices)))
    n_units = float((choices.unit_count * (n_rows > 0)).sum())
    return np.asarray((1 / (np.maximum(n_rows, 1) * n_units))[choices.unit])


def regression(psi: FloatArray, weight: FloatArray, count: IntArray) -> FloatArray:
    """Linear map from rows to the coefficients of `psi`, both of shape (columns, rows)."""
    gram = inner(psi * (weight * count), psi)
    return combine(np.linalg.inv(gram), psi) * weight


def regress(
    choices: Choices, labels: Labels, psi: FloatArray, rows: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Coefficients, units' own influence on them, and that through the boundary (zeros if known).

    ``rows`` is the map that `regression` makes of ``psi``.
    """
    theta = inner(rows, choices.count * labels.values)
    own = sum_by_unit(choices, (rows * (labels.values - combine(theta, psi))).T)
    if labels.boundary is None:
        return theta, own, np.zeros_like(own)
    return theta, own, labels.boundary.carried(rows, labels.by_boundary, labels.by_ndt)


def largest_bias(choices: Choices, labels: Labels, rows: FloatArray) -> FloatArray:
    """Largest bias of weighted sums of pseudo-labels, for weights of shape (..., rows)."""
    if not np.any(labels.bias):
        return np.zeros(rows.shape[:-1])
    return np.asarray((np.abs(rows) * (choices.count * labels.bias)).sum(axis=-1))
