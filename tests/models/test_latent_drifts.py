"""The integrated models have the posterior of plain programs that sample every drift."""

import arviz as az
import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.distributions import Wiener, rows
from tests.support import fits


def latent_hierarchical(choices):
    """The hierarchical model with its drifts sampled, non-centred."""
    with pm.Model(coords={"labeler": choices.labelers}) as model:
        mu, sigma = pm.Normal("mu", 0, 2), pm.HalfNormal("sigma", 2)
        boundary = pm.LogNormal("boundary", 0.5, 1.2)
        # a delay that the data allow: the likelihood is zero above
        ndt = pm.Truncated("ndt", pm.HalfNormal.dist(5), lower=0, upper=choices.rt.min())
        drift = pm.Deterministic("v", mu + sigma * pm.Normal("z", dims="labeler"), dims="labeler")
        Wiener("y", drift[choices.labeler], boundary, ndt, observed=rows(choices))
    return model


def latent_contextual(choices):
    """The contextual model of two features with its preference vectors sampled, non-centred."""
    psi = choices.features / np.sqrt((choices.features**2).mean(axis=0))
    with pm.Model(coords={"labeler": choices.labelers}) as model:
        theta = pm.Normal("theta_scaled", 0, 2, shape=2)
        sigma = pm.HalfNormal("sigma_scaled", 2, shape=2)
        # the LKJ prior of shape 2 for a single correlation
        correlation = pm.Deterministic("correlation", 2 * pm.Beta("half", 2, 2) - 1)
        boundary = pm.LogNormal("boundary", 0.5, 1.2)
        ndt = pm.Truncated("ndt", pm.HalfNormal.dist(5), lower=0, upper=choices.rt.min())
        first, other = pm.Normal("first", dims="labeler"), pm.Normal("other", dims="labeler")
        second = correlation * first + pm.math.sqrt(1 - correlation**2) * other
        own = [
            pm.Deterministic(f"own_{j}", theta[j] + sigma[j] * z, dims="labeler")
            for j, z in enumerate([first, second])
        ]
        drift = psi[:, 0] * own[0][choices.labeler] + psi[:, 1] * own[1][choices.labeler]
        Wiener("y", drift, boundary, ndt, observed=rows(choices))
    return model


def assert_same(ours, theirs):
    """Means and standard deviations within 4.5 Monte Carlo errors, of both sides together."""
    for method in ("mean", "sd"):
        values, errors = [], []
        for draws in (ours, theirs):
            values.append(draws.mean() if method == "mean" else draws.std())
            errors.append(float(az.mcse(draws, method=method)))
        assert np.hypot(*errors) < 0.25 * theirs.std(), "too few draws to tell"
        assert abs(values[0] - values[1]) < 4.5 * np.hypot(*errors), method


def sample_latent(model):
    with model:
        return pm.sample(
            draws=1500,
            tune=1000,
            chains=2,
            cores=2,
            random_seed=1,
            nuts_sampler="nutpie",
            progressbar=False,
            quiet=True,
            compute_convergence_checks=False,
        )["posterior"]


@pytest.mark.slow
def test_hierarchical_posterior_is_that_of_latent_drifts():
    tree = fits.scalar_fit()
    latent = sample_latent(latent_hierarchical(fits.scalar()))
    for name in ("mu", "sigma", "boundary", "ndt"):
        assert_same(tree["posterior"][name].values, latent[name].values)
    # each labeler's drift: 60 means and sds
    own = bd.labelers(tree, draws=2000)
    drifts = latent["v"].transpose("chain", "draw", "labeler").values
    error = np.array([float(az.mcse(drifts[..., i])) for i in range(60)])
    sd = drifts.std(axis=(0, 1))
    z = (own["mean"].to_numpy() - drifts.mean(axis=(0, 1))) / np.hypot(error, 0.03 * sd)
    assert (np.abs(z) < 4.5).all()
    np.testing.assert_allclose(own["sd"], sd, rtol=0.12)


@pytest.mark.slow
def test_contextual_posterior_is_that_of_latent_preferences():
    tree, choices = fits.contextual_fit(), fits.contextual()
    latent = sample_latent(latent_contextual(choices))
    posterior = tree["posterior"]
    for name in ("boundary", "ndt"):
        assert_same(posterior[name].values, latent[name].values)
    assert_same(posterior["correlation"].values[..., 0], latent["correlation"].values)
    scale = np.sqrt((choices.features**2).mean(axis=0))
    own = bd.labelers(tree, draws=2000)
    for j, feature in enumerate(choices.feature_names):
        for name in ("theta", "sigma"):
            theirs = latent[f"{name}_scaled"].values[..., j] / scale[j]
            assert_same(posterior[name].values[..., j], theirs)
        drawn = latent[f"own_{j}"].transpose("chain", "draw", "labeler").values / scale[j]
        sd = drawn.std(axis=(0, 1))
        error = np.array([float(az.mcse(drawn[..., i])) for i in range(60)])
        z = (own[feature]["mean"].to_numpy() - drawn.mean(axis=(0, 1))) / np.hypot(error, 0.03 * sd)
        assert (np.abs(z) < 4.5).all()
        np.testing.assert_allclose(own[feature]["sd"], sd, rtol=0.12)
