r"""Pooled: everybody has the same preference; what choices would be without heterogeneity.

.. math::

    (z_{ij}, rt_{ij}) \sim \mathrm{DDM}(v_j, \mathrm{boundary}, \mathrm{ndt}), \qquad
    v_j = \mu \text{ or } \psi_j \cdot \theta

The reference that the hierarchical models are compared with. Its population average is wrong
wherever labelers differ, and its interval is too short.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.program import Population, average, coordinates, diffusion, observe
from bayes_ddm.distributions.values import value_parameters
from bayes_ddm.models import Description

describes = Description(population=None, law=lambda labeler, mean, types: [f"{labeler} = {mean}"])


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    theta: Any = pm.Normal.dist(0, 2),
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
    """Build the model: ``mu`` without features, ``theta`` (features scaled to rms 1) with them."""
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        mean = average(choices, theta if choices.contextual else mu)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, Population(mean), process)
    return model
