"""Labelers' preferences as they are sampled: whitened by what choices tell of them."""

import numpy as np
import pymc as pm
from scipy import stats

import bayes_ddm as bd
from bayes_ddm.distributions import Preferences
from bayes_ddm.distributions.preferences import whitened
from tests.support.densities import PYTHON

MEAN, CHOL = np.array([0.3, -1.0]), np.array([[0.8, 0.0], [0.5, 0.4]])


def alike(labelers=3, each=40):
    """Two attributes that go together."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(labelers * each, 1))
    features = x + 0.1 * rng.normal(size=(labelers * each, 2))
    population = bd.simulate.population("normal", mean=[0.1, 0.1], sd=[0.1, 0.1])
    by = {"labelers": labelers, "choices": each, "features": features, "boundary": 1.2}
    return bd.simulate.experiment(population, **by, ndt=0.3, seed=2)


def test_density_is_that_of_the_preferences_and_of_the_map():
    transform = whitened(alike())
    with pm.Model() as model:
        Preferences("x", MEAN, CHOL, shape=(3, 2), default_transform=transform)
    sampled = np.random.default_rng(3).normal(size=(3, 2))
    root = transform.root.eval()
    own = sampled @ root.T
    expected = stats.multivariate_normal(MEAN, CHOL @ CHOL.T).logpdf(own).sum()
    expected += 3 * np.linalg.slogdet(root)[1]
    found = model.compile_logp(mode=PYTHON)({"x_whitened__": sampled})
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    back = transform.forward(transform.backward(sampled)).eval(mode=PYTHON)
    np.testing.assert_allclose(back, sampled, rtol=1e-9)


def test_what_choices_tell_of_a_labeler_is_made_independent():
    choices = alike()
    root = whitened(choices).root.eval()
    psi = choices.features / np.sqrt(np.mean(choices.features**2, axis=0))
    told = (psi * (choices.rt - 0.3)[:, None]).T @ psi / 3 + np.eye(2)
    seen = root.T @ told @ root
    # the map takes a little less time for decided than these are told
    assert np.linalg.cond(told) > 20 > 1.5 > np.linalg.cond(seen)


def test_one_attribute_is_sampled_as_it_is():
    scalar = bd.simulate.experiment("normal", labelers=3, choices=4, boundary=1.2, seed=1)
    assert whitened(scalar) is None
