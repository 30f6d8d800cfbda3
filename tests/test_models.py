"""The models: density, gradient, prediction, and the posterior of a plain latent-drift program."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import RandomDriftWiener, rows
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment, population
from tests import fits
from tests.densities import PYTHON, assert_gradient, by_quadrature


def with_features(d, *, anonymous=False, labelers=4, choices=3):
    names = ("amount", "delay", "risk")[:d]
    return experiment(
        population("normal", mean=np.array([0.8, -0.5, 0.3])[:d]),
        labelers=labelers,
        choices=1 if anonymous else choices,
        boundary=1.25,
        ndt=0.3,
        features=lambda rng, n: rng.normal(size=(n, d)) * np.array([1.0, 30.0, 0.01])[:d],
        feature_names=names,
        seed=5,
    )


def without_features(*, anonymous=False, labelers=4):
    return experiment(
        "normal", labelers=labelers, choices=1 if anonymous else 3, boundary=1.25, ndt=0.3, seed=5
    )


def grouped():
    """Anonymous choices on a clock of tenths of a second: rows with counts."""
    choices = without_features(anonymous=True, labelers=60)
    frame = choices.to_frame()
    made = bd.Choices.from_frame(frame.assign(rt=frame["rt"].round(1))).grouped()
    assert len(made) < 50
    return made


PROGRAMS = {
    "pooled": lambda: models.builder("pooled")(without_features()),
    "pooled, features": lambda: models.builder("pooled")(with_features(2)),
    "hierarchical": lambda: models.builder("hierarchical")(without_features()),
    "hierarchical, anonymous": lambda: models.builder("hierarchical")(
        without_features(anonymous=True)
    ),
    "hierarchical, counts": lambda: models.builder("hierarchical")(grouped()),
    "contextual, 1": lambda: models.builder("contextual")(with_features(1)),
    "contextual, 2": lambda: models.builder("contextual")(with_features(2)),
    "contextual, 3": lambda: models.builder("contextual")(with_features(3)),
    "contextual, anonymous": lambda: models.builder("contextual")(
        with_features(2, anonymous=True, labelers=9)
    ),
}

# one unconstrained coordinate far out: boundary from 0.03 to 100, ndt within 1e-6 of its limits,
# spread from 1e-6 to 1e4, correlation within 1e-6 of -1 and 1
FAR = {
    "boundary_log__": (np.log(0.03), np.log(100.0)),
    "ndt_interval__": (-14.0, 14.0),
    "sigma_log__": (np.log(1e-6), np.log(1e4)),
    "sigma_scaled_log__": (np.log(1e-6), np.log(1e4)),
    "partial_logodds__": (-14.0, 14.0),
    "mu": (-20.0, 20.0),
    "theta_scaled": (-20.0, 20.0),
}


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

    near = [flat(start), *(flat(start) + rng.normal(size=(3, flat(start).size)))]
    far = [flat(start | {key: np.full(shapes[key], value)}) for key in shapes for value in FAR[key]]
    for x in near + far:
        assert np.isfinite(logp(point(x)))
        gradient = slope(point(x))
        assert np.isfinite(gradient).all()
        assert_gradient(lambda x: float(logp(point(x))), gradient, x)


# --- the density, written down otherwise ----------------------------------------------------------

MU = stats.norm(0, 2)
SIGMA = stats.halfnorm(scale=2)
BOUNDARY = stats.lognorm(1.2, scale=np.exp(0.5))
NDT = stats.halfnorm(scale=5)


def untransformed_logp(model, values):
    plain = pm.model.transform.conditioning.remove_value_transforms(model)
    return float(plain.compile_logp(mode=PYTHON)(values))


def labelers_sum(choices, psi, theta, chol, boundary, ndt):
    y = rows(choices)
    units = [choices.unit == u for u in range(len(choices.unit_count))]
    return sum(
        n * by_quadrature(y[unit], psi[unit], theta, chol, boundary, ndt)
        for unit, n in zip(units, choices.unit_count, strict=True)
    )


@pytest.mark.parametrize("data", ["labelers", "anonymous", "counts"])
def test_hierarchical_is_its_priors_times_an_integral(data):
    choices = {
        "labelers": without_features(),
        "anonymous": without_features(anonymous=True),
        "counts": grouped(),
    }[data]
    model = models.builder("hierarchical")(choices)
    got = untransformed_logp(model, {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": 0.2})
    prior = MU.logpdf(0.4) + SIGMA.logpdf(0.9) + BOUNDARY.logpdf(1.1) + NDT.logpdf(0.2)
    one = np.ones((len(choices), 1))
    expected = prior + labelers_sum(choices, one, np.array([0.4]), 0.9 * np.eye(1), 1.1, 0.2)
    # PyMC holds some plain numbers in priors in single precision
    assert got == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("anonymous", [False, True])
def test_contextual_is_its_priors_times_an_integral(anonymous):
    choices = with_features(2, anonymous=anonymous, labelers=9 if anonymous else 4)
    model = models.builder("contextual")(choices)
    theta, sigma, correlation = np.array([0.7, -0.3]), np.array([0.9, 0.4]), -0.6
    got = untransformed_logp(
        model,
        {
            "theta_scaled": theta,
            "sigma_scaled": sigma,
            "partial": np.array([(1 + correlation) / 2]),
            "boundary": 1.1,
            "ndt": 0.2,
        },
    )
    prior = MU.logpdf(theta).sum() + SIGMA.logpdf(sigma).sum()
    prior += stats.beta(2, 2).logpdf((1 + correlation) / 2)
    prior += BOUNDARY.logpdf(1.1) + NDT.logpdf(0.2)
    matrix = np.array([[1, correlation], [correlation, 1]])
    chol = np.linalg.cholesky(np.outer(sigma, sigma) * matrix)
    psi = choices.features / np.sqrt((choices.features**2).mean(axis=0))
    expected = prior + labelers_sum(choices, psi, theta, chol, 1.1, 0.2)
    assert got == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("data", [without_features, lambda: without_features(anonymous=True)])
def test_pooled_is_hierarchical_without_spread(data):
    pooled = models.builder("pooled")(data())
    hierarchical = models.builder("hierarchical")(data(), sigma=0)
    point = {"mu": 0.4, "boundary": 1.1, "ndt": 0.2}
    expected = untransformed_logp(hierarchical, point)
    assert untransformed_logp(pooled, point) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("anonymous", [False, True])
def test_pooled_is_contextual_without_spread(anonymous):
    choices = with_features(3, anonymous=anonymous, labelers=9)
    pooled = models.builder("pooled")(choices)
    contextual = models.builder("contextual")(choices, Sigma=0)
    point = {"theta_scaled": np.array([0.7, -0.3, 0.1]), "boundary": 1.1, "ndt": 0.2}
    correlations = {"partial": np.full(3, 0.4)}
    prior = stats.beta([2.5, 2.5, 2.0], [2.5, 2.5, 2.0]).logpdf(0.4)
    # pairs (2,1), (3,1) and, given the first feature, (3,2)
    expected = untransformed_logp(contextual, point | correlations) - prior.sum()
    assert untransformed_logp(pooled, point) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("name", ["pooled", "contextual"])
def test_units_of_features_change_only_what_is_reported(name):
    choices = with_features(2)
    units = np.array([100.0, 1 / 365])
    other = choices.to_frame()
    other[["amount", "delay"]] *= units
    other = bd.Choices.from_frame(other, labeler="labeler", features=["amount", "delay"])
    first, second = models.builder(name)(choices), models.builder(name)(other)
    point = first.initial_point()
    logp = first.compile_logp(mode=PYTHON)
    assert float(second.compile_logp(mode=PYTHON)(point)) == pytest.approx(float(logp(point)))
    for reported in ("theta", "sigma") if name == "contextual" else ("theta",):
        one, two = (
            pm.draw(model[reported], random_seed=1, mode=PYTHON) for model in (first, second)
        )
        np.testing.assert_allclose(two, one / units, rtol=1e-10)


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
