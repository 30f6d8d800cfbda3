"""The closed forms that a posterior is held against: at a given boundary, and at the fit's own."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
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
from bayes_ddm.fitting.posterior import Posterior


def closed_forms(
    posterior: Posterior,
    samples: xr.Dataset,
    on_boundary: FloatArray,
    boundary: float | None,
    ndt: float | None,
    prob: float,
) -> EstimateTable:
    """All closed forms, at a boundary given here or to the fit, and at the one that it learned."""
    choices, fixed = posterior.choices, fixed_boundary(posterior)
    ndt = fixed.get("ndt") if ndt is None else ndt
    if boundary is None and ndt is not None:
        boundary = fixed.get("boundary")
    table = closed_form(choices, boundary=boundary, ndt=ndt, prob=prob)
    b, delay = (float(posterior.values(name, samples).mean()) for name in ("boundary", "ndt"))
    count = choices.unit_count
    fitted = Boundary("model", b, delay, on_boundary, count, n_eff=None, reliable=True, note="")
    *estimates, ratio = table.estimates
    boundaries = table.boundaries
    if len(fixed) < 2 or own_boundaries(posterior):
        bounds = _bounds_by_draw(posterior, samples)
        # before both baselines
        estimates.insert(-1, _at_fitted_boundary(choices, fitted, bounds))
        boundaries = (*boundaries, fitted)
    if not ratio.reliable:
        # at the fit's ndt, without which it is biased
        ratio = speed_accuracy(choices, boundary=fitted)
    return dataclasses.replace(table, boundaries=boundaries, estimates=(*estimates, ratio))


def fixed_boundary(posterior: Posterior) -> dict[str, float]:
    """Which of boundary and ndt the fit was given."""
    return {k: float(v) for k, v in posterior.fixed.items() if k in {"boundary", "ndt"}}


def own_boundaries(posterior: Posterior) -> bool:
    """Whether labelers have a boundary or an ndt of their own."""
    return "labeler_boundary" in posterior.draws or "labeler_ndt" in posterior.draws


def _bounds_by_draw(posterior: Posterior, samples: xr.Dataset) -> list[tuple[Any, Any]]:
    """Boundary and ndt in some of the draws: numbers, or where labelers differ one per row."""
    some = samples.isel(sample=slice(None, None, 4 if samples.sizes["sample"] > 1000 else 1))
    values = []
    for name in ("boundary", "ndt"):
        own = f"labeler_{name}"
        x = posterior.values(own if own in some else name, some)
        values.append(x[:, posterior.choices.unit] if own in some else x)
    return list(zip(*values, strict=True))


def _at_fitted_boundary(
    choices: Choices, fitted: Boundary, bounds: list[tuple[Any, Any]]
) -> Estimate:
    """The consistent estimate, averaged over draws of the boundary."""
    values = np.mean([consistent_values(choices, *pair) for pair in bounds], axis=0)
    by_row = None
    if any(np.ndim(x) for x in bounds[0]):
        rows = np.ones(len(choices))
        b, delay = (np.mean([pair[j] * rows for pair in bounds], axis=0) for j in (0, 1))
        by_row = b, delay
    made = consistent(choices, fitted, by_row=by_row)
    why = "the closed-form variance is not positive for some draws of the boundary"
    if np.isnan(values[0]):
        why = "some responses come before the fit's ndt, and so have no closed form"
    undefined = [n for n, x in zip(made.parameters, values, strict=True) if np.isnan(x)]
    notes = dict.fromkeys(undefined, why) | dict(made.parameter_notes)
    allows = frozenset() if by_row is None else frozenset({"boundary"})
    return dataclasses.replace(made, values=values, parameter_notes=notes, allows=allows)
