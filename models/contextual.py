r"""Contextual: each labeler weighs attribute differences in a way of their own.

.. math::

    \theta_i &\sim \mathrm{Normal}(\theta, \Sigma) \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(\psi_{ij} \cdot \theta_i, \mathrm{boundary}, \mathrm{ndt})

The preference vectors are integrated out exactly.  Features are divided by their root mean square
inside, so that one prior serves all units; ``theta`` and ``sigma`` are reported in the user's.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.choices import Choices
from bayes_ddm.distributions import RandomPreferenceWiener, rows
from bayes_ddm.errors import InputError
from bayes_ddm.parameters import correlation_factor, non_decision_time, parameter, scales


def build(
    choices: Choices,
    *,
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    eta: float = 2.0,
) -> pm.Model:
    """Build the model.

    ``theta`` and ``Sigma`` are the priors of each feature's average and standard deviation between
    labelers (features scaled to rms 1); ``eta`` is the LKJ shape of the correlations.
    """
    if not choices.contextual:
        raise InputError("contextual needs features; name them, or use the hierarchical model.")
    scale = scales(choices)
    coords = {
        "row": range(len(choices)),
        "field": ["rt", "choice"],
        "feature": list(choices.feature_names),
    }
    with pm.Model(coords=coords) as model:
        theta = parameter("theta_scaled", theta, dims="feature")
        spread = parameter("sigma_scaled", Sigma, dims="feature", nonnegative=True)
        boundary = parameter("boundary", boundary, positive=True)
        ndt = non_decision_time(ndt, choices)
        chol = spread[:, None] * correlation_factor(choices.feature_names, eta)
        pm.Deterministic("theta", theta / scale, dims="feature")
        pm.Deterministic("sigma", spread / scale, dims="feature")
        who = {"count": choices.count} if choices.anonymous else {"labeler": choices.labeler}
        RandomPreferenceWiener(
            "y",
            theta,
            chol,
            boundary,
            ndt,
            features=choices.features / scale,
            **who,
            observed=rows(choices),
            dims=("row", "field"),
        )
    return model
