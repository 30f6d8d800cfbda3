"""The simulator's draws follow the law that `wiener` computes.

Seeds are fixed, so that a test passes always or never.  Each limit is one that correct draws of
(nearly) any seed would pass: of about 100 comparisons 30 are held to p >= 1e-5, 60 to four and a
half standard errors (p = 7e-6) and 11 to four (p = 6e-5), so all hold for 998 seeds in 1,000.
"""

import inspect

import numpy as np
import pymc as pm
import pytest
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.models import builder
from bayes_ddm.simulate import experiment, first_passage
from bayes_ddm.simulate.experiment import LAPSE_RT
from bayes_ddm.simulate.populations import population

SMALLEST_P = 1e-5
STANDARD_ERRORS = 4.5
BOUNDARY = 1.25
TILTS = [0, 1, 10, 100, 200, 800]  # 2 b v
SIZE = 200_000


@pytest.fixture(scope="module", params=TILTS, ids=lambda tilt: f"2bv={tilt}")
def draws(request):
    drift = request.param / (2 * BOUNDARY)
    rng = np.random.default_rng([11, request.param])
    return drift, *first_passage(np.full(SIZE, drift), BOUNDARY, rng)


def _ks(times, drift):
    return stats.kstest(times, lambda t: wiener.cdf(t, drift=drift, boundary=BOUNDARY)).pvalue


def test_times_follow_the_cdf(draws):
    drift, _, times = draws
    assert _ks(times, drift) > SMALLEST_P


def test_choices_come_at_their_probability(draws):
    drift, choice, _ = draws
    probability = float(wiener.choice_probability(drift, BOUNDARY))
    count = int((choice == 1).sum())
    assert stats.binomtest(count, SIZE, probability).pvalue > SMALLEST_P


def test_choice_and_time_are_independent_given_the_drift(draws):
    drift, choice, times = draws
    for z in (1, -1):
        # a handful of wrong choices at 2bv = 10, none beyond
        if (choice == z).sum() >= 5:
            assert _ks(times[choice == z], drift) > SMALLEST_P


def test_times_have_their_moments(draws):
    drift, _, times = draws
    mean = wiener.decision_time_mean(drift, BOUNDARY)
    variance = wiener.decision_time_variance(drift, BOUNDARY)
    assert abs(times.mean() - mean) <= STANDARD_ERRORS * np.sqrt(variance / SIZE)
    squares = (times - mean) ** 2
    # the fourth moment is taken from the draws: 200,000 of them give it to a few per cent
    assert abs(squares.mean() - variance) <= STANDARD_ERRORS * squares.std() / np.sqrt(SIZE)


def test_negative_drifts_mirror_positive_ones():
    choice, times = first_passage(np.full(SIZE, -0.4), BOUNDARY, np.random.default_rng(12))
    probability = float(wiener.choice_probability(-0.4, BOUNDARY))
    assert stats.binomtest(int((choice == 1).sum()), SIZE, probability).pvalue > SMALLEST_P
    assert _ks(times, 0.4) > SMALLEST_P


@pytest.mark.parametrize("drift", [-5.0, -2.0, -1.0, -0.5, -0.1, 0.0, 0.1, 0.5, 1.0, 2.0, 5.0])
def test_pseudo_labels_average_to_the_drift(drift):
    rng = np.random.default_rng([13, int(10 * drift) + 100])
    choice, times = first_passage(np.full(1_000_000, drift), BOUNDARY, rng)
    labels = choice * wiener.drift_weight(times, BOUNDARY)
    # four standard errors are asked for; eleven drifts all hold it for 9,993 seeds in 10,000
    assert abs(labels.mean() - drift) <= 4 * labels.std() / 1000


@pytest.mark.parametrize("name", ["normal", "student", "mixture", "skewed"])
def test_pseudo_labels_average_to_the_mean_of_any_population(name):
    # Student's t with 6 degrees of freedom: with 3, the pseudo-labels' own variance settles slowly
    drifts = population(name, **({"df": 6} if name == "student" else {}))
    boundary = np.linspace(0.8, 1.6, SIZE)
    choices = experiment(drifts, labelers=SIZE, boundary=boundary, ndt=0.3, seed=14)
    labels = choices.choice * wiener.drift_weight(choices.rt - 0.3, boundary)
    assert abs(labels.mean() - drifts.mean) <= STANDARD_ERRORS * labels.std() / np.sqrt(SIZE)


def test_single_choices_follow_the_density_with_the_drift_integrated_out():
    choices = experiment("normal", labelers=SIZE, boundary=BOUNDARY, ndt=0.3, seed=15)
    edges = np.r_[0.3, np.geomspace(0.45, 8, 24)]
    centre = np.linspace(edges[:-1], edges[1:], 2001)
    for z in (1, -1):
        density = np.exp(
            wiener.random_drift_log_density(centre, z, mean=0.5, sd=1.0, boundary=BOUNDARY, ndt=0.3)
        )
        share = np.trapezoid(density, centre, axis=0)
        count, _ = np.histogram(choices.rt[choices.choice == z], edges)
        # 24 cells a choice, 48 comparisons; the trapezoid's own error is far below 1e-6
        spread = np.sqrt(SIZE * share * (1 - share))
        assert (np.abs(count - SIZE * share) <= STANDARD_ERRORS * spread).all()


@pytest.mark.parametrize(("options", "lapse_rt"), [({}, np.exp(0.5)), ({"lapse_rt": 0.6}, 0.6)])
def test_lapses_have_their_share_and_their_law(options, lapse_rt):
    settings = {"labelers": SIZE, "boundary": BOUNDARY, "ndt": 0.3, "seed": 16}
    drifts = population("point", value=2.0)
    clean = experiment(drifts, **settings)
    lapsed = experiment(drifts, lapse=0.1, **options, **settings)
    guess = clean.rt != lapsed.rt
    assert stats.binomtest(int(guess.sum()), SIZE, 0.1).pvalue > SMALLEST_P
    positive = int((lapsed.choice[guess] == 1).sum())
    assert stats.binomtest(positive, int(guess.sum()), 0.5).pvalue > SMALLEST_P
    # of 20,000 guesses: the distribution functions are within 0.018 of each other
    assert stats.kstest(lapsed.rt[guess], stats.expon(scale=lapse_rt).cdf).pvalue > SMALLEST_P


def test_lapses_take_by_default_as_long_as_the_models_expect():
    prior = inspect.signature(builder("contaminated")).parameters["lapse_rt"].default
    assert pm.icdf(prior, 0.5).eval() == pytest.approx(LAPSE_RT)
