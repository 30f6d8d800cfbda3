"""The closed forms that a posterior is held against: at a given boundary, and at the fit's own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.estimators import (
    Boundary,
    Estimate,
    EstimateTable,
    bounded,
    consistent,
    consistent_values,
    speed_accuracy,
)
from bayes_ddm.estimators.bounded.average import counts_omitted
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT, check_reach
from bayes_ddm.estimators.cells import Cells, cells_of
from bayes_ddm.estimators.estimate import tabulated
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.result import ByCell
from bayes_ddm.estimators.shares import shares_of
from bayes_ddm.fitting.diffusion_by_draw import bounds_by_draw
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.wiener.trial_drift import TrialDrift

# of a collapse, for its derivative
STEP = 1e-4
# of the same for weights that go in steps: about a bin's width
WIDE_STEP = 0.05


@dataclasses.dataclass(frozen=True, eq=False)
class FittedBounds:
    """Boundary and ndt of a fit, in the cells of rows that share them; made by `fitted_bounds`.

    Attributes
    ----------
    cells : Cells or None
        None where there is one cell, or a slope leaves none.
    draws : ndarray, shape (samples, 2 cells)
        Boundaries first. With a slope, of the average row.
    collapse : ndarray, shape (samples, 0 or 1)
        Where all share a collapse that was learned.
    """

    cells: Cells | None
    draws: FloatArray
    collapse: FloatArray

    def boundary(self, influence: FloatArray, unit_count: IntArray) -> Boundary:
        """Return posterior means as a boundary, with the influence of every unit on them."""
        n = self.draws.shape[1] // 2
        b, ndt = np.split(self.draws.mean(axis=0), [n])
        by_cell = None if self.cells is None else ByCell(self.cells, b, ndt)
        shared = (np.nan, np.nan) if by_cell else (float(b[0]), float(ndt[0]))
        return Boundary("model", *shared, influence, unit_count, None, True, "", by_cell)


def fitted_bounds(posterior: Posterior, samples: xr.Dataset) -> FittedBounds:
    """Draws of the population's boundary and ndt, in each cell of the fit's conditions."""
    formulas = {name: condition.design.formula for name, condition in posterior.conditions.items()}
    sloped, cells = not_by_cell(posterior), None
    if formulas and not sloped:
        cells = cells_of(posterior.choices, formulas.get("boundary"), formulas.get("ndt"))
    columns = []
    for name in ("boundary", "ndt"):
        draws = posterior.values(name, samples).reshape(samples.sizes["sample"], -1)
        if cells is not None:
            draws = draws[:, getattr(cells, name)]
        elif draws.shape[1] > 1:
            draws = draws[:, posterior.conditions[name].cell].mean(axis=1, keepdims=True)
        columns.append(draws)
    collapse = np.empty((samples.sizes["sample"], 0))
    if (
        "collapse" in samples
        and samples["collapse"].ndim == 1
        and "labeler_collapse" not in samples
    ):
        collapse = posterior.values("collapse", samples)[:, None]
    return FittedBounds(cells, np.concatenate(columns, axis=1), collapse)


def not_by_cell(posterior: Posterior) -> list[str]:
    """Which of boundary and ndt depend on a slope, so that no two rows need share them."""
    conditions = posterior.conditions
    return [
        name for name in ("boundary", "ndt") if name in conditions and not conditions[name].by_cell
    ]


def closed_forms(
    posterior: Posterior,
    samples: xr.Dataset,
    fitted: Boundary,
    collapse_influence: FloatArray,
    boundary: float | None,
    ndt: float | None,
    shares: Mapping[str, float] | None,
    most_drift: float | None,
    prob: float,
) -> EstimateTable:
    """All closed forms, at a boundary given here or to the fit, and at the one that it learned.

    ``collapse_influence`` is that of every unit on the collapse that the fit learned, shape
    (units, 0 or 1).
    """
    choices, fixed = posterior.choices, fixed_boundary(posterior)
    ndt = fixed.get("ndt") if ndt is None else ndt
    if boundary is None and ndt is not None:
        boundary = fixed.get("boundary")
    slopes = not_by_cell(posterior)
    sources: dict[str, Any] = {"boundary": boundary, "ndt": ndt}
    for name, condition in posterior.conditions.items():
        if sources.get(name, 0) is None and name not in slopes:
            sources[name] = condition.design.formula
    weight = None if shares is None else shares_of(posterior.rows, shares)
    if most_drift is not None:
        check_reach(np.inf, most_drift)
    reach = MOST_DRIFT if most_drift is None else most_drift
    own = own_boundaries(posterior)
    options: dict[str, Any] = {"shares": weight, "most_drift": reach, "prob": prob, "own": own}
    table = tabulated(posterior.rows, choices, **sources, **options)
    *estimates, ratio = table.estimates
    boundaries = table.boundaries
    flags = _flags(posterior, slopes)

    def flagged[E: (Boundary, Estimate)](result: E, method: str) -> E:
        note = result.note or flags.get(method, "")
        return dataclasses.replace(result, reliable=not note and result.reliable, note=note)

    estimates = [
        flagged(e, e.boundary.method) if e.unit == "drift" and e.boundary is not None else e
        for e in estimates
    ]
    boundaries = tuple(flagged(b, b.method) for b in boundaries)
    if len(fixed) < 2 or own or posterior.conditions or trial_of(posterior):
        bounds = _thinned_bounds(posterior, samples)
        for estimate in _at_fitted_boundary(
            choices, fitted, bounds, collapse_influence, bool(slopes), shares, reach
        ):
            # before both baselines
            estimates.insert(-1, dataclasses.replace(estimate, allows=_allowed(posterior)))
        boundaries = (*boundaries, fitted)
    if not ratio.reliable:
        # at the fit's ndt, without which it is biased
        ratio = speed_accuracy(choices, boundary=fitted)
    results = (*estimates, ratio)
    return dataclasses.replace(table, boundaries=boundaries, estimates=results, published=True)


def _allowed(posterior: Posterior) -> frozenset[str]:
    """What findings are about that the closed form at the fit's own values allows for."""
    allowed = {"boundary"} if own_boundaries(posterior) else set()
    return frozenset(allowed | ({"boundary", "errors"} if trial_of(posterior) else set()))


def _flags(posterior: Posterior, slopes: list[str]) -> dict[str, str]:
    """What the fit lets vary that a source of the boundary takes as one, by source."""
    sources = [method for method in METHODS if method != "model"]
    flags = {}
    if "drift_noise" in posterior:
        reason = "takes a labeler's drift to be the same in every trial, while the fit's varies"
        flags = {"conditional": reason}
        if not posterior.choices.anonymous:
            flags |= {"semiparametric": reason, "labelers": reason}
    if "collapse" in posterior:
        flags = dict.fromkeys(
            sources, "takes bounds to stay where they are, while the fit's close in"
        )
    if slopes:
        reason = (
            f"takes one {' and '.join(slopes)} for all rows, while the fit's varies with a slope"
        )
        flags = dict.fromkeys(sources, reason)
    return flags


def fixed_boundary(posterior: Posterior) -> dict[str, float]:
    """Which of boundary and ndt the fit was given."""
    fixed = posterior.fixed.items()
    return {name: float(x) for name, x in fixed if name in {"boundary", "ndt"} and not x.ndim}


def own_boundaries(posterior: Posterior) -> bool:
    """Whether labelers have a boundary or an ndt of their own."""
    return "labeler_boundary" in posterior.draws or "labeler_ndt" in posterior.draws


def trial_of(posterior: Posterior) -> list[str]:
    """Which of drift noise and closing bounds a fit has."""
    return [name for name in ("drift_noise", "collapse") if name in posterior]


def _thinned_bounds(posterior: Posterior, samples: xr.Dataset) -> list[tuple[Any, ...]]:
    """Boundary, ndt, drift noise and collapse in some of the draws; where rows differ by row.

    Rows are those of `with_omitted`.
    """
    step = 4 if samples.sizes["sample"] > 1000 else 1
    if posterior.choices.between:
        step = max(1, samples.sizes["sample"] // 100)
    names = ("boundary", "ndt", "drift_noise", "collapse")
    extended = posterior.on(with_omitted(posterior.choices))
    return bounds_by_draw(extended, samples.isel(sample=slice(None, None, step)), names)


def _at_fitted_boundary(
    choices: Choices,
    fitted: Boundary,
    bounds: list[tuple[Any, ...]],
    collapse_influence: FloatArray,
    slopes: bool,
    shares: Mapping[str, float] | None,
    most_drift: float,
) -> tuple[Estimate, Estimate]:
    """The consistent estimate, averaged over draws of the boundary; the bounded, at its mean."""
    n = len(choices)
    answered = [tuple(x if np.ndim(x) == 0 else x[:n] for x in draw) for draw in bounds]
    values = np.mean(
        [
            consistent_values(choices, b, ndt, TrialDrift(*trial), shares)
            for b, ndt, *trial in answered
        ],
        axis=0,
    )
    by_labeler = any(np.ndim(x) for x in bounds[0][:2]) and (fitted.by_cell is None or slopes)
    b, delay, trial = _mean(answered, n)
    by_row = (b, delay) if by_labeler else None
    estimate = consistent(choices, fitted, by_row=by_row, trial=trial, shares=shares)
    late_trial = trial
    if counts_omitted(choices, fitted):
        boundary, ndt, late_trial = _mean(bounds, len(with_omitted(choices)))
        by_row = (boundary, ndt) if by_labeler else None

    def within(trial: TrialDrift) -> Estimate:
        options: dict[str, Any] = {"shares": shares, "most_drift": most_drift}
        return bounded(choices, fitted, by_row=by_row, trial=trial, **options)

    bounded_estimate = within(late_trial)
    if collapse_influence.size:
        slope = _by_collapse(trial, STEP, lambda t: consistent_values(choices, b, delay, t, shares))
        estimate = dataclasses.replace(
            estimate, influence=estimate.influence + collapse_influence * slope
        )
        slope = _by_collapse(late_trial, WIDE_STEP, lambda t: within(t).values)
        bounded_estimate = dataclasses.replace(
            bounded_estimate, influence=bounded_estimate.influence + collapse_influence * slope
        )
    reason = "the closed-form variance is not positive for some draws of the boundary"
    if np.isnan(values[0]):
        reason = "some responses come before the fit's ndt, and so have no closed form"
    undefined = [name for name, x in zip(estimate.parameters, values, strict=True) if np.isnan(x)]
    notes = dict.fromkeys(undefined, reason) | dict(estimate.parameter_notes)
    return dataclasses.replace(estimate, values=values, parameter_notes=notes), bounded_estimate


def _mean(bounds: list[tuple[Any, ...]], rows: int) -> tuple[FloatArray, FloatArray, TrialDrift]:
    """Mean over draws of boundary, ndt, and how trials differ, by row."""
    ones = np.ones(rows)
    b, ndt, *trial = (
        np.mean([x * ones for x in draws], axis=0) for draws in zip(*bounds, strict=True)
    )
    return b, ndt, TrialDrift(*trial)


def _by_collapse(
    trial: TrialDrift, step: float, values: Callable[[TrialDrift], FloatArray]
) -> FloatArray:
    """Derivative of a closed form by the collapse."""
    above, below = (
        values(dataclasses.replace(trial, collapse=trial.collapse * (1 + change)))
        for change in (step, -step)
    )
    return (above - below) / (2 * step * np.mean(trial.collapse))
