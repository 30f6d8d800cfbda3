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
import pytensor.tensor as pt

from bayes_ddm.choices import Choices
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, rows
from bayes_ddm.parameters import non_decision_time, parameter, scales


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    theta: Any = pm.Normal.dist(0, 2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
) -> pm.Model:
    """Build the model: ``mu`` without features, ``theta`` (features scaled to rms 1) with them."""
    who = {"count": choices.count} if choices.anonymous else {"labeler": choices.labeler}
    coords = {
        "row": range(len(choices)),
        "field": ["rt", "choice"],
        "feature": list(choices.feature_names),
    }
    with pm.Model(coords=coords) as model:
        boundary = parameter("boundary", boundary, positive=True)
        ndt = non_decision_time(ndt, choices)
        observed = {"observed": rows(choices), "dims": ("row", "field")}
        if not choices.contextual:
            mu = parameter("mu", mu)
            RandomDriftWiener("y", mu, 0.0, boundary, ndt, **who, **observed)
        else:
            scale = scales(choices)
            theta = parameter("theta_scaled", theta, dims="feature")
            pm.Deterministic("theta", theta / scale, dims="feature")
            none = pt.zeros((len(scale), len(scale)))
            features = choices.features / scale
            RandomPreferenceWiener(
                "y", theta, none, boundary, ndt, features=features, **who, **observed
            )
    return model
