"""Fitting: truth recovered, seeds kept, bad requests refused, interruptions never returned."""

import json

import arviz as az
import numpy as np
import pymc as pm
import pytest
import xarray as xr
from scipy import stats

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import rows
from bayes_ddm.errors import InputError, a_seed
from bayes_ddm.fitting import run as fitting
from bayes_ddm.fitting.posterior import Posterior
from tests.support import fits
from tests.support.densities import PYTHON, by_quadrature

POPULATION = ("mu", "sigma", "boundary", "ndt")


def tiny(**kwargs):
    """Fewest draws that run through everything."""
    settings = {"draws": 40, "tune": 60, "chains": 2, "seed": 3}
    return fits.quiet_fit(*kwargs.pop("given", (fits.scalar(),)), **settings | kwargs)


# --- what a fit is --------------------------------------------------------------------------------


def test_truth_is_recovered():
    tree = fits.scalar_fit()
    for name, truth in fits.TRUTH.items():
        draws = tree["posterior"][name].values
        # four parameters, seeded; a right posterior is this far off once in 4,000 times
        assert abs(draws.mean() - truth) < 4 * draws.std(), name
    # and the data say something: far less than the prior's sd of 2, 1.2, 1 and 0.3
    sd = {name: float(tree["posterior"][name].std()) for name in POPULATION}
    assert sd["mu"] < 0.3
    assert sd["sigma"] < 0.3
    assert sd["boundary"] < 0.1
    assert sd["ndt"] < 0.05
    share = tree["posterior"]["share_positive"].values
    mu, sigma = (tree["posterior"][name].values for name in ("mu", "sigma"))
    np.testing.assert_allclose(share, stats.norm.cdf(mu / sigma), rtol=1e-9)


def test_preferences_are_recovered_in_the_users_units():
    tree = fits.contextual_fit()
    truth = fits.THETA / fits.UNITS
    covariance = np.array([0.6, 0.5])
    for name, expected in (("theta", truth), ("sigma", np.sqrt(covariance) / fits.UNITS)):
        draws = tree["posterior"][name]
        assert draws.dims == ("chain", "draw", "feature")
        assert list(draws["feature"].values) == ["amount", "delay"]
        mean, sd = draws.mean(("chain", "draw")).values, draws.std(("chain", "draw")).values
        assert (np.abs(mean - expected) < 4 * sd).all()
        assert (sd < 0.35 / fits.UNITS).all()
    correlation = tree["posterior"]["correlation"]
    assert list(correlation["pair"].values) == ["amount, delay"]
    off = float(correlation.mean()) + 0.3 / np.sqrt(0.6 * 0.5)
    assert abs(off) < 4 * float(correlation.std())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fitted", "truth"),
    [(fits.own_boundaries_fit, fits.OWN), (fits.with_lapses_fit, fits.LAPSES)],
    ids=["labeler_boundary", "contaminated"],
)
def test_labelers_own_values_and_lapses_are_recovered(fitted, truth):
    tree = fitted()
    assert int(tree["sample_stats"]["diverging"].sum()) == 0
    for name, value in truth.items():
        draws = tree["posterior"][name].values
        # six parameters, seeded; a right posterior is this far off once in 2,700 times
        assert abs(draws.mean() - value) < 4 * draws.std(), name
    assert set(truth) <= set(Posterior.of(tree).table().index)


def test_each_labelers_boundary_is_near_the_truth():
    tree = fits.own_boundaries_fit()
    rng = np.random.default_rng(21)
    # the data's own seed: see tests/support/fits.py
    for name in ("boundary", "ndt"):
        truth = fits.OWN[name] * np.exp(fits.OWN[f"{name}_spread"] * rng.normal(size=40))
        own = tree["posterior"][f"labeler_{name}"].values.reshape(-1, 40)
        # ranks of the truth, as 40 standard normal values: a posterior of ndt is skewed
        z = stats.norm.ppf(((own < truth).sum(axis=0) + 0.5) / (len(own) + 1))
        # a mean of 40 squares is within these limits but once in a thousand times
        assert 0.4 < (z**2).mean() < 1.9


def test_arviz_takes_a_fit_as_it_is():
    tree = fits.scalar_fit()
    assert isinstance(tree, xr.DataTree)
    assert {"posterior", "sample_stats", "observed_data", "choices"} <= set(tree.children)
    summary = az.summary(tree, var_names=list(POPULATION))
    assert list(summary.index) == list(POPULATION)
    with_loo = bd.log_likelihood(tree.isel(draw=slice(0, 1000, 5)))
    loo = az.loo(with_loo)
    assert loo.n_data_points == 60
    # four parameters, all of them informed by the data
    assert 1 < loo.p < 8
    assert (loo.pareto_k < 0.7).all()


def test_a_fit_carries_its_history():
    tree = tiny(sigma=pm.HalfNormal.dist(1.5), boundary=1.25)
    assert tree.attrs["model"] == "hierarchical"
    assert tree.attrs["sampler"] == "nutpie"
    assert (tree.attrs["seed"], tree.attrs["tune"]) == (3, 60)
    assert tree.attrs["seconds"] > 0
    assert json.loads(tree.attrs["parameters"]) == {
        "mu": "pm.Normal.dist(0, 2)",  # the defaults, too, are part of what was fitted
        "sigma": "pm.HalfNormal.dist(1.5)",
        "boundary": 1.25,
        "ndt": "pm.HalfNormal.dist(5)",
        "start": 0.5,
        "drift_noise": 0.0,
        "collapse": 0.0,
        "lapse": 0.0,
        "lapse_rt": "pm.LogNormal.dist(0.5, 1.0)",
        "drift_link": "'linear'",
    }
    assert json.loads(tree.attrs["versions"])["pymc"] == pm.__version__


# --- seeds and samplers ---------------------------------------------------------------------------


@pytest.mark.parametrize("sampler", ["nutpie", "pymc"])
def test_a_seed_gives_the_same_draws(sampler):
    # drawn and recorded if none is given
    first = tiny(sampler=sampler, seed=None)
    again = tiny(sampler=sampler, seed=int(first.attrs["seed"]))
    for name in POPULATION:
        np.testing.assert_array_equal(first["posterior"][name], again["posterior"][name])
    assert len({a_seed(None) for _ in range(3)}) == 3
    assert first.attrs["sampler"] == sampler
    assert first["posterior"].sizes == {"chain": 2, "draw": 40}


@pytest.mark.slow
def test_both_samplers_find_the_same_posterior():
    other = fits.quiet_fit(fits.scalar(), sampler="pymc")
    for name in POPULATION:
        ours, theirs = (t["posterior"][name].values for t in (fits.scalar_fit(), other))
        error = np.hypot(float(az.mcse(ours, method="mean")), float(az.mcse(theirs, method="mean")))
        assert abs(ours.mean() - theirs.mean()) < 4.5 * error


# --- parameters and programs ----------------------------------------------------------------------


def test_fixed_parameters_are_constant_data():
    tree = tiny(boundary=1.25, ndt=0.3)
    assert set(tree["posterior"].data_vars) == {"mu", "sigma", "share_positive"}
    assert float(tree["constant_data"]["boundary"]) == 1.25
    assert float(tree["constant_data"]["ndt"]) == 0.3
    # the rebuilt model has them too
    assert {rv.name for rv in bd.model_of(tree).free_RVs} == {"mu", "sigma"}
    ours = bd.log_likelihood(tree)["log_likelihood"]["y"].isel(chain=0, draw=7, labeler=4)
    draw = tree["posterior"].isel(chain=0, draw=7)
    mine = fits.scalar().labeler == 4
    expected = by_quadrature(
        rows(fits.scalar())[mine],
        np.ones((mine.sum(), 1)),
        np.array([float(draw["mu"])]),
        np.array([[float(draw["sigma"])]]),
        1.25,
        0.3,
    )
    assert float(ours) == pytest.approx(expected)


def test_fixed_preferences_are_rebuilt():
    tree = tiny(given=(fits.contextual(),), theta=[0.8, -0.5], Sigma=0.7, ndt=0.3)
    assert {rv.name for rv in bd.model_of(tree).free_RVs} == {"partial", "boundary"}
    theta = tree["posterior"]["theta"].isel(chain=0, draw=0).values
    scale = np.sqrt((fits.contextual().features ** 2).mean(axis=0))
    np.testing.assert_allclose(theta, np.array([0.8, -0.5]) / scale, rtol=1e-9)
    assert len(bd.labelers(tree)) == 60


@pytest.mark.parametrize(
    "narrow",
    [
        {"boundary": pm.Uniform.dist(1.6, 1.7)},
        {"ndt": pm.Uniform.dist(0.0, 0.1)},
        {"ndt": pm.Uniform.dist(0.28, 2.0)},
        {"sigma": pm.Uniform.dist(0.0, 0.5)},
    ],
)
def test_starting_values_respect_the_prior(narrow):
    model = models.builder("hierarchical")(fits.scalar(), **narrow)
    start = fitting.starting_values(model, fits.scalar())
    assert set(narrow) & set(start) == set()
    others = set(POPULATION) - set(narrow)
    assert others <= set(start)
    free = [model.rvs_to_values[rv] for rv in model.free_RVs]
    initial = pm.initial_point.make_initial_point_fn(
        model=model, overrides=start, return_transformed=True
    )(0)
    assert set(initial) == {value.name for value in free}
    assert np.isfinite(model.compile_logp(mode=PYTHON)(initial))


# --- requests that cannot be met ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"model": "hierachical"}, "unknown model 'hierachical'; did you mean 'hierarchical'"),
        ({"model": 3}, "model must be a name, a build function or a pm.Model; got 3"),
        ({"model": "contextual"}, "contextual needs features; name them"),
        ({"sigm": 1.0}, "model 'hierarchical' has no parameter 'sigm'; did you mean 'sigma'"),
        ({"theta": 1.0}, "no parameter 'theta'; did you mean|it has mu, sigma, boundary, ndt"),
        ({"qqq": 1.0}, "no parameter 'qqq'; it has mu, sigma, boundary, ndt"),
        ({"model": lambda choices: None}, r"<lambda> must return a pm\.Model; got NoneType"),
        ({"sampler": "stan"}, "unknown sampler 'stan'; there are nutpie and pymc"),
        ({"draws": 0}, "draws must be at least 1; got 0"),
        ({"tune": -1}, "tune must be at least 1; got -1"),
        ({"chains": 0}, "chains must be at least 1; got 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0; got -1"),
        ({"seed": "one"}, "seed must be a whole number of at least 0; got 'one'"),
        ({"ndt": 5.0}, "ndt = 5 s must be at least 0 and below the smallest response time"),
        ({"boundary": 0}, "boundary must be positive; got 0"),
        ({"mu": "wide"}, "mu must be a number or an unnamed distribution"),
        ({"mu": 0, "sigma": 1, "boundary": 1, "ndt": 0.1}, "every parameter is fixed"),
    ],
)
def test_what_is_refused_before_sampling(request_, says, monkeypatch):
    monkeypatch.setattr(fitting, "sample", lambda *args, **kwargs: pytest.fail("sampled"))
    with pytest.raises(InputError, match=says):
        bd.fit(fits.scalar(), **request_)


# --- grouped rows ---------------------------------------------------------------------------------


# --- interruptions --------------------------------------------------------------------------------


def stopped(draws, missing=0):
    """What a sampler gives back: `draws` draws of two chains, the last `missing` of them empty."""
    values = np.random.default_rng(1).normal(size=(2, draws))
    values[1, draws - missing :] = np.nan
    posterior = xr.Dataset({"mu": (("chain", "draw"), values)})
    return xr.DataTree.from_dict({"posterior": posterior})


@pytest.mark.parametrize(
    "outcome",
    [
        lambda: stopped(7),
        lambda: stopped(40, missing=3),
        lambda: stopped(40).isel(chain=[0]),
        KeyboardInterrupt(),
        ValueError("Not enough samples to build a trace."),
    ],
    ids=["few draws", "empty draws", "one chain", "interrupt", "while tuning"],
)
def test_a_partial_posterior_is_never_returned(outcome, monkeypatch, tmp_path):
    def sample(*args, **kwargs):
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome()

    monkeypatch.setattr(fitting, "sample", sample)
    returned = None
    with pytest.raises(KeyboardInterrupt):
        returned = bd.fit(fits.scalar(), draws=40, tune=60, chains=2, progress=False)
    assert returned is None


def test_other_errors_of_the_sampler_are_not_swallowed(monkeypatch):
    def sample(*args, **kwargs):
        raise ValueError("mass matrix is singular")

    monkeypatch.setattr(fitting, "sample", sample)
    with pytest.raises(ValueError, match="mass matrix is singular"):
        bd.fit(fits.scalar(), progress=False)


def test_trouble_is_reported_loudly(monkeypatch):
    complete = stopped(40)
    complete["sample_stats"] = xr.Dataset(
        {"diverging": (("chain", "draw"), np.ones((2, 40), dtype=bool))}
    )
    monkeypatch.setattr(fitting, "sample", lambda *args, **kwargs: complete)
    with pytest.warns(bd.ConvergenceWarning, match="80 divergences") as caught:
        bd.fit(fits.scalar(), draws=40, tune=60, chains=2, progress=False)
    # it points at the caller's line
    assert caught[0].filename == __file__
