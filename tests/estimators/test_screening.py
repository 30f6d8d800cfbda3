"""What `check` says about a table, and which response times it lists."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import weighted_median
from bayes_ddm.data.datasets import amasino2019
from bayes_ddm.data.suspicious import quantiles, too_fast, too_slow
from bayes_ddm.estimators.screening import check
from bayes_ddm.simulate import experiment

SHARED = {"boundary": 1.25, "ndt": 0.3}


def clean(seed, labelers=200, choices=50, **kwargs):
    return experiment("normal", labelers=labelers, choices=choices, seed=seed, **(SHARED | kwargs))


def people(seed, labelers=98, choices=141, population="normal"):
    """Labelers who differ as real ones do: boundary 1.1 to 1.9, ndt 0.35 to 1.2 s (middle 90 %)."""
    rng = np.random.default_rng(seed)
    return experiment(
        population,
        labelers=labelers,
        choices=choices,
        boundary=np.exp(0.37 + 0.17 * rng.normal(size=labelers)),
        ndt=np.exp(-0.43 + 0.37 * rng.normal(size=labelers)),
        seed=rng,
    )


def plant(choices, rows, times):
    rt = choices.rt.copy()
    rt[rows] = times
    return replace(choices, rt=rt)


def tick(choices, seconds):
    """The same table by a coarse clock."""
    return replace(choices, rt=np.maximum(np.round(choices.rt / seconds), 1) * seconds)


def small(**columns):
    base = {
        "choice": [1, 0, 1, 1, 0, 1, 1, 0],
        "rt": [0.9, 1.4, 0.7, 1.1, 2.3, 0.8, 1.2, 1.9],
        "id": ["a", "a", "a", "b", "b", "c", "c", "c"],
        "x": [1.0, 2.0, 1.0, 3.0, -3.0, 0.5, 0.5, 0.7],
    }
    return pd.DataFrame(base | columns)


def test_counts():
    frame = small(
        rt=[0.9, np.nan, 0.7, 1.1, 2.3, 0.8, 1.2, 1.9], choice=[1, 0, 1, 1, 0, 1, 1, None]
    )
    found = check(Choices.from_frame(frame, labeler="id", features=["x"]))
    assert (found.n_rows, found.n_choices, found.n_labelers) == (6, 6, 3)
    assert found.choices_per_labeler == (2, 2, 2)
    assert found.dropped == {"no choice": 1, "no response time": 1}
    assert found.share_positive == 5 / 6
    assert found.one_sided == ("a", "c")
    assert found.features == ("x",)
    assert found.typical_fastest == 0.8  # of 0.7, 1.1 and 0.8


def test_repeated_comparisons():
    # a: 1.0 twice; b: 3.0 and the same with options swapped; c: 0.5 twice
    found = check(Choices.from_frame(small(), labeler="id", features=["x"]))
    assert (found.repeated_comparisons, found.repeating_labelers) == (3, 3)
    assert "3 labelers: too few to tell the boundary by" in repr(found)
    pairs = small(y=[1.0, 2, 5, 2, -2, 1, 2, 0])  # only b's comparison is the same in both
    found = check(Choices.from_frame(pairs, labeler="id", features=["x", "y"]))
    assert (found.repeated_comparisons, found.repeating_labelers) == (1, 1)
    # without features a labeler answers one comparison over and over
    found = check(Choices.from_frame(small(), labeler="id"))
    assert (found.repeated_comparisons, found.repeating_labelers) == (3, 3)
    assert "no conditional boundary" in repr(check(Choices.from_frame(small())))
    # a count above one is a repeat
    counted = Choices.from_frame(
        small(x=[1.0, 2, 3, 4, 5, 6, 7, 8], w=[1, 1, 2, 1, 1, 1, 1, 1]),
        labeler="id",
        features=["x"],
        count="w",
    )
    assert check(counted).repeated_comparisons == 1


def test_repeats_against_a_plain_count():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "choice": rng.integers(0, 2, 400),
            "rt": rng.lognormal(size=400),
            "id": rng.integers(0, 30, 400),
            "x": rng.integers(-3, 4, 400).astype(float),
        }
    )
    by_hand = frame.assign(x=frame["x"].abs()).groupby(["id", "x"]).size()
    found = check(Choices.from_frame(frame, labeler="id", features=["x"]))
    assert found.repeated_comparisons == (by_hand > 1).sum()
    assert found.repeating_labelers == by_hand[by_hand > 1].reset_index()["id"].nunique()


def test_anonymous():
    found = check(Choices.from_frame(small()))
    assert found.n_labelers is None and found.choices_per_labeler is None
    assert found.typical_fastest is None and found.one_sided == ()
    assert "anonymous" in repr(found)


@pytest.mark.parametrize("seconds", [0.1, 0.01, 0.001])
def test_clock(seconds):
    continuous = clean(1, labelers=2000, choices=1)
    coarse = tick(continuous, seconds)
    assert check(continuous).clock is None and not check(continuous).grouping_pays
    found = check(coarse)
    assert found.clock == seconds
    assert found.n_distinct == len(set(zip(coarse.choice, np.round(coarse.rt, 6), strict=True)))
    assert found.grouping_pays == (found.n_distinct <= 1000)
    assert ("grouping pays" in repr(found)) == found.grouping_pays


def test_quantiles_count_choices():
    frame = small(w=[1, 1, 1, 1, 200, 1, 1, 1])
    found = check(Choices.from_frame(frame, count="w"))
    assert found.rt_quantiles[0.5] == 2.3 and found.rt_quantiles[0.0] == 0.7
    assert found.n_rows == 8 and found.n_choices == 207
    expanded = check(Choices.from_frame(frame, count="w").expanded())
    assert found.rt_quantiles == expanded.rt_quantiles


def test_one_anticipation_of_the_real_sample(amasino_path):
    choices = amasino2019(amasino_path)
    found = check(choices)
    assert found.n_fast == 1 and found.n_slow == 0
    (only,) = found.fast
    assert only.rt == choices.rt.min() and round(only.rt, 3) == 0.236
    assert (only.row, only.labeler) == (12_066, 86)
    assert round(found.typical_fastest, 2) == 0.86
    said = repr(found)
    assert "0.236 s (row 12066, labeler 86)" in said
    assert "A shared ndt must lie below 0.236 s" in said and "fastest is 0.862 s" in said
    # without it nothing else stands apart
    rest = choices._take(np.flatnonzero(choices.rt > only.rt))
    assert check(rest).n_fast == 0


@pytest.mark.parametrize("labelers", ["known", "anonymous"])
@pytest.mark.parametrize("times", [[0.12], [0.1, 0.11, 0.15]])
def test_planted_anticipations(labelers, times):
    rows = [17, 1000, 5000][: len(times)]
    for seed in range(10):
        choices = plant(clean(seed), rows, times)
        if labelers == "anonymous":
            choices = replace(choices, labeler=None, labelers=None)
        found = check(choices)
        assert [t.rt for t in found.fast] == times
        assert [t.row for t in found.fast] == rows
        expected = [None] * 3 if labelers == "anonymous" else [r // 50 for r in rows]
        assert [t.labeler for t in found.fast] == expected[: len(times)]


def test_many_guesses_of_known_labelers():
    # so many leave no gap in the pooled times, but one in each labeler's
    rng = np.random.default_rng(5)
    choices = people(5)
    rows = rng.choice(len(choices), 138, replace=False)
    choices = plant(choices, rows, rng.uniform(0.15, 0.3, 138))
    found = too_fast(choices)
    assert set(found.tolist()) <= set(rows.tolist())
    assert len(found) > 0.9 * len(rows)
    listed = check(choices)
    assert len(listed.fast) == 5 and listed.n_fast == len(found)
    assert f"and {len(found) - 5} more" in repr(listed)


def test_planted_distractions():
    for seed in range(10):
        choices = plant(clean(seed), [3, 40], [120.0, 45.0])
        found = check(choices)
        assert [(t.row, t.rt) for t in found.slow] == [(3, 120.0), (40, 45.0)]
        assert "120 s (row 3, labeler 0), 45 s (row 40, labeler 0)" in repr(found)


CLEAN = {
    "shared ndt": clean,
    "no ndt": lambda seed: clean(seed, ndt=0.0),
    "two choices each": lambda seed: clean(seed, labelers=5000, choices=2, ndt=0.0),
    "few labelers": lambda seed: clean(seed, labelers=12, choices=60, ndt=0.0),
    "one labeler": lambda seed: clean(seed, labelers=1, choices=300),
    "anonymous": lambda seed: clean(seed, labelers=5000, choices=1, ndt=0.0),
    "different people": people,
    "different skewed people": lambda seed: people(seed, population="skewed"),
    "1 ms clock": lambda seed: tick(clean(seed), 0.001),
    "10 ms clock": lambda seed: tick(people(seed), 0.01),
    "100 ms clock": lambda seed: tick(clean(seed, ndt=0.0), 0.1),
    "100 ms clock, grouped": lambda seed: tick(
        clean(seed, labelers=5000, choices=1, ndt=0.0), 0.1
    ).grouped(),
    "60 Hz screen": lambda seed: replace(
        people(seed), rt=np.round(np.ceil(people(seed).rt * 60) / 60, 3)
    ),
}


@pytest.mark.parametrize("make", CLEAN.values(), ids=CLEAN.keys())
def test_false_alarms_are_rare(make):
    # were it one clean table in a hundred, two of 25 would have probability .03
    tables = [make(1000 + seed) for seed in range(25)]
    assert sum(too_fast(t).size > 0 for t in tables) <= 1
    assert sum(too_slow(t).size > 0 for t in tables) <= 1


def test_counts_stand_for_rows():
    choices = tick(plant(clean(3, labelers=5000, choices=1), [7, 8], [0.1, 0.1]), 0.05)
    grouped = choices.grouped()
    assert len(grouped) < 300
    plain, found = check(choices), check(grouped)
    # +1 and -1 at 0.1 s are two rows of the grouped table at most
    assert plain.n_fast == found.n_fast == 2
    assert {t.rt for t in found.fast} == {t.rt for t in plain.fast}


def test_small_tables_are_not_judged():
    frame = pd.DataFrame({"choice": [1, 0] * 6, "rt": [0.001, *np.linspace(0.9, 1.1, 10), 50.0]})
    found = check(Choices.from_frame(frame))
    assert found.n_fast == found.n_slow == 0 and "no response time stands apart" in repr(found)


def test_times_all_equal():
    frame = pd.DataFrame({"choice": [1, 0] * 50, "rt": 0.5, "id": [0, 1] * 50})
    found = check(Choices.from_frame(frame, labeler="id"))
    assert found.n_fast == found.n_slow == 0 and found.n_distinct == 2


def test_rows_are_those_of_the_table_that_was_read():
    choices = clean(2, labelers=20)
    frame = choices.to_frame()
    frame.loc[:9, "rt"] = np.nan
    frame.loc[500, "rt"] = 0.05
    (only,) = check(Choices.from_frame(frame, labeler="labeler")).fast
    assert (only.row, only.labeler) == (500, 10)


def test_dictionary_is_json():
    frame = small(id=[np.int64(1), 1, 1, 2, 2, 3, 3, 3])
    for labeler in ("id", None):
        found = check(Choices.from_frame(frame, labeler=labeler, features=["x"]))
        back = json.loads(json.dumps(found.to_dict(), allow_nan=False))
        assert back["n_choices"] == 8 and back["rt_quantiles"]["0.5"] == 1.1
        assert back["one_sided"] == []
    planted = check(plant(clean(1), [17], [0.1]))
    assert json.loads(json.dumps(planted.to_dict()))["fast"] == [
        {"row": 17, "labeler": 0, "rt": 0.1}
    ]


def test_labelers_of_any_name_are_shown_safely():
    evil = "<script>\nalert(1)</script>"
    choices = clean(4, labelers=3, choices=100)
    frame = plant(choices, [0], [0.05]).to_frame()
    frame["labeler"] = frame["labeler"].map({0: evil, 1: "é, ü", 2: "NA"})
    frame.loc[frame["labeler"] == "NA", "choice"] = 1
    found = check(Choices.from_frame(frame, labeler="labeler"))
    assert found.one_sided == ("NA",)
    page = found._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "labeler <script> alert(1)</script>" in repr(found)
    assert len({line.index("  ") for line in repr(found).splitlines() if line}) > 0
    json.dumps(found.to_dict(), allow_nan=False)


def test_notes_are_shown():
    found = check(Choices.from_frame(small(choice=[1] * 8)))
    assert "all choices are +1" in repr(found) and found.share_positive == 1.0


@pytest.mark.parametrize("n", [1, 2, 5, 10, 21])
def test_quantiles_of_single_rows_are_those_of_rows_that_count_twice(n):
    # the one is found without sorting
    rt = np.random.default_rng(n).permutation(n) + 1.0
    once = Choices.from_frame({"choice": np.ones(n, int), "rt": rt})
    twice = replace(once, count=np.full(n, 2))
    shares = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    np.testing.assert_array_equal(quantiles(once, shares), quantiles(twice, shares))
    assert weighted_median(rt, once.count) == (n + 1) // 2 == quantiles(once, shares)[2]
