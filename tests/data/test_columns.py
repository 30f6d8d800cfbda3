"""Bad columns: each is refused in one line that says what, where, and the mend."""

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from tests.support.tables import table, table_refusal


def test_misspelt_columns():
    assert table_refusal(table(), choice="choise") == (
        "no column 'choise' in the table; did you mean 'choice'?"
    )
    assert "did you mean 'id'?" in table_refusal(table(), labeler="ID_")
    assert "did you mean 'd_delay'?" in table_refusal(table(), features=["d_dely"])
    assert "did you mean 'd_delay'?" in table_refusal(table(), features=["d-delay"])
    assert "no column 'd_amunt'" in table_refusal(table(), features=["d_delay-d_amunt"])
    assert "did you mean" in table_refusal(table(), count="counts", features=["d_ammount"])
    message = table_refusal(table(), rt="zzz")
    assert "columns are choice, rt, id, d_amount, d_delay" in message
    many = pd.DataFrame(np.zeros((1, 500)), columns=[f"x\n{i}" for i in range(500)])
    assert len(table_refusal(many)) < 200


def test_a_column_twice_or_in_the_index():
    frame = table()
    twice = pd.concat([frame, frame[["rt"]]], axis=1)
    assert "more than one column 'rt'" in table_refusal(twice)
    message = table_refusal(frame.set_index("id"), labeler="id")
    assert "reset_index()" in message


def test_not_a_frame():
    assert "expected a table (pandas, polars," in table_refusal([1, 2])
    assert "no rows" in table_refusal(pd.DataFrame({"choice": [], "rt": []}))
    assert "a list of column names" in table_refusal(table(), features="d_delay")
    assert "unknown rt unit 'min'" in table_refusal(table(), rt_unit="min")


@pytest.mark.parametrize("column", ["rt", "d_delay", "weight"])
def test_text_where_numbers_belong(column):
    cells = ["0.9", "1.4", "slow\nresponse", "1.1", "2.3", "0.8"]
    message = table_refusal(table(**{column: cells}), features=["d_delay"], count=_if(column))
    assert f"column {column!r}" in message
    assert "'slow response' in row 2 (counting from 0)" in message


def _if(column):
    return "weight" if column == "weight" else None


@pytest.mark.parametrize("column", ["choice", "id"])
def test_cells_that_are_lists(column):
    message = table_refusal(table(**{column: [[1], [0]] * 3}), labeler="id")
    assert f"column {column!r} holds lists" in message


def test_features_that_overflow():
    frame = table(x=[1e308, -1e308, 1, 2, 3, 4], y=[-1e308, 1e308, 1, 1, 1, 1])
    assert "'x-y' overflows" in table_refusal(frame, features=["x-y"])
    assert Choices.from_frame(frame, features=["x"]).features[0, 0] == 1e308


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_durations_and_dates_are_not_numbers(unit):
    durations = pd.to_timedelta(table()["rt"], unit="s").astype(f"timedelta64[{unit}]")
    assert "not numbers" in table_refusal(table(rt=durations))
    assert "not numbers" in table_refusal(table(rt=pd.to_datetime(["2026-01-01"] * 6)))


def test_nan_in_a_feature():
    frame = table(d_delay=[1, 2, np.nan, 4, 5, 6])
    message = table_refusal(frame, features=["d_amount", "d_delay"])
    assert "'d_delay' is missing in row 2" in message and "remove the row" in message
    # the row is dropped anyway when nothing was answered there
    answered = frame.assign(choice=[1, 0, np.nan, 1, 0, 1])
    assert len(Choices.from_frame(answered, features=["d_delay"])) == 5


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("column", ["choice", "rt", "d_amount", "weight", "number"])
def test_infinity_anywhere(column, value):
    frame = table(weight=[1.0] * 6, number=[1.0, 1, 2, 2, 3, 3])
    frame[column] = frame[column].astype(float)
    frame.loc[4, column] = value
    if column != "choice":
        frame["choice"] = [1, 0, 1, 1, np.nan if column != "number" else 1, 0]  # even if dropped
    message = table_refusal(frame, labeler="number", features=["d_amount"], count="weight")
    assert f"{column!r}" in message and "row 4" in message


@pytest.mark.parametrize("column", ["rt", "d_amount", "weight"])
@pytest.mark.parametrize("rows", [{}, {"where": {"d_delay": [7, 30, 1]}}])
def test_whole_numbers_beyond_any_float(column, rows):
    frame = table(weight=[1] * 6)
    frame[column] = pd.Series([1, 10**400, 1, 1, 1, 1], dtype=object)
    message = table_refusal(frame, features=["d_amount"], count="weight", **rows)
    assert f"column {column!r} is infinite in row 1" in message


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0"), (-0.25, "-0.25")])
def test_times_that_are_not_positive(value, shown):
    message = table_refusal(table(rt=[0.9, np.nan, 0.7, value, 2.3, 0.8]))
    assert f"'rt' must be positive but is {shown} in row 3" in message and "empty" in message


def test_times_that_look_like_milliseconds():
    message = table_refusal(table(rt=[900, 1400, 700, 1100, 2300, 800]))
    assert "milliseconds" in message and "rt_unit='ms'" in message and "--rt-unit ms" in message
    slow = Choices.from_frame(table(rt=[90.0, 140, 70, 110, 230, 80]), rt_unit="s")
    assert slow.rt.max() == 230.0
    # the median counts choices, not rows
    weighted = table(rt=[0.9, 1.4, 70.0, 110, 230, 80], weight=[50, 50, 1, 1, 1, 1])
    assert Choices.from_frame(weighted, count="weight").n_choices == 104


def test_seconds_declared_as_milliseconds():
    assert "looks like seconds" in table_refusal(table(), rt_unit="ms")


def test_three_choice_values():
    values = ["later", "now", "later", "now", "skip\nped", "now"]
    message = table_refusal(table(choice=values), positive="later")
    assert "3 distinct choices ('later', 'now', 'skip ped')" in message
    assert "'skip ped' in row 4" in message
    many = table_refusal(table(choice=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]))
    assert "6 distinct choices ('0.0', '1.0', '2.0', '3.0', ...)" in many


def test_two_labels_without_or_with_a_wrong_positive():
    frame = table(choice=["later", "now", "later", "now", "later", "now"])
    assert "holds 'later' and 'now'; say which is +1 with positive=" in table_refusal(frame)
    assert "did you mean 'later'?" in table_refusal(frame, positive="latter")
    assert "choose one of them" in table_refusal(frame, positive="zzz")
    assert "holds '1' and '2'" in table_refusal(table(choice=[1, 2, 1, 2, 1, 2]))


def test_constant_and_collinear_features():
    frame = table(flat=[2.0] * 6, twice=2 * table()["d_delay"] - 3 * table()["d_amount"], none=0.0)
    for features in (["flat"], ["d_amount", "none"]):
        message = table_refusal(frame, features=features)
        assert f"'{features[-1]}' is constant" in message and "remove it" in message
    # beside others a constant is an intercept
    assert Choices.from_frame(frame, features=["d_amount", "flat"]).features.shape == (6, 2)
    both = table_refusal(frame.assign(one=1.0), features=["d_amount", "flat", "one"])
    assert "flat, one are collinear" in both
    message = table_refusal(frame, features=["d_amount", "d_delay", "twice"])
    assert "d_amount, d_delay, twice are collinear" in message
    frame["other"] = [0.1, 0.7, -2.0, 3.0, 0.2, 0.4]
    frame["double"] = 1e9 * frame["d_delay"]
    message = table_refusal(frame, features=["d_amount", "d_delay", "other", "double"])
    assert "features d_delay, double are collinear" in message
    assert "'d_delay' is named twice" in table_refusal(frame, features=["d_delay", "d_delay"])
    assert "2 rows cannot tell 3 features apart" in table_refusal(
        frame.head(2), features=["d_amount", "d_delay", "other"]
    )


def test_features_of_any_size_are_not_collinear():
    frame = table()
    for scale in (1e-200, 1e-9, 1e9, 1e200):
        frame["x"] = scale * frame["d_amount"]
        assert Choices.from_frame(frame, features=["d_delay", "x"]).features.shape == (6, 2)


@pytest.mark.parametrize("name", ["choice", "rt", "labeler", "count"])
def test_features_named_as_the_tables_own_columns(name):
    # to_frame could not hold both
    assert f"cannot be called {name!r}" in table_refusal(table(), features=["d_delay", name])


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1.5, "1.5"), (-2, "-2"), (np.nan, "empty"), (0.001, "0.001"), (1e19, "1e+19")],
)
def test_counts_that_are_no_counts(value, shown):
    message = table_refusal(table(weight=[1, 2, value, 1, 1, 1]), count="weight")
    assert "'weight' must hold whole counts" in message and f"is {shown} in row 2" in message


def test_nothing_left():
    assert "no row has both a choice ('choice')" in table_refusal(table(rt=[np.nan] * 6))
    assert "a count above 0" in table_refusal(table(weight=[0] * 6), count="weight")


def test_no_labeler_in_a_row():
    for absent in (None, np.nan, "", "  "):
        message = table_refusal(table(id=["a", "a", "b", absent, "c", "c"]), labeler="id")
        assert "'id' names no labeler in row 3" in message and "drop the row" in message


def test_labelers_named_by_tuples():
    named = table(id=[("a", 1), ("a", 2)] * 3)
    assert "holds tuples; name labelers by numbers or text" in table_refusal(named, labeler="id")
