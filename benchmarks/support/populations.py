"""Populations that estimators are tried on: three of the mathematics page, and unseen ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayes_ddm.simulate.populations import Population, population

__all__ = ["BOUNDARY", "POPULATIONS", "unseen"]

BOUNDARY = 1.25
POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}


def unseen(rng: np.random.Generator) -> Population:
    """Draw a population: a normal variable, bent at random, with a random mean and spread.

    The bend is monotone or not, so that the density is skewed, peaked, flat or has two modes.
    """
    bend, speed, phase = rng.uniform(0, 1.2), rng.uniform(0.5, 2.0), rng.uniform(0, 2 * np.pi)
    lean = rng.uniform(-0.5, 0.5)
    mean, sd = rng.uniform(-0.8, 0.8), rng.uniform(0.6, 1.3)

    def bent(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return x + bend * np.sin(speed * x + phase) + lean * np.expm1(0.6 * x)

    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    weights = weights / weights.sum()
    centre = weights @ bent(nodes)
    width = np.sqrt(weights @ (bent(nodes) - centre) ** 2)
    parameters = {"bend": bend, "speed": speed, "phase": phase, "lean": lean, "sd": sd}
    return Population(
        "unseen",
        parameters,
        float(mean),
        lambda rng, n: mean + sd * (bent(rng.standard_normal(n)) - centre) / width,
    )
