r"""Contaminated: now and then a labeler does not attend, and chooses by chance.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \quad \text{or} \quad
        \theta_i \sim \mathrm{Normal}(\theta, \Sigma) \\
    p(z, rt \mid v) &= (1 - \mathrm{lapse}) \, p_{\mathrm{DDM}}(z, rt \mid v) +
        \mathrm{lapse} \, \tfrac12 \, \mathrm{Exponential}(rt; \text{mean } \mathrm{lapse\_rt})

A lapse may come before the non-decision time has passed, so that one anticipation no longer caps
everybody's ``ndt``.  Preferences of labelers who choose more than once are sampled, since a mixture
in every trial leaves no sums to integrate with; with single choices they are integrated out.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.program import coordinates, diffusion, normal, observe
from bayes_ddm.distributions.values import value_parameters
from bayes_ddm.models import Description

describes = Description(mends="lapse", offer="lapses")


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    start: Any = 0.5,
    drift_noise: Any = 0.0,
    collapse: Any = 0.0,
    lapse: Any = pm.Beta.dist(1, 20),
    lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
    drift_link: Any = "linear",
    discount_rate: Any = pm.LogNormal.dist(-4, 2.5),
    utility_exponent: Any = pm.LogNormal.dist(0, 0.5),
    eta: float = 2.0,
) -> pm.Model:
    """Build the model: ``mu``, ``sigma`` without features, ``theta``, ``Sigma``, ``eta`` with them.

    ``lapse`` is the share of lapses, ``lapse_rt`` their mean response time in seconds.
    """
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        population = normal(choices, mu, sigma, theta, Sigma, eta)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
