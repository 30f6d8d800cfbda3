"""Normal drifts and a boundary in each cell, by maximum likelihood: where a posterior tends to.

One ndt for all rows, known labelers, no features.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators import Boundary
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.result import ByCell
from bayes_ddm.wiener.density import random_drift_log_factor

STEP = 1e-5
EASY_STEPS = 3  # by the outer product of scores
PRECISION = 1e-9  # of the log likelihood


@dataclass(frozen=True, eq=False)
class NormalByCell:
    """The average drift, and the boundary, with the influence of every labeler on each."""

    mean: float
    influence: FloatArray
    boundary: Boundary


def normal_by_cell(choices: bd.Choices, cells: Cells, start: FloatArray) -> NormalByCell:
    """Fit log boundaries of each cell, ndt, mean and log spread, from ``start``."""
    k, units = len(cells), len(choices.unit_count)
    each = np.bincount(choices.unit, minlength=units)

    def total(rows: FloatArray) -> FloatArray:
        return np.bincount(choices.unit, rows, units)

    def scores(point: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log likelihood of each labeler, their drift integrated out, and its derivatives."""
        b, mean, var = np.exp(point[:k])[cells.row], point[-2], np.exp(2 * point[-1])
        time = choices.rt - point[k]
        at_rest, slope, _ = wiener.zero_drift_log_derivatives(time, b)
        toward, spent = total(b * choices.choice), total(time)
        spread = 1 + var * spent
        by_mean = (toward - mean * spent) / spread
        drift, by_var = mean + var * by_mean, 0.5 * (by_mean**2 - spent / spread)
        # a labeler's drift, and its square, given their rows
        by_log_b = b * choices.choice * drift[choices.unit] - 2 - 2 * slope
        square = drift**2 + var / spread
        by_ndt = 0.5 * each * square - total(slope / time)
        of_cells = [total(np.where(cells.row == cell, by_log_b, 0.0)) for cell in range(k)]
        value = total(at_rest) + random_drift_log_factor(toward, spent, mean, var)
        return value, np.stack([*of_cells, by_ndt, by_mean, 2 * var * by_var], axis=1)

    def curvature(point: FloatArray) -> FloatArray:
        steps = STEP * np.eye(len(point))
        slopes = [scores(point - h)[1] - scores(point + h)[1] for h in steps]
        made = np.array([slope.sum(axis=0) for slope in slopes]) / (2 * STEP)
        return (made + made.T) / 2

    def at(point: FloatArray) -> tuple[float, Derivatives]:
        value, by = scores(point)
        return float(value.sum()), lambda: (by.sum(axis=0), by.T @ by)

    high = np.where(np.arange(len(start)) == k, choices.rt.min(), np.inf)
    found = newton(at, start, PRECISION, high=high, exact=curvature, easy=EASY_STEPS)
    top = found.point
    influence = scores(top)[1] @ np.linalg.inv(curvature(top))
    b, ndt = np.exp(top[:k]), np.full(k, top[k])
    on_bounds = np.column_stack([b * influence[:, :k], np.repeat(influence[:, [k]], k, axis=1)])
    nowhere = (np.nan, np.nan)
    boundary = Boundary(
        "model", *nowhere, on_bounds, choices.unit_count, None, True, "", ByCell(cells, b, ndt)
    )
    return NormalByCell(float(top[-2]), influence[:, -2], boundary)
