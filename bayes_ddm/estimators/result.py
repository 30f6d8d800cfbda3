"""What an estimator returns: values with the influence of every sampling unit on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy.special import chdtrc, stdtrit

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.design import combine, design, inner
from bayes_ddm.estimators.methods import METHODS

_PLAIN = [method for method in METHODS.values() if method.consistent]
# what each estimator is called in figures and reports, in their order
LABELS = {
    **{m.consistent: f"closed form, {m.words}" for m in _PLAIN if not m.published},
    **{m.bounded: f"bounded, {m.words}" for m in METHODS.values() if m.bounded},
    **{m.consistent: f"closed form, {m.words}" for m in _PLAIN if m.published},
    "cells": "closed form, six private cells",
    "cells_stratified": "six private cells, by share of level",
    "cells_efficient": "six private cells, by precision of level",
    "efficient": "weighted squares, normal deviations",
    "bradley_terry": "Bradley-Terry, pooled",
    "speed_accuracy": "speed-accuracy ratio, pooled",
}


class _Clustered:
    """What follows from the influence of every sampling unit on some numbers."""

    influence: FloatArray
    unit_count: IntArray

    @property
    def covariance(self) -> FloatArray:
        """Covariance of the numbers, clustered by unit; NaN for a single unit."""
        n = whole(self.unit_count.sum())
        if n < 2:
            return np.full((self.influence.shape[1],) * 2, np.nan)
        by_unit = self.influence.T
        return inner(by_unit * self.unit_count, by_unit) * (n / (n - 1))

    @property
    def se(self) -> FloatArray:
        """Standard errors, the boundary's uncertainty included."""
        return np.sqrt(np.diag(self.covariance))


@dataclass(frozen=True, eq=False)
class Influence(_Clustered):
    """Influence of every sampling unit on some numbers, such as the difference of two estimates.

    Attributes
    ----------
    influence : ndarray, shape (units, numbers)
        Already divided by the number of units: ``estimate - truth`` is about
        ``sum(unit_count * influence)``.
    unit_count : ndarray of int, shape (units,)
        How many identical units each stands for.

    Examples
    --------
    >>> Influence(np.array([[0.1], [-0.1]]), np.array([2, 2])).se.round(3)
    array([0.231])
    """

    influence: FloatArray
    unit_count: IntArray

    def wald(self, values: FloatArray) -> tuple[float, float]:
        """Wald statistic of these values against zero, and its p-value; NaN if one is unknown.

        Of a difference of two estimates it is Hausman's test, with a variance that holds without
        efficiency.

        References
        ----------
        Hausman (1978), Econometrica 46:1251.
        """
        covariance = self.covariance
        if not (np.isfinite(covariance).all() and np.isfinite(values).all()):
            return np.nan, np.nan
        # as correlations, so that units of features do not matter
        scale = np.where(np.diag(covariance) > 0, np.sqrt(np.diag(covariance)), 1.0)
        z = values / scale
        statistic = float(z @ np.linalg.pinv(covariance / np.outer(scale, scale)) @ z)
        return statistic, float(chdtrc(len(values), statistic))


@dataclass(frozen=True, eq=False)
class ByCell:
    """Boundary and ndt of each cell of rows.

    Attributes
    ----------
    cells : Cells
    boundary, ndt : ndarray, shape (cells,)
        Half the separation; seconds. Cells that share one have equal values, and equal influence.
    """

    cells: Cells
    boundary: FloatArray
    ndt: FloatArray


@dataclass(frozen=True, eq=False)
class Boundary(_Clustered):
    """Half the boundary separation and the non-decision time, and how well they are known.

    Attributes
    ----------
    method : str
        "known", "conditional", "semiparametric", "labelers", "two_scale", "three_scale" or "model".
    boundary : float
        Half the separation; NaN when it could not be computed, or there is one `by_cell`. Of
        "labelers", the median of their own.
    ndt : float
        Seconds.
    influence : ndarray, shape (units, 2)
        Influence of each sampling unit on (boundary, ndt), already divided by their number:
        ``estimate - truth`` is about ``sum(unit_count * influence)``. Zeros when known. By cell,
        shape (units, 2 cells), boundaries first.
    unit_count : ndarray of int, shape (units,)
        How many identical units each stands for.
    n_eff : float or None
        Effective number of response times it rests on, where that can be small.
    reliable : bool
    note : str
        Empty when reliable; else what is wrong.
    by_cell : ByCell or None
        Where conditions move boundary or ndt.
    """

    method: str
    boundary: float
    ndt: float
    influence: FloatArray = field(repr=False)
    unit_count: IntArray = field(repr=False)
    n_eff: float | None
    reliable: bool
    note: str
    by_cell: ByCell | None = None

    @property
    def at(self) -> tuple[float, float] | tuple[FloatArray, FloatArray]:
        """Boundary and ndt: numbers, or where there are cells one of each per row."""
        if self.by_cell is None:
            return self.boundary, self.ndt
        row = self.by_cell.cells.row
        return self.by_cell.boundary[row], self.by_cell.ndt[row]

    @property
    def values(self) -> list[tuple[str | None, float, float, float, float]]:
        """Cell (None where there is one), boundary, its standard error, ndt and its, by cell."""
        se = self.se.tolist()
        if self.by_cell is None:
            return [(None, self.boundary, se[0], self.ndt, se[1])]
        cells, n = self.by_cell, len(self.by_cell.cells)
        columns = cells.boundary.tolist(), se[:n], cells.ndt.tolist(), se[n:]
        return list(zip(cells.cells.names, *columns, strict=True))

    @property
    def overall(self) -> tuple[float, FloatArray]:
        """Boundary averaged over cells, and the influence of every unit on it."""
        if self.by_cell is None:
            return self.boundary, self.influence[:, 0]
        n = len(self.by_cell.cells)
        return float(self.by_cell.boundary.mean()), self.influence[:, :n].mean(axis=1)

    def flagged(self, note: str) -> Boundary:
        """Return it as unreliable, for one reason more."""
        return replace(self, reliable=False, note="; ".join(filter(None, [self.note, note])))

    def carried(
        self, weights: FloatArray, by_boundary: FloatArray, by_ndt: FloatArray
    ) -> FloatArray:
        """Influence on weighted sums over rows through boundary and ndt, shape (units, sums).

        `weights` has shape (sums, rows); derivatives of what is summed have one value per row.
        """
        derivatives = np.stack([by_boundary, by_ndt])
        if self.by_cell is None:
            return combine(inner(weights, derivatives), self.influence.T).T
        row, n = self.by_cell.cells.row, len(self.by_cell.cells)
        by = [[np.bincount(row, w * d, n) for d in derivatives] for w in weights]
        return self.influence @ np.reshape(by, (len(weights), 2 * n)).T


@dataclass(frozen=True, eq=False)
class Estimate(_Clustered):
    """Estimates of population parameters, with the influence of every sampling unit.

    Attributes
    ----------
    estimator : str
        For example "consistent_two_scale", "bradley_terry".
    parameters : tuple of str
        "mu" or the features' names; then, where the spread between labelers is estimated, "sigma"
        or "sigma[feature]" (standard deviations).
    values : ndarray, shape (parameters,)
    influence : ndarray, shape (units, parameters)
        Already divided by the number of units, the boundary's share included:
        ``estimate - truth`` is about ``sum(unit_count * influence)``.
    unit_count : ndarray of int, shape (units,)
        How many identical units each stands for. Units are labelers, or rows when anonymous.
    unit : str
        "drift" (1/sqrt(s), per unit of a feature) or "native" (the estimator's own).
    boundary : Boundary or None
        The boundary and ndt used.
    reliable : bool
        Whether the first block of parameters (the average preference) can be relied on.
    note : str
        Empty when reliable; else what is wrong.
    parameter_notes : mapping of str to str
        Why a single parameter could not be computed.
    allows : frozenset of str
        What findings are about that it allows for ("boundary" at labelers' own).
    labelers : ndarray, shape (parameters,), or None
        How many labelers each parameter rests on, where that is not all of them.
    largest_bias : ndarray, shape (parameters,), or None
        Of bounded pseudo-labels, either way.
    remark : str
        What is to be known of it, reliable or not.
    """

    estimator: str
    parameters: tuple[str, ...]
    values: FloatArray
    influence: FloatArray = field(repr=False)
    unit_count: IntArray = field(repr=False)
    unit: str
    boundary: Boundary | None
    reliable: bool
    note: str
    parameter_notes: Mapping[str, str] = field(default_factory=dict)
    allows: frozenset[str] = frozenset()
    labelers: FloatArray | None = field(default=None, repr=False)
    largest_bias: FloatArray | None = field(default=None, repr=False)
    remark: str = ""

    def interval(self, prob: float = 0.95) -> FloatArray:
        """Student's t intervals, of as many degrees of freedom as labelers less one.

        Shape (parameters, 2). The largest bias widens them either way.
        """
        labelers = self.unit_count.sum() if self.labelers is None else self.labelers
        half = stdtrit(np.maximum(1, labelers - 1), (1 + prob) / 2) * self.se
        half += 0.0 if self.largest_bias is None else self.largest_bias
        return np.stack([self.values - half, self.values + half], axis=1)


def assembled(
    choices: Choices,
    estimator: str,
    parameters: tuple[str, ...],
    values: FloatArray,
    influence: FloatArray,
    boundary: Boundary | None,
    notes: Iterable[str],
    *,
    unit: str = "drift",
    **more: Any,
) -> Estimate:
    """Return an estimate of these choices, which is reliable if no note says what is wrong."""
    units = choices.unit_count
    alone = "one labeler does not show how labelers differ" if units.sum() < 2 else ""
    note = "; ".join(filter(None, [*notes, alone]))
    fields = estimator, parameters, values, influence, units, unit, boundary
    return Estimate(*fields, reliable=not note, note=note, **more)


def pooled(
    choices: Choices,
    estimator: str,
    theta: FloatArray,
    hessian: FloatArray,
    scores: FloatArray,
    boundary: Boundary | None,
    note: str,
) -> Estimate:
    """Assemble an estimate in native units, all in the scale of `design`.

    ``hessian`` is that of the summed loss, ``scores`` minus its gradient of each unit, shape
    (units, d).
    """
    attributes = design(choices)
    influence = combine(np.linalg.inv(hessian) / attributes.scale[:, None], scores.T).T
    notes = note, left_out(choices)
    fields = estimator, attributes.names, theta / attributes.scale, influence, boundary, notes
    return assembled(choices, *fields, unit="native")
