"""Choices between named items: a feature each, the reference named, however a log writes it."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.choices import Choices
from bayes_ddm.wiener.sampling import first_passage
from tests.support.tables import table_refusal

ARENA = pd.DataFrame(
    {
        "model_a": ["m", "n", "m", "o", "n", "m"],
        "model_b": ["n", "o", "o", "m", "m", "n"],
        "winner": ["model_a", "model_b", "tie", "model_b", "model_a", "model_b"],
        "seconds": [3.0, 5.0, 9.0, 2.0, 4.0, 6.0],
    }
)
PAIR = ("model_a", "model_b")


def arena(frame=ARENA, **more):
    return Choices.from_frame(
        frame, **({"choice": "winner", "rt": "seconds", "items": PAIR, "drop": ["tie"]} | more)
    )


def test_a_log_of_duels_gives_a_feature_per_item():
    choices = arena()
    assert choices.feature_names == ("n", "o")
    assert choices.choice.tolist() == [1, -1, -1, 1, -1]
    assert choices.features.tolist() == [[-1, 0], [1, -1], [0, 1], [1, 0], [-1, 0]]
    assert choices.dropped == {"tie": 1}
    assert "relative to m, which is 0" in choices.notes[0]


def test_the_reference_may_be_named():
    choices = arena(reference="o")
    assert choices.feature_names == ("m", "n")
    # a row of the other coding, less that of the reference
    assert choices.features.tolist() == [[1, -1], [0, 1], [-1, 0], [-1, 1], [1, -1]]


def test_every_way_to_write_a_winner_is_the_same():
    expected = arena()
    names = ["m", "o", np.nan, "m", "n", "n"]
    ways = {
        "names": (names, {}),
        "signs": ([1, -1, np.nan, -1, 1, -1], {}),
        "words": (["left", "right", np.nan, "right", "left", "right"], {"positive": "left"}),
    }
    for winner, more in ways.values():
        got = arena(ARENA.assign(winner=winner), drop=(), **more)
        pd.testing.assert_frame_equal(got.to_frame(), expected.to_frame())
        assert got.dropped == {"no choice": 1}


def test_items_that_are_numbers_are_not_taken_for_choices():
    frame = ARENA.assign(model_a=[0, 1, 0, 2, 1, 0], model_b=[1, 2, 2, 0, 0, 1])
    choices = arena(frame.assign(winner=[1, 0, np.nan, 0, 1, 0]), drop=())
    assert choices.feature_names == ("1", "2") and choices.choice.tolist() == [1, -1, -1, 1, -1]


@pytest.mark.parametrize(
    ("change", "more", "part"),
    [
        ({}, {"items": ("model_a",)}, "must be two columns"),
        ({}, {"items": ("model_a", "model_c")}, "no column 'model_c'"),
        ({}, {"reference": "x"}, "'x' is no item; items are m, n, o"),
        ({}, {"features": ["seconds"]}, "items= are features already"),
        ({"model_b": ["n", None, "o", "m", "m", "n"]}, {}, "names no item in row 1 "),
        ({"winner": ["n", "m", "m", "o", "n", "m"]}, {"drop": ()}, "'m' is neither of the two"),
        ({"model_a": ["m"] * 6, "model_b": ["m"] * 6}, {}, "one item only, 'm'"),
        (
            {"model_a": ["m", "o", "o", "o", "n", "m"], "model_b": ["n", "p", "p", "p", "m", "n"]},
            {},
            "o, p are never compared with m",
        ),
        ({"model_b": ["seconds", "o", "o", "m", "m", "n"]}, {}, "'seconds' is called as a column"),
    ],
)
def test_items_that_cannot_be_coded_are_refused(change, more, part):
    options = {"choice": "winner", "rt": "seconds", "items": PAIR, "drop": ["tie"]} | more
    assert part in table_refusal(ARENA.assign(**change), **options)
    assert "reference= goes with items=" in table_refusal(
        ARENA, choice="winner", rt="seconds", drop=["tie"], positive="model_a", reference="m"
    )


def test_the_average_preference_of_items_is_recovered():
    """Drifts theta[a] - theta[b] of 4 items, chosen and timed by the library's exact sampler."""
    rng = np.random.default_rng(3)
    theta, n = np.array([0.0, 0.5, -0.4, 1.0]), 6000
    first = rng.integers(4, size=n)
    second = (first + rng.integers(1, 4, size=n)) % 4
    drift = theta[first] - theta[second]
    choice, time = first_passage(drift, 1.2, rng)
    names = np.array(["a", "b", "c", "d"])
    choices = Choices.from_frame(
        {"x": names[first], "y": names[second], "won": choice, "rt": 0.3 + time},
        choice="won",
        items=("x", "y"),
        reference="a",
    )
    estimates = bd.estimate(choices, boundary=1.2, ndt=0.3).to_frame()
    rows = estimates[estimates["estimator"] == "consistent_known_boundary"].set_index("parameter")
    # four standard errors: one test in 5,000 fails by chance, with three of them
    for name, truth in zip("bcd", theta[1:], strict=True):
        assert abs(rows.loc[name, "value"] - truth) < 4 * rows.loc[name, "se"]
        assert rows.loc[name, "se"] < 0.1


def test_how_the_table_was_read_can_be_said_again():
    choices = arena(where=["seconds<100"], missing={"seconds": 5.0})
    again = Choices.from_frame(ARENA, **choices.origin.columns)
    pd.testing.assert_frame_equal(again.to_frame(), choices.to_frame())
    assert again.dropped == choices.dropped == {"tie": 1, "no response time": 1}
    # the reference is named: other rows could have another one that is compared most often
    assert choices.origin.columns["reference"] == "m"
