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

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.covariance import covariance
from bayes_ddm.distributions.program import Population, average, coordinates, diffusion, observe
from bayes_ddm.distributions.values import value_parameters
from bayes_ddm.errors import InputError
from bayes_ddm.models import Description

describes = Description(contextual=True, mends="spread", offer="labelers who differ")


def build(
    choices: Choices,
    *,
    theta: Any = None,
    Sigma: Any = None,
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
    eta: float = 2.0,
    spread: str | None = None,
    rank: int = 0,
) -> pm.Model:
    """Build the model.

    ``theta`` and ``Sigma`` are the priors of each feature's average and standard deviation between
    labelers (features scaled to rms 1): ``Normal(0, 2)`` and ``HalfNormal(2)``. Of more than 8
    features those would say how large drifts are; so ``theta="shrunk"`` learns how far averages are
    from 0, and ``Sigma="shared"`` how much the drift of a typical comparison differs between
    labelers. ``eta`` is the LKJ shape of the correlations; of more than 8 features there are none,
    ``spread`` being ``"diagonal"``, but for those of ``rank`` factors that preferences share.
    """
    if not choices.contextual:
        raise InputError("contextual needs features; name them, or use the hierarchical model.")
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        mean, cov = average(choices, theta), covariance(choices, Sigma, eta, spread, rank)
        population = Population(mean, cov.chol, sd=cov.sd, loading=cov.loading)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
