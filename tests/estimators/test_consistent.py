from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.stats import t as student

from bayes_ddm import wiener
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    Boundary,
    bootstrap,
    conditional_boundary,
    consistent,
    consistent_values,
    drift_pseudo_labels,
    known_boundary,
    three_scale,
    two_scale,
)
from bayes_ddm.simulate import experiment, population

SD = {"normal": 1.0, "mixture": np.hypot(0.2, 2.7 * np.sqrt(0.21)), "skewed": 1.2}


def slopes(choices, boundary, ndt):
    return 2 * wiener.zero_drift_log_slope(choices.rt - ndt, boundary)


def test_scalar_values_are_means_of_labelers_means():
    choices = experiment(
        "normal", labelers=80, choices=np.arange(80) % 5 + 1, boundary=1.25, seed=1
    )
    made = consistent(choices, known_boundary(choices, 1.25))
    frame = choices.to_frame()
    frame["w"] = drift_pseudo_labels(choices, 1.25)
    frame["s"] = slopes(choices, 1.25, 0)
    means = frame.groupby("labeler")[["w", "s"]].mean()
    mu = means["w"].mean()
    assert made.values == pytest.approx([mu, np.sqrt(means["s"].mean() - mu**2)])
    assert made.se[0] == pytest.approx(means["w"].sem())
    assert made.parameters == ("mu", "sigma") and made.unit == "drift"


def test_contextual_values_are_a_clustered_weighted_regression(contextual):
    # unequal numbers of choices, so that the weights matter
    keep = np.flatnonzero(np.random.default_rng(2).random(len(contextual)) < 0.6)
    frame = contextual.to_frame().iloc[keep].sort_values("labeler", ignore_index=True)
    choices = Choices.from_frame(frame, labeler="labeler", features=["amount", "delay"])
    made = consistent(choices, known_boundary(choices, 1.25, 0.3))

    weights = 1 / frame.groupby("labeler")["rt"].transform("size")
    n = frame["labeler"].nunique()
    groups = {"groups": choices.labeler, "use_correction": False}

    def regression(y, x):
        fit = sm.WLS(y, x, weights=weights).fit(cov_type="cluster", cov_kwds=groups)
        return np.asarray(fit.params), np.asarray(fit.bse) * np.sqrt(n / (n - 1))

    psi = frame[["amount", "delay"]].to_numpy()
    theta, se = regression(drift_pseudo_labels(choices, 1.25, 0.3), psi)
    np.testing.assert_allclose(made.values[:2], theta, rtol=1e-10)
    np.testing.assert_allclose(made.se[:2], se, rtol=1e-10)
    products = np.column_stack([psi[:, 0] ** 2, 2 * psi[:, 0] * psi[:, 1], psi[:, 1] ** 2])
    second, _ = regression(slopes(choices, 1.25, 0.3), products)
    np.testing.assert_allclose(made.values[2:], np.sqrt(second[[0, 2]] - theta**2), rtol=1e-10)
    assert made.parameters == ("amount", "delay", "sigma[amount]", "sigma[delay]")


def test_units_of_the_features_only_rescale(contextual):
    boundary = known_boundary(contextual, 1.25, 0.3)
    other = replace(contextual, features=contextual.features * [1e-4, 1e5])
    a, b = consistent(contextual, boundary), consistent(other, boundary)
    scale = np.array([1e-4, 1e5, 1e-4, 1e5])
    np.testing.assert_allclose(a.values, b.values * scale, rtol=1e-9)
    np.testing.assert_allclose(a.se, b.se * scale, rtol=1e-9)


@pytest.mark.parametrize("data", ["repeated", "contextual"])
def test_boundary_derivatives_are_those_of_the_values(data, request):
    choices = request.getfixturevalue(data)
    known = known_boundary(choices, 1.3, 0.3)
    influence = np.zeros_like(known.influence)
    influence[0], influence[1] = [1.0, 0.0], [0.0, 1.0]
    uncertain = replace(known, influence=influence, method="conditional")
    made = consistent(choices, uncertain).influence - consistent(choices, known).influence
    h = 1e-4
    by_boundary = consistent_values(choices, 1.3 + h, 0.3) - consistent_values(
        choices, 1.3 - h, 0.3
    )
    by_ndt = consistent_values(choices, 1.3, 0.3 + h) - consistent_values(choices, 1.3, 0.3 - h)
    np.testing.assert_allclose(made[0], by_boundary / (2 * h), rtol=1e-4)
    np.testing.assert_allclose(made[1], by_ndt / (2 * h), rtol=1e-4)
    assert (made[2:] == 0).all()


@pytest.mark.parametrize("data", ["repeated", "contextual"])
def test_values_alone_are_the_same(data, request):
    choices = request.getfixturevalue(data)
    made = consistent(choices, known_boundary(choices, 1.3, 0.3))
    np.testing.assert_allclose(consistent_values(choices, 1.3, 0.3), made.values, rtol=1e-12)


@pytest.mark.parametrize("data", ["repeated", "contextual"])
def test_counts_stand_for_rows(data, request):
    choices = request.getfixturevalue(data)
    rng = np.random.default_rng(3)
    grouped = replace(choices, count=rng.integers(1, 4, len(choices)))
    anonymous = replace(grouped, labeler=None, labelers=None)
    for few in (grouped, anonymous):
        many = few.expanded()
        a = consistent(few, known_boundary(few, 1.25, 0.3))
        b = consistent(many, known_boundary(many, 1.25, 0.3))
        np.testing.assert_allclose(a.values, b.values, rtol=1e-10)
        np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", ["normal", "mixture", "skewed"])
def test_unbiased_for_any_population_and_unbalanced_choices(name):
    who = population(name)
    choices = experiment(
        who, labelers=20_000, choices=np.arange(20_000) % 3 + 1, boundary=1.25, ndt=0.3, seed=4
    )
    made = consistent(choices, known_boundary(choices, 1.25, 0.3))
    assert made.reliable
    truth = np.array([who.mean, SD[name]])
    assert (np.abs(made.values - truth) < 4 * made.se).all()
    assert made.se[0] < 0.02


def test_contextual_truth_is_found():
    covariance = [[0.5, 0.1], [0.1, 0.3]]
    choices = experiment(
        population("normal", mean=[0.8, -0.5], covariance=covariance),
        labelers=8000,
        choices=3,
        features=lambda rng, n: rng.normal(size=(n, 2)),
        boundary=1.25,
        seed=5,
    )
    made = consistent(choices, known_boundary(choices, 1.25))
    truth = np.array([0.8, -0.5, np.sqrt(0.5), np.sqrt(0.3)])
    assert (np.abs(made.values - truth) < 4 * made.se).all()
    assert (made.se < 0.06).all()


@pytest.mark.slow
@pytest.mark.parametrize("known", [True, False])
def test_standard_errors_are_the_spread_over_replications(known):
    z = []
    for seed in range(80):
        choices = experiment("skewed", labelers=800, choices=2, boundary=1.25, ndt=0.3, seed=seed)
        boundary = (
            known_boundary(choices, 1.25, 0.3) if known else conditional_boundary(choices, 0.3)
        )
        made = consistent(choices, boundary)
        z.append((made.values - [0.7, 1.2]) / made.se)
    # 80 replications: mean within 4 / sqrt(80); standard deviation within 4 / sqrt(160) of 1
    assert (np.abs(np.mean(z, axis=0)) < 4 / np.sqrt(80)).all()
    assert (np.abs(np.std(z, axis=0) - 1) < 4 / np.sqrt(160)).all()


def test_standard_errors_agree_with_the_bootstrap(contextual):
    made = consistent(contextual, known_boundary(contextual, 1.25, 0.3))
    drawn = bootstrap(contextual, lambda c: consistent_values(c, 1.25, 0.3), 300, seed=6)
    # 300 replicates have a relative error of 1 / sqrt(600) = 4 %; the spread's delta method, more
    np.testing.assert_allclose(np.nanstd(drawn, axis=0)[:2], made.se[:2], rtol=0.17)
    np.testing.assert_allclose(np.nanstd(drawn, axis=0)[2:], made.se[2:], rtol=0.3)


def test_interval_is_students(repeated):
    made = consistent(repeated, known_boundary(repeated, 1.25, 0.3))
    law = student(repeated.n_labelers - 1)
    np.testing.assert_allclose(made.interval(0.95)[:, 0], made.values - law.ppf(0.975) * made.se)
    np.testing.assert_allclose(made.interval(0.5)[:, 1], made.values + law.ppf(0.75) * made.se)


def test_the_boundary_widens_the_interval(repeated):
    conditional = conditional_boundary(repeated)
    counted = consistent(repeated, conditional)
    ignored = consistent(
        repeated, replace(conditional, influence=np.zeros_like(conditional.influence))
    )
    assert counted.se[1] > 1.1 * ignored.se[1]


def test_pseudo_labels_take_a_boundary_for_each_row():
    choices = experiment("normal", labelers=4, choices=3, boundary=[1, 1.5, 2, 2.5], seed=7)
    own = np.array([1, 1.5, 2, 2.5])[choices.labeler]
    labels = drift_pseudo_labels(choices, own)
    for i in range(12):
        weight = wiener.drift_weight(choices.rt[i], own[i])
        assert labels[i] == choices.choice[i] * weight


def test_pseudo_labels_need_a_decision_time(repeated):
    with pytest.raises(InputError, match=r"ndt is not below the response time, .* in row"):
        drift_pseudo_labels(repeated, 1.25, 0.7)


def test_flags_of_the_boundary_are_passed_on(repeated):
    for boundary in (two_scale(repeated), three_scale(repeated)):
        made = consistent(repeated, boundary)
        assert not made.reliable and made.note == boundary.note
        assert made.estimator == f"consistent_{boundary.method}"


@pytest.mark.parametrize(
    ("boundary", "ndt", "note"),
    [
        (1.25, 0.9, "ndt 0.9 s is not below the smallest response time"),
        (-0.2, 0.1, "no positive boundary"),
        (np.nan, 0.0, "no positive boundary"),
    ],
)
def test_impossible_boundaries_give_nan_not_an_error(repeated, boundary, ndt, note):
    units = len(repeated.unit_count)
    model = Boundary(
        "model", boundary, ndt, np.zeros((units, 2)), repeated.unit_count, None, True, ""
    )
    made = consistent(repeated, model)
    assert np.isnan(made.values).all() and np.isnan(made.se).all()
    assert not made.reliable and note in made.note
    assert made.estimator == "consistent_model_boundary"
    assert np.isnan(consistent_values(repeated, boundary, ndt)).all()


def test_a_negative_variance_leaves_the_mean_alone():
    choices = experiment(population("point", value=0.5), labelers=200, boundary=1.25, seed=9)
    made = consistent(choices, known_boundary(choices, 1.1))
    assert made.reliable and np.isfinite([made.values[0], made.se[0]]).all()
    assert np.isnan([made.values[1], made.se[1]]).all()
    assert "variance is not positive" in made.parameter_notes["sigma"]


def test_a_design_that_cannot_tell_the_spread_says_so():
    # two features of +1 and -1: their squares never vary, so the two spreads are confounded
    choices = experiment(
        population("normal", mean=[0.8, -0.5], sd=0.5),
        labelers=500,
        choices=4,
        features=lambda rng, n: rng.choice([-1.0, 1.0], (n, 2)),
        boundary=1.25,
        seed=10,
    )
    made = consistent(choices, known_boundary(choices, 1.25))
    assert made.reliable and np.isfinite(made.values[:2]).all()
    assert np.isnan(made.values[2:]).all()
    assert "cannot tell the spread" in made.parameter_notes["sigma[feature_1]"]
    np.testing.assert_array_equal(consistent_values(choices, 1.25, 0.0), made.values)


def test_many_features_have_no_spread():
    choices = experiment(
        population("normal", mean=np.linspace(-1, 1, 9), sd=0.3),
        labelers=300,
        choices=5,
        features=lambda rng, n: rng.normal(size=(n, 9)),
        boundary=1.25,
        seed=11,
    )
    made = consistent(choices, known_boundary(choices, 1.25))
    assert np.isfinite(made.values[:9]).all() and np.isnan(made.values[9:]).all()
    assert "at most 8 features" in made.parameter_notes["sigma[feature_9]"]


def test_one_labeler_has_no_standard_error():
    frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.5, 0.8, 0.6], "id": "a"})
    choices = Choices.from_frame(frame, labeler="id")
    made = consistent(choices, known_boundary(choices, 1.0))
    assert np.isfinite(made.values[0]) and np.isnan(made.se).all()
    assert not made.reliable and "one labeler" in made.note
