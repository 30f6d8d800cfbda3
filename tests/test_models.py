"""The models: density, gradient, prediction, and the posterior of a plain latent-drift program."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import RandomDriftWiener
from bayes_ddm.errors import InputError
from tests import fits
from tests.densities import PYTHON, untransformed_logp
from tests.programs import PROGRAMS, with_features, without_features

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
    "ndt_spread_log__": LOG_SPREAD,
    "partial_logodds__": SHARE,
    "place_scaled": (-20.0, 20.0),
    "preference": (-20.0, 20.0),
    "preference_score": (-20.0, 20.0),
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


@pytest.mark.parametrize("name", PROGRAMS)
def test_gradient_equals_finite_differences(name):
    model = PROGRAMS[name]()
    logp, slope = model.compile_logp(mode=PYTHON), model.compile_dlogp(mode=PYTHON)
    start = model.initial_point()
    shapes = {key: np.shape(value) for key, value in start.items()}
    rng = np.random.default_rng(1)

    def point(x):
        parts = np.split(x, np.cumsum([int(np.prod(s)) for s in shapes.values()])[:-1])
        return {k: p.reshape(s) for (k, s), p in zip(shapes.items(), parts, strict=True)}

    def flat(values):
        return np.concatenate([np.ravel(values[key]) for key in shapes])

    def check(x, *directions):
        assert np.isfinite(logp(point(x)))
        gradient = slope(point(x))
        assert np.isfinite(gradient).all()
        for direction in (*directions, rng.normal(size=x.size)):
            assert_slope(lambda x: float(logp(point(x))), gradient, x, direction)

    check(flat(start))
    for _ in range(3):
        check(flat(start) + rng.normal(size=flat(start).size))
    for key, shape in shapes.items():
        zero = {other: np.zeros(s) for other, s in shapes.items()}
        for value in FAR[key]:
            along = flat(zero | {key: rng.choice([-1.0, 1.0], shape)})
            check(flat(start | {key: np.full(shape, value)}), along)


def test_models_refuse_the_wrong_table():
    with pytest.raises(InputError, match="hierarchical takes no features; use the contextual"):
        models.builder("hierarchical")(with_features(2))
    with pytest.raises(InputError, match="contextual needs features; name them"):
        models.builder("contextual")(without_features())


@pytest.mark.parametrize(
    ("name", "parameter", "value", "says"),
    [
        ("hierarchical", "boundary", 0, "boundary must be positive; got 0"),
        ("hierarchical", "boundary", pm.Normal.dist(1.2, 0.1), "boundary: .* positive numbers"),
        ("hierarchical", "sigma", -1, "sigma must be at least 0; got -1"),
        ("hierarchical", "sigma", pm.Normal.dist(0, 1), "sigma: .* positive numbers"),
        ("hierarchical", "mu", [0.1, 0.2], "mu must be one number"),
        ("hierarchical", "ndt", 9.0, "ndt = 9 s must be at least 0 and below the smallest"),
        ("contextual", "boundary", -1.0, "boundary must be positive; got -1"),
        ("contextual", "Sigma", [0.1, -0.2], "sigma_scaled must be at least 0"),
        ("contextual", "theta", [0.1, 0.2, 0.3], "2, one per feature"),
        ("pooled", "boundary", 0.0, "boundary must be positive; got 0"),
    ],
)
def test_models_refuse_impossible_parameters(name, parameter, value, says):
    choices = with_features(2) if name == "contextual" else without_features()
    with pytest.raises(InputError, match=says):
        models.builder(name)(choices, **{parameter: value})


def test_the_family_lists_itself():
    assert models.names() == ["contextual", "hierarchical", "pooled"]
    assert models.summary("hierarchical").startswith("Hierarchical: each labeler has a drift")
    with pytest.raises(
        InputError, match="unknown model 'hierachical'; did you mean 'hierarchical'"
    ):
        models.builder("hierachical")
    with pytest.raises(InputError, match="models are contextual, hierarchical, pooled"):
        models.builder("zzz")


# --- prediction -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["hierarchical", "hierarchical, counts", "contextual, 2", "pooled"]
)
def test_prior_prediction_has_rows_and_fields(name):
    model = PROGRAMS[name]()
    tree = pm.sample_prior_predictive(
        15, model=model, random_seed=3, compile_kwargs={"mode": PYTHON}
    )
    y = tree["prior_predictive"]["y"]
    observed = tree["observed_data"]["y"]
    assert y.dims == ("chain", "draw", "row", "field")
    assert y.sizes["row"] == observed.sizes["row"] == len(model.coords["row"])
    assert list(y["field"].values) == ["rt", "choice"]
    assert np.isin(y.sel(field="choice"), [-1.0, 1.0]).all()
    # the prior of ndt is not cut at the smallest response time
    late = tree["prior"]["ndt"] > observed.sel(field="rt").min()
    assert late.any()
    assert (y.sel(field="rt") > tree["prior"]["ndt"]).all()


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
