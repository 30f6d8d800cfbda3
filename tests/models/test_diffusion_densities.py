"""Labelers' own boundaries, starting points, lapses, no clock: the density written otherwise."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats
from scipy.special import expit, logit

import bayes_ddm as bd
from bayes_ddm import models, wiener
from bayes_ddm.distributions import RandomDriftWiener
from tests.support.by_hand import (
    MU,
    SIGMA,
    SINGLE,
    each_labeler,
    log_prior,
    normal,
    scaled,
    types,
)
from tests.support.densities import PYTHON, by_quadrature, over_preferences, untransformed_logp
from tests.support.programs import OWN, grouped, single, two_features, without_features


def unequal(*counts):
    """Labelers with as many choices each, their rows shuffled."""
    choices = without_features(labelers=len(counts), choices=max(counts))
    frame = choices.to_frame()
    frame = frame[frame.groupby("labeler").cumcount() < np.array(counts)[choices.labeler]]
    frame = frame.sample(frac=1, random_state=1)
    return bd.Choices.from_frame(frame, labeler="labeler")


def own_values(choices, rng, centred):
    """Boundary and ndt of each labeler, the point that says so, and the log density of it."""
    n = len(choices.unit_count)
    score, ndt = rng.normal(size=n), rng.uniform(0.1, 0.28, n)
    boundary = 1.1 * np.exp(0.4 * score)
    point = {"boundary": 1.1, "boundary_spread": 0.4, "ndt": 0.25, "ndt_spread": 0.3}
    if not centred:
        point |= {"boundary_score": score, "ndt_score": np.log(ndt / 0.25) / 0.3}
        return boundary, ndt, point, log_prior(point)
    density = log_prior(point) + stats.lognorm(0.3, scale=0.25).logpdf(ndt).sum()
    density += stats.lognorm(0.4, scale=1.1).logpdf(boundary).sum()
    return boundary, ndt, point | {"labeler_boundary": boundary, "labeler_ndt": ndt}, density


@pytest.mark.parametrize("counts", [(3, 1, 5, 2), (60, 50, 55)])
def test_labeler_boundary_has_a_boundary_and_ndt_for_each(counts):
    choices = unequal(*counts)
    boundary, ndt, point, expected = own_values(choices, np.random.default_rng(2), counts[0] == 60)
    point |= {"mu": 0.4, "sigma": 0.9}
    expected += MU.logpdf(0.4) + SIGMA.logpdf(0.9)
    expected += each_labeler(
        choices,
        lambda y, psi, u: by_quadrature(
            y, psi, np.array([0.4]), 0.9 * np.eye(1), boundary[u], ndt[u]
        ),
    )
    got = untransformed_logp(models.builder("labeler_boundary")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("own", [False, True])
def test_start_bias_is_the_starting_point_under_the_integral(own):
    choices = two_features()
    mean, sigma = np.array([0.7, -0.3]), np.array([0.9, 0.6])
    point = {"theta_scaled": mean, "sigma_scaled": sigma, "partial": np.array([0.5])}
    point |= {"boundary": 1.1, "ndt": 0.2, "start": 0.62}
    score = np.array([-1.0, 0.3, 1.2, -0.2])
    if own:
        point |= {"start_spread": 0.5, "start_score": score}
    start = expit(logit(0.62) + 0.5 * own * score)
    law = normal(mean, np.diag(sigma**2))
    model = models.builder("start_bias")(choices, **({"start": OWN["start"]} if own else {}))
    expected = log_prior(point) + each_labeler(
        choices, lambda y, psi, u: over_preferences(y, psi, law, 1.1, 0.2, start[u], step=0.2)
    )
    assert untransformed_logp(model, point) == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("spread", [0.1, 0.4])
def test_anonymous_boundary_is_an_integral_over_boundaries(spread):
    choices = single()
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "boundary_spread": spread, "ndt": 0.2}

    def labeler(y, psi, _):
        (rt, choice), rest = y[0], {"mean": 0.4, "sd": 0.9, "ndt": 0.2}
        density = wiener.random_drift_log_density
        return np.log(
            integrate.quad(
                lambda x: (
                    stats.norm.pdf(x)
                    * np.exp(density(rt, choice, boundary=1.1 * np.exp(spread * x), **rest))
                ),
                *(-9, 9),
            )[0]
        )

    got = untransformed_logp(models.builder("anonymous_boundary")(choices), point)
    expected = log_prior(point) + each_labeler(choices, labeler)
    # 15 Gauss-Hermite nodes: 4e-7 off, most of it PyMC's single precision
    assert got == pytest.approx(expected, abs=4e-6)


def lapsing(rt, attentive, lapse=0.1, mean=1.7):
    """Mixture of a decision and a guess, row by row."""
    guess = stats.expon(scale=mean).pdf(rt) / 2
    with np.errstate(divide="ignore"):
        return np.log((1 - lapse) * np.exp(attentive) + lapse * guess)


LAPSE = {"lapse": 0.1, "lapse_rt": 1.7}


def test_contaminated_is_priors_latents_and_rows():
    choices = without_features()
    score = np.array([[-0.3], [1.1], [0.2], [-1.4]])
    # later than some responses: those can only be lapses
    ndt = np.median(choices.rt)
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": ndt, "preference_score": score}
    point |= LAPSE
    drift = (0.4 + 0.9 * score[:, 0])[choices.labeler]
    attentive = wiener.log_density(choices.rt, choices.choice, drift=drift, boundary=1.1, ndt=ndt)
    assert (attentive == -np.inf).sum() == 6
    expected = log_prior(point) + lapsing(choices.rt, attentive).sum()
    got = untransformed_logp(models.builder("contaminated")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


def test_contaminated_of_single_choices_is_a_mixture_by_row():
    choices = grouped()
    ndt = np.median(choices.rt)
    point = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "ndt": ndt, **LAPSE}
    attentive = wiener.random_drift_log_density(
        choices.rt, choices.choice, mean=0.4, sd=0.9, boundary=1.1, ndt=ndt
    )
    expected = log_prior(point) + (choices.count * lapsing(choices.rt, attentive)).sum()
    got = untransformed_logp(models.builder("contaminated")(choices), point)
    assert got == pytest.approx(expected, rel=SINGLE)


def test_a_mixture_with_everything_by_labeler_and_lapses():
    choices = two_features()
    rng = np.random.default_rng(4)
    boundary, ndt, point, expected = own_values(choices, rng, False)
    score = rng.normal(size=4)
    start = expit(logit(0.45) + 0.5 * score)
    weight, within = np.array([0.3, 0.7]), np.array([[0.4, 0.9], [0.7, 0.5]])
    centers = np.array([[0.0, -0.4], [1.4, 0.9]])
    centers += np.array([0.4, -0.2]) - weight @ centers
    own = rng.normal(size=(4, 2))
    more = {"start": 0.45, "start_spread": 0.5, "start_score": score, **LAPSE}
    more |= {"theta_scaled": np.array([0.4, -0.2]), "weight": weight, "gap": np.array([1.4])}
    more |= {"type_sigma_scaled": within, "place_scaled": np.array([[-0.4], [0.9]])}
    expected += log_prior(more)
    expected += types(weight, centers, [np.diag(s**2) for s in within])(own).sum()
    labeler = choices.labeler
    attentive = wiener.starting_point_log_density(
        choices.rt,
        choices.choice,
        drift=(scaled(choices) * own[labeler]).sum(axis=1),
        boundary=boundary[labeler],
        start=start[labeler],
        ndt=ndt[labeler],
    )
    expected += lapsing(choices.rt, attentive).sum()
    model = models.builder("mixture")(choices, lapse=pm.Beta.dist(1, 20), **OWN)
    assert untransformed_logp(model, point | more | {"preference": own}) == pytest.approx(
        expected, rel=SINGLE
    )


def test_a_drift_that_saturates_given_preferences():
    choices = two_features()
    score = np.random.default_rng(1).normal(size=(4, 2))
    sigma = np.array([0.9, 0.6])
    point = {"theta_scaled": np.array([0.7, -0.3]), "sigma_scaled": sigma}
    point |= {"partial": np.array([0.5]), "preference_score": score, "boundary": 1.1, "ndt": 0.2}
    more = {"start": 0.45, "drift_noise": 0.6, "collapse": 0.01}
    expected = log_prior(point) + stats.lognorm(1, scale=np.e).logpdf(0.8)
    own = point["theta_scaled"] + score * sigma
    linear = (scaled(choices) * own[choices.labeler]).sum(axis=1)
    # nearly as large as it can be in some rows
    assert np.abs(linear).max() > 0.8
    drift = 0.8 * np.tanh(linear / 0.8)
    by = {"boundary": 1.1, "ndt": 0.2, **more}
    expected += wiener.log_density(choices.rt, choices.choice, drift=drift, **by).sum()
    model = models.builder("contextual")(choices, drift_link="saturating", **more)
    got = untransformed_logp(model, point | {"saturation": 0.8})
    assert got == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize(
    ("make", "link", "words"),
    [
        (two_features, "logistic", "drift_link must be 'linear' or 'saturating'"),
        (single, "saturating", "needs features, and labelers who are known"),
        (without_features, "saturating", "needs features, and labelers who are known"),
    ],
)
def test_drift_links_that_cannot_be(make, link, words):
    with pytest.raises(bd.InputError, match=words):
        models.builder("mixture")(make(), drift_link=link)


def test_bounds_that_meet_before_the_slowest_decision_are_refused():
    choices = two_features()
    slowest = choices.rt.max()
    with pytest.raises(bd.InputError, match=f"give one below {1 / slowest:.3g}"):
        models.builder("contextual")(choices, collapse=1.01 / slowest)
    # a lapse may come later
    models.builder("contextual")(choices, collapse=1.01 / slowest, lapse=0.1)


@pytest.mark.parametrize("more", [{}, {"boundary_spread": 0.3, "start": 0.6}])
def test_a_row_with_lapses_integrates_to_one(more):
    # both choices; from 0 to ndt only lapses, then a decision may come at any time
    early, late = np.linspace(0, 0.3, 401), 0.3 + np.geomspace(1e-4, 80, 6001)
    for mean, weight in ((0.5, None), (np.array([-1.0, 1.0]), np.array([0.4, 0.6]))):
        sd = 0.8 * np.ones_like(mean)
        mass = 0.0
        for times in (early, late):
            y = np.stack([np.tile(times, 2), np.repeat([1.0, -1.0], len(times))], axis=1)
            law = RandomDriftWiener.dist(
                mean, sd, 1.25, 0.3, weight=weight, lapse=0.1, lapse_rt=1.7, shape=y.shape, **more
            )
            density = np.exp(pm.logp(law, y).eval(mode=PYTHON)).reshape(2, -1).sum(axis=0)
            mass += integrate.simpson(density, x=times)
        # left out: 1e-4 s of lapses, density below 0.1, and lapses after 80 s
        assert mass == pytest.approx(1, abs=1e-5)


def test_choice_only_is_a_logit_given_preferences():
    choices = two_features()
    score = np.random.default_rng(1).normal(size=(4, 2))
    sigma = np.array([0.9, 0.6])
    point = {"theta_scaled": np.array([0.7, -0.3]), "sigma_scaled": sigma, "boundary": 1.1}
    point |= {"partial": np.array([0.5]), "preference_score": score}
    own = point["theta_scaled"] + score * sigma
    drift = (scaled(choices) * own[choices.labeler]).sum(axis=1)
    expected = log_prior(point) + np.log(expit(2 * 1.1 * drift * choices.choice)).sum()
    model = models.builder("choice_only")(choices, boundary=pm.LogNormal.dist(0.5, 1.2))
    assert untransformed_logp(model, point) == pytest.approx(expected, rel=SINGLE)


@pytest.mark.parametrize("data", [single, grouped])
def test_choice_only_of_single_choices_is_an_integral(data):
    choices, point = data(), {"mu": 0.4, "sigma": 1.3}
    share = integrate.quad(lambda v: stats.norm.pdf(v, 0.4, 1.3) * expit(2 * 1.1 * v), -12, 12)[0]
    chosen = (choices.count * (choices.choice > 0)).sum()
    expected = log_prior(point) + chosen * np.log(share)
    expected += (choices.n_choices - chosen) * np.log1p(-share)
    got = untransformed_logp(models.builder("choice_only")(choices, boundary=1.1), point)
    # 31 Gauss-Hermite nodes: 1e-7 off
    assert got == pytest.approx(expected, rel=1e-6)
