"""Models of preferences are their priors times an integral that is written down otherwise."""

import numpy as np
import pymc as pm
import pytest
from scipy import stats

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions import rows
from tests.support.by_hand import (
    BOUNDARY,
    MU,
    NDT,
    SIGMA,
    SINGLE,
    each_labeler,
    log_prior,
    types,
)
from tests.support.densities import PYTHON, by_quadrature, over_preferences, untransformed_logp
from tests.support.programs import grouped, single, two_features, with_features, without_features


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
        "anonymous": single(),
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


@pytest.mark.parametrize("data", [without_features, single])
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


@pytest.mark.parametrize("choices", [without_features(), grouped()], ids=["labelers", "counts"])
def test_mixture_is_a_weighted_sum_over_types(choices):
    weight, gap, within = np.array([0.3, 0.7]), np.array([1.4]), np.array([0.4, 0.9])
    point = {"mu": 0.4, "weight": weight, "gap": gap, "type_sigma": within}
    point |= {"boundary": 1.1, "ndt": 0.2}
    # 0.3 m + 0.7 (m + 1.4) = 0.4
    law = types(weight, [-0.58, 0.82], within**2)
    got = untransformed_logp(models.builder("mixture")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, law, 1.1, 0.2)
    )
    assert got == pytest.approx(expected, rel=SINGLE)


def test_mixture_of_preference_vectors_is_a_weighted_sum_over_types():
    choices = two_features()
    place = np.array([[-0.4], [0.9]])
    within = np.array([[0.4, 0.9], [0.7, 0.5]])
    weight, mean = np.array([0.3, 0.7]), np.array([0.4, -0.2])
    point = {"theta_scaled": mean, "weight": weight, "gap": np.array([1.4])}
    point |= {"type_sigma_scaled": within, "place_scaled": place, "boundary": 1.1, "ndt": 0.2}
    centers = np.array([[0.0, -0.4], [1.4, 0.9]])
    centers += mean - weight @ centers
    law = types(weight, centers, [np.diag(s**2) for s in within])
    got = untransformed_logp(models.builder("mixture")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, law, 1.1, 0.2, step=0.2)
    )
    assert got == pytest.approx(expected, rel=SINGLE)


# of one labeler, by the quadrature over the scale: twenty times what is found here
STUDENT = 1e-5


@pytest.mark.parametrize("choices", [without_features(), single()], ids=["labelers", "anonymous"])
def test_student_is_scipy_s(choices):
    point = {"mu": 0.4, "heavy": 3.5, "scale": 0.9, "boundary": 1.1, "ndt": 0.2}
    law = stats.t(4.5, 0.4, 0.9).logpdf
    got = untransformed_logp(models.builder("student")(choices), point)
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, _: over_preferences(y, psi, lambda v: law(v[:, 0]), 1.1, 0.2)
    )
    assert got == pytest.approx(expected, abs=STUDENT * len(choices.unit_count))


@pytest.mark.parametrize("anonymous", [False, True])
def test_student_vectors_are_scipy_s(anonymous):
    choices = with_features(2, anonymous=anonymous)
    mean, width, rho = np.array([0.7, -0.3]), np.array([0.9, 0.6]), -0.5
    point = {"theta_scaled": mean, "heavy": 3.5, "scale_scaled": width, "partial": np.array([0.25])}
    point |= {"boundary": 1.1, "ndt": 0.2}
    shape = np.outer(width, width) * np.array([[1, rho], [rho, 1]])

    def labeler(y, psi, _):
        if not anonymous:
            law = stats.multivariate_t(mean, shape, df=4.5).logpdf
            return over_preferences(y, psi, law, 1.1, 0.2, step=0.2)
        # one row tells of one direction only
        own = stats.t(4.5, psi[0] @ mean, np.sqrt(psi[0] @ shape @ psi[0])).logpdf
        return over_preferences(y, np.ones((1, 1)), lambda v: own(v[:, 0]), 1.1, 0.2)

    got = untransformed_logp(models.builder("student")(choices), point)
    expected = log_prior(point) + each_labeler(choices, labeler)
    assert got == pytest.approx(expected, abs=STUDENT * 4)
