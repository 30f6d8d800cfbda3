"""The boundary from drifts of rows whose attribute differences are ignored."""

import numpy as np
import pytest

from bayes_ddm.estimators import consistent, known_boundary, semiparametric_boundary
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.boundaries.row_mixture import marginal_mixture, without_features
from bayes_ddm.simulate import experiment


def people(d, spread=0.5):
    theta = np.cos(np.arange(d)) * np.sqrt(2 / d)

    def draw(rng, n):
        return theta + spread / np.sqrt(d) * rng.normal(size=(n, d))

    return theta, draw


def normal_features(d):
    return lambda rng, rows: rng.normal(size=(rows, d))


def simulated(d, n=20_000, **given):
    theta, draw = people(d)
    given = {"choices": 1, "boundary": 1.0, "ndt": 0.3, "seed": 3} | given
    return theta, experiment(draw, labelers=n, features=normal_features(d), **given)


def test_many_features_cost_no_accuracy():
    theta, choices = simulated(64)
    made = semiparametric_boundary(choices)
    assert made is not None and made.reliable
    # four standard errors; the mixture's own bias is below one
    assert abs(made.boundary - 1) < 4 * made.se[0] < 0.06
    assert abs(made.ndt - 0.3) < 4 * made.se[1] < 0.02
    learned, oracle = (
        consistent(choices, made),
        consistent(choices, known_boundary(choices, 1, 0.3)),
    )
    errors = [np.sqrt(np.mean((e.values[:64] - theta) ** 2)) for e in (learned, oracle)]
    assert errors[0] < 1.1 * errors[1]


def test_influence_is_that_of_rows_without_features():
    _, choices = simulated(3, n=1500)
    _, influence = marginal_mixture(choices)
    plain = drift_mixture(without_features(choices))
    np.testing.assert_allclose(influence, plain.influence[:, :2], rtol=1e-8, atol=1e-12)


def test_influence_of_condensed_rows_is_carried_to_all_rows():
    _, choices = simulated(3, n=4000)
    found, influence = marginal_mixture(choices)
    # scores at the maximum add up to the small gradient of the penalty
    assert abs(influence[:, 0].sum()) < 0.1 * found.se[0]
    np.testing.assert_allclose(np.sqrt((influence**2).sum(axis=0)), found.se[:2], rtol=1e-8)


def test_labelers_are_the_units_where_they_are_known():
    _, draw = people(10)
    given = {"choices": 4, "boundary": 1.0, "ndt": 0.3, "seed": 6}
    given["features"] = normal_features(10)
    choices = experiment(draw, labelers=600, **given)
    _, influence = marginal_mixture(choices)
    rows = drift_mixture(without_features(choices)).influence_on(without_features(choices))
    expected = [rows[choices.labeler == i, 0].sum() for i in (0, 599)]
    # two climbs, of condensed rows and of all, end within 1e-6 of the likelihood
    assert influence[[0, 599], 0] == pytest.approx(expected, rel=1e-3)
    made = semiparametric_boundary(choices)
    assert made is not None and made.influence.shape == (600, 2)
