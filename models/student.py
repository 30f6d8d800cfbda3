r"""Student: heavy-tailed preferences; a few labelers far from all others.

.. math::

    v_i &\sim \mathrm{Student}_{df}(\mu, \mathrm{scale}) \qquad
        \bigl(\theta_i \sim \text{multivariate Student with features}\bigr) \\
    (z_{ij}, rt_{ij}) &\sim \mathrm{DDM}(v_i, \mathrm{boundary}, \mathrm{ndt})

A Student variable is a normal one of random scale, :math:`\mathrm{scale} / \sqrt{\lambda}` with
:math:`\lambda \sim \mathrm{Gamma}(df/2, df/2)`: given :math:`\lambda` the drifts are integrated out
exactly, and :math:`\lambda` by quadrature (`student_scales`).  ``scale`` is no standard
deviation, which is infinite at ``df`` of 2 and below.
"""

from __future__ import annotations

from typing import Any

import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.parameters import correlation_factor, parameter
from bayes_ddm.distributions.program import Population, average, coordinates, diffusion, observe
from bayes_ddm.distributions.student import NODES, student_scales
from bayes_ddm.distributions.values import scales, value_parameters
from bayes_ddm.models import Description

describes = Description(
    population="a Student distribution",
    instead="heavy tails",
    law=lambda labeler, mean, types: [
        rf"{labeler} \sim \text{{Student}}_{{\text{{df}}}}({mean}, \text{{scale}})"
    ],
    symbols="Student takes its degrees of freedom (df), a mean and a scale.",
    mends="types",
    offer="heavy tails",
)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    theta: Any = pm.Normal.dist(0, 2),
    scale: Any = pm.HalfNormal.dist(2),
    heavy: Any = pm.Gamma.dist(2, 0.1),
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
) -> pm.Model:
    """Build the model.

    ``scale`` is the prior of the scale (of each feature, scaled to rms 1), ``heavy`` that of the
    degrees of freedom beyond 1, below which there is no average; ``eta`` as in ``contextual``.
    """
    with pm.Model(coords=coordinates(choices)) as model:
        value_parameters(choices, discount_rate, utility_exponent)
        mean = average(choices, theta if choices.contextual else mu)
        df = pm.Deterministic("df", 1 + parameter("heavy", heavy, positive=True))
        if choices.contextual:
            width = parameter("scale_scaled", scale, dims="feature", nonnegative=True)
            pm.Deterministic("scale", width / scales(choices), dims="feature")
            chol = width[:, None] * correlation_factor(choices.feature_names, eta)
        else:
            chol = parameter("scale", scale, nonnegative=True)[None, None]
        stretch, weight = student_scales(df)
        centers = mean + pt.zeros((NODES, 1))
        process = diffusion(
            choices, boundary, ndt, start, drift_noise, collapse, lapse, lapse_rt, drift_link
        )
        observe(choices, Population(centers, stretch[:, None, None] * chol, weight), process)
    return model
