r"""Choice only: a hierarchical logit without response times; what one would know without the clock.

.. math::

    v_i &\sim \mathrm{Normal}(\mu, \sigma) \quad \text{or} \quad
        \theta_i \sim \mathrm{Normal}(\theta, \Sigma) \\
    P(z_{ij} = +1) &= \mathrm{logit}^{-1}(2 \, \mathrm{boundary} \, v_{ij})

Choices show only the product of boundary and preference: a hasty population with strong preferences
chooses like a cautious one with weak ones.  So preferences come out in logits, unless ``boundary``
is given; with a prior its posterior is that prior.  From single choices without features not even
the spread is known: only the share of +1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.program import (
    Diffusion,
    coordinates,
    labelers_preferences,
    normal,
    register,
)
from bayes_ddm.distributions.rows import observed_choices
from bayes_ddm.distributions.values import attributes, scales, value_parameters
from bayes_ddm.errors import InputError
from bayes_ddm.models import Description

describes = Description(response_times=False)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    sigma: Any = pm.HalfNormal.dist(2),
    theta: Any = pm.Normal.dist(0, 2),
    Sigma: Any = pm.HalfNormal.dist(2),
    boundary: Any = None,
    discount_rate: Any = pm.LogNormal.dist(-4, 2.5),
    utility_exponent: Any = pm.LogNormal.dist(0, 0.5),
    eta: float = 2.0,
) -> pm.Model:
    """Build the model: ``mu``, ``sigma`` without features, ``theta``, ``Sigma``, ``eta`` with them.

    ``boundary`` (a number or a prior) puts preferences in drift units; None leaves logits.
    """
    if choices.deadline is not None:
        raise InputError(
            "choice_only has no clock, and knows no deadline; fit another model, or read the table "
            "without deadline=, which leaves trials without a choice out."
        )
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        population = normal(choices, mu, sigma, theta, Sigma, eta)
        mean, chol = population.mean, population.chol
        b = pt.constant(0.5) if boundary is None else parameter("boundary", boundary, positive=True)
        psi = np.ones((len(choices), 1))
        if choices.contextual:
            psi = attributes(choices) / scales(choices)
        preference = None
        if choices.anonymous:
            nodes, weight = np.polynomial.hermite_e.hermegauss(31)
            sd = pt.sqrt(((psi[:, :, None] * chol).sum(axis=1) ** 2).sum(axis=1))
            logit = 2 * b * ((psi * mean).sum(axis=1)[:, None] + sd[:, None] * nodes)
            share = (pt.sigmoid(logit) * (weight / weight.sum())).sum(axis=1)
        else:
            preference = labelers_preferences(choices, population)
            share = pt.sigmoid(2 * b * (psi * preference[choices.labeler]).sum(axis=1))
        share = choices.flip + (1 - 2 * choices.flip) * share
        # beyond 34 logits a probability rounds to 1, which has no gradient
        share = pt.clip(share, 1e-15, 1 - 1e-15)
        n = np.ascontiguousarray(choices.count)
        pm.Binomial("y", n, share, observed=observed_choices(choices), dims="row")
        register(Diffusion(b, None), population, preference)
    return model
