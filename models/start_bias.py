r"""Start bias: evidence starts nearer to one bound, whatever the options are.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \quad \text{or} \quad
        \theta_i \sim \mathrm{Normal}(\theta, \Sigma) \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(v_i, \mathrm{boundary}, \mathrm{ndt}, \mathrm{start})

``start`` is the share of the way from the -1 bound to the +1 bound, 0.5 being halfway: a habit or a
default that shows as quick choices for one side.  ``by_labeler()`` gives each labeler a bias of
their own.  The drifts are still integrated out exactly.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.program import coordinates, diffusion, normal, observe
from bayes_ddm.distributions.values import value_parameters
from bayes_ddm.models import Description

describes = Description(mends="start", offer="a starting point off the middle")


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    start: Any = pm.Beta.dist(5, 5),
    drift_noise: Any = 0.0,
    collapse: Any = 0.0,
    lapse: Any = 0.0,
    lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
    drift_link: Any = "linear",
    discount_rate: Any = pm.LogNormal.dist(-4, 2.5),
    utility_exponent: Any = pm.LogNormal.dist(0, 0.5),
    eta: float = 2.0,
) -> pm.Model:
    """Build the model: ``mu``, ``sigma`` without features, ``theta``, ``Sigma``, ``eta`` with them.

    ``start`` is a prior on (0, 1), a number, or ``by_labeler()``.
    """
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        population = normal(choices, mu, sigma, theta, Sigma, eta)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
