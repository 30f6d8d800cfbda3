"""Labelers' parameters, draw by draw: preferences against grids, new labelers, simulation."""

import numpy as np
import pytest
from scipy import integrate, stats
from scipy.special import expit, logit, logsumexp

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.fitting.labelers import Labelers, fitted_labelers, new_labelers
from bayes_ddm.fitting.rows import Rows
from tests.support import fits
from tests.support.programs import OWN, with_features, without_features
from tests.support.tables import refusal

NORMAL = stats.norm.logpdf
COPIES = 4000


def copies(choices, count=COPIES):
    """Every labeler many times over, so that one posterior draw gives many of their drifts."""
    frame = choices.to_frame()
    n = len(choices.unit_count)
    index = np.tile(np.arange(len(frame)), count)
    made = frame.iloc[index].reset_index(drop=True)
    who = None if choices.anonymous else "labeler"
    if who:
        made["labeler"] = choices.labeler[index] + n * np.repeat(np.arange(count), len(frame))
    return bd.Choices.from_frame(made, labeler=who, features=choices.feature_names)


def single_draw(posterior):
    return {key: np.asarray(value, dtype=float)[None] for key, value in posterior.items()}


def assert_moments(drawn, values, log_weight, slack=0.0):
    """Mean, variance and share above 0 of draws, within 4.5 standard errors of those of a grid."""
    weight = np.exp(log_weight.ravel() - logsumexp(log_weight))
    values = values.ravel()
    for moment in (lambda x: x, lambda x: (x - weight @ values) ** 2, lambda x: x > 0):
        expected = weight @ moment(values)
        sd = np.sqrt(weight @ (moment(values) - expected) ** 2)
        error = 4.5 * sd / np.sqrt(len(drawn)) + slack * sd
        assert abs(moment(drawn).mean() - expected) < error


def test_preferences_given_everything_follow_a_grid():
    """Two types of labelers; a boundary, ndt and starting point for each."""
    choices = without_features(labelers=3, choices=4)
    boundary, late, start = np.array([0.8, 1.2, 1.7]), np.array([0.2, 0.05, 0.3]), [0.3, 0.5, 0.8]
    posterior = {
        "mu": 0.4,
        "weight": [0.4, 0.6],
        "gap": [2.5],
        "type_sigma": [0.4, 0.9],
        "boundary": 1.1,
        "boundary_spread": 0.5,
        "boundary_score": np.tile(np.log(boundary / 1.1) / 0.5, COPIES),
        "ndt": 0.2,
        "ndt_spread": 0.5,
        "ndt_score": np.tile(np.log(late / 0.2) / 0.5, COPIES),
        "start": 0.5,
        "start_spread": 1.0,
        "start_score": np.tile(logit(start), COPIES),
    }
    fit = fits.made_up(copies(choices), "mixture", single_draw(posterior), **OWN)
    (drawn,) = fitted_labelers(fit, draws=1, seed=2)
    assert drawn.preference.shape == (3 * COPIES, 1)
    np.testing.assert_allclose(drawn.boundary[:3], boundary)
    np.testing.assert_allclose(drawn.start[:3], start)
    v = np.linspace(-8, 8, 2001)
    types = [np.log(w) + NORMAL(v, m, s) for w, m, s in ((0.4, -1.1, 0.4), (0.6, 1.4, 0.9))]
    for u in range(3):
        mine = choices.labeler == u
        density = wiener.starting_point_log_density(
            choices.rt[mine][:, None],
            choices.choice[mine][:, None],
            drift=v,
            boundary=boundary[u],
            start=start[u],
            ndt=late[u],
        ).sum(axis=0)
        assert_moments(drawn.preference[u::3, 0], v, density + np.logaddexp(*types))


def test_preferences_with_noise_and_closing_bounds_of_their_own():
    choices = without_features(labelers=3, choices=4)
    meets = np.array([0.05, 0.2, 0.1])
    by = {"boundary": 1.1, "ndt": 0.05, "start": 0.4, "drift_noise": 0.7}
    posterior = {"mu": 0.4, "sigma": 0.9, "collapse": 0.1, "collapse_spread": 0.8}
    posterior["collapse_score"] = np.tile(np.log(meets / 0.1) / 0.8, COPIES)
    options = by | {"collapse": bd.by_labeler()}
    fit = fits.made_up(copies(choices), "hierarchical", single_draw(posterior), **options)
    (drawn,) = fitted_labelers(fit, draws=1, seed=2)
    np.testing.assert_allclose(drawn.collapse[:3], meets)
    v = np.linspace(-8, 8, 2001)
    for u in range(3):
        mine = choices.labeler == u
        rows = choices.rt[mine][:, None], choices.choice[mine][:, None]
        density = wiener.log_density(*rows, drift=v, collapse=meets[u], **by).sum(axis=0)
        assert np.isfinite(density).any()
        assert_moments(drawn.preference[u::3, 0], v, density + NORMAL(v, 0.4, 0.9))


def test_preferences_are_in_the_users_units():
    choices = with_features(2, labelers=2, choices=4)
    mean, sd = np.array([0.5, -0.4]), np.array([0.9, 0.6])
    posterior = {"theta_scaled": mean, "sigma_scaled": sd, "partial": [0.7], "boundary": 1.1}
    fit = fits.made_up(copies(choices), "contextual", single_draw(posterior | {"ndt": 0.2}))
    (drawn,) = fitted_labelers(fit, draws=1, seed=2)
    scale = np.sqrt((choices.features**2).mean(axis=0))
    axis = np.linspace(-6, 6, 161)
    grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    covariance = np.outer(sd, sd) * np.array([[1, 0.4], [0.4, 1]])
    prior = stats.multivariate_normal(mean, covariance).logpdf(grid)
    for u in range(2):
        mine = choices.labeler == u
        density = wiener.log_density(
            choices.rt[mine][:, None],
            choices.choice[mine][:, None],
            drift=choices.features[mine] @ (grid / scale).T,
            boundary=1.1,
            ndt=0.2,
        ).sum(axis=0)
        own = drawn.preference[u::2]
        for combined in ([1, 0], [0, 1], [1, 1], [1, -1]):
            assert_moments(own * scale @ combined, grid @ combined, density + prior)
    # a drift is attribute differences times preferences
    who = np.array([1, 0])
    drift = drawn.drift(Rows(who, choices.features[:2]))
    np.testing.assert_allclose(drift, (choices.features[:2] * drawn.preference[[1, 0]]).sum(axis=1))


def test_anonymous_labelers_with_boundaries_of_their_own_and_lapses():
    choices = without_features(anonymous=True, labelers=3)
    posterior = {"mu": 0.4, "sigma": 0.9, "boundary": 1.1, "boundary_spread": 0.4, "ndt": 0.2}
    fit = fits.made_up(
        copies(choices), "anonymous_boundary", single_draw(posterior), lapse=0.3, lapse_rt=1.5
    )
    (drawn,) = fitted_labelers(fit, draws=1, seed=2)
    v, score = np.meshgrid(np.linspace(-5, 6, 301), np.linspace(-5, 5, 161), indexing="ij")
    own = 1.1 * np.exp(0.4 * score)
    for u in range(3):
        rt, choice = choices.rt[u], choices.choice[u]
        attentive = wiener.log_density(rt, choice, drift=v, boundary=own, ndt=0.2)
        guess = stats.expon(scale=1.5).logpdf(rt) - np.log(2)
        density = np.logaddexp(np.log(0.7) + attentive, np.log(0.3) + guess)
        density += NORMAL(v, 0.4, 0.9) + NORMAL(score)
        # boundaries are picked from 30 candidates
        assert_moments(drawn.preference[u::3, 0], v, density, slack=0.03)
        assert_moments(np.log(drawn.boundary[u::3]), np.log(own), density, slack=0.03)


def test_new_labelers_have_the_moments_of_the_population():
    choices = without_features(labelers=3, choices=4)
    zero = np.zeros(3)
    posterior = {"mu": 0.4, "weight": [0.4, 0.6], "gap": [2.5], "type_sigma": [0.4, 0.9]}
    posterior |= {"boundary": 1.1, "boundary_spread": 0.5, "boundary_score": zero}
    posterior |= {"ndt": 0.2, "ndt_spread": 0.7, "ndt_score": zero}
    posterior |= {"start": 0.4, "start_spread": 0.6, "start_score": zero}
    fit = fits.made_up(choices, "mixture", single_draw(posterior), **OWN)
    (drawn,) = new_labelers(fit, 40_000, draws=1, seed=3)
    laws = [
        (np.log(drawn.boundary), np.log(1.1), 0.5),
        (np.log(drawn.ndt), np.log(0.2), 0.7),
        (logit(drawn.start), logit(0.4), 0.6),
    ]
    for values, mean, sd in laws:
        assert stats.kstest(values, stats.norm(mean, sd).cdf).pvalue > 1e-3
    v = drawn.preference[:, 0]

    def cdf(x):
        return 0.4 * stats.norm.cdf(x, -1.1, 0.4) + 0.6 * stats.norm.cdf(x, 1.4, 0.9)

    assert stats.kstest(v, cdf).pvalue > 1e-3
    # nothing of one labeler tells of another of their parameters
    every = np.corrcoef([v, *(values for values, _, _ in laws)])
    assert np.abs(every - np.eye(4)).max() < 4.5 / np.sqrt(40_000)


def test_new_labelers_in_the_users_units():
    choices = with_features(2, labelers=3)
    sd = np.array([0.9, 0.6])
    posterior = {"theta_scaled": [0.5, -0.4], "sigma_scaled": sd, "partial": [0.7]}
    posterior |= {"boundary": 1.1, "ndt": 0.2}
    fit = fits.made_up(choices, "contextual", single_draw(posterior))
    (drawn,) = new_labelers(fit, 40_000, draws=1, seed=3)
    scale = np.sqrt((choices.features**2).mean(axis=0))
    first, second = (drawn.preference * scale).T
    assert stats.kstest(first, stats.norm(0.5, 0.9).cdf).pvalue > 1e-3
    assert stats.kstest(second, stats.norm(-0.4, 0.6).cdf).pvalue > 1e-3
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.4, abs=4.5 / np.sqrt(40_000))
    assert (drawn.boundary == 1.1).all() and (drawn.ndt == 0.2).all()


@pytest.mark.parametrize(
    ("start", "more"), [(0.5, {}), (0.7, {}), (0.6, {"drift_noise": 0.5, "collapse": 0.3})]
)
def test_simulation_follows_the_density(start, more):
    n = 20_000
    one = np.ones(2)
    who = np.ones(n, dtype=int)
    labelers = Labelers(
        preference=np.array([[9.0], [0.6]]),
        boundary=np.array([0.1, 1.2]),
        ndt=np.array([5.0, 0.3]),
        start=start * one,
        lapse=0.2,
        lapse_rt=1.5,
        **more,
    )
    assert len(labelers) == 2
    choice, rt = labelers.simulate(Rows(who), np.random.default_rng(5))
    share = labelers.probability(Rows(who[:1]))[0]
    exact = 0.8 * wiener.choice_probability(0.6, 1.2, start, **more) + 0.1
    assert share == pytest.approx(exact, rel=1e-12)
    # level 0.001, seeded
    assert stats.binomtest(int((choice == 1).sum()), n, share).pvalue > 1e-3
    # lapses alone before the non-decision time
    times = np.r_[np.linspace(0, 0.3, 301), 0.3 + np.geomspace(1e-4, 60, 4000)]
    for z, probability in ((1, share), (-1, 1 - share)):
        log_density = labelers.log_density(z, times, Rows(np.ones(len(times), dtype=int)))
        mass = integrate.cumulative_trapezoid(np.exp(log_density), times, initial=0)
        assert mass[-1] == pytest.approx(probability, abs=1e-4)
        own = rt[choice == z]
        law = stats.kstest(own, lambda x, m=mass: np.interp(x, times, m / m[-1]))
        assert law.pvalue > 1e-3
    assert (rt < 0.3).any()


def test_without_a_clock_there_is_no_density_of_times():
    labelers = Labelers(
        preference=np.array([[0.6]]),
        boundary=np.array([0.5]),
        ndt=np.array([np.nan]),
        start=np.array([0.5]),
    )
    who = np.zeros(1, dtype=int)
    said = refusal(labelers.log_density, 1, np.ones(1), Rows(who))
    assert said.startswith("the model says nothing of response times")
    assert labelers.probability(Rows(who))[0] == pytest.approx(expit(0.6))


def test_without_a_clock_anonymous_labelers_are_unknown():
    choices = without_features(anonymous=True)
    fit = fits.made_up(choices, "choice_only", single_draw({"mu": 0.4, "sigma": 0.9}))
    for ask in (bd.labelers, lambda fit: next(fitted_labelers(fit))):
        assert "predict new ones, or name the labelers' column" in refusal(ask, fit)
    assert len(next(new_labelers(fit, 5))) == 5
