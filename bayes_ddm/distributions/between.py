"""Labelers whose average preference depends on covariates of their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.people import people
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.values import scales

# of preferences, features scaled, per standard deviation of a covariate between labelers
CHANGE = pm.Normal.dist(0, 1)


def labelers_shift(choices: Choices, mean: Any) -> tuple[Any, Any]:
    """Add what moves labelers' averages, and report groups' averages.

    Parameters
    ----------
    choices : Choices
        With a formula `between` labelers.
    mean : tensor, shape (d,)
        Average over all labelers, features scaled.

    Returns
    -------
    shift : tensor, shape (units, d)
        Of each labeler's average from that of all.
    change : tensor, shape (columns, d)
        Per unit of each column of `People`.
    """
    design = people(choices)
    assert design is not None
    model, dims = pm.modelcontext(None), ("feature",) if choices.contextual else ()
    model.add_coord("people_term", design.names)
    scaled = parameter("people_scaled", CHANGE, dims=("people_term", *dims))
    sd = np.sqrt(np.average(design.matrix**2, axis=0, weights=choices.unit_count))
    change = (scaled if choices.contextual else scaled[:, None]) / sd[:, None]
    shift = _product(design.matrix, change)
    scale = scales(choices) if choices.contextual else 1.0
    if design.groups:
        model.add_coord("group", list(design.groups))
        weight = np.array([inside * choices.unit_count for inside in design.groups.values()], float)
        weight /= weight.sum(axis=1, keepdims=True)
        averages = (mean + _product(weight @ design.matrix, change)) / scale
        _report("group_average", averages, ("group", *dims))
    if design.slopes:
        model.add_coord("people_slope", list(design.slopes))
        weights = np.array(
            [slope.who * choices.unit_count for slope in design.slopes.values()], float
        )
        weights /= weights.sum(axis=1, keepdims=True)
        by = np.stack(
            [w @ slope.by for w, slope in zip(weights, design.slopes.values(), strict=True)]
        )
        _report("slope", _product(by, change) / scale, ("people_slope", *dims))
    return shift, change


def _product(matrix: FloatArray, change: Any) -> Any:
    # threaded BLAS on so few numbers waits for its threads
    return (pt.constant(matrix)[:, :, None] * change).sum(axis=1)


def _report(name: str, values: Any, dims: tuple[str, ...]) -> None:
    pm.Deterministic(name, values if len(dims) == 2 else values[:, 0], dims=dims)
