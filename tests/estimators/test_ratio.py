from dataclasses import replace

import mpmath as mp
import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    LINEAR,
    Ratio,
    conditional_boundary,
    known_boundary,
    lognormal_race,
    nonlinear_drift,
    ratio_estimate,
    saturating_drift,
    speed_accuracy,
)
from bayes_ddm.simulate import experiment, first_passage

READY = [
    LINEAR,
    saturating_drift(1.5, 1.25),
    nonlinear_drift("cubic", lambda u: u + u**3, lambda u: 1 + 3 * u**2, lambda u: 6 * u, 2.0),
    lognormal_race(0.5, 1.3),
    lognormal_race(1.4),
]
THETA = np.array([0.8, -0.5])


def table(choice, rt, psi, labeler=None):
    frame = pd.DataFrame(psi, columns=["a", "b"]).assign(choice=choice, rt=rt)
    if labeler is not None:
        frame["labeler"] = labeler
    return Choices.from_frame(
        frame, features=["a", "b"], labeler=None if labeler is None else "labeler"
    )


def race(rng, u, spread, median=1.0):
    """Winner and its time, from two log-normal finishing times."""
    plus = median * np.exp(-u / 2 + spread * rng.normal(size=u.shape))
    minus = median * np.exp(u / 2 + spread * rng.normal(size=u.shape))
    return np.where(plus < minus, 1, -1), np.minimum(plus, minus)


@pytest.mark.parametrize("ratio", READY, ids=lambda r: r.name)
def test_slope_and_curvature_are_derivatives(ratio):
    u, h = np.linspace(-5, 5, 21), 1e-5
    slope = (ratio.value(u + h) - ratio.value(u - h)) / (2 * h)
    curvature = (ratio.slope(u + h) - ratio.slope(u - h)) / (2 * h)
    # central differences: h^2 in truncation, 1e-16 / h in rounding
    np.testing.assert_allclose(ratio.slope(u), slope, rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(ratio.curvature(u), curvature, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize(("spread", "median"), [(0.3, 1.0), (0.5, 2.0), (1.4, 0.7)])
@pytest.mark.parametrize("u", [-2.0, 0.1, 1.0, 6.0])
def test_race_against_quadrature(spread, median, u):
    def density(t, sign):
        x = (mp.log(t) - mp.log(median) + sign * u / 2) / spread
        return mp.npdf(x) / (spread * t)

    def later(t, sign):
        return mp.ncdf(-(mp.log(t) - mp.log(median) + sign * u / 2) / spread)

    middle = median * mp.exp(-abs(u) / 2)
    grid = [0, *(middle * mp.exp(k * spread) for k in range(-6, 7, 2)), mp.inf]
    plus = mp.quad(lambda t: density(t, 1) * later(t, -1), grid)
    mean = mp.quad(lambda t: later(t, 1) * later(t, -1), grid)
    found = lognormal_race(spread, median).value(np.array([u]))[0]
    assert found == pytest.approx(float((2 * plus - 1) / mean), rel=1e-9)


def test_race_of_far_apart_options_is_the_rate_of_the_faster():
    # the loser never wins, so the mean time is that of one log-normal
    found = lognormal_race(0.5).value(np.array([40.0, -40.0]))
    np.testing.assert_allclose(found, np.exp(20 - 0.125) * np.array([1, -1]), rtol=1e-12)


def test_ratio_of_a_diffusion_is_mean_choice_over_mean_time():
    rng = np.random.default_rng(1)
    ratio = saturating_drift(1.5, 1.25)
    choice, time = first_passage(np.full(200_000, 1.5 * np.tanh(2 / 1.5)), 1.25, rng)
    # relative standard errors of both means are below 0.002
    assert ratio.value(np.array([2.0]))[0] == pytest.approx(choice.mean() / time.mean(), rel=0.01)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: lognormal_race(0.0), "spread must be positive"),
        (lambda: lognormal_race(1.0, np.inf), "median must be positive"),
        (lambda: saturating_drift(-1.0), "limit must be positive"),
        (lambda: saturating_drift(1.0, 0.0), "boundary must be positive"),
        (lambda: Ratio("cube", lambda u: u**3, lambda u: 3 * u**2, lambda u: 6 * u), "slope"),
        (lambda: Ratio("one", lambda u: u, lambda u: 1.0, lambda u: 0 * u), "keep the shape"),
        (lambda: Ratio("log", lambda u: u + np.nan, np.ones_like, np.zeros_like), "finite at 0"),
    ],
)
def test_ratios_that_cannot_be(make, said):
    with pytest.raises(InputError, match=said):
        make()


@pytest.mark.parametrize("data", ["repeated", "contextual"])
def test_linear_is_the_speed_accuracy_ratio(data, request):
    choices = request.getfixturevalue(data)
    for options in ({}, {"ndt": 0.3}, {"boundary": known_boundary(choices, 1.25, 0.3)}):
        made, closed = ratio_estimate(choices, **options), speed_accuracy(choices, **options)
        np.testing.assert_allclose(made.values, closed.values, rtol=1e-8)
        np.testing.assert_allclose(made.influence, closed.influence, rtol=1e-8, atol=1e-12)
        assert (made.parameters, made.unit) == (closed.parameters, "native")
        assert made.reliable == closed.reliable
        assert made.estimator == "ratio_estimate[linear]"


def test_linear_on_the_real_sample(real_sample):
    made, closed = ratio_estimate(real_sample), speed_accuracy(real_sample)
    np.testing.assert_allclose(made.values, closed.values, rtol=1e-8)
    np.testing.assert_allclose(made.covariance, closed.covariance, rtol=1e-8)


@pytest.mark.parametrize("ratio", READY, ids=lambda r: r.name)
def test_it_minimises_the_loss(contextual, ratio):
    time, z, psi = contextual.rt - 0.3, contextual.choice, contextual.features

    def loss(theta):
        h = ratio.value(psi @ theta)
        return np.mean(time / 2 * h**2 - z * h)

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-7, "fatol": 0})
    made = ratio_estimate(contextual, ratio, ndt=0.3)
    # a simplex stops where the loss is flat to rounding: 1e-8 in theta
    np.testing.assert_allclose(made.values, found.x, atol=1e-6)


def test_a_random_starting_point_does_not_matter():
    rng = np.random.default_rng(2)
    psi = rng.normal(size=(40_000, 2))
    start = rng.uniform(0.1, 0.9, 40_000)
    choice, time = first_passage(psi @ THETA, 1.25, rng, start)
    made = ratio_estimate(table(choice, time, psi), ndt=0.0)
    assert (np.abs(made.values - THETA / 1.25) < 4 * made.se).all()
    # a starting point off the middle on average does
    choice, time = first_passage(psi @ THETA + 0.5, 1.25, rng, 0.7)
    scalar = Choices.from_frame(pd.DataFrame({"choice": choice, "rt": time}))
    away = ratio_estimate(scalar, ndt=0.0)
    assert away.values[0] - 0.5 / 1.25 > 10 * away.se[0]


@pytest.mark.parametrize("ratio", [saturating_drift(1.5, 1.25), lognormal_race(0.5, 1.3)])
def test_the_truth_is_found(ratio):
    rng = np.random.default_rng(3)
    psi = rng.normal(size=(40_000, 2))
    u = psi @ THETA
    if "race" in ratio.name:
        choice, time = race(rng, u, 0.5, 1.3)
    else:
        choice, time = first_passage(1.25 * ratio.value(u), 1.25, rng)
    made = ratio_estimate(table(choice, time + 0.2, psi), ratio, ndt=0.2)
    assert (np.abs(made.values - THETA) < 4 * made.se).all()
    assert (made.se < 0.03).all() and made.reliable
    assert (np.abs(ratio_estimate(table(choice, time + 0.2, psi)).values / THETA - 1) > 0.1).all()


@pytest.mark.parametrize("ratio", READY[1:4], ids=lambda r: r.name)
def test_influence_is_what_leaving_a_labeler_out_does(contextual, ratio):
    # labelers differ, so the ratio is wrong and the residuals' part of the Hessian counts
    made = ratio_estimate(contextual, ratio, ndt=0.3)
    changes = []
    for labeler in range(25):
        rest = contextual._take(np.flatnonzero(contextual.labeler != labeler))
        keep = np.delete(np.arange(contextual.n_labelers), labeler)
        rest = replace(rest, labeler=np.searchsorted(keep, rest.labeler), labelers=keep)
        changes.append(made.values - ratio_estimate(rest, ratio, ndt=0.3).values)
    # to second order in 1/400 labelers
    size = np.abs(made.influence).max()
    np.testing.assert_allclose(made.influence[:25], changes, atol=0.05 * size)
    assert np.corrcoef(made.influence[:25].ravel(), np.ravel(changes))[0, 1] > 0.998


@pytest.mark.parametrize("ratio", READY[1:4], ids=lambda r: r.name)
def test_counts_stand_for_rows(contextual, ratio):
    count = np.random.default_rng(5).integers(1, 4, len(contextual))
    grouped = replace(contextual, count=count)
    for few in (grouped, replace(grouped, labeler=None, labelers=None)):
        a, b = ratio_estimate(few, ratio, 0.3), ratio_estimate(few.expanded(), ratio, 0.3)
        np.testing.assert_allclose(a.values, b.values, rtol=1e-9)
        np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-8)


def test_standard_errors_are_the_spread_over_replications():
    ratio = saturating_drift(1.5, 1.25)
    made = [
        ratio_estimate(
            experiment("normal", labelers=300, choices=5, boundary=1.25, seed=seed), ratio, 0.0
        )
        for seed in range(200)
    ]
    values = np.array([e.values[0] for e in made])
    # 200 replications: relative error 1 / sqrt(400), four of those
    assert values.std() == pytest.approx(np.mean([e.se[0] for e in made]), rel=0.2)


def test_an_estimated_ndt_counts(repeated):
    ratio = saturating_drift(1.5, 1.25)
    boundary = conditional_boundary(repeated)
    made = ratio_estimate(repeated, ratio, boundary=boundary)
    same = ratio_estimate(repeated, ratio, boundary.ndt)
    assert made.boundary is boundary and made.values == pytest.approx(same.values)
    h = 1e-4
    high, low = (ratio_estimate(repeated, ratio, boundary.ndt + s).values for s in (h, -h))
    np.testing.assert_allclose(
        made.influence - same.influence,
        boundary.influence[:, 1:] * (high - low) / (2 * h),
        rtol=1e-5,
        atol=1e-12,
    )


@pytest.mark.parametrize("unit", [1e-6, 1.0, 1e6])
def test_units_of_features_do_not_matter(contextual, unit):
    ratio = lognormal_race(0.5)
    made = ratio_estimate(contextual, ratio, 0.3)
    other = replace(contextual, features=contextual.features * [unit, 1.0])
    scaled = ratio_estimate(other, ratio, 0.3)
    np.testing.assert_allclose(scaled.values * [unit, 1.0], made.values, rtol=1e-9)


def test_a_ratio_that_cannot_be_reached_is_an_error(repeated):
    # mean choice over mean time is .27 here, and the ratio stays below .1
    with pytest.raises(InputError, match=r"has no minimum.*10,000 choices; give a ratio"):
        ratio_estimate(repeated, saturating_drift(0.1), 0.3)


def test_an_unknown_ndt_is_said(repeated):
    made = ratio_estimate(repeated, lognormal_race(0.5))
    assert not made.reliable and "ndt is unknown" in made.note
    with pytest.raises(InputError, match="not below the smallest response time"):
        ratio_estimate(repeated, ndt=2.0)
    assert ratio_estimate(repeated, ndt=0.3).reliable
