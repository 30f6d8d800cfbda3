"""Laplace: most labelers near the average, and some far away."""
# ruff: noqa: B008 - a prior is a default argument, as in models/

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.program import Population, average, coordinates, diffusion, observe
from bayes_ddm.models import Description

# a Laplace variable is a normal one whose variance is exponential: a mixture, by quadrature
VARIANCE, WEIGHT = np.polynomial.laguerre.laggauss(8)

describes = Description(
    population="a Laplace distribution",
    instead="a peaked population",
    law=lambda labeler, mean, types: [rf"{labeler} \sim \text{{Laplace}}({mean}, \text{{width}})"],
    symbols="Laplace takes a mean and a width.",
    contextual=False,
)


def build(
    choices: Choices,
    *,
    mu: Any = pm.Normal.dist(0, 2),
    width: Any = pm.HalfNormal.dist(1.5),
    boundary: Any = pm.LogNormal.dist(0.5, 1.2),
    ndt: Any = pm.HalfNormal.dist(5),
    start: Any = 0.5,
    lapse: Any = 0.0,
    lapse_rt: Any = pm.LogNormal.dist(0.5, 1.0),
) -> pm.Model:
    with pm.Model(coords=coordinates(choices)) as model:
        mean = average(choices, mu)
        scale = parameter("width", width, positive=True)
        pm.Deterministic("sigma", np.sqrt(2) * scale)
        how = diffusion(
            choices, boundary=boundary, ndt=ndt, start=start, lapse=lapse, lapse_rt=lapse_rt
        )
        chol = (scale * np.sqrt(2 * VARIANCE))[:, None, None]
        centers = mean + pt.zeros((len(VARIANCE), 1))
        observe(choices, Population(centers, chol, pt.constant(WEIGHT)), how)
    return model
