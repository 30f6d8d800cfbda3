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

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.choices import Choices
from bayes_ddm.distributions import RandomDriftWiener, rows
from bayes_ddm.errors import InputError
from bayes_ddm.parameters import non_decision_time, parameter


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
) -> pm.Model:
    """Build the model; each parameter is a prior, or a number that fixes it."""
    if choices.contextual:
        raise InputError("hierarchical takes no features; use the contextual model, or drop them.")
    with pm.Model(coords={"row": range(len(choices)), "field": ["rt", "choice"]}) as model:
        mu = parameter("mu", mu)
        sigma = parameter("sigma", sigma, nonnegative=True)
        boundary = parameter("boundary", boundary, positive=True)
        ndt = non_decision_time(ndt, choices)
        pm.Deterministic("share_positive", 0.5 * pt.erfc(-mu / (sigma * np.sqrt(2))))
        who = {"count": choices.count} if choices.anonymous else {"labeler": choices.labeler}
        RandomDriftWiener(
            "y", mu, sigma, boundary, ndt, **who, observed=rows(choices), dims=("row", "field")
        )
    return model
