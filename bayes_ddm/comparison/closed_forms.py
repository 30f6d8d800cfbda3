"""The closed forms that a posterior is held against: at a given boundary, and at the fit's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import (
    Boundary,
    Estimate,
    EstimateTable,
    consistent,
    consistent_values,
    speed_accuracy,
)
from bayes_ddm.estimators import estimate as closed_form
from bayes_ddm.estimators.cells import Cells, cells_of
from bayes_ddm.estimators.result import ByCell
from bayes_ddm.fitting.bounds import bounds_by_draw
from bayes_ddm.fitting.posterior import Posterior


@dataclasses.dataclass(frozen=True, eq=False)
class FittedBounds:
    """Boundary and ndt of a fit, in the cells of rows that share them; made by `fitted_bounds`.

    Attributes
    ----------
    cells : Cells or None
        None where there is one cell, or a slope leaves none.
    draws : ndarray, shape (samples, 2 cells)
        Boundaries first. With a slope, of the average row.
    """

    cells: Cells | None
    draws: FloatArray

    def boundary(self, influence: FloatArray, unit_count: IntArray) -> Boundary:
        """Return posterior means as a boundary, with the influence of every unit on them."""
        n = self.draws.shape[1] // 2
        b, ndt = np.split(self.draws.mean(axis=0), [n])
        by_cell = None if self.cells is None else ByCell(self.cells, b, ndt)
        shared = (np.nan, np.nan) if by_cell else (float(b[0]), float(ndt[0]))
        return Boundary("model", *shared, influence, unit_count, None, True, "", by_cell)


def fitted_bounds(posterior: Posterior, samples: xr.Dataset) -> FittedBounds:
    """Draws of the population's boundary and ndt, in each cell of the fit's conditions."""
    formulas = {name: of.design.formula for name, of in posterior.conditions.items()}
    middle, cells = not_by_cell(posterior), None
    if formulas and not middle:
        cells = cells_of(posterior.choices, formulas.get("boundary"), formulas.get("ndt"))
    columns = []
    for name in ("boundary", "ndt"):
        draws = posterior.values(name, samples).reshape(samples.sizes["sample"], -1)
        if cells is not None:
            draws = draws[:, getattr(cells, name)]
        elif draws.shape[1] > 1:
            draws = draws[:, posterior.conditions[name].cell].mean(axis=1, keepdims=True)
        columns.append(draws)
    return FittedBounds(cells, np.concatenate(columns, axis=1))


def not_by_cell(posterior: Posterior) -> list[str]:
    """Which of boundary and ndt depend on a slope, so that no two rows need share them."""
    of = posterior.conditions
    return [name for name in ("boundary", "ndt") if name in of and not of[name].by_cell]


def closed_forms(
    posterior: Posterior,
    samples: xr.Dataset,
    fitted: Boundary,
    boundary: float | None,
    ndt: float | None,
    shares: Mapping[str, float] | None,
    prob: float,
) -> EstimateTable:
    """All closed forms, at a boundary given here or to the fit, and at the one that it learned."""
    choices, fixed = posterior.choices, fixed_boundary(posterior)
    ndt = fixed.get("ndt") if ndt is None else ndt
    if boundary is None and ndt is not None:
        boundary = fixed.get("boundary")
    slopes = not_by_cell(posterior)
    given: dict[str, Any] = {"boundary": boundary, "ndt": ndt}
    for name, of in posterior.conditions.items():
        if given.get(name, 0) is None and name not in slopes:
            given[name] = of.design.formula
    table = closed_form(choices, **given, shares=shares, prob=prob)
    *estimates, ratio = table.estimates
    boundaries = table.boundaries
    if slopes:
        why = f"takes one {' and '.join(slopes)} for all rows, while the fit's varies with a slope"
        estimates = [
            dataclasses.replace(e, reliable=False, note=e.note or why) if e.unit == "drift" else e
            for e in estimates
        ]
        boundaries = tuple(
            dataclasses.replace(b, reliable=False, note=b.note or why) for b in boundaries
        )
    if len(fixed) < 2 or own_boundaries(posterior) or posterior.conditions:
        bounds = _some(posterior, samples)
        at_fit = _at_fitted_boundary(choices, fitted, bounds, bool(slopes), shares)
        if own_boundaries(posterior):
            at_fit = dataclasses.replace(at_fit, allows=frozenset({"boundary"}))
        estimates.insert(-1, at_fit)  # before both baselines
        boundaries = (*boundaries, fitted)
    if not ratio.reliable:
        # at the fit's ndt, without which it is biased
        ratio = speed_accuracy(choices, boundary=fitted)
    return dataclasses.replace(table, boundaries=boundaries, estimates=(*estimates, ratio))


def fixed_boundary(posterior: Posterior) -> dict[str, float]:
    """Which of boundary and ndt the fit was given."""
    fixed = posterior.fixed.items()
    return {k: float(v) for k, v in fixed if k in {"boundary", "ndt"} and not v.ndim}


def own_boundaries(posterior: Posterior) -> bool:
    """Whether labelers have a boundary or an ndt of their own."""
    return "labeler_boundary" in posterior.draws or "labeler_ndt" in posterior.draws


def _some(posterior: Posterior, samples: xr.Dataset) -> list[tuple[Any, ...]]:
    """Boundary and ndt in some of the draws: numbers, or where rows differ one per row."""
    step = 4 if samples.sizes["sample"] > 1000 else 1
    if posterior.choices.between:
        step = max(1, samples.sizes["sample"] // 100)
    return bounds_by_draw(posterior, samples.isel(sample=slice(None, None, step)))


def _at_fitted_boundary(
    choices: Choices,
    fitted: Boundary,
    bounds: list[tuple[Any, ...]],
    slopes: bool = False,
    shares: Mapping[str, float] | None = None,
) -> Estimate:
    """The consistent estimate, averaged over draws of the boundary."""
    values = np.mean([consistent_values(choices, b, t, shares) for b, t in bounds], axis=0)
    by_row = None
    if any(np.ndim(x) for x in bounds[0]) and (fitted.by_cell is None or slopes):
        rows = np.ones(len(choices))
        b, delay = (np.mean([pair[j] * rows for pair in bounds], axis=0) for j in (0, 1))
        by_row = b, delay
    made = consistent(choices, fitted, by_row=by_row, shares=shares)
    why = "the closed-form variance is not positive for some draws of the boundary"
    if np.isnan(values[0]):
        why = "some responses come before the fit's ndt, and so have no closed form"
    undefined = [n for n, x in zip(made.parameters, values, strict=True) if np.isnan(x)]
    notes = dict.fromkeys(undefined, why) | dict(made.parameter_notes)
    return dataclasses.replace(made, values=values, parameter_notes=notes)
