"""Calibration: right posteriors pass, wrong ones fail, and nothing is dropped silently."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm.checks import calibrate as calibration
from bayes_ddm.checks.calibrate import calibrate
from bayes_ddm.checks.uniform_ranks import counts_below, envelope, p_value
from bayes_ddm.distributions.rows import observed_rows
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.refit import compiled

DESIGN = bd.simulate.experiment("normal", labelers=25, choices=6, boundary=1.25, ndt=0.3, seed=1)
SMALL = bd.simulate.experiment("normal", labelers=5, choices=1, boundary=1.25, seed=1)
SETTINGS = {"simulations": 60, "seed": 2, "progress": False}


def toy(choices, *, noise=1.0, refuses=np.inf):
    """A log-normal median of known noise; or one whose density is wrong, or zero for some data."""

    def logp(value, mu):
        density = pm.logp(pm.LogNormal.dist(mu, 0.5 * noise), value)
        return pm.math.switch(value.max() < refuses, density, -np.inf)

    def random(mu, rng, size):
        return rng.lognormal(mu, 0.5, size)

    with pm.Model(coords={"row": range(len(choices)), "field": ["rt", "choice"]}) as model:
        mu = pm.Normal("mu", 0, 0.5)
        pm.Deterministic("theta_scaled", 2 * mu)
        pm.Deterministic("positive", pm.math.switch(mu > 0, 1.0, 0.0))
        observed = observed_rows(choices)
        pm.CustomDist("y", mu, logp=logp, random=random, observed=observed, dims=("row", "field"))
    return model


@pytest.fixture(scope="module")
def programs():
    """Compiled toys, gone before the interpreter ends: what nutpie compiled must not outlive it."""
    counts = {}
    yield counts
    counts.clear()


@pytest.fixture
def compiled_once(monkeypatch, programs):
    """Share compiled toys between tests."""

    def shared(design, model, parameters):
        key = tuple(parameters.items())
        if key not in programs:
            programs[key] = compiled(design, model, parameters)
        return programs[key]

    monkeypatch.setattr(calibration, "compiled", shared)


@pytest.mark.parametrize("n", [50, 200])
def test_uniform_ranks_leave_the_envelope_once_in_a_hundred_times(n):
    rng = np.random.default_rng(5)
    ranks = rng.integers(0, 100, size=(4000, n))
    p = np.array([p_value(row, 99) for row in ranks])
    low, high = envelope(n, 99)
    share = np.array([counts_below(row, 99) for row in ranks]) / n
    outside = ((share < low) | (share > high)).any(axis=1)
    np.testing.assert_array_equal(outside, p < 0.01)
    # four standard errors of 4,000 trials, and of the 20,000 that calibrate the level
    assert abs(outside.mean() - 0.01) < 4 * np.sqrt(0.01 * 0.99 * (1 / 4000 + 1 / 20_000))
    assert abs((p < 0.2).mean() - 0.2) < 4 * np.sqrt(0.2 * 0.8 * (1 / 4000 + 1 / 20_000))


def test_counts_below_are_binomial_and_the_envelope_has_one_level():
    n, draws = 80, 19
    low, high = envelope(n, draws)
    share = np.arange(1, draws + 1) / (draws + 1)
    law = stats.binom(n, share)
    # nearest counts outside are all less likely than those inside
    outside = np.minimum(law.cdf(low * n - 1), law.sf(high * n)).max()
    inside = np.minimum(law.cdf(low * n), law.sf(high * n - 1)).min()
    assert outside < inside
    # one 99 % interval at each of 19 points, at a level between pointwise and Bonferroni's
    assert 0.01 / 19 / 2 < inside < 0.01 / 2


@pytest.mark.parametrize("wrong", ["overconfident", "timid", "biased"])
def test_wrong_ranks_are_found(wrong):
    rng = np.random.default_rng(6)
    share = {
        # posterior sd 0.6 times, and twice, what it should be; mean half an sd too high
        "overconfident": stats.norm.cdf(rng.normal(0, 1 / 0.6, 200)),
        "timid": stats.norm.cdf(rng.normal(0, 0.5, 200)),
        "biased": stats.norm.cdf(rng.normal(-0.5, 1, 200)),
    }[wrong]
    assert p_value(rng.binomial(99, share), 99) < 0.01


@pytest.mark.samples
def test_a_right_posterior_passes(compiled_once):
    result = calibrate(SMALL, toy, **SETTINGS)
    # `positive` is 0 or 1: where all its draws are, ties are broken evenly
    assert result.names == ("mu", "positive")
    assert result.passed and not result.failed
    assert result.ranks.shape == (60, 2)
    assert result.ranks.min() >= 0 and result.ranks.max() <= 99
    row = result.table.loc["mu"]
    # ten values, their noise as wide as the prior, leave 1/11 of its variance; which is itself
    # estimated from 60 draws, to sqrt(2 / 60) of itself
    assert row["contraction"] == pytest.approx(10 / 11, abs=0.05)
    # z is standard normal: four standard errors
    assert abs(row["z"]) < 4 / np.sqrt(60)
    for level in (50, 90, 95):
        share = row[f"cover_{level}"]
        assert abs(share - level / 100) < 4 * np.sqrt(level / 100 * (1 - level / 100) / 60)
        assert row[f"se_{level}"] == pytest.approx(np.sqrt(share * (1 - share) / 60))
    assert (result.failed_fits, result.slow, result.simulations) == (0, 0, 60)
    assert "passed" in repr(result) and "<table" in result._repr_html_()
    figure = result.plot()
    assert [axis.get_title() for axis in figure.axes] == ["mu", "positive"]
    first, again = (calibrate(SMALL, toy, **SETTINGS | {"simulations": 6}) for _ in range(2))
    np.testing.assert_array_equal(again.ranks, first.ranks)


@pytest.mark.samples
def test_a_wrong_posterior_fails(compiled_once):
    # noise is taken for a third of what it is, so the posterior is too narrow
    result = calibrate(SMALL, toy, **SETTINGS, noise=1 / 3)
    assert "mu" in result.failed and not result.passed
    assert "outside" in repr(result)
    assert result.plot().axes[0].get_title() == "mu (outside)"
    assert result.table.loc["mu", "cover_90"] < 0.7


@pytest.mark.samples
def test_a_data_set_that_cannot_be_fitted_is_counted(compiled_once):
    result = calibrate(SMALL, toy, **SETTINGS | {"simulations": 12}, refuses=2.5)
    assert 0 < result.failed_fits < 12
    assert len(result.ranks) == 12 - result.failed_fits
    assert not result.passed
    assert f"could not be fitted: {result.failed_fits}" in repr(result)
    # this seed's first data set has a value above 2.5
    with pytest.raises(InputError, match="none of the 1 data sets"):
        calibrate(SMALL, toy, **SETTINGS | {"simulations": 1}, refuses=2.5)


@pytest.mark.samples
@pytest.mark.slow
def test_the_hierarchical_model_is_calibrated():
    priors = {
        "mu": pm.Normal.dist(0, 1),
        "sigma": pm.HalfNormal.dist(1),
        "boundary": pm.LogNormal.dist(0.2, 0.4),
        "ndt": pm.HalfNormal.dist(0.3),
    }
    result = calibrate(DESIGN, "hierarchical", **SETTINGS | {"simulations": 50}, **priors)
    assert result.names == ("mu", "sigma", "boundary", "ndt", "share_positive")
    assert result.passed, result


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("nosuch", {}, "unknown model"),
        ("hierarchical", {"simulations": 0}, "simulations must be at least 1; got 0"),
        ("hierarchical", {"ranks": 500}, "500 ranks need at least 1000 draws; got 800"),
        ("hierarchical", {"bondary": 1}, "did you mean 'boundary'"),
        (pm.Model(), {}, "build function, not a pm.Model"),
        (lambda choices: toy_without_data(), {}, "must observe observed_rows"),
    ],
)
def test_bad_requests_are_refused(model, options, message):
    with pytest.raises(InputError, match=message):
        calibrate(SMALL, model, **{"progress": False} | options)


def toy_without_data():
    with pm.Model() as model:
        pm.Normal("y", pm.Normal("mu"), observed=[1.0])
    return model
