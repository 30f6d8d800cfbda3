r"""Labeler boundary: each labeler has a boundary and a non-decision time of their own.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \quad \text{or} \quad
        \theta_i \sim \mathrm{Normal}(\theta, \Sigma) \\
    \log b_i &\sim \mathrm{Normal}(\log \mathrm{boundary}, \mathrm{boundary\_spread}) \\
    \log ndt_i &\sim \mathrm{Normal}(\log \mathrm{ndt}, \mathrm{ndt\_spread}),
        \quad ndt_i < \min_j rt_{ij} \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(v_i, b_i, ndt_i)

Cautious and hasty people, which the other models take for people of weak and strong preferences.
The drifts are still integrated out exactly; ``boundary`` and ``ndt`` are population medians.
"""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.priors import by_labeler
from bayes_ddm.distributions.program import coordinates, diffusion, normal, observe
from bayes_ddm.distributions.values import value_parameters
from bayes_ddm.errors import InputError
from bayes_ddm.models import Description

describes = Description(
    anonymous=False, mends="boundary", offer="a boundary and ndt of each labeler's own"
)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = by_labeler(),
    ndt: Any = by_labeler(),
    start: Any = 0.5,
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

    ``by_labeler(center, spread)`` takes the priors of a median and of the spread on the log scale.
    """
    if choices.anonymous:
        raise InputError(
            "boundary by labeler needs known labelers; name their column, or share one boundary "
            "(for single choices the anonymous_boundary model lets the boundary vary)."
        )
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        population = normal(choices, mu, sigma, theta, Sigma, eta)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
