"""What the distributions draw, against the distribution functions."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.errors import InputError
from tests.support.densities import FEATURES, LABELER, NDT, PYTHON


def draw(variable, seed=1, draws=None):
    return pm.draw(variable, draws=draws or 1, random_seed=seed, mode=PYTHON)


def mixture_cdf(rt, mean, sd, boundary, ndt):
    """Probability of a response by ``rt``, for a Gaussian drift, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    mean, sd, rt = (np.asarray(x, dtype=float)[..., None] for x in (mean, sd, rt))
    values = wiener.cdf(rt, drift=mean + sd * nodes, boundary=boundary, ndt=ndt)
    return values @ weights / np.sqrt(2 * np.pi)


def mixture_share(mean, sd, boundary):
    """Probability of the choice +1 for a Gaussian drift."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    mean, sd = (np.asarray(x, dtype=float)[..., None] for x in (mean, sd))
    share = wiener.choice_probability(mean + sd * nodes, boundary)
    return share @ weights / np.sqrt(2 * np.pi)


def assert_follows(drawn, mean, sd, boundary, ndt):
    """Independent rows: times by Kolmogorov-Smirnov, choices by their frequency.

    Seeded. A level of 0.001 each; the frequency within 4 standard errors.
    """
    rt, choice = drawn[..., 0].ravel(), drawn[..., 1].ravel()
    assert set(np.unique(choice)) == {-1.0, 1.0}
    uniform = mixture_cdf(rt, mean, sd, boundary, ndt)
    assert stats.kstest(uniform, "uniform").pvalue > 1e-3
    share = np.broadcast_to(mixture_share(mean, sd, boundary), choice.shape)
    error = np.sqrt((share * (1 - share)).sum()) / choice.size
    assert abs((choice > 0).mean() - share.mean()) < 4 * error


N = 4000
# of a covariance with diagonal 0.09 and 4.25; transposed, 4.09 and 0.25
SLANTED = np.array([[0.3, 0.0], [2.0, 0.5]])


def directions(n):
    """Attribute differences mostly along one axis or the other."""
    return np.tile(np.eye(2), (n // 2, 1)) + 0.2 * np.random.default_rng(1).normal(size=(n, 2))


def test_trial_draws_follow_the_law():
    drift = np.linspace(-1, 2, N)
    drawn = draw(Wiener.dist(drift, 1.25, NDT))
    assert drawn.shape == (N, 2)
    assert_follows(drawn, drift, 0.0, 1.25, NDT)


def test_anonymous_draws_follow_the_law():
    drawn = draw(RandomDriftWiener.dist(0.5, 1.0, 1.25, NDT, shape=(N, 2)))
    assert_follows(drawn, 0.5, 1.0, 1.25, NDT)
    psi, theta, chol = directions(N), np.array([1.0, -0.5]), SLANTED
    drawn = draw(RandomPreferenceWiener.dist(theta, chol, 1.25, NDT, features=psi))
    assert_follows(drawn, psi @ theta, np.linalg.norm(psi @ chol, axis=1), 1.25, NDT)


@pytest.mark.parametrize("d", [0, 2])
def test_labelers_draws_share_a_drift(d):
    labelers, b = 3000, 1.25
    who = np.repeat(np.arange(labelers), 2)
    psi, theta, chol = np.ones((2 * labelers, 1)), np.array([0.5]), np.array([[1.0]])
    if d:
        psi = np.repeat(directions(labelers), 2, axis=0)
        theta, chol = np.array([1.0, -0.5]), SLANTED
        variable = RandomPreferenceWiener.dist(theta, chol, b, NDT, features=psi, labeler=who)
    else:
        variable = RandomDriftWiener.dist(0.5, 1.0, b, NDT, labeler=who)
    drawn = draw(variable)
    assert drawn.shape == (2 * labelers, 2)
    mean, sd = psi @ theta, np.linalg.norm(psi @ chol, axis=1)
    # one row per labeler: independent of each other
    assert_follows(drawn[::2], mean[::2], sd[::2], b, NDT)
    assert_follows(drawn[1::2], mean[1::2], sd[1::2], b, NDT)
    # given the drift two choices are independent: their product's mean is E[tanh(b v)^2]
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    drift = mean[::2, None] + sd[::2, None] * nodes
    expected = (np.tanh(b * drift) ** 2 @ weights / np.sqrt(2 * np.pi)).mean()
    together = drawn[::2, 1] * drawn[1::2, 1]
    assert abs(together.mean() - expected) < 4 / np.sqrt(labelers)
    alone = drawn[::2, 1].mean() * drawn[1::2, 1].mean()
    assert expected > alone + 8 / np.sqrt(labelers)


def test_the_mean_of_the_log_density_ratio_is_that_of_its_draws():
    # E[p(y | other) / p(y | own)] = 1 over draws of own: density and draws are of one law
    drawn = draw(RandomDriftWiener.dist(0.5, 1.0, 1.25, NDT, labeler=LABELER), draws=1500)
    assert drawn.shape == (1500, 6, 2)
    # every draw by three labelers of its own, all at once
    labeler = (np.arange(1500)[:, None] * 3 + LABELER).ravel()

    def log_density(*parameters):
        variable = RandomDriftWiener.dist(*parameters, NDT, labeler=labeler)
        return pm.logp(variable, drawn.reshape(-1, 2)).eval(mode=PYTHON).reshape(1500, 3)

    ratio = np.exp(log_density(0.6, 1.1, 1.2) - log_density(0.5, 1.0, 1.25))
    error = ratio.std(axis=0, ddof=1) / np.sqrt(len(ratio))
    assert (error < 0.02).all()
    assert (np.abs(ratio.mean(axis=0) - 1) < 4 * error).all()


@pytest.mark.parametrize(
    "make",
    [
        lambda: Wiener.dist(0.5, 1.25, NDT, shape=(5, 2)),
        lambda: RandomDriftWiener.dist(0.5, 1.0, 1.25, NDT, shape=(5, 2)),
        lambda: RandomDriftWiener.dist(0.5, 1.0, 1.25, NDT, labeler=LABELER),
        lambda: RandomPreferenceWiener.dist(
            np.ones(3), np.eye(3), 1.25, NDT, features=FEATURES, labeler=LABELER
        ),
        lambda: RandomPreferenceWiener.dist(np.ones(3), np.eye(3), 1.25, NDT, features=FEATURES),
    ],
)
def test_a_seed_gives_the_same_draws(make):
    first, again, other = draw(make(), seed=4), draw(make(), seed=4), draw(make(), seed=5)
    np.testing.assert_array_equal(first, again)
    assert (first[:, 0] != other[:, 0]).all()


@pytest.mark.parametrize(
    ("parameters", "shape"),
    [
        ((0.5, 1.0, 1.25), (2,)),
        (([0.5, 1.0, 2.0], 1.0, 1.25), (3, 2)),
        ((0.5, [0.1, 1.0, 2.0], 1.25), (3, 2)),
        ((0.5, 1.0, [0.5, 1.0, 2.0]), (3, 2)),
        ((0.5, [[1.0], [2.0]], [0.5, 1.0, 2.0]), (2, 3, 2)),
    ],
)
def test_parameters_of_anonymous_rows_broadcast(parameters, shape):
    drawn = draw(RandomDriftWiener.dist(*parameters, NDT))
    assert drawn.shape == shape
    # each row is a labeler of its own, whichever parameter has many values
    assert np.unique(drawn[..., 0]).size == drawn[..., 0].size


@pytest.mark.parametrize("batched", [{"size": (3,)}, {"shape": (3, 6, 2)}, {"sigma": [0.5, 1.0]}])
def test_labelers_are_one_experiment(batched):
    sigma = batched.pop("sigma", 1.0)
    with pytest.raises(InputError, match=r"one experiment, of shape \(rows, 2\)"):
        RandomDriftWiener.dist(0.5, sigma, 1.25, NDT, labeler=LABELER, **batched)
    with (
        pm.Model(),
        pytest.raises(InputError, match=r"RandomPreferenceWiener .* one experiment"),
    ):
        RandomPreferenceWiener(
            "y", np.ones((4, 2, 3)), np.eye(3), 1.25, NDT, features=FEATURES, labeler=LABELER
        )
