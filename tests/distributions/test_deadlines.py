"""Deadlines in the distributions: omissions and truncation, against quadrature and draws."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import integrate, stats

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.distributions._terms import NODE_WEIGHTS, NODES
from bayes_ddm.errors import InputError
from tests.support.densities import PYTHON, assert_gradient

DEADLINE = 1.5
# two choices and an omission
ROWS = np.array([[0.9, 1.0], [1.4, -1.0], [DEADLINE, 0.0]])
HOW = {"boundary": 1.2, "ndt": 0.2, "start": 0.45, "drift_noise": 0.6, "collapse": 0.2}


def log_density(variable, observed=ROWS):
    return pm.logp(variable, observed).eval(mode=PYTHON)


def in_time(drift, deadline=DEADLINE, **how):
    """Probability of an answer by the deadline, of either choice: the density's integral."""

    def density(t):
        each = (wiener.log_density(t, z, drift=drift, **how) for z in (1, -1))
        return sum(np.exp(x) for x in each)

    return integrate.quad(density, how["ndt"], deadline, epsabs=1e-13, limit=200)[0]


def by_hand(drift, absent=False, deadline=DEADLINE, **how):
    """Log density of `ROWS`, the drift given."""
    answered = wiener.log_density(ROWS[:2, 0], ROWS[:2, 1], drift=drift, **how)
    share = in_time(drift, deadline, **how)
    if absent:
        return answered - np.log(share)
    return np.append(answered, np.log1p(-share))


@pytest.mark.parametrize("how", [HOW, {"boundary": 1.2, "ndt": 0.2}])
@pytest.mark.parametrize("absent", [False, True])
def test_of_one_trial(how, absent):
    observed = ROWS[:2] if absent else ROWS
    variable = Wiener.dist(0.7, **how, deadline=DEADLINE, absent=absent)
    # the quadrature's error, of either side
    np.testing.assert_allclose(
        log_density(variable, observed), by_hand(0.7, absent, **how), rtol=1e-8
    )


@pytest.mark.slow
@pytest.mark.parametrize("absent", [False, True])
def test_of_anonymous_labelers_of_two_types_with_boundaries_of_their_own(absent):
    how = HOW | {"boundary": np.exp(0.3 * NODES) * 1.2}
    observed = ROWS[:2] if absent else ROWS
    mean, sd, weight = np.array([0.7, -0.4]), np.array([0.6, 0.3]), np.array([0.3, 0.7])
    given = HOW | {"boundary_spread": 0.3, "deadline": DEADLINE, "absent": absent}
    variable = RandomDriftWiener.dist(mean, sd, weight=weight, **given)
    found = log_density(variable, observed)
    # types add their noise to that of trials; the answers' own density is tested elsewhere
    late = 0.0
    for b, at in zip(how["boundary"], NODE_WEIGHTS, strict=True):
        for m, s, w in zip(mean, sd, weight, strict=True):
            trial = HOW | {"boundary": b, "drift_noise": np.hypot(s, 0.6)}
            late += at * w * (1 - in_time(m, **trial))
    answered = log_density(
        RandomDriftWiener.dist(mean, sd, weight=weight, **HOW, boundary_spread=0.3), ROWS[:2]
    )
    expected = answered - np.log1p(-late) if absent else np.append(answered, np.log(late))
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_lapses_may_be_late_too():
    how = {"boundary": 1.2, "ndt": 0.2}
    given = how | {"lapse": 0.1, "lapse_rt": 2.0, "deadline": DEADLINE}
    late = 0.9 * (1 - in_time(0.7, **how)) + 0.1 * np.exp(-DEADLINE / 2.0)
    found = log_density(Wiener.dist(0.7, **given))
    assert found[2] == pytest.approx(np.log(late), rel=1e-9)
    (answered,) = log_density(Wiener.dist(0.7, **given, absent=True), ROWS[:1])
    assert answered == pytest.approx(found[0] - np.log1p(-late), rel=1e-9)


def test_of_features_and_deadlines_of_each_row():
    psi, deadlines = np.array([[1.0], [-0.5], [2.0]]), np.array([1.5, 2.0, 1.7])
    rows = np.column_stack([[0.9, 1.4, 1.7], [1, -1, 0]])
    how = {"boundary": 1.2, "ndt": 0.2}
    given = how | {"features": psi, "deadline": deadlines, "count": [1, 1, 3]}
    found = log_density(RandomPreferenceWiener.dist([0.7], [[0.6]], **given), rows)
    # what differs between labelers is noise to one trial
    late = 1 - in_time(1.4, 1.7, **how, drift_noise=1.2)
    assert found[2] == pytest.approx(3 * np.log(late), rel=1e-8)


def test_rows_that_may_be_replaced_have_the_same_density():
    rows = pytensor.shared(ROWS)
    variable = Wiener.dist(0.7, **HOW, deadline=DEADLINE, shape=(3, 2))
    found = pm.logp(variable, rows).eval(mode=PYTHON)
    np.testing.assert_allclose(found, log_density(Wiener.dist(0.7, **HOW, deadline=DEADLINE)))


@pytest.mark.slow
def test_gradients_are_those_of_differences():
    mu, sigma, boundary, ndt = (pt.dscalar() for _ in range(4))
    given = {"deadline": DEADLINE, "start": 0.45}
    anonymous = RandomDriftWiener.dist(mu, sigma, boundary, ndt, **given)
    known = Wiener.dist(mu, boundary, ndt, deadline=DEADLINE, absent=True)
    density = pm.logp(anonymous, ROWS).sum() + pm.logp(known, ROWS[:2]).sum()
    inputs = [mu, sigma, boundary, ndt]
    f = pytensor.function(inputs, [density, *pt.grad(density, inputs)], mode=PYTHON)
    for point in ((0.5, 1.0, 1.25, 0.3), (3.0, 2.0, 0.4, 0.05), (-1.0, 0.5, 4.0, 0.85)):
        assert_gradient(lambda x: f(*x)[0], np.array(f(*point)[1:]), np.array(point))


def test_draws_are_late_as_often_as_the_density_has_it():
    n = 20_000
    given = {"boundary": 1.2, "ndt": 0.2, "deadline": DEADLINE, "shape": (n, 2)}
    rows = pm.draw(RandomDriftWiener.dist(0.7, 0.6, **given), random_seed=1, mode=PYTHON)
    late = 1 - in_time(0.7, boundary=1.2, ndt=0.2, drift_noise=0.6)
    # four standard errors of a share
    error = 4 * np.sqrt(late * (1 - late) / n)
    assert (rows[:, 1] == 0).mean() == pytest.approx(late, abs=error)
    assert (rows[rows[:, 1] == 0, 0] == DEADLINE).all() and rows[:, 0].max() == DEADLINE
    in_time_only = RandomDriftWiener.dist(0.7, 0.6, **given, absent=True)
    answered = pm.draw(in_time_only, random_seed=2, mode=PYTHON)
    assert (answered[:, 1] != 0).all() and answered[:, 0].max() <= DEADLINE
    before = rows[rows[:, 1] != 0, 0]
    assert stats.ks_2samp(before, answered[:, 0]).pvalue > 1e-3


def test_known_labelers_drifts_must_be_sampled():
    with pytest.raises(InputError, match="sample them, and give them to Wiener"):
        RandomDriftWiener.dist(0.5, 0.8, 1.2, 0.2, labeler=[0, 0, 1], deadline=DEADLINE)
