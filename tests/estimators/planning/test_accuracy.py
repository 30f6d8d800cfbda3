"""Predicted standard errors are those of quadrature, and of simulated experiments."""

import numpy as np
import pytest
from scipy.optimize import minimize

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.data.sufficient import labeler_sums, sum_by_unit
from bayes_ddm.estimators import (
    conditional_boundary,
    consistent,
    drift_mixture,
    drift_pseudo_labels,
)
from bayes_ddm.estimators.planning.plan import plan
from bayes_ddm.simulate.populations import population
from tests.support.plans import BOTH, BOUNDARY, CONDITIONAL, KNOWN, MODEL, NDT, SKEWED, variances
from tests.support.quadrature import integral


def second_moment(drift, boundary):
    """``E[w(T)^2]`` given the drift, by quadrature over the decision time."""

    def integrand(log_time):
        t = np.exp(log_time)
        both = sum(
            np.exp(wiener.log_density(t, z, drift=drift, boundary=boundary)) for z in (1, -1)
        )
        return wiener.drift_weight(t, boundary) ** 2 * both * t

    return integral(integrand, np.arange(-8, 6))


@pytest.mark.parametrize(
    ("who", "parts"),
    [
        (population("normal", mean=0.5, sd=1.0), [(1.0, 0.5, 1.0)]),
        (population("mixture"), [(0.7, 1.2, 0.2), (0.3, -1.5, 0.2)]),
        (population("point", value=0.8), [(1.0, 0.8, 0.0)]),
    ],
    ids=["normal", "mixture", "point"],
)
def test_variance_with_a_known_boundary_is_that_of_quadrature(who, parts):
    made = plan(
        population=who, boundary=0.9, known=BOTH, labelers=50, choices=(1, 3), pilot=1000,
        progress=False,
    )  # fmt: skip
    mean = sum(w * m for w, m, _ in parts)
    squares = sum(w * (m**2 + s**2) for w, m, s in parts)
    # Gauss-Hermite: 16 nodes are exact to 1e-8 for functions as smooth as these
    nodes, weights = np.polynomial.hermite_e.hermegauss(16)
    weights = weights / weights.sum()
    label = sum(
        w * q * second_moment(m + s * x, 0.9)
        for w, m, s in parts
        for x, q in (zip(nodes, weights, strict=True) if s else [(0.0, 1.0)])
    )
    for k, found in variances(made, KNOWN).items():
        assert found == pytest.approx(squares - mean**2 + (label - squares) / k, rel=1e-6)


def test_known_boundary_against_simulated_experiments(all_known):
    experiments, labelers = 2000, 60
    choices = bd.simulate.experiment(
        "normal", labelers=experiments * labelers, choices=4, boundary=BOUNDARY, ndt=NDT, seed=5
    )
    labels = drift_pseudo_labels(choices, BOUNDARY, NDT).reshape(experiments, -1)
    predicted = np.sqrt(variances(all_known, KNOWN)[4][0] / labelers)
    # the relative error of a standard deviation of R normal values is 1 / sqrt(2 R)
    assert labels.mean(axis=1).std() == pytest.approx(predicted, rel=4 / np.sqrt(2 * experiments))


@pytest.mark.slow
def test_conditional_boundary_against_simulated_experiments(nothing_known):
    experiments, labelers = 100, 300
    found = []
    for child in np.random.SeedSequence(6).spawn(experiments):
        choices = bd.simulate.experiment(
            "normal",
            labelers=labelers,
            choices=4,
            boundary=BOUNDARY,
            ndt=NDT,
            seed=np.random.default_rng(child),
        )
        found.append(consistent(choices, conditional_boundary(choices)).values[0])
    predicted = np.sqrt(variances(nothing_known, CONDITIONAL)[4][0] / labelers)
    # three Monte Carlo errors 1 / sqrt(2 R) = 0.07; the pilot's own error is 0.02
    assert np.std(found) == pytest.approx(predicted, rel=3 / np.sqrt(2 * experiments) + 0.02)


def test_the_model_against_maximum_likelihood_in_simulated_experiments(all_known):
    experiments, labelers = 200, 150
    choices = bd.simulate.experiment(
        "normal", labelers=experiments * labelers, choices=4, boundary=BOUNDARY, ndt=NDT, seed=7
    )
    sums = labeler_sums(choices)
    signs = BOUNDARY * sums.choice.reshape(experiments, labelers)
    times = sums.decision_gram(NDT).reshape(experiments, labelers)

    def fitted(sign, time):
        def loss(x):
            return -wiener.random_drift_log_factor(sign, time, x[0], np.exp(2 * x[1])).sum()

        return minimize(loss, [0.5, 0.0]).x[0]

    found = [fitted(*pair) for pair in zip(signs, times, strict=True)]
    predicted = np.sqrt(variances(all_known, MODEL)[4][0] / labelers)
    assert np.std(found) == pytest.approx(predicted, rel=3 / np.sqrt(2 * experiments) + 0.02)


@pytest.mark.slow
def test_bias_of_the_model_where_the_population_is_skewed():
    made = plan(
        population=SKEWED, boundary=BOUNDARY, known="ndt", labelers=30_000, choices=1,
        progress=False,
    )  # fmt: skip
    (design,) = (d for d in made.designs if d.method == MODEL)
    choices = bd.simulate.experiment(SKEWED, labelers=30_000, choices=1, boundary=BOUNDARY, seed=11)

    def loss(x):
        return -wiener.random_drift_log_density(
            choices.rt, choices.choice, mean=x[0], sd=np.exp(x[1]), boundary=np.exp(x[2])
        ).mean()

    fitted = minimize(loss, [0.5, 0.0, 0.2]).x[0]
    # the error of a fit to 30,000, and that of the pilot's, two thirds as many
    error = design.se[0] * np.sqrt(1 + 30_000 / made.pilot)
    assert abs(fitted - SKEWED.mean - design.bias[0]) < 4 * error
    assert abs(design.bias[0]) > 0.04 and "not" in design.note


@pytest.mark.parametrize("known", [(), ("ndt",), ("boundary",), BOTH])
def test_one_normal_on_a_skewed_pilot_against_differences_of_its_likelihood(known):
    labelers = 4000
    sample = bd.simulate.experiment(
        SKEWED, labelers=labelers, choices=5, boundary=BOUNDARY, ndt=NDT, anonymous=False, seed=4
    )
    sums = labeler_sums(sample)
    sign, truth = sums.choice[:, 0], np.array([0.7, 0.2, BOUNDARY, NDT])
    free = np.array([True, True, *(name not in known for name in BOTH)])

    def by_labeler(x):
        point = truth.copy()
        point[free] = x
        mean, log_sd, b, ndt = point
        at_rest = sum_by_unit(sample, wiener.zero_drift_log_density(sample.rt - ndt, b))
        time = sums.decision_gram(ndt)[:, 0, 0]
        return at_rest + wiener.random_drift_log_factor(b * sign, time, mean, np.exp(2 * log_sd))

    fitted = minimize(lambda x: -by_labeler(x).mean(), truth[free], method="BFGS").x
    steps = 1e-3 * np.eye(len(fitted))
    scores = np.stack([by_labeler(fitted + h) - by_labeler(fitted - h) for h in steps], axis=1)
    hessian = [
        [
            sum(s * t * by_labeler(fitted + s * g + t * h).mean() for s in (1, -1) for t in (1, -1))
            for g in steps
        ]
        for h in steps
    ]
    influence = scores / 2e-3 @ np.linalg.inv(-np.array(hessian) / 4e-6)[:, 0]
    fit = drift_mixture(
        sample,
        NDT if "ndt" in known else None,
        components=1,
        boundary=BOUNDARY if "boundary" in known else None,
    )
    assert fit.mean[0] == pytest.approx(fitted[0], abs=2e-4)
    # the skewness biases it by many of these differences
    assert abs(fit.mean[0] - SKEWED.mean) > 0.03
    np.testing.assert_allclose(labelers * fit.influence[:, 2], influence, rtol=5e-3, atol=5e-3)


def test_labelers_who_are_all_alike_are_the_limit_of_those_who_nearly_are():
    settings = {"boundary": BOUNDARY, "labelers": 100, "choices": 3, "pilot": 1000}
    alike, nearly = (plan(sd=sd, **settings, progress=False) for sd in (0.0, 1e-4))
    assert variances(alike, MODEL)[3] == pytest.approx(variances(nearly, MODEL)[3], rel=1e-3)


def test_expected_seconds_are_those_of_the_response_times(all_known):
    choices = bd.simulate.experiment(
        "normal", labelers=50_000, choices=2, boundary=BOUNDARY, ndt=NDT, seed=8
    )
    by_labeler = choices.rt.reshape(-1, 2).mean(axis=1)
    design = all_known.designs[0]
    error = by_labeler.std() / np.sqrt(50_000)
    assert abs(design.seconds / (design.labelers * design.choices) - by_labeler.mean()) < 4 * error
