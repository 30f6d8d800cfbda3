"""One side is faster, seen without repeated comparisons: by attributes that are taken out."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_ddm.estimators.assumptions.faster_side import _products, faster_side
from bayes_ddm.simulate import experiment

GIVEN = {"labelers": 60, "choices": 60, "boundary": 1.25, "ndt": 0.3}


def preferences(rng, n):
    return np.array([1.2, -0.6]) + 0.6 * rng.standard_normal((n, 2))


def attributes(rng, n):
    return rng.standard_normal((n, 2)) + 0.5


def made(seed=1, **given):
    return experiment(preferences, features=attributes, **GIVEN | given, seed=seed)


def test_nothing_is_found_where_choice_and_time_are_independent():
    rng = np.random.default_rng(5)
    statistics = []
    for seed in range(20):
        own = {
            name: at * np.exp(spread * rng.standard_normal(60))
            for name, at, spread in (("boundary", 1.25, 0.2), ("ndt", 0.3, 0.3))
        }
        choices = made(seed, **own)
        assert faster_side(choices) is None
        both = _products(choices)
        mean = both.mean(axis=0)
        statistics.append(mean @ np.linalg.solve(np.cov(both.T) / len(both), mean))
    # chi squared with 2 degrees of freedom: mean 2, standard error of 20 of them 0.45
    assert abs(np.mean(statistics) - 2) < 3 * 0.45


@pytest.mark.parametrize(("start", "option"), [(0.58, "+1"), (0.42, "-1")])
def test_a_start_nearer_to_one_side_is_found(start, option):
    found = faster_side(made(start=start))
    assert found.about == "start" and f"lean to {option}" in found.text
    assert (found.z > 0) == (start > 0.5)


def test_slow_errors_are_no_start():
    found = faster_side(made(drift_noise=1.0))
    assert found.about == "errors" and "slower at the choice they rarely make" in found.text


def test_a_saturating_drift_is_no_start():
    assert faster_side(made(saturation=1.5)) is None


def test_others_cannot_tell():
    choices = made()
    assert faster_side(made(choices=10)) is None
    assert faster_side(experiment("normal", **GIVEN, seed=1)) is None
    five = {"features": lambda rng, n: rng.standard_normal((n, 5))}
    many = experiment(lambda rng, n: rng.standard_normal((n, 5)), **GIVEN | five, start=0.6, seed=1)
    assert faster_side(many) is None
    alone = replace(choices, labeler=None, labelers=None)
    assert faster_side(alone) is None
    # a labeler whose attributes, times or choices are always the same is left out
    first = choices.labeler == 0
    for same in (
        {"features": np.where(first[:, None], 1.0, choices.features)},
        {"rt": np.where(first, 0.7, choices.rt)},
        {"choice": np.where(first, 1, choices.choice).astype(np.int8)},
    ):
        assert len(_products(replace(choices, **same))) == 59
    assert faster_side(replace(choices, choice=np.ones_like(choices.choice))) is None
