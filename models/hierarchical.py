r"""Hierarchical: each labeler has a drift of their own, from one normal population.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(v_i, \mathrm{boundary}, \mathrm{ndt})

The drifts are integrated out exactly, so that four numbers are sampled whatever the number of
labelers.  ``mu`` is the population-average preference, ``share_positive`` the share of labelers who
prefer the +1 option: an average and a majority may disagree.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.program import coordinates, diffusion, normal, observe
from bayes_ddm.errors import InputError
from bayes_ddm.models import Description

describes = Description(contextual=False, mends="spread", offer="labelers who differ")


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    start: Any = 0.5,
    drift_noise: Any = 0.0,
    collapse: Any = 0.0,
    lapse: Any = 0.0,
    lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
    drift_link: Any = "linear",
) -> pm.Model:
    """Build the model; each parameter is a prior, or a number that fixes it."""
    if choices.contextual:
        raise InputError("hierarchical takes no features; use the contextual model, or drop them.")
    with pm.Model(coords=coordinates(choices)) as model:
        population = normal(choices, mu, sigma)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
