"""What an average means for people, in a sentence."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import norm, t

import bayes_ddm as bd
from bayes_ddm.data.origin import Origin
from bayes_ddm.estimators.meaning import AVERAGE, Probability, leaning, steps_of
from bayes_ddm.fitting.meaning import meaning as meaning_of_draws
from bayes_ddm.simulate import experiment, population
from tests.support import fits

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def test_the_average_preference_picks_as_often_as_people_who_have_it():
    # everybody alike: the share of choices is that of the average preference
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


FOR, OPEN, AGAINST = (Probability(x, x - 0.1, x + 0.1) for x in (0.7, 0.52, 0.3))
NEARLY = Probability(0.45, 0.35, 0.55)


@pytest.mark.parametrize(
    ("often", "share", "said"),
    [
        (OPEN, None, "People lean to neither side: W picks tea 52 times in 100 (42 to 62)."),
        (
            FOR,
            FOR,
            "People lean to tea: W picks it 70 T (60 to 80), and 70 % prefer it (60 to 80 %).",
        ),
        (
            AGAINST,
            FOR,
            "On average people lean to coffee: W would pick it 70 T (60 to 80), although 70 % "
            "prefer tea (60 to 80 %).",
        ),
        (
            FOR,
            NEARLY,
            "On average people lean to tea: W would pick it 70 T (60 to 80), although 55 % "
            "prefer coffee (45 to 65 %).",
        ),
        (
            OPEN,
            AGAINST,
            "On average people lean to neither side: W would pick tea 52 T (42 to 62), although "
            "70 % prefer coffee (60 to 80 %).",
        ),
        (
            OPEN,
            NEARLY,
            "People lean to neither side: W picks tea 52 T (42 to 62), and 45 % prefer it "
            "(35 to 55 %).",
        ),
    ],
)
def test_average_and_majority_are_set_against_each_other_where_they_part(often, share, said):
    said = said.replace("W", AVERAGE).replace("T (", "times in 100 (")
    assert leaning(("tea", "coffee"), often, share) == said
    # the same of the other option, seen from its side
    back = leaning(("coffee", "tea"), often.other, None if share is None else share.other)
    assert back == said or often.side == 0


def test_types_far_apart_have_few_people_at_the_average():
    rng = np.random.default_rng(1)
    draws = {"mu": -0.2, "share_positive": 0.78, "type_mean[1]": -3.2, "type_mean[2]": 0.6}
    entries = {name: x + rng.normal(0, 0.01, (2, 500)) for name, x in draws.items()}
    entries |= {"type_sigma[1]": np.full((2, 500), 0.7), "type_sigma[2]": np.full((2, 500), 0.3)}
    choices = SimpleNamespace(origin=Origin("tea", "coffee"), contextual=False)
    posterior = SimpleNamespace(logits=True, averages=["mu"], choices=choices)
    said = meaning_of_draws(posterior, entries, 0.95)
    assert said.startswith(f"On average people lean to coffee: {AVERAGE}, which few have, would")
    assert ", although 78 % prefer tea (76 to 80 %)" in said
    # 1.6 sds from the wider type, the average is nothing rare
    wide = entries | {"type_sigma[2]": np.full((2, 500), 0.5)}
    assert "which few have" not in meaning_of_draws(posterior, wide, 0.95)


def test_the_share_is_left_out_where_preferences_are_not_bell_shaped():
    camps = population("mixture", means=(0.6, -3.0), sds=(0.3, 0.5), weights=(0.8, 0.2))
    design = {"labelers": 300, "choices": 4, **KNOWN, "seed": 5}
    choices = experiment(camps, **design)
    said = bd.estimate(choices).answer
    test = bd.estimators.specification_test(choices)
    assert test.rejects and "prefer it (" not in said
    assert said.endswith(f"contradict bell-shaped preferences (p = {test.p_value:.2g}).")
    # what is known of the boundary is held in the test, too
    held = bd.estimators.specification_test(choices, **KNOWN)
    assert f"(p = {held.p_value:.2g})" in bd.estimate(choices, **KNOWN).answer
    assert "prefer it (" in bd.estimate(experiment("normal", **design)).answer


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
