"""Log densities of the distributions against quadrature over the drift."""

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import optimize

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener, rows
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment, population
from tests.support.densities import (
    FEATURES,
    LABELER,
    NDT,
    OBSERVED,
    PYTHON,
    by_quadrature,
    differences,
    factor,
    scalar_density,
    vector_density,
)

SCALAR_POINTS = [
    (0.5, 1.0, 1.25, 0.3),
    (-2.0, 0.3, 0.6, 0.0),
    (3.0, 2.5, 2.5, 0.25),
    (0.0, 30.0, 1.0, 0.3),
    (4.0, 1e-4, 0.2, 0.309),
]


@pytest.mark.parametrize("point", SCALAR_POINTS)
def test_random_drift_of_labelers_is_the_integral_over_drifts(point):
    mu, sigma, boundary, ndt = point
    density, _ = scalar_density("labeler")(OBSERVED, *point)
    assert density.shape == (3,)
    for who, got in enumerate(density):
        mine = OBSERVED[who == LABELER]
        psi = np.ones((len(mine), 1))
        expected = by_quadrature(mine, psi, np.array([mu]), np.array([[sigma]]), boundary, ndt)
        assert got == pytest.approx(expected, rel=1e-11, abs=1e-11)


@pytest.mark.parametrize("point", SCALAR_POINTS)
def test_random_drift_of_anonymous_rows_is_the_integral_over_drifts(point):
    mu, sigma, boundary, ndt = point
    density, _ = scalar_density("anonymous")(OBSERVED, *point)
    counted, _ = scalar_density("counted")(OBSERVED, *point)
    one = np.ones((1, 1))
    expected = [
        by_quadrature(row[None], one, np.array([mu]), sigma * one, boundary, ndt)
        for row in OBSERVED
    ]
    np.testing.assert_allclose(density, expected, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(counted, np.arange(1, 7) * expected, rtol=1e-11, atol=1e-11)


# plain numbers: PyTensor holds 1.25 and 0.5 in single precision unless told otherwise
@pytest.mark.parametrize(("drift", "boundary", "ndt"), [(0.5, 1.25, 0.25), (-9.0, 0.1, 0.0)])
def test_trials_given_the_drift(drift, boundary, ndt):
    density = pm.logp(Wiener.dist(drift, boundary, ndt, shape=(6, 2)), OBSERVED).eval(mode=PYTHON)
    rt, choice = OBSERVED.T
    expected = wiener.log_density(rt, choice, drift=drift, boundary=boundary, ndt=ndt)
    np.testing.assert_allclose(density, expected, rtol=1e-12)


def test_plain_numbers_keep_double_precision():
    made = [
        RandomDriftWiener.dist(0.5, 0.75, 1.25, 0.25, shape=(6, 2)),
        RandomDriftWiener.dist(0.5, 0.75, 1.25, 0.25, labeler=LABELER),
        RandomPreferenceWiener.dist([0.5], [[0.75]], 1.25, 0.25, features=np.ones((6, 1))),
        RandomPreferenceWiener.dist(
            [0.5], [[0.75]], 1.25, 0.25, features=np.ones((6, 1)), labeler=LABELER
        ),
    ]
    anonymous, labeler, vector, vector_labeler = (
        pm.logp(variable, OBSERVED).eval(mode=PYTHON) for variable in made
    )
    rt, choice = OBSERVED.T
    expected = wiener.random_drift_log_density(
        rt, choice, mean=0.5, sd=0.75, boundary=1.25, ndt=0.25
    )
    np.testing.assert_allclose(anonymous, expected, rtol=1e-13)
    np.testing.assert_allclose(vector, expected, rtol=1e-13)
    expected, _ = scalar_density("labeler")(OBSERVED, 0.5, 0.75, 1.25, 0.25)
    np.testing.assert_allclose(labeler, expected, rtol=1e-13)
    np.testing.assert_allclose(vector_labeler, expected, rtol=1e-13)


def test_trials_broadcast_drifts_boundaries_and_delays():
    drift, boundary = np.linspace(-2, 2, 6), np.linspace(0.5, 2, 6)
    ndt = OBSERVED[:, 0] / 2
    density = pm.logp(Wiener.dist(drift, boundary, ndt), OBSERVED).eval(mode=PYTHON)
    rt, choice = OBSERVED.T
    expected = wiener.log_density(rt, choice, drift=drift, boundary=boundary, ndt=ndt)
    np.testing.assert_allclose(density, expected, rtol=1e-12)


VECTOR_POINTS = [(1.0, 1.25, 0.3), (0.05, 0.5, 0.0), (6.0, 2.0, 0.305)]


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(("size", "boundary", "ndt"), VECTOR_POINTS)
def test_random_preferences_of_labelers_are_the_integral_over_vectors(d, size, boundary, ndt):
    theta, chol = np.array([0.7, -0.4, 1.1])[:d], factor(d, size)
    density, _ = vector_density(d, True)(OBSERVED, theta, chol, boundary, ndt)
    assert density.shape == (3,)
    for who, got in enumerate(density):
        mine = who == LABELER
        expected = by_quadrature(OBSERVED[mine], FEATURES[mine, :d], theta, chol, boundary, ndt)
        assert got == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(("size", "boundary", "ndt"), VECTOR_POINTS)
def test_random_preferences_of_anonymous_rows_are_the_integral_over_vectors(d, size, boundary, ndt):
    theta, chol = np.array([0.7, -0.4, 1.1])[:d], factor(d, size)
    density, _ = vector_density(d, False)(OBSERVED, theta, chol, boundary, ndt)
    expected = [
        by_quadrature(OBSERVED[[j]], FEATURES[[j], :d], theta, chol, boundary, ndt)
        for j in range(len(OBSERVED))
    ]
    np.testing.assert_allclose(density, expected, rtol=1e-10, atol=1e-10)


def fixed(psi, theta, boundary, ndt):
    """Log density of every row, everybody having the same preference."""
    rt, choice = OBSERVED.T
    return wiener.log_density(rt, choice, drift=psi @ theta, boundary=boundary, ndt=ndt)


def by_labeler(values):
    return np.array([values[who == LABELER].sum() for who in range(3)])


@pytest.mark.parametrize("spread", [1e-4, 1e-8, 1e-30, 0.0])
@pytest.mark.parametrize("d", [1, 2, 3])
def test_preferences_without_spread_are_fixed_ones(d, spread):
    theta, chol = np.array([0.7, -0.4, 1.1])[:d], factor(d, spread)
    expected = fixed(FEATURES[:, :d], theta, 1.25, NDT)
    # the next term of the expansion is of the order of spread^2 times the squared residuals
    tolerance = 1e-11 + 1e3 * spread**2
    density, gradient = vector_density(d, True)(OBSERVED, theta, chol, 1.25, NDT)
    np.testing.assert_allclose(density, by_labeler(expected), rtol=0, atol=tolerance)
    assert np.isfinite(gradient).all()
    density, gradient = vector_density(d, False)(OBSERVED, theta, chol, 1.25, NDT)
    np.testing.assert_allclose(density, expected, rtol=0, atol=tolerance)
    assert np.isfinite(gradient).all()


@pytest.mark.parametrize("zero", [0, 1, 2])
def test_preferences_without_spread_in_one_direction(zero):
    theta, chol = np.array([0.7, -0.4, 1.1]), factor(3, 1.0)
    chol[:, zero] = 0
    density, gradient = vector_density(3, True)(OBSERVED, theta, chol, 1.25, NDT)
    expected = [
        by_quadrature(OBSERVED[mine], FEATURES[mine], theta, chol, 1.25, NDT)
        for mine in (who == LABELER for who in range(3))
    ]
    np.testing.assert_allclose(density, expected, rtol=1e-10, atol=1e-10)
    assert np.isfinite(gradient).all()


def test_drift_without_spread_is_a_fixed_one():
    psi = np.ones((6, 1))
    expected = fixed(psi, np.array([0.7]), 1.25, NDT)
    np.testing.assert_allclose(
        scalar_density("labeler")(OBSERVED, 0.7, 0.0, 1.25, NDT)[0],
        by_labeler(expected),
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        scalar_density("anonymous")(OBSERVED, 0.7, 0.0, 1.25, NDT)[0], expected, rtol=1e-12
    )


@pytest.mark.parametrize("ndt", [0.31, 0.32, 1.0, 50.0])
def test_density_is_zero_from_the_smallest_response_time_on(ndt):
    # not NaN, whatever the spread: 1 + sigma^2 T would be negative here
    late = OBSERVED[:, 0] <= ndt
    for density, gradient in (
        scalar_density("anonymous")(OBSERVED, 0.5, 40.0, 1.25, ndt),
        vector_density(2, False)(OBSERVED, [0.5, 1.0], factor(2, 40.0), 1.25, ndt),
    ):
        np.testing.assert_array_equal(density == -np.inf, late)
        assert np.isfinite(gradient).all()
    for density, gradient in (
        scalar_density("labeler")(OBSERVED, 0.5, 40.0, 1.25, ndt),
        vector_density(2, True)(OBSERVED, [0.5, 1.0], factor(2, 40.0), 1.25, ndt),
    ):
        np.testing.assert_array_equal(density == -np.inf, by_labeler(late) > 0)
        assert np.isfinite(gradient).all()


def test_rows_are_times_and_choices():
    choices = experiment("normal", labelers=3, choices=2, boundary=1.0, seed=1)
    np.testing.assert_array_equal(rows(choices)[:, 0], choices.rt)
    np.testing.assert_array_equal(rows(choices)[:, 1], choices.choice)
    doubled = choices._take(np.repeat(np.arange(6), 2)).grouped()
    with pytest.raises(InputError, match=r"one per choice; use choices\.expanded\(\)"):
        rows(doubled)
    assert len(rows(doubled.expanded())) == 12


@pytest.mark.parametrize("who", [{}, {"labeler": LABELER}])
def test_features_may_be_data_of_the_model(who):
    def build(features):
        theta = pm.Normal("theta", shape=3)
        y = {"observed": OBSERVED}
        return RandomPreferenceWiener(
            "y", theta, np.eye(3), 1.25, NDT, features=features, **who, **y
        )

    with pm.Model() as by_data:
        build(pm.Data("features", FEATURES))
    with pm.Model() as by_value:
        build(FEATURES)
    point = {"theta": np.array([0.7, -0.4, 1.1])}
    expected = by_value.compile_logp(mode=PYTHON)(point)
    assert by_data.compile_logp(mode=PYTHON)(point) == pytest.approx(float(expected), rel=1e-13)
    with by_data:
        pm.set_data({"features": -FEATURES})
    point["theta"] *= -1
    assert by_data.compile_logp(mode=PYTHON)(point) == pytest.approx(float(expected), rel=1e-13)


def test_observed_rows_may_be_data_of_the_model():
    def build(observed, labeler):
        RandomDriftWiener("y", pm.Normal("mu"), 1.0, 1.25, NDT, labeler=labeler, observed=observed)

    later = OBSERVED + np.array([0.25, 0.0])
    with pm.Model() as by_data:
        build(pm.Data("rows", OBSERVED), pm.Data("who", LABELER))
    with by_data:
        pm.set_data({"rows": later, "who": LABELER[::-1]})
    with pm.Model() as by_value:
        build(later, LABELER[::-1].copy())
    point = {"mu": np.array(0.4)}
    expected = float(by_value.compile_logp(mode=PYTHON)(point))
    assert float(by_data.compile_logp(mode=PYTHON)(point)) == pytest.approx(expected, rel=1e-13)
    one = np.ones((6, 1))
    quadrature = [
        by_quadrature(later[mine], one[mine], np.array([0.4]), np.eye(1), 1.25, NDT)
        for mine in (who == LABELER[::-1] for who in range(3))
    ]
    prior = -0.5 * 0.4**2 - 0.5 * np.log(2 * np.pi)
    assert expected == pytest.approx(sum(quadrature) + prior, rel=1e-11)


def test_number_of_features_must_be_known():
    with pm.Model(), pytest.raises(InputError, match="give theta a shape"):
        variable = RandomPreferenceWiener.dist(
            pt.vector("theta"),
            pt.matrix("chol"),
            1.25,
            NDT,
            features=pm.Data("features", FEATURES),
            labeler=LABELER,
        )
        pm.logp(variable, OBSERVED)


@pytest.mark.parametrize(
    "single", [{"deadline": 3.0}, {"lapse": 0.1, "lapse_rt": 1.0}, {"boundary_spread": 0.3}]
)
def test_what_single_choices_take_is_refused_of_known_labelers(single):
    said = f"with a {next(iter(single)).replace('_', ' ')} drifts of known labelers do not"
    with pytest.raises(InputError, match=said):
        RandomDriftWiener.dist(0.5, 1.0, 1.25, NDT, labeler=LABELER, **single)
    with pytest.raises(InputError, match=said):
        preference = np.zeros(3), np.eye(3), 1.25, NDT
        RandomPreferenceWiener.dist(*preference, features=FEATURES, labeler=LABELER, **single)


def test_log_density_inside_a_model_finds_the_truth():
    # maximum likelihood of 3,000 labelers in a program of one's own; tolerance: 4 asymptotic
    # standard errors, from the curvature at the maximum
    who = population("normal", mean=0.5, sd=0.8)
    choices = experiment(who, labelers=3000, choices=2, boundary=1.25, ndt=NDT, seed=2)
    f = np.array([0.5, 0.8, 1.25, NDT])
    value, inputs = pt.matrix("value"), pt.scalars("mu", "sigma", "boundary", "ndt")
    density = pm.logp(RandomDriftWiener.dist(*inputs, labeler=choices.labeler), value).sum()
    compiled = pytensor.function([value, *inputs], density, mode=PYTHON)

    def loss(x):
        return -compiled(rows(choices), x[0], np.exp(x[1]), np.exp(x[2]), x[3])

    start = np.array([0.5, np.log(0.8), np.log(1.25), NDT])
    found = optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-5})
    _, hessian = differences(loss, found.x, h=1e-3)
    error = np.sqrt(np.diag(np.linalg.inv(hessian)))
    assert (error < [0.03, 0.05, 0.01, 0.01]).all()
    assert (np.abs(found.x - np.r_[f[0], np.log(f[1:3]), f[3]]) < 4 * error).all()
