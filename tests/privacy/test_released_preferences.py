"""A release with features: sums in the design's geometry, and preferences from them."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import bounded_weight
from bayes_ddm.privacy import read_release, simulate_release
from bayes_ddm.privacy.release import _release
from bayes_ddm.privacy.released_preferences import FOR_SQUARES, UNITS
from bayes_ddm.simulate import experiment, population

PUBLIC = {"boundary": 1.25, "ndt": 0.3}
THETA = np.array([0.5, -0.03])


@pytest.fixture(scope="module")
def choices():
    preferences = population("normal", mean=THETA, sd=[0.4, 0.04])
    return experiment(
        preferences,
        labelers=300,
        choices=5,
        **PUBLIC,
        seed=3,
        feature_names=("a", "b"),
        features=lambda rng, n: rng.normal(size=(n, 2)) * [1.0, 10.0],
    )


def nothing(scale, size):
    return np.zeros(size, dtype=np.int64)


def released(choices, noise=nothing, epsilon=1.0):
    return _release(choices, epsilon, **PUBLIC, most_drift=3.0, noise=noise)


def labels(choices):
    weight = bounded_weight(1.25, 3.0, bound=4 / 3 * 3.0 / np.tanh(3.75))
    return choices.choice * weight.at(choices.rt - 0.3), np.abs(weight.values).max()


def test_without_noise_it_is_least_squares_of_bounded_pseudo_labels(choices):
    y, _ = labels(choices)
    x = choices.features  # all labelers have as many rows
    expected = np.linalg.lstsq(x, y, rcond=None)[0]
    estimate = released(choices).closed_form().estimates[0]
    # sums are in whole millionths of the largest
    assert estimate.values == pytest.approx(expected, rel=1e-4)
    assert estimate.parameters == ("a", "b")


def test_other_answers_move_the_sums_by_no_more_than_the_noise_allows_for(choices):
    scales, rng = [], np.random.default_rng(1)

    def noise(scale, size):
        scales.append(scale)
        return nothing(scale, size)

    before = released(choices, noise)
    on_sums, on_squares = scales
    epsilon = before.sensitivity / on_sums + before.square_sensitivity / on_squares
    assert epsilon == 1 and FOR_SQUARES == Fraction(1, 5)
    for i in (0, 7, 200):
        rows = choices.labeler == i
        for rt in (0.32, 0.6, 4.0):
            for _ in range(4):
                choice = choices.choice.copy()
                choice[rows] = rng.choice([-1, 1], rows.sum())
                others = replace(choices, choice=choice, rt=np.where(rows, rt, choices.rt))
                after = released(others)
                assert np.abs(after.sums - before.sums).sum() <= before.sensitivity
                assert np.abs(after.squares - before.squares).sum() <= before.square_sensitivity
    assert before.sensitivity == 2 * (UNITS + 2)


def test_the_largest_sum_is_the_public_bound(choices):
    _, largest = labels(choices)
    release = released(choices)
    x = choices.features / release.scale
    gram = x.T @ x / len(x)
    assert release.root @ gram @ release.root == pytest.approx(np.eye(2), abs=1e-9)
    reach = np.abs(x @ release.root).sum(axis=1).reshape(300, 5).mean(axis=1).max()
    assert release.reach == pytest.approx(largest * reach)


def test_intervals_hold_the_truth_and_count_the_noise(choices):
    releases = [simulate_release(choices, epsilon=1.0, **PUBLIC, seed=s) for s in range(40)]
    values = np.array([release.closed_form().estimates[0].values for release in releases])
    exact = released(choices).closed_form().estimates[0].values
    # of 40 draws a standard deviation is within 4 times 11 %
    noise = values.std(axis=0)
    se = releases[0].closed_form().estimates[0].se
    assert values.mean(axis=0) == pytest.approx(exact, abs=4 * noise.max() / 40**0.5)
    assert (noise < 1.45 * se).all()
    inside = [
        (low <= THETA) & (high >= THETA)
        for low, high in (release.closed_form().estimates[0].interval().T for release in releases)
    ]
    assert np.mean(inside) > 0.9


def test_a_file_holds_all_of_it(choices, tmp_path):
    release = simulate_release(choices, epsilon=1.0, **PUBLIC, seed=1)
    again = read_release(release.save(tmp_path / "a.json"))
    assert again.closed_form().to_dict() == release.closed_form().to_dict()
    assert pd.isna(bd.estimate(again).to_frame()["value"]).sum() == 0
    assert "noisy sums for a, b" in repr(again)


def test_its_largest_drift_was_chosen_with_the_sums(choices):
    with pytest.raises(bd.InputError, match="most_drift of a release with features is its own"):
        bd.estimate(released(choices), most_drift=4.0)
