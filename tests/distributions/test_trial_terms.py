"""Drift noise and closing bounds in the distributions: against integrals, and draws."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import integrate, stats

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener
from tests.support.densities import PYTHON, assert_gradient
from tests.support.quadrature import integral

RT = np.array([0.9, 1.4, 0.7, 2.1, 0.8, 1.1])
CHOICE = np.array([1, -1, 1, 1, -1, -1])
OBSERVED = np.column_stack([RT, CHOICE])
LABELER = np.array([0, 0, 0, 1, 1, 1])
CELL = np.array([0, 1, 0, 2, 3, 3])
FEATURES = np.array([1.0, 0.5, -1.0, 2.0, 1.0, 0.3])
BY_CELL = {
    "boundary": np.array([0.8, 1.5, 1.1, 0.9]),
    "ndt": np.array([0.2, 0.3, 0.25, 0.1]),
    "start": np.array([0.5, 0.55, 0.4, 0.6]),
    "drift_noise": np.array([0.3, 0.9, 0.5, 0.7]),
    "collapse": np.array([0.1, 0.4, 0.3, 0.2]),
}


def log_density(variable, observed=OBSERVED):
    return pm.logp(variable, observed).eval(mode=PYTHON)


def by_quadrature(law, psi, given):
    """Log density of each labeler's rows, the preference integrated out numerically."""
    result = []
    for i in range(2):
        mine = LABELER == i
        rows = {name: x[CELL[mine]] for name, x in given.items()}

        def integrand(x, mine=mine, rows=rows):
            drift = x[:, None] * psi[mine]
            each = wiener.log_density(RT[mine], CHOICE[mine], drift=drift, **rows)
            return np.exp(each.sum(axis=-1)) * law(x)

        result.append(np.log(integral(integrand, np.arange(-12, 13), atol=0)))
    return result


def without(*names):
    return {name: x for name, x in BY_CELL.items() if name not in names}


@pytest.mark.parametrize("given", [BY_CELL, without("start", "collapse"), without("drift_noise")])
def test_drifts_are_integrated_out_exactly(given):
    variable = RandomDriftWiener.dist(0.5, 0.8, labeler=LABELER, cell=CELL, **given)
    expected = by_quadrature(stats.norm(0.5, 0.8).pdf, np.ones(6), given)
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-9)


def test_preferences_of_types_are_integrated_out_exactly():
    variable = RandomPreferenceWiener.dist(
        [[0.7], [-0.4]],
        [[[0.6]], [[0.3]]],
        weight=[0.3, 0.7],
        features=FEATURES[:, None],
        labeler=LABELER,
        cell=CELL,
        **BY_CELL,
    )

    def law(x):
        return 0.3 * stats.norm.pdf(x, 0.7, 0.6) + 0.7 * stats.norm.pdf(x, -0.4, 0.3)

    expected = by_quadrature(law, FEATURES, BY_CELL)
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-9)


def test_single_choices_with_boundaries_of_their_own():
    more = {"ndt": 0.2, "start": 0.45, "drift_noise": 0.6, "collapse": 0.2}
    variable = RandomDriftWiener.dist(
        0.4, 0.9, 1.1, boundary_spread=0.3, shape=OBSERVED.shape, **more
    )

    def of_row(rt, z):
        def integrand(x):
            by = {"mean": 0.4, "sd": 0.9, "boundary": 1.1 * np.exp(0.3 * x)}
            return stats.norm.pdf(x) * np.exp(wiener.random_drift_log_density(rt, z, **by, **more))

        return np.log(integral(integrand, np.arange(-9, 10), atol=0))

    expected = [of_row(*row) for row in OBSERVED]
    # the rule's own error at 21 nodes
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-6)


def test_a_trial_given_the_drift_perhaps_a_lapse():
    more = {"start": 0.45, "drift_noise": 0.6, "collapse": 0.2}
    variable = Wiener.dist(0.4, 1.1, 0.75, lapse=0.1, lapse_rt=1.7, shape=OBSERVED.shape, **more)
    attentive = wiener.log_density(RT, CHOICE, drift=0.4, boundary=1.1, ndt=0.75, **more)
    assert np.isneginf(attentive).sum() == 1
    guess = stats.expon(scale=1.7).pdf(RT) / 2
    expected = np.log(0.9 * np.exp(attentive) + 0.1 * guess)
    np.testing.assert_allclose(log_density(variable), expected, rtol=1e-10)


@pytest.mark.slow
def test_gradient_also_beyond_where_the_bounds_meet():
    names = ["mu", "sigma", *BY_CELL]
    inputs = pt.scalars(*names)
    given = dict(zip(names[2:], inputs[2:], strict=True))
    variable = RandomDriftWiener.dist(*inputs[:2], labeler=LABELER, **given)
    density = pm.logp(variable, OBSERVED).sum()
    both = pytensor.function(inputs, [density, *pytensor.grad(density, inputs)], mode=PYTHON)
    x = np.array([0.4, 0.8, 1.1, 0.2, 0.45, 0.6, 0.3])
    assert_gradient(lambda y: both(*y)[0], np.array(both(*x)[1:]), x)
    value, *gradient = both(*x[:-1], 0.6)
    assert value == -np.inf and np.isfinite(gradient).all()


@pytest.mark.filterwarnings("ignore:Numba will use object mode")
def test_draws_follow_the_density():
    more = {"start": 0.4, "drift_noise": 0.5, "collapse": 0.25}
    variable = RandomDriftWiener.dist(0.6, 0.0, 1.2, 0.3, shape=(20_000, 2), **more)
    rt, choice = pm.draw(variable, random_seed=2, mode=PYTHON).T
    share = wiener.choice_probability(0.6, 1.2, 0.4, drift_noise=0.5, collapse=0.25)
    # five standard errors of a share
    assert abs((choice > 0).mean() - share) < 5 * np.sqrt(share * (1 - share) / len(rt))
    grid = np.linspace(0.3001, 4.2999, 4001)
    by = {"drift": 0.6, "boundary": 1.2, "ndt": 0.3, **more}
    density = np.exp(wiener.log_density(grid, 1, **by))
    law = integrate.cumulative_trapezoid(density, grid, initial=0)
    test = stats.kstest(rt[choice > 0], lambda t: np.interp(t, grid, law / law[-1]))
    assert test.pvalue > 1e-3


def test_a_wide_law_of_boundaries_overflows_nowhere():
    # at the outermost node the boundary would be exp(1000)
    spread = pt.dscalar("spread")
    law = RandomDriftWiener.dist(0.4, 0.9, 0.1, boundary_spread=spread, shape=OBSERVED.shape)
    density = pm.logp(law, OBSERVED).sum()
    f = pytensor.function([spread], [density, pt.grad(density, spread)], mode=PYTHON)
    assert np.isfinite(f(200.0)).all()
