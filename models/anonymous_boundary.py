r"""Anonymous boundary: single choices by labelers who differ in caution too.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \quad \text{or} \quad
        \theta_i \sim \mathrm{Normal}(\theta, \Sigma) \\
    \log b_i &\sim \mathrm{Normal}(\log \mathrm{boundary}, \mathrm{boundary\_spread}) \\
    (z_i, rt_i) &\sim \mathrm{DDM}(v_i, b_i, \mathrm{ndt})

Both are integrated out, the drift exactly and the boundary by quadrature.  One choice each hardly
tells caution from preference, so that ``boundary_spread`` rests on its prior: fit it to see how far
a conclusion depends on everybody sharing one boundary.
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
    anonymous=True, mends="boundary", offer="a boundary that varies across labelers"
)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = by_labeler(),
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
) -> pm.Model:
    """Build the model: ``mu``, ``sigma`` without features, ``theta``, ``Sigma``, ``eta`` with them.

    ``by_labeler(center, spread)`` takes the priors of the median boundary and of its spread.
    """
    if not choices.anonymous:
        raise InputError(
            "anonymous_boundary is for single choices; known labelers have a boundary each in the "
            "labeler_boundary model (or leave their column out)."
        )
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        population = normal(choices, mu, sigma, theta, Sigma, eta)
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, population, process)
    return model
