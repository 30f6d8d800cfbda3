from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bradley_terry, conditional_boundary, speed_accuracy
from bayes_ddm.simulate import experiment, population


def test_bradley_terry_against_statsmodels(contextual):
    made = bradley_terry(contextual)
    n = contextual.n_labelers
    fit = sm.Logit(contextual.choice > 0, contextual.features).fit(
        disp=0,
        cov_type="cluster",
        cov_kwds={"groups": contextual.labeler, "use_correction": False},
        tol=1e-12,
    )
    np.testing.assert_allclose(made.values, fit.params, rtol=1e-9)
    np.testing.assert_allclose(made.se, fit.bse * np.sqrt(n / (n - 1)), rtol=1e-8)
    assert made.parameters == ("amount", "delay") and made.unit == "native" and made.reliable


def test_bradley_terry_on_the_real_sample(real_sample):
    made = bradley_terry(real_sample)
    fit = sm.Logit(real_sample.choice > 0, real_sample.features).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(made.values, fit.params, rtol=1e-8)


def test_scalar_bradley_terry_is_the_logit_of_the_share(repeated):
    made = bradley_terry(repeated)
    share = np.mean(repeated.choice > 0)
    assert made.values == pytest.approx([np.log(share / (1 - share))])
    by_labeler = repeated.to_frame().groupby("labeler")["choice"].agg(lambda c: (c > 0).mean())
    # delta method for the mean of the labelers' shares, all with ten choices
    assert made.se == pytest.approx([by_labeler.sem() / (share * (1 - share))])


def test_bradley_terry_of_alike_labelers_is_twice_boundary_times_theta():
    choices = experiment(
        population("point", value=[0.8, -0.5]),
        labelers=3000,
        choices=4,
        features=lambda rng, n: rng.normal(size=(n, 2)),
        boundary=1.25,
        seed=1,
    )
    made = bradley_terry(choices)
    assert (np.abs(made.values - [2.0, -1.25]) < 4 * made.se).all()


@pytest.mark.parametrize("positive", [1, -1])
def test_choices_all_alike_are_infinite(positive):
    choices = Choices.from_frame(pd.DataFrame({"choice": positive, "rt": [0.5, 0.7, 0.9]}))
    made = bradley_terry(choices)
    assert np.isnan(made.values).all() and np.isnan(made.se).all()
    assert not made.reliable and made.note == "infinite: all choices are alike"


def test_separated_choices_are_infinite():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(200, 2))
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(rt=rng.gamma(3, 0.3, 200))
    whole = frame.assign(choice=np.where(x[:, 0] > 0.3 * x[:, 1], 1, -1))
    # quasi-separation: only the rows where a differs from 0 are separated
    part = frame.assign(choice=rng.choice([-1, 1], 200))
    part.loc[:150, "a"] = 0.0
    part.loc[151:, "a"] = np.abs(part.loc[151:, "a"]) * part.loc[151:, "choice"]
    for table in (whole, part):
        made = bradley_terry(Choices.from_frame(table, features=["a", "b"]))
        assert np.isnan(made.values).all() and not made.reliable
        assert made.note == "infinite: the attribute differences separate the choices"


def test_nearly_separated_choices_are_finite():
    rng = np.random.default_rng(3)
    x = rng.normal(size=400) * 1000
    frame = pd.DataFrame({"x": x, "choice": np.where(x > 0, 1, -1), "rt": 0.8})
    frame.loc[np.abs(frame["x"]).argmax(), "choice"] *= -1
    choices = Choices.from_frame(frame, features=["x"])
    fit = sm.Logit(choices.choice > 0, choices.features / 1000).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(bradley_terry(choices).values, fit.params / 1000, rtol=1e-8)


def test_speed_accuracy_minimises_its_loss(contextual):
    made = speed_accuracy(contextual, 0.3)
    time = contextual.rt - 0.3

    def slope(g):
        # derivative of mean(T/2 (psi.g)^2 - Z psi.g)
        psi = contextual.features
        return psi.T @ (time * (psi @ g) - contextual.choice) / len(time)

    np.testing.assert_allclose(slope(made.values), 0, atol=1e-13)
    assert made.unit == "native" and made.reliable


def test_speed_accuracy_of_alike_labelers_is_theta_over_boundary():
    choices = experiment(
        population("point", value=[0.8, -0.5]),
        labelers=3000,
        choices=4,
        features=lambda rng, n: rng.normal(size=(n, 2)),
        boundary=1.25,
        ndt=0.3,
        seed=4,
    )
    made = speed_accuracy(choices, 0.3)
    assert (np.abs(made.values - [0.64, -0.4]) < 4 * made.se).all()


def test_an_unknown_ndt_is_said_to_bias_the_ratio(repeated):
    made = speed_accuracy(repeated)
    assert not made.reliable and "ndt is unknown" in made.note
    assert 0 < made.values[0] < speed_accuracy(repeated, 0.3).values[0]
    with pytest.raises(InputError, match="not below the smallest response time"):
        speed_accuracy(repeated, 2.0)


def test_an_estimated_ndt_counts(repeated):
    boundary = conditional_boundary(repeated)
    made = speed_accuracy(repeated, boundary=boundary)
    assert made.boundary is boundary and made.reliable
    same = speed_accuracy(repeated, boundary.ndt)
    assert made.values == pytest.approx(same.values)
    h = 1e-4
    slope = (
        speed_accuracy(repeated, boundary.ndt + h).values
        - speed_accuracy(repeated, boundary.ndt - h).values
    ) / (2 * h)
    np.testing.assert_allclose(
        made.influence - same.influence, boundary.influence[:, 1:] * slope, rtol=1e-5, atol=1e-12
    )


@pytest.mark.parametrize("estimator", [bradley_terry, lambda c: speed_accuracy(c, 0.3)])
@pytest.mark.parametrize("data", ["repeated", "contextual"])
def test_counts_stand_for_rows(estimator, data, request):
    choices = request.getfixturevalue(data)
    grouped = replace(choices, count=np.random.default_rng(5).integers(1, 4, len(choices)))
    for few in (grouped, replace(grouped, labeler=None, labelers=None)):
        a, b = estimator(few), estimator(few.expanded())
        np.testing.assert_allclose(a.values, b.values, rtol=1e-10)
        np.testing.assert_allclose(a.covariance, b.covariance, rtol=1e-9)


@pytest.mark.parametrize("estimator", [bradley_terry, lambda c: speed_accuracy(c, 0.3)])
def test_standard_errors_are_the_spread_over_replications(estimator):
    made = [
        estimator(experiment("normal", labelers=300, choices=5, boundary=1.25, ndt=0.3, seed=seed))
        for seed in range(200)
    ]
    values = np.array([e.values[0] for e in made])
    # 200 replications: relative error 1 / sqrt(400), four of those
    assert values.std() == pytest.approx(np.mean([e.se[0] for e in made]), rel=0.2)
