"""Normal drifts and a boundary in each cell, by maximum likelihood: where a posterior tends to.

One ndt for all rows, known labelers, no features. Derivatives are numerical.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators import Boundary
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.result import ByCell
from bayes_ddm.wiener.density import random_drift_log_factor

STEP = 1e-4
QUICKEST = 1e-3  # seconds


@dataclass(frozen=True, eq=False)
class NormalByCell:
    """The average drift, and the boundary, with the influence of every labeler on each."""

    mean: float
    influence: FloatArray
    boundary: Boundary


def normal_by_cell(choices: bd.Choices, cells: Cells, start: FloatArray) -> NormalByCell:
    """Fit log boundaries of each cell, ndt, mean and log spread, from ``start``."""
    k, units = len(cells), len(choices.unit_count)

    def each(point: FloatArray) -> FloatArray:
        """Log likelihood of each labeler, their drift integrated out."""
        b = np.exp(point[:k])[cells.row]
        # a step too far makes a row that takes no time all but impossible
        time = np.maximum(choices.rt - point[k], QUICKEST)
        rows = wiener.zero_drift_log_density(time, b), b * choices.choice, time
        at_rest, towards, spent = (np.bincount(choices.unit, x, units) for x in rows)
        return at_rest + random_drift_log_factor(towards, spent, point[-2], np.exp(2 * point[-1]))

    def scores(point: FloatArray) -> FloatArray:
        return np.stack([(each(point + h) - each(point - h)) / (2 * STEP) for h in steps], axis=1)

    steps = STEP * np.eye(len(start))
    top = minimize(
        lambda x: -each(x).sum(), start, jac=lambda x: -scores(x).sum(axis=0), method="BFGS"
    ).x
    slopes = [(scores(top + h) - scores(top - h)).sum(axis=0) / (2 * STEP) for h in steps]
    influence = scores(top) @ np.linalg.inv(-np.array(slopes))
    b, ndt = np.exp(top[:k]), np.full(k, top[k])
    on_bounds = np.column_stack([b * influence[:, :k], np.repeat(influence[:, [k]], k, axis=1)])
    nowhere = (np.nan, np.nan)
    boundary = Boundary(
        "model", *nowhere, on_bounds, choices.unit_count, None, True, "", ByCell(cells, b, ndt)
    )
    return NormalByCell(float(top[-2]), influence[:, -2], boundary)
