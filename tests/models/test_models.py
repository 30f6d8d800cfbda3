"""The models: density, gradient, prediction, and the posterior of a plain latent-drift program."""

import inspect
import re

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import RandomDriftWiener
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.distributions.priors import by_labeler
from tests.support import fits
from tests.support.densities import AS_WRITTEN, PYTHON, untransformed_logp
from tests.support.programs import PROGRAMS, grouped, single, two_features, without_features
from tests.support.tables import refusal

# one unconstrained coordinate far out: boundary from 0.03 to 100, ndt within 1e-6 of its limits,
# spread from 1e-6 to 1e4, correlation and shares within 1e-6 of their limits
SPREAD, LOG_SPREAD, SHARE = (np.log(1e-6), np.log(1e4)), (np.log(1e-6), np.log(5)), (-14.0, 14.0)
BOUNDARY, MEDIAN = (np.log(0.03), np.log(100.0)), (-14.0, np.log(100.0))
FAR = {
    "boundary_log__": BOUNDARY,
    "boundary_score": (-8.0, 8.0),
    "boundary_spread_log__": LOG_SPREAD,
    "gap_log__": SPREAD,
    "heavy_log__": SPREAD,
    "labeler_boundary_log__": BOUNDARY,
    "labeler_ndt_interval__": SHARE,
    "labeler_ndt_log__": MEDIAN,
    "labeler_start_logodds__": SHARE,
    "lapse_logodds__": SHARE,
    "lapse_rt_log__": BOUNDARY,
    "mu": (-20.0, 20.0),
    "ndt_interval__": SHARE,
    "ndt_log__": MEDIAN,
    "ndt_score": (-8.0, 8.0),
    "ndt_score_below__": (-8.0, 100.0),
    # the median starts above all times: with a smaller spread rt - ndt would have few digits left
    "ndt_spread_log__": (np.log(1e-3), np.log(5)),
    "partial_logodds__": SHARE,
    "place_scaled": (-20.0, 20.0),
    "preference": (-20.0, 20.0),
    "preference_score": (-20.0, 20.0),
    "preference_whitened__": (-20.0, 20.0),
    "scale_log__": SPREAD,
    "scale_scaled_log__": SPREAD,
    "sigma_log__": SPREAD,
    "sigma_scaled_log__": SPREAD,
    "start_logodds__": SHARE,
    "start_score": (-8.0, 8.0),
    "start_spread_log__": LOG_SPREAD,
    "theta_scaled": (-20.0, 20.0),
    "type_sigma_log__": SPREAD,
    "type_sigma_scaled_log__": SPREAD,
    "weight_simplex__": SHARE,
}


def assert_slope(f, gradient, x, direction):
    """Central difference along a direction, at whichever step suits it."""
    terms = gradient * direction
    for h in 10.0 ** -np.array([4, 3, 5, 2, 6, 7, 8, 9, 10, 11]):
        got = (f(x + h * direction) - f(x - h * direction)) / (2 * h)
        if abs(got - terms.sum()) <= 1e-5 * max(abs(got), 1e-2 * np.abs(terms).max(), 1e-2):
            return
    raise AssertionError(f"slope {terms.sum()} along {direction} at {x}, not {got}")


# all programs together take over a minute
@pytest.mark.slow
@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_equals_finite_differences(name):
    model = PROGRAMS[name]()
    logp, slope = model.compile_logp(mode=AS_WRITTEN), model.compile_dlogp(mode=AS_WRITTEN)
    start = model.initial_point()
    shapes = {key: np.shape(value) for key, value in start.items()}
    rng = np.random.default_rng(1)

    def point(x):
        parts = np.split(x, np.cumsum([int(np.prod(s)) for s in shapes.values()])[:-1])
        return {k: p.reshape(s) for (k, s), p in zip(shapes.items(), parts, strict=True)}

    def flat(values):
        return np.concatenate([np.ravel(values[key]) for key in shapes])

    def check(x, direction):
        assert np.isfinite(logp(point(x)))
        gradient = slope(point(x))
        assert np.isfinite(gradient).all()
        assert_slope(lambda x: float(logp(point(x))), gradient, x, direction)

    for distance in (0, 1, 1):
        x = flat(start) + distance * rng.normal(size=flat(start).size)
        check(x, rng.normal(size=x.size))
    for key, shape in shapes.items():
        zero = {other: np.zeros(s) for other, s in shapes.items()}
        for value in FAR[key]:
            along = flat(zero | {key: rng.choice([-1.0, 1.0], shape)})
            check(flat(start | {key: np.full(shape, value)}), along)


@pytest.mark.parametrize(
    ("name", "choices", "options", "says"),
    [
        ("hierarchical", two_features, {}, "takes no features; use the contextual model, or drop"),
        ("contextual", single, {}, "contextual needs features; name them, or use"),
        ("labeler_boundary", single, {}, "boundary by labeler needs known labelers; name their"),
        ("labeler_boundary", grouped, {}, "or share one boundary"),
        ("anonymous_boundary", without_features, {}, "a boundary each in the labeler_boundary"),
        ("hierarchical", single, {"ndt": by_labeler()}, "ndt by labeler needs known labelers"),
        ("start_bias", single, {"start": by_labeler()}, "or share one start "),
    ],
)
def test_models_refuse_the_wrong_table(name, choices, options, says):
    assert says in refusal(models.builder(name), choices(), **options)


@pytest.mark.parametrize(
    ("name", "parameter", "value", "says"),
    [
        ("hierarchical", "boundary", 0, "boundary must be positive; got 0"),
        ("hierarchical", "boundary", pm.Normal.dist(1.2, 0.1), "boundary: .* positive numbers"),
        ("hierarchical", "sigma", -1, "sigma must be at least 0; got -1"),
        ("hierarchical", "sigma", pm.Normal.dist(0, 1), "sigma: .* positive numbers"),
        ("hierarchical", "sigma", by_labeler(), "sigma must be a number or an unnamed distrib"),
        ("hierarchical", "mu", [0.1, 0.2], "mu must be one number"),
        ("hierarchical", "ndt", 9.0, "ndt = 9 s must be at least 0 and below the smallest"),
        ("hierarchical", "start", 0, "start must be between 0 and 1; got 0"),
        ("hierarchical", "start", None, "start must be a number or an unnamed distribution"),
        ("hierarchical", "lapse", 1.0, "lapse must be between 0 and 1; got 1"),
        ("hierarchical", "lapse", by_labeler(), "lapse must be a number or an unnamed distrib"),
        ("contextual", "boundary", -1.0, "boundary must be positive; got -1"),
        ("contextual", "Sigma", [0.1, -0.2], "sigma_scaled must be at least 0"),
        ("contextual", "theta", [0.1, 0.2, 0.3], "2, one per feature"),
        ("pooled", "boundary", 0.0, "boundary must be positive; got 0"),
        ("mixture", "types", 1, "types must be a whole number of at least 2; got 1"),
        ("mixture", "types", 2.0, "types must be a whole number of at least 2; got 2.0"),
        ("mixture", "gap", pm.Normal.dist(0, 1), "gap: .* positive numbers"),
        ("mixture", "type_spread", -1.0, "type_sigma must be positive; got -1"),
        ("student", "scale", -0.5, "scale must be at least 0; got -0.5"),
        ("student", "heavy", 0, "heavy must be positive; got 0"),
        ("labeler_boundary", "boundary", by_labeler(-1), "boundary must be positive; got -1"),
        ("labeler_boundary", "ndt", by_labeler(spread=0), "ndt_spread must be positive; got 0"),
        (
            "labeler_boundary",
            "boundary",
            by_labeler(spread=pm.Normal.dist(0, 1)),
            "boundary_spread: .* positive numbers",
        ),
        ("contaminated", "lapse", -0.1, "lapse must be between 0 and 1; got -0.1"),
        ("contaminated", "lapse", pm.HalfNormal.dist(1), "lapse: .* use Beta or Uniform"),
        ("contaminated", "lapse_rt", 0, "lapse_rt must be positive; got 0"),
        ("start_bias", "start", 1.2, "start must be between 0 and 1; got 1.2"),
        ("start_bias", "start", pm.Normal.dist(0.5, 0.1), "start: .* use Beta or Uniform"),
        ("start_bias", "start", by_labeler(0.0), "start must be between 0 and 1; got 0"),
        ("choice_only", "boundary", 0, "boundary must be positive; got 0"),
    ],
)
def test_models_refuse_impossible_parameters(name, parameter, value, says):
    choices = two_features() if name == "contextual" else without_features()
    assert re.search(says, refusal(models.builder(name), choices, **{parameter: value}))


def test_the_family_lists_itself():
    names = models.names()
    assert names == sorted(
        "anonymous_boundary choice_only contaminated contextual hierarchical labeler_boundary "
        "mixture pooled start_bias student".split()
    )
    for name in names:
        first = models.summary(name)
        assert first.startswith(name.replace("_", " ").capitalize() + ": ") and first.endswith(".")
    said = refusal(models.builder, "hierachical")
    assert said.startswith("unknown model 'hierachical'; did you mean 'hierarchical'")
    assert f"models are {', '.join(names)}." in refusal(models.builder, "zzz")


@pytest.mark.parametrize("name", models.names())
def test_options_of_several_models_are_those_of_all(name):
    options = inspect.signature(models.builder(name)).parameters
    others = inspect.signature(models.builder("pooled")).parameters
    if name != "choice_only":
        assert {"boundary", "ndt", "start", "lapse", "lapse_rt"} <= set(options)
    # what a model is about has a default of its own
    own = {
        "labeler_boundary": {"boundary", "ndt"},
        "anonymous_boundary": {"boundary"},
        "contaminated": {"lapse"},
        "start_bias": {"start"},
        "choice_only": {"boundary"},
        "contextual": {"theta"},  # by how many features there are
    }
    for key in set(options) & set(others) - own.get(name, set()) - {"choices"}:
        assert as_code(options[key].default) == as_code(others[key].default), key


@pytest.mark.parametrize(
    "name",
    [
        "hierarchical",
        "hierarchical, counts",
        "contextual, 2",
        "pooled",
        "mixture, three types, features",
        "mixture, everything by labeler, lapses",
        "student, anonymous, lapses",
        "anonymous_boundary, counts",
        "choice_only",
    ],
)
def test_prior_prediction_has_rows_and_fields(name):
    model = PROGRAMS[name]()
    tree = pm.sample_prior_predictive(
        15, model=model, random_seed=3, compile_kwargs={"mode": PYTHON}
    )
    y, prior = tree["prior_predictive"]["y"], tree["prior"]
    observed = tree["observed_data"]["y"]
    assert y.sizes["row"] == observed.sizes["row"] == len(model.coords["row"])
    if name == "choice_only":
        assert y.dims == ("chain", "draw", "row")
        assert np.isin(y, [0, 1]).all()
        return
    assert y.dims == ("chain", "draw", "row", "field")
    assert list(y["field"].values) == ["rt", "choice"]
    assert np.isin(y.sel(field="choice"), [-1.0, 1.0]).all()
    rt = y.sel(field="rt")
    if "lapse" in name:
        assert (rt > 0).all()
        return
    # the prior of ndt is not cut at the smallest response time
    late = prior["ndt"] > observed.sel(field="rt").min()
    assert late.any()
    ndt = prior["labeler_ndt"].values.repeat(3, axis=2) if "labeler_ndt" in prior else prior["ndt"]
    assert (rt > ndt).all()


def test_do_predicts_an_intervention():
    model = models.builder("hierarchical")(without_features(labelers=400))
    with_drift = pm.do(model, {"mu": 1.0, "sigma": 0.0, "boundary": 1.25, "ndt": 0.3})
    y = pm.draw(with_drift["y"], random_seed=1, mode=PYTHON)
    # 1,200 independent rows; level 0.001, and 4 standard errors
    law = bd.wiener.cdf(y[:, 0], drift=1.0, boundary=1.25, ndt=0.3)
    assert stats.kstest(law, "uniform").pvalue > 1e-3
    share = bd.wiener.choice_probability(1.0, 1.25)
    error = np.sqrt(share * (1 - share) / len(y))
    assert abs((y[:, 1] > 0).mean() - share) < 4 * error


def test_observe_conditions_a_generative_program():
    choices = without_features()
    with pm.Model() as program:
        mu, sigma = pm.Normal("mu", 0, 2), pm.HalfNormal("sigma", 2)
        RandomDriftWiener("y", mu, sigma, 1.25, 0.3, labeler=choices.labeler, shape=(12, 2))
    drawn = pm.draw(program["y"], random_seed=1, mode=PYTHON)
    observed = pm.observe(program, {"y": drawn})
    conditioned = choices.to_frame().assign(rt=drawn[:, 0], choice=drawn[:, 1].astype(int))
    same = models.builder("hierarchical")(
        bd.Choices.from_frame(conditioned, labeler="labeler"), boundary=1.25, ndt=0.3
    )
    point = {"mu": 0.4, "sigma": 0.9}
    assert untransformed_logp(observed, point) == pytest.approx(untransformed_logp(same, point))


@pytest.mark.parametrize("name", ["hierarchical", "contextual"])
def test_log_likelihood_has_one_entry_per_labeler(name):
    # PyMC does not check the shape of a log density: 300 rows, 60 labelers
    choices = fits.scalar() if name == "hierarchical" else fits.contextual()
    tree = fits.scalar_fit() if name == "hierarchical" else fits.contextual_fit()
    few = tree.isel(draw=slice(5))
    model = models.builder(name)(choices)
    by_pymc = pm.compute_log_likelihood(
        few, model=model, extend_inferencedata=False, progressbar=False
    )["y"]
    assert by_pymc.shape == (2, 5, 60)
    draw = few["posterior"].isel(chain=1, draw=3)
    point = {rv.name: draw[rv.name].values for rv in model.free_RVs}
    plain = pm.model.transform.conditioning.remove_value_transforms(model)
    total = plain.compile_logp(vars=plain.observed_RVs, mode=PYTHON)(point)
    assert float(by_pymc[1, 3].sum()) == pytest.approx(float(total))
    ours = bd.log_likelihood(few)["log_likelihood"]["y"]
    assert ours.dims == ("chain", "draw", "labeler")
    np.testing.assert_array_equal(ours["labeler"], choices.labelers)
    np.testing.assert_allclose(ours, by_pymc, rtol=1e-9)


# the package asks for silence when it is imported, and pytest forgets that
@pytest.mark.filterwarnings("ignore:Numba will use object mode to run RandomDriftWiener_rv")
def test_posterior_prediction_resembles_the_data():
    tree, choices = fits.scalar_fit(), fits.scalar()
    model = models.builder("hierarchical")(choices)
    predicted = pm.sample_posterior_predictive(
        tree.isel(draw=slice(0, 1000, 10)), model=model, random_seed=1, progressbar=False
    )["posterior_predictive"]["y"]
    assert predicted.dims == ("chain", "draw", "row", "field")
    assert predicted.shape == (2, 100, 300, 2)
    # the observed mean lies inside the predictive law of the mean, at level 0.002
    for field, values in (("rt", choices.rt), ("choice", choices.choice)):
        means = predicted.sel(field=field).mean("row").values.ravel()
        below = (means < values.mean()).mean()
        assert 0.001 < below < 0.999
        assert means.std() > 0
