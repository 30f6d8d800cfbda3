"""Prior sensitivity: densities against SciPy's, and verdicts on posteriors known on a grid."""

import numpy as np
import pandas as pd
import pymc as pm
import pytest
import xarray as xr
from scipy import stats

import bayes_ddm as bd
from bayes_ddm.checks import sensitivity as prior_sensitivity
from bayes_ddm.fitting.posterior import model_of
from bayes_ddm.fitting.save import attach
from bayes_ddm.models import builder
from tests.support.fits import scalar, scalar_fit

FIXED = {"sigma": 0.8, "boundary": 1.25, "ndt": 0.3}


def test_log_priors_are_those_of_the_model():
    fit = scalar_fit()
    posterior = fit["posterior"].to_dataset().isel(draw=slice(0, 900, 300))
    log_prior = prior_sensitivity._log_prior(model_of(fit), posterior)
    assert set(log_prior) == {"mu", "sigma", "boundary", "ndt"}
    mu = stats.norm(0, 2).logpdf(posterior["mu"])
    np.testing.assert_allclose(log_prior["mu"].values, mu)
    np.testing.assert_allclose(
        log_prior["sigma"].values, stats.halfnorm(scale=2).logpdf(posterior["sigma"])
    )
    boundary = stats.lognorm(s=1.2, scale=np.exp(0.5)).logpdf(posterior["boundary"])
    np.testing.assert_allclose(log_prior["boundary"].values, boundary)
    # cut off above the smallest response time: a constant more
    ndt = log_prior["ndt"].values - stats.halfnorm(scale=5).logpdf(posterior["ndt"])
    np.testing.assert_allclose(ndt, ndt.flat[0])


def test_vague_priors_do_not_matter():
    fit = scalar_fit()
    sensitivity = bd.sensitivity(fit, draws=600)
    assert sensitivity.ok
    assert sensitivity.sensitive == []
    assert set(sensitivity.table.index) == {"mu", "sigma", "boundary", "ndt", "share_positive"}
    assert (sensitivity.table["likelihood"] > 0.05).all()
    assert sensitivity.sentence.startswith("no population parameter depends on the priors")
    assert "<table" in sensitivity._repr_html_() and "likelihood" in repr(sensitivity)
    # the fit is as it was
    assert "log_likelihood" not in fit.children and "log_prior" not in fit.children
    assert fit["posterior"].sizes["draw"] == 1000


def on_a_grid(choices, prior):
    """Fit ``mu`` alone: draws by inverting its distribution function on a grid."""
    mu = np.linspace(-4, 4, 4001)
    s = FIXED["boundary"] * np.bincount(choices.labeler, choices.choice)
    t = np.bincount(choices.labeler, choices.rt - FIXED["ndt"])
    d = 1 + FIXED["sigma"] ** 2 * t
    likelihood = ((2 * mu[:, None] * s - mu[:, None] ** 2 * t) / (2 * d)).sum(axis=1)
    density = likelihood + prior.logpdf(mu)
    cumulative = np.cumsum(np.exp(density - density.max()))
    u = np.random.default_rng(1).random((2, 500))
    draws = np.interp(u, cumulative / cumulative[-1], mu)
    posterior = xr.Dataset(
        {"mu": (("chain", "draw"), draws)}, {"chain": [0, 1], "draw": np.arange(500)}
    )
    fit = xr.DataTree.from_dict({"posterior": posterior})
    attach(fit, choices, model="hierarchical")
    model = builder("hierarchical")(choices, mu=pm.Normal.dist(prior.mean(), prior.std()), **FIXED)
    return bd.sensitivity(fit, model=model)


def test_a_prior_against_the_data():
    sensitivity = on_a_grid(scalar(), stats.norm(-1.0, 0.15))
    assert sensitivity.sensitive == ["mu"]
    assert sensitivity.table.loc["mu", "diagnosis"] == "prior and data disagree"
    assert "depends on the priors: mu" in sensitivity.sentence
    assert "pull apart" in sensitivity.sentence
    assert not sensitivity.ok


def test_a_wide_prior_of_the_same_parameter():
    assert on_a_grid(scalar(), stats.norm(-1.0, 5.0)).ok


@pytest.mark.parametrize(
    ("prior", "likelihood", "said"),
    [
        (0.01, 0.2, ""),
        (0.1, 0.01, "the data say little"),
        (0.1, 0.1, "prior and data disagree"),
    ],
)
def test_diagnoses(prior, likelihood, said):
    assert prior_sensitivity._diagnosis(prior, likelihood) == said


@pytest.mark.parametrize(
    ("prior", "state"), [((0.01, 0.02), "fine"), ((0.01, 0.2), "note"), ((0.2, 0.01), "fails")]
)
def test_what_matters_is_whether_the_average_depends_on_its_prior(prior, state):
    values = {"prior": prior, "likelihood": (0.2, 0.2), "diagnosis": ("", "")}
    table = pd.DataFrame(values, index=["mu", "sigma"])
    found = prior_sensitivity.Sensitivity(table, ("mu",))
    (badge, _) = found.blocks()
    # the same in its own words, in a diagnosis and in a report
    assert found.finding.state == state and (badge.ok, badge.minor) == (found.ok, found.minor)
    assert ("The average can be quoted" in badge.text) == (state == "note")
