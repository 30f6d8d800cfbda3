"""What is found part by part is what is found in all rows at once."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data import columns, grouping, ordered, reduced, suspicious
from bayes_ddm.data.ordered import order_statistics
from bayes_ddm.estimators import screening


@pytest.mark.parametrize("digits", [2, 15])
def test_order_statistics_are_those_of_sorted_times(monkeypatch, digits):
    monkeypatch.setattr(ordered, "PART", 700)
    rng = np.random.default_rng(1)
    times = np.round(np.exp(rng.normal(0, 3, 5_000)) + 0.01, digits)
    ranks = np.array([0, 4_999, 17, 17, 2_500, 2_501])
    np.testing.assert_array_equal(order_statistics(times, ranks), np.sort(times)[ranks])


@pytest.fixture
def frame():
    """Times on a clock of milliseconds, a guess, a distraction and gaps."""
    choices = bd.simulate.experiment("normal", labelers=6_000, choices=1, boundary=1.25, seed=1)
    table = pd.DataFrame({"choice": choices.choice, "rt": np.round(0.3 + choices.rt, 3)})
    table.loc[5, "rt"], table.loc[4_321, "rt"], table.loc[77, "rt"] = 0.004, 900.0, None
    return table


def test_a_check_in_parts_is_a_check(monkeypatch, frame):
    whole = screening.check(bd.Choices.from_frame(frame))
    for module, size in ((columns, 900), (ordered, 700), (grouping, 300), (screening, 700)):
        monkeypatch.setattr(module, "PART", size)
    monkeypatch.setattr(suspicious, "PART", 800)
    parts = screening.check(bd.Choices.from_frame(frame))
    assert parts.to_dict() == whole.to_dict()
    assert (whole.n_fast, whole.n_slow, whole.clock, whole.fast[0].row) == (1, 1, 0.001, 5)
    assert whole.n_distinct == len(frame.dropna().drop_duplicates())


@pytest.mark.parametrize("groups", [1, 3])
def test_rows_reduced_in_parts_have_the_same_moments(monkeypatch, groups):
    rng = np.random.default_rng(2)
    rt, choice = 0.3 + rng.gamma(2, 0.5, 20_000), rng.choice([-1, 1], 20_000)
    group = None if groups == 1 else rng.integers(0, groups, 20_000)
    arguments = choice, rt, rng.integers(1, 4, 20_000), rt.min(), group
    whole = reduced.reduced(*arguments)
    monkeypatch.setattr(reduced, "PART", 300)
    monkeypatch.setattr(reduced, "LONG_PART", 1_700)
    parts = reduced.reduced(*arguments)
    # nodes are roots, which rounding of moments moves by more than itself
    np.testing.assert_allclose(parts.rt, whole.rt, rtol=1e-9)
    for power in (1, 2, 5):
        of_parts, of_all = (x.weight @ x.rt**power for x in (parts, whole))
        np.testing.assert_allclose(of_parts, of_all, rtol=1e-12)
    for part, expected in zip(vars(parts.bins).values(), vars(whole.bins).values(), strict=True):
        np.testing.assert_array_equal(part, expected)
