"""Exact simulation of experiments: populations, designs, and the choices that follow from them."""

from bayes_ddm.simulate.experiment import experiment
from bayes_ddm.simulate.populations import population
from bayes_ddm.wiener.sampling import first_passage

__all__ = ["experiment", "first_passage", "population"]


def __dir__() -> list[str]:
    return sorted(__all__)
