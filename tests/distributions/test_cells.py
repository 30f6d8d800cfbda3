"""Boundary, ndt and start that depend on a condition within labelers: densities and draws."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener
from tests.support.densities import PYTHON, integral

RT = np.array([0.9, 1.4, 0.7, 2.1, 0.8, 1.1])
CHOICE = np.array([1, -1, 1, 1, -1, -1])
LABELER = np.array([0, 0, 0, 1, 1, 1])
CELL = np.array([0, 1, 0, 2, 3, 3])
BOUNDARY, NDT, START = (
    np.array([0.8, 1.5, 1.1, 0.9]),
    np.array([0.2, 0.3, 0.25, 0.1]),
    np.array([0.5, 0.55, 0.4, 0.6]),
)
FEATURES = np.array([1.0, 0.5, -1.0, 2.0, 1.0, 0.3])
OBSERVED = np.column_stack([RT, CHOICE])


def log_density(variable):
    return pm.logp(variable, OBSERVED).eval(mode=PYTHON)


def by_quadrature(mean, sd, psi):
    """Log density of each labeler's rows, the preference integrated out numerically."""
    result = []
    for i in range(2):
        mine = LABELER == i

        def log_likelihood(x, mine=mine, i=i):
            cell = CELL[mine]
            rows = wiener.starting_point_log_density(
                RT[mine],
                CHOICE[mine],
                drift=(mean[i] + sd * x) * psi[mine],
                boundary=BOUNDARY[cell],
                start=START[cell],
                ndt=NDT[cell],
            )
            return rows.sum(axis=-1)

        result.append(integral(log_likelihood, 1))
    return result


def test_drift_density_is_the_integral_over_cells_and_means_by_labeler():
    mean = np.array([0.5, -0.3])
    variable = RandomDriftWiener.dist(
        mean, 0.8, BOUNDARY, NDT, start=START, labeler=LABELER, cell=CELL
    )
    expected = by_quadrature(mean, 0.8, np.ones(6))
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-9)


def test_preference_density_is_the_integral_over_cells_and_means_by_labeler():
    mean = np.array([0.7, 0.1])
    variable = RandomPreferenceWiener.dist(
        mean[:, None],
        [[0.6]],
        BOUNDARY,
        NDT,
        features=FEATURES[:, None],
        start=START,
        labeler=LABELER,
        cell=CELL,
    )
    expected = by_quadrature(mean, 0.6, FEATURES)
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-9)


def test_a_cell_per_labeler_is_one_boundary_per_labeler():
    own = RandomDriftWiener.dist(0.4, 0.7, [1.0, 1.3], [0.2, 0.1], labeler=LABELER)
    cells = RandomDriftWiener.dist(
        0.4, 0.7, [1.3, 1.0], [0.1, 0.2], labeler=LABELER, cell=1 - LABELER
    )
    np.testing.assert_allclose(log_density(own), log_density(cells), rtol=1e-13)


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
def test_draws_follow_each_cells_boundary_and_labelers_mean():
    # 40,000 rows in two cells of one labeler each; the drift's spread is 0
    n = 20_000
    labeler = np.repeat([0, 1], n)
    variable = RandomDriftWiener.dist(
        np.array([0.8, -0.4]), 0.0, [0.7, 1.4], [0.1, 0.3], labeler=labeler, cell=labeler
    )
    rt, choice = pm.draw(variable, random_seed=1, mode=PYTHON).T
    for i, (drift, boundary, ndt) in enumerate([(0.8, 0.7, 0.1), (-0.4, 1.4, 0.3)]):
        mine = labeler == i
        share = wiener.choice_probability(drift, boundary)
        # four standard errors of a share of 20,000
        assert abs((choice[mine] > 0).mean() - share) < 4 * np.sqrt(share * (1 - share) / n)
        time = rt[mine] - ndt
        law = stats.kstest(
            time[:5000], lambda t, v=drift, b=boundary: wiener.cdf(t, drift=v, boundary=b)
        )
        assert law.pvalue > 1e-3
