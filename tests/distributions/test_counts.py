"""Rows that count twice or not at all: as rows that are repeated or left out."""

import numpy as np
import pymc as pm
import pytest

from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.distributions.rows import omissible_rows
from bayes_ddm.models import builder
from tests.support.densities import AS_WRITTEN, FEATURES, LABELER, NDT, OBSERVED
from tests.support.programs import without_features

COUNT = np.array([1, 0, 2, 0, 1, 3])
EVERY = np.repeat(np.arange(6), COUNT)
CHOL = np.array([[0.8, 0.0, 0.0], [0.2, 0.5, 0.0], [-0.1, 0.3, 0.6]])
# one cell of each labeler and one more of the first
CELL = np.array([0, 0, 3, 1, 2, 2])


def drifts(rows, **more):
    return RandomDriftWiener.dist(0.4, 0.7, 1.2, NDT, labeler=LABELER[rows], **more)


def preferences(rows, **more):
    theta, who = np.array([0.5, -0.3, 0.2]), LABELER[rows]
    features = FEATURES[rows]
    return RandomPreferenceWiener.dist(
        theta, CHOL, 1.2, NDT, features=features, labeler=who, **more
    )


def trials(rows, **more):
    return Wiener.dist(np.linspace(-1, 1, 6)[rows], 1.2, NDT, **more)


def density(made, rows):
    return float(pm.logp(made, OBSERVED[rows]).sum().eval(mode=AS_WRITTEN))


@pytest.mark.parametrize("more", [{}, {"drift_noise": 0.5, "collapse": 0.05}])
@pytest.mark.parametrize("distribution", [drifts, preferences, trials])
def test_counts_stand_for_rows(distribution, more):
    everything = np.arange(6)
    counted = density(distribution(everything, count=COUNT, **more), everything)
    assert counted == pytest.approx(density(distribution(EVERY, **more), EVERY), rel=1e-12)
    once = density(distribution(everything, count=np.ones(6), **more), everything)
    assert once == pytest.approx(density(distribution(everything, **more), everything), rel=1e-12)


def test_counts_of_rows_in_cells():
    boundary = np.array([1.0, 1.2, 1.4, 1.1])
    made = RandomDriftWiener.dist(0.4, 0.7, boundary, NDT, labeler=LABELER, cell=CELL, count=COUNT)
    repeated = RandomDriftWiener.dist(
        0.4, 0.7, boundary, NDT, labeler=LABELER[EVERY], cell=CELL[EVERY]
    )
    everything = np.arange(6)
    assert density(made, everything) == pytest.approx(density(repeated, EVERY), rel=1e-12)


def test_a_model_whose_rows_can_be_left_out():
    choices = without_features(labelers=6, choices=4)
    with omissible_rows():
        model = builder("hierarchical")(choices)
    logp = model.compile_logp(mode=AS_WRITTEN)
    point = model.initial_point()
    usual = builder("hierarchical")(choices).compile_logp(mode=AS_WRITTEN)(point)
    assert float(logp(point)) == pytest.approx(float(usual), rel=1e-12)
    model["count"].set_value(np.zeros(len(choices)))
    # nothing observed: the priors alone, whatever the boundary
    alone = model.compile_logp(vars=model.free_RVs, mode=AS_WRITTEN)(point)
    assert float(logp(point)) == pytest.approx(float(alone), rel=1e-12)
