r"""Mixture: labelers come in a few types, each a normal population of its own.

.. math::

    \text{type}_i &\sim \mathrm{Categorical}(w) \\
    v_i &\sim \mathrm{Normal}(m_{\text{type}_i}, s_{\text{type}_i}) \qquad
        \Bigl(\theta_i \sim \mathrm{Normal}(m, \mathrm{diag}(s^2)) \text{ with features}\Bigr) \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(v_i, \mathrm{boundary}, \mathrm{ndt})

Types and drifts are integrated out exactly.  ``mu`` (``theta``) is the average over all labelers,
with the same prior as in the other models; the types stand around it, ordered by their preference
(for the first feature), so that their labels do not switch.  Use it where labelers fall into camps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.program import Population, average, coordinates, diffusion, observe
from bayes_ddm.distributions.values import scales, value_parameters
from bayes_ddm.errors import whole_number
from bayes_ddm.models import Description


def _law(labeler: str, mean: str, types: int) -> list[str]:
    density = " + ".join(rf"w_{k}\,\text{{Normal}}(m_{k}, s_{k})" for k in range(1, types + 1))
    average = " + ".join(rf"w_{k}\,m_{k}" for k in range(1, types + 1))
    return [rf"{labeler} \sim {density}", f"{average} = {mean}"]


describes = Description(
    population="a mixture of normals",
    instead="a mixture of normals",
    counted="types",
    law=_law,
    symbols="Types have weights w, means m and standard deviations s.",
    mends="types",
    offer="types of labelers",
)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    theta: Any = pm.Normal.dist(0, 2),
    gap: Any = pm.Gamma.dist(2, 1),
    type_spread: Any = pm.LogNormal.dist(-0.7, 0.7),
    types: int = 2,
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    start: Any = 0.5,
    drift_noise: Any = 0.0,
    collapse: Any = 0.0,
    lapse: Any = 0.0,
    lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
    drift_link: Any = "linear",
    discount_rate: Any = pm.LogNormal.dist(-4, 2.5),
    utility_exponent: Any = pm.LogNormal.dist(0, 0.5),
) -> pm.Model:
    """Build the model.

    ``gap`` is the prior of the distance between neighbouring types (along the first feature; their
    differences in the others are normal with sd 1), ``type_spread`` that of the standard
    deviations within types, features scaled to rms 1; ``types`` their number.
    """
    types = whole_number("types", types, 2)
    d = max(1, len(choices.feature_names))
    coords = coordinates(choices) | {"type": range(1, types + 1), "between": range(1, types)}
    with pm.Model(coords=coords) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        mean = average(choices, theta if choices.contextual else mu)
        weight = pm.Dirichlet("weight", np.full(types, 4.0), dims="type")
        gaps = parameter("gap", gap, dims="between", positive=True)
        place = pt.concatenate([pt.zeros(1), pt.cumsum(gaps)])[:, None]
        if choices.contextual:
            type_sd = parameter(
                "type_sigma_scaled", type_spread, dims=("type", "feature"), positive=True
            )
            offsets = pm.Normal("place_scaled", 0, 1, shape=(types, d - 1)) if d > 1 else None
            place = place if offsets is None else pt.concatenate([place, offsets], axis=1)
        else:
            type_sd = parameter("type_sigma", type_spread, dims="type", positive=True)[:, None]
        centers = mean + place - (weight[:, None] * place).sum(axis=0)
        variance = (weight[:, None] * (type_sd**2 + (centers - mean) ** 2)).sum(axis=0)
        if choices.contextual:
            pm.Deterministic("type_mean", centers / scales(choices), dims=("type", "feature"))
            pm.Deterministic("type_sigma", type_sd / scales(choices), dims=("type", "feature"))
            pm.Deterministic("sigma", pt.sqrt(variance) / scales(choices), dims="feature")
        else:
            pm.Deterministic("type_mean", centers[:, 0], dims="type")
            pm.Deterministic("sigma", pt.sqrt(variance[0]))
        chol = type_sd[:, :, None] * np.eye(d)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, Population(centers, chol, weight), process)
    return model
