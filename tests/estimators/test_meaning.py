"""What an average means for people, in a sentence."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

import bayes_ddm as bd
from bayes_ddm.data.origin import Origin
from bayes_ddm.estimators.meaning import Probability, leaning, steps_of
from bayes_ddm.simulate import experiment, population
from tests.support import fits

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def test_a_typical_person_picks_as_often_as_one_who_is_simulated():
    # everybody alike: the share of choices is a typical person's
    choices = experiment(population("normal", mean=0.4, sd=0.0), labelers=20_000, **KNOWN, seed=1)
    share = float((choices.choice > 0).mean())
    found = _often(bd.estimate(choices, **KNOWN).answer)
    # two standard errors of 20,000 choices are .6 in a hundred, and rounding takes half a one
    assert found[0] == pytest.approx(100 * share, abs=1.2)


def test_with_a_known_boundary_the_interval_is_that_of_the_average():
    table = bd.estimate(fits.scalar(), **KNOWN)
    row = table.to_frame().iloc[0]
    ends = 1 / (1 + np.exp(-2 * KNOWN["boundary"] * row[["value", "low", "high"]].astype(float)))
    assert _often(table.answer) == pytest.approx(100 * ends.to_numpy(), abs=0.51)
    # and the share is normal: its interval by the delta method, written out
    (estimate,) = (e for e in table.estimates if e.estimator == "consistent_known_boundary")
    (mu, sigma), covariance = estimate.values, estimate.covariance
    slope = np.array([1 / sigma, -mu / sigma**2])
    half = t.ppf(0.975, 59) * np.sqrt(slope @ covariance @ slope)
    expected = 100 * norm.cdf([mu / sigma, mu / sigma - half, mu / sigma + half])
    assert _share(table.answer) == pytest.approx(expected, abs=0.51)


def test_the_other_option_is_named_where_people_lean_to_it():
    choices = replace(fits.scalar(), origin=Origin("tea", "coffee"))
    flipped = replace(choices, choice=-choices.choice)
    to_tea, to_coffee = (bd.estimate(x, **KNOWN).answer for x in (choices, flipped))
    assert to_tea.replace("tea", "coffee") == to_coffee


def test_an_interval_across_a_half_leans_to_neither():
    said = leaning(("tea", "coffee"), Probability(0.52, 0.45, 0.6), None)
    assert said == (
        "People lean to neither side: a typical person picks tea 52 times in 100 (45 to 60)."
    )


def test_features_speak_for_or_against_by_a_step_that_can_be_imagined():
    choices = replace(fits.contextual(), origin=Origin("later", "sooner"))
    said = bd.estimate(choices).answer
    assert "More amount speaks for later: with 1 more" in said or "with 0.9 more" in said
    assert "speaks against later" in said
    # a category is a whole one, and a unit that was asked for stays
    flags = replace(choices, features=np.sign(choices.features))
    assert steps_of(flags, {"delay": 30.0}) == {"amount": 1.0, "delay": 30.0}


def test_the_posterior_says_the_same_in_draws():
    fit = fits.scalar_fit()
    twice = 2 * fit.posterior["boundary"].values * fit.posterior["mu"].values
    draws = 1 / (1 + np.exp(-twice))
    expected = 100 * np.array([draws.mean(), *np.quantile(draws, [0.025, 0.975])])
    assert _often(bd.compare(fit).answer) == pytest.approx(expected, abs=0.51)


def _often(said):
    return _numbers(
        said.partition(" picks ")[2].partition(" times")[0].split()[-1], said, "in 100 "
    )


def _share(said):
    return _numbers(said.partition(" %")[0].split()[-1], said, "prefer it ")


def _numbers(value, said, before):
    low, _, high, *_ = said.partition(before + "(")[2].replace(")", " ").split()
    return np.array([float(x) for x in (value, low, high)])
