"""The table: what is accepted, what is refused in one line, and what is merely said."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.reading import read_choices


def table(**columns):
    base = {
        "choice": [1, 0, 1, 1, 0, 1],
        "rt": [0.9, 1.4, 0.7, 1.1, 2.3, 0.8],
        "id": ["a", "a", "b", "b", "c", "c"],
        "d_amount": [1.0, 2.0, -1.0, 0.5, 3.0, 2.5],
        "d_delay": [7.0, 30.0, 1.0, 90.0, 7.0, 180.0],
    }
    return pd.DataFrame(base | columns)


def refusal(frame, **columns):
    """The message, which must be one line that ends as a sentence does."""
    with pytest.raises(InputError) as caught:
        Choices.from_frame(frame, **columns)
    return one_line(caught)


def file_refusal(path, **columns):
    with pytest.raises(InputError) as caught:
        read_choices(path, **columns)
    return one_line(caught)


def one_line(caught):
    message = str(caught.value)
    assert "\n" not in message and "np." not in message
    assert message.endswith((".", "?", "..."))
    return message


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


# --- what is accepted -----------------------------------------------------------------------------

CODINGS = {
    "signs": [1, -1, 1],
    "zero-one": [1, 0, 1],
    "floats": [1.0, 0.0, 1.0],
    "booleans": [True, False, True],
    "numpy booleans as objects": np.array([True, False, True], dtype=object),
    "text signs": ["+1", "-1", "+1"],
    "text booleans": ["TRUE", "FALSE", "TRUE"],
    "nullable integers": pd.array([1, 0, 1], dtype="Int64"),
    "nullable booleans": pd.array([True, False, True], dtype="boolean"),
    "arrow": pd.array([1, 0, 1], dtype="int64[pyarrow]"),
    "categorical": pd.Categorical([1, 0, 1]),
    "decimals": [Decimal(1), Decimal(0), Decimal(1)],
}


@pytest.mark.parametrize("coding", CODINGS.values(), ids=CODINGS.keys())
def test_codings_that_need_no_declaration(coding):
    choices = Choices.from_frame(pd.DataFrame({"choice": coding, "rt": [0.5, 0.6, 0.7]}))
    assert choices.choice.tolist() == [1, -1, 1]
    assert choices.choice.dtype == np.int8


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        (["later", "now", "later"], "later"),
        (pd.Categorical(["later", "now", "later"]), "later"),
        (pd.array(["later", "now", "later"], dtype="string"), "later"),
        ([1, 2, 1], 1),
        ([1, 2, 1], "1"),  # as a command line gives it
        ([1.0, 2.0, 1.0], "1"),
        ([0, 1, 0], 0),
        ([True, False, True], True),
        (["ja", "nein", "ja"], "ja"),
        (["<b>", "&", "<b>"], "<b>"),
    ],
)
def test_two_labels_with_positive(values, positive):
    frame = pd.DataFrame({"choice": values, "rt": [0.5, 0.6, 0.7]})
    assert Choices.from_frame(frame, positive=positive).choice.tolist() == [1, -1, 1]


def test_milliseconds_become_seconds():
    in_ms = Choices.from_frame(table(rt=[900, 1400, 700, 1100, 2300, 800]), rt_unit="ms")
    np.testing.assert_allclose(in_ms.rt, table()["rt"], rtol=1e-15)


def test_numeric_dtypes_of_times_give_the_same_table():
    values = [0.9, 1.4, 0.7, 1.1, 2.3, 0.8]
    for column in (
        pd.array(values, dtype="Float64"),
        pd.array(values, dtype="double[pyarrow]"),
        [str(v) for v in values],
        [Decimal(str(v)) for v in values],
        pd.Categorical(values),
    ):
        assert Choices.from_frame(table(rt=column)).rt.tolist() == values


def test_feature_differences():
    frame = table(later=[10.0] * 6, now=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    choices = Choices.from_frame(frame, features=["later-now", "later - d_delay"])
    assert choices.feature_names == ("later-now", "later - d_delay")
    np.testing.assert_array_equal(choices.features[:, 0], [9, 8, 7, 6, 5, 4])
    np.testing.assert_array_equal(choices.features[:, 1], 10 - frame["d_delay"])


def test_a_hyphen_may_belong_to_a_column():
    frame = table(**{"pay-now": [1.0, 2, 3, 4, 5, 6], "pay-later": [2.0, 2, 2, 2, 2, 3]})
    choices = Choices.from_frame(frame, features=["pay-now", "pay-later-pay-now"])
    np.testing.assert_array_equal(choices.features[:, 0], [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(choices.features[:, 1], [1, 0, -1, -2, -3, -3])


def test_the_index_of_the_frame_does_not_matter():
    frame = table()
    odd = frame.set_axis([5, 5, "x", None, 2.5, 0], axis=0)
    got = Choices.from_frame(odd, labeler="id", features=["d_delay"]).to_frame()
    pd.testing.assert_frame_equal(
        got, Choices.from_frame(frame, labeler="id", features=["d_delay"]).to_frame()
    )


def test_the_users_frame_is_left_alone():
    frame = table(rt=[np.nan, 1.4, 0.7, 1.1, 2.3, 0.8])
    before = frame.copy(deep=True)
    choices = Choices.from_frame(frame, labeler="id", features=["d_amount"])
    choices.rt[:] = 1.0
    choices.features[:] = 1.0
    pd.testing.assert_frame_equal(frame, before)


def test_labelers_may_be_any_text():
    names = ["Żółć 😀", "<script>alert(1)</script>", "a, b", "", " ", "NA", "007", "7", "\n", '"']
    frame = pd.DataFrame({"choice": [1, 0] * 5, "rt": 0.5 + np.arange(10) / 10, "id": names})
    kept = frame[~frame["id"].str.strip().eq("")]
    choices = Choices.from_frame(kept, labeler="id")
    assert choices.labelers is not None
    assert choices.labelers.tolist() == [n for n in names if n.strip()]
    assert choices.to_frame()["labeler"].tolist() == kept["id"].tolist()
    assert "names no labeler in row 3" in refusal(frame, labeler="id")


@pytest.mark.parametrize(
    "names",
    [[3, 1, 3], [True, False, True], [2.5, 1.0, 2.5], pd.Categorical(["x", "y", "x"]), [1, "1", 1]],
)
def test_labelers_keep_their_type(names):
    frame = pd.DataFrame({"choice": [1, 0, 1], "rt": [0.5, 0.6, 0.7], "id": names})
    choices = Choices.from_frame(frame, labeler="id")
    assert choices.labelers is not None and choices.labeler is not None
    assert choices.labeler.tolist() == [0, 1, 0]
    assert choices.labelers.tolist() == list(names)[:2]


def test_anonymous_and_known_units():
    anonymous = Choices.from_frame(table(count=[1, 2, 1, 3, 1, 1]), count="count")
    assert anonymous.anonymous and anonymous.n_labelers is None and anonymous.n_choices == 9
    assert anonymous.unit.tolist() == list(range(6))
    assert anonymous.unit_count.tolist() == [1, 2, 1, 3, 1, 1]
    known = Choices.from_frame(table(count=[1, 2, 1, 3, 1, 1]), count="count", labeler="id")
    assert known.n_labelers == 3 and known.unit.tolist() == [0, 0, 1, 1, 2, 2]
    assert known.unit_count.tolist() == [1, 1, 1]


# --- files ----------------------------------------------------------------------------------------


def test_parquet_is_csv(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "choice": rng.choice(["later", "now"], 200),
            "rt": rng.lognormal(0.5, 0.5, 200),
            "id": rng.integers(0, 9, 200),
            "x": rng.normal(size=200),
        }
    )
    frame.loc[3, "rt"] = np.nan
    frame.loc[5, "choice"] = None
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_csv(tmp_path / "t.csv.gz", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    frame.to_parquet(tmp_path / "no_suffix")
    columns = {"labeler": "id", "features": ["x"], "positive": "later"}
    expected = Choices.from_frame(frame, **columns)
    assert expected.dropped == {"no choice": 1, "no response time": 1}
    for name in ("t.csv", "t.csv.gz", "t.parquet", "no_suffix"):
        got = read_choices(tmp_path / name, **columns)
        pd.testing.assert_frame_equal(got.to_frame(), expected.to_frame())
        assert (got.dropped, got.notes) == (expected.dropped, expected.notes)


def test_csv_labelers_are_read_as_they_stand(tmp_path):
    text = "choice,rt,id\n1,0.5,NA\n0,0.6,007\n1,NA,7\n,0.8,null\n1,0.9,None\n"
    choices = read_choices(write(tmp_path / "t.csv", text), labeler="id")
    assert choices.labelers is not None
    assert choices.labelers.tolist() == ["NA", "007", "None"]
    assert choices.dropped == {"no choice": 1, "no response time": 1}
    whole = write(tmp_path / "i.csv", "choice,rt,id\n1,0.5,3\n0,0.6,12\n")
    assert read_choices(whole, labeler="id").labelers.tolist() == [3, 12]


def test_csv_with_byte_order_mark_and_blank_lines(tmp_path):
    path = write(tmp_path / "t.csv", "\ufeffchoice,rt\n1,0.5\n\n0,0.6\n   \n")
    assert read_choices(path).choice.tolist() == [1, -1]


def test_bad_cells_are_named_by_their_line(tmp_path):
    # a quoted name over two lines and a blank line stand before the bad cell, on line 6
    text = 'id,choice,rt\n"a\nb",1,0.5\n\nc,0,0.6\nd,1,fast\n'
    path = write(tmp_path / "t.csv", text)
    message = file_refusal(path, labeler="id")
    assert "'rt'" in message and "'fast' in line 6;" in message and "row" not in message
    pd.DataFrame({"choice": [1, 0], "rt": [0.5, -1.0]}).to_parquet(tmp_path / "t.parquet")
    assert "in row 1 (counting from 0)" in file_refusal(tmp_path / "t.parquet")


def test_missing_file_suggests_the_near_name(tmp_path):
    write(tmp_path / "choices.csv", "choice,rt\n1,0.5\n")
    assert "did you mean 'choices.csv'?" in file_refusal(tmp_path / "choises.csv")
    assert "check the name" in file_refusal(tmp_path / "no" / "such.csv")
    assert "is a folder" in file_refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "\n", "  \n \n"])
def test_empty_file(tmp_path, text):
    assert "is empty" in file_refusal(write(tmp_path / "t.csv", text))


def test_header_only(tmp_path):
    assert "no rows" in file_refusal(write(tmp_path / "t.csv", "choice,rt\n"))


def test_not_a_table(tmp_path):
    not_tables = {
        "picture.csv": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0",
        "utf16.csv": "choice,rt\n1,0.5\n".encode("utf-16"),
        "rows.csv": b'[{"choice": 1, "rt": 0.5}]',
        "rows.json": b'{"choice": [1], "rt": [0.5]}',
        "page.csv": b"<!DOCTYPE html><html>Not found</html>",
        "ragged.csv": b"choice,rt\n1,0.5\n1,0.5,3,4\n",
        "latin.csv": "choice,rt,id\n1,0.5,é\n".encode("latin-1"),
        "text.parquet": b"choice,rt\n1,0.5\n",
        "broken.csv.gz": b"choice,rt\n1,0.5\n",
    }
    for name, content in not_tables.items():
        path = tmp_path / name
        path.write_bytes(content)
        message = file_refusal(path, labeler="id" if name == "latin.csv" else None)
        assert name in message and "save it as CSV (UTF-8) or Parquet" in message


def test_more_cells_than_names(tmp_path):
    path = write(tmp_path / "t.csv", "choice,rt\n1,0.5,9\n0,0.6,9\n")
    assert "more cells than its header names" in file_refusal(path)


def test_other_separators(tmp_path):
    assert "separate the columns with commas" in file_refusal(
        write(tmp_path / "t.csv", "choice;rt\n1;0.5\n")
    )


# --- what is refused ------------------------------------------------------------------------------


def test_misspelt_columns():
    assert refusal(table(), choice="choise") == (
        "no column 'choise' in the table; did you mean 'choice'?"
    )
    assert "did you mean 'id'?" in refusal(table(), labeler="ID_")
    assert "did you mean 'd_delay'?" in refusal(table(), features=["d_dely"])
    assert "did you mean 'd_delay'?" in refusal(table(), features=["d-delay"])
    assert "no column 'd_amunt'" in refusal(table(), features=["d_delay-d_amunt"])
    assert "did you mean" in refusal(table(), count="counts", features=["d_ammount"])
    message = refusal(table(), rt="zzz")
    assert "columns are choice, rt, id, d_amount, d_delay" in message
    many = pd.DataFrame(np.zeros((1, 500)), columns=[f"x\n{i}" for i in range(500)])
    assert len(refusal(many)) < 200


def test_a_column_twice_or_in_the_index():
    frame = table()
    twice = pd.concat([frame, frame[["rt"]]], axis=1)
    assert "more than one column 'rt'" in refusal(twice)
    message = refusal(frame.set_index("id"), labeler="id")
    assert "reset_index()" in message


def test_not_a_frame():
    assert "expected a pandas DataFrame, got dict" in refusal({"choice": [1]})
    assert "no rows" in refusal(pd.DataFrame({"choice": [], "rt": []}))
    assert "a list of column names" in refusal(table(), features="d_delay")
    assert "unknown rt unit 'min'" in refusal(table(), rt_unit="min")


@pytest.mark.parametrize("column", ["rt", "d_delay", "weight"])
def test_text_where_numbers_belong(column):
    cells = ["0.9", "1.4", "slow\nresponse", "1.1", "2.3", "0.8"]
    message = refusal(table(**{column: cells}), features=["d_delay"], count=_if(column))
    assert f"column {column!r}" in message
    assert "'slow response' in row 2 (counting from 0)" in message


def _if(column):
    return "weight" if column == "weight" else None


@pytest.mark.parametrize("unit", ["s", "ns"])
def test_durations_and_dates_are_not_numbers(unit):
    durations = pd.to_timedelta(table()["rt"], unit="s").astype(f"timedelta64[{unit}]")
    assert "not numbers" in refusal(table(rt=durations))
    assert "not numbers" in refusal(table(rt=pd.to_datetime(["2026-01-01"] * 6)))


def test_nan_in_a_feature():
    frame = table(d_delay=[1, 2, np.nan, 4, 5, 6])
    message = refusal(frame, features=["d_amount", "d_delay"])
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
    message = refusal(frame, labeler="number", features=["d_amount"], count="weight")
    assert f"{column!r}" in message and "row 4" in message


@pytest.mark.parametrize(("value", "shown"), [(0.0, "0"), (-0.25, "-0.25")])
def test_times_that_are_not_positive(value, shown):
    message = refusal(table(rt=[0.9, np.nan, 0.7, value, 2.3, 0.8]))
    assert f"'rt' must be positive but is {shown} in row 3" in message and "empty" in message


def test_times_that_look_like_milliseconds():
    message = refusal(table(rt=[900, 1400, 700, 1100, 2300, 800]))
    assert "milliseconds" in message and "rt_unit='ms'" in message and "--rt-unit ms" in message
    slow = Choices.from_frame(table(rt=[90.0, 140, 70, 110, 230, 80]), rt_unit="s")
    assert slow.rt.max() == 230.0
    # the median counts choices, not rows
    weighted = table(rt=[0.9, 1.4, 70.0, 110, 230, 80], weight=[50, 50, 1, 1, 1, 1])
    assert Choices.from_frame(weighted, count="weight").n_choices == 104


def test_seconds_declared_as_milliseconds():
    assert "looks like seconds" in refusal(table(), rt_unit="ms")


def test_three_choice_values():
    values = ["later", "now", "later", "now", "skip\nped", "now"]
    message = refusal(table(choice=values), positive="later")
    assert "3 distinct choices ('later', 'now', 'skip ped')" in message
    assert "'skip ped' in row 4" in message
    many = refusal(table(choice=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]))
    assert "6 distinct choices ('0.0', '1.0', '2.0', '3.0', ...)" in many


def test_two_labels_without_or_with_a_wrong_positive():
    frame = table(choice=["later", "now", "later", "now", "later", "now"])
    assert "holds 'later' and 'now'; say which is +1 with positive=" in refusal(frame)
    assert "did you mean 'later'?" in refusal(frame, positive="latter")
    assert "choose one of them" in refusal(frame, positive="zzz")
    assert "holds '1' and '2'" in refusal(table(choice=[1, 2, 1, 2, 1, 2]))


def test_constant_and_collinear_features():
    frame = table(flat=[2.0] * 6, twice=2 * table()["d_delay"] - 3 * table()["d_amount"])
    message = refusal(frame, features=["d_amount", "flat"])
    assert "'flat' is constant" in message and "remove it" in message
    message = refusal(frame, features=["d_amount", "d_delay", "twice"])
    assert "d_amount, d_delay, twice are collinear" in message
    frame["other"] = [0.1, 0.7, -2.0, 3.0, 0.2, 0.4]
    frame["double"] = 1e9 * frame["d_delay"]
    message = refusal(frame, features=["d_amount", "d_delay", "other", "double"])
    assert "features d_delay, double are collinear" in message
    assert "'d_delay' is named twice" in refusal(frame, features=["d_delay", "d_delay"])
    assert "2 rows cannot tell 3 features apart" in refusal(
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
    assert f"cannot be called {name!r}" in refusal(table(), features=["d_delay", name])


@pytest.mark.parametrize(
    ("value", "shown"), [(1.5, "1.5"), (-2, "-2"), (np.nan, "empty"), (0.001, "0.001")]
)
def test_counts_that_are_no_counts(value, shown):
    message = refusal(table(weight=[1, 2, value, 1, 1, 1]), count="weight")
    assert "'weight' must hold whole counts" in message and f"is {shown} in row 2" in message


def test_nothing_left():
    assert "no row has both a choice ('choice')" in refusal(table(rt=[np.nan] * 6))
    assert "a count above 0" in refusal(table(weight=[0] * 6), count="weight")


def test_no_labeler_in_a_row():
    for absent in (None, np.nan, "", "  "):
        message = refusal(table(id=["a", "a", "b", absent, "c", "c"]), labeler="id")
        assert "'id' names no labeler in row 3" in message and "drop the row" in message


# --- what is said ---------------------------------------------------------------------------------


def test_non_responses_are_dropped_and_counted():
    frame = table(
        choice=[1, None, 1, " ", 0, 1],
        rt=["0.9", "1.4", "", "", "2.3", None],
        weight=[1, 2, 3, 4, 5, 6],
    )
    choices = Choices.from_frame(frame, labeler="id")
    assert choices.rt.tolist() == [0.9, 2.3]
    assert choices.dropped == {"no choice": 2, "no response time": 2}
    assert choices.row is not None and choices.row.tolist() == [0, 4]
    assert "dropped 2 (no choice), 2 (no response time)" in repr(choices)
    # with counts it is choices that are counted: none is lost
    weighted = Choices.from_frame(frame, count="weight")
    assert weighted.dropped == {"no choice": 6, "no response time": 9}
    assert weighted.n_choices + sum(weighted.dropped.values()) == 21


def test_counts_of_zero_are_dropped_and_counted():
    choices = Choices.from_frame(table(weight=[0, 1, 2, 0, 1, 1]), count="weight")
    assert choices.n_choices == 5 and choices.dropped == {"count of zero": 2}


@pytest.mark.parametrize(("value", "sign"), [(1, "+1"), (0, "-1"), (-1, "-1"), (True, "+1")])
def test_all_choices_alike(value, sign):
    choices = Choices.from_frame(table(choice=[value] * 6))
    assert f"all choices are {sign}" in choices.notes[0] and "Bradley-Terry" in choices.notes[0]


def test_a_misspelt_positive_among_choices_all_alike_is_visible():
    choices = Choices.from_frame(table(choice=["later"] * 6), positive="latre")
    assert "all choices are -1" in choices.notes[0]


def test_duplicate_rows():
    frame = pd.concat([table(), table().head(2)])
    known = Choices.from_frame(frame, labeler="id", features=["d_delay"])
    assert known.notes == ("2 rows repeat another exactly; they were kept.",)
    assert len(known) == 8
    assert Choices.from_frame(table(), labeler="id").notes == ()
    # anonymous scalar choices coincide as a matter of course
    assert Choices.from_frame(frame).notes == ()


# --- grouping, printing ---------------------------------------------------------------------------


@pytest.mark.parametrize("labeler", [None, "id"])
@pytest.mark.parametrize("features", [(), ("x",), ("x", "y")])
def test_grouping_is_lossless(labeler, features):
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "choice": rng.integers(0, 2, 500),
            "rt": rng.integers(1, 8, 500) / 10,
            "id": rng.integers(0, 4, 500),
            "x": rng.integers(-1, 2, 500).astype(float),
            "y": rng.integers(-1, 2, 500) / 3,
        }
    )
    choices = Choices.from_frame(frame, labeler=labeler, features=features)
    grouped = choices.grouped()
    assert len(grouped) < len(choices) and grouped.n_choices == 500
    assert len(grouped.grouped()) == len(grouped)
    keys = list(choices.to_frame().columns)
    # an independent count of the distinct rows
    expected = choices.to_frame().value_counts(sort=False)
    got = grouped.to_frame().set_index(keys)["count"]
    pd.testing.assert_series_equal(
        got.sort_index(), expected.sort_index(), check_names=False, check_index_type=False
    )
    back = grouped.expanded()
    assert (back.count == 1).all() and back.row is None
    pd.testing.assert_frame_equal(
        back.to_frame().sort_values(keys, ignore_index=True),
        choices.to_frame().sort_values(keys, ignore_index=True),
    )
    again = Choices.from_frame(
        grouped.to_frame(),
        labeler=labeler and "labeler",
        features=features,
        count="count",
    )
    assert again.n_choices == 500


def test_repr():
    choices = Choices.from_frame(table(), labeler="id", features=["d_amount", "d_delay"])
    assert repr(choices) == (
        "Choices: 6 choices by 3 labelers, median response time 0.9 s, features d_amount, d_delay"
    )
    assert "anonymous labelers" in repr(Choices.from_frame(table()))


def test_html_is_escaped():
    evil = "<script>alert(1)</script>"
    frame = table(id=[evil] * 6, **{evil: [1.0, 2, 3, 4, 5, 6]})
    page = Choices.from_frame(frame, labeler="id", features=[evil])._repr_html_()
    assert "<script" not in page and "&lt;script&gt;" in page and "<table" in page


# --- random tables --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_random_tables_survive_files_and_frames(tmp_path, seed):
    """Whatever the coding, unit, and order, the same table comes out."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 60))
    sign, rt = rng.choice([-1, 1], n), rng.lognormal(0, 1, n)
    who = rng.choice(["ä", "b,c", '"q"', "4", "NA"], n)
    psi = rng.normal(size=n)
    coded = {
        "a": sign,
        "b": (sign + 1) // 2,
        "c": np.where(sign > 0, "yes", "no"),
        "d": sign > 0,
    }
    reference = Choices.from_frame(
        pd.DataFrame({"choice": sign, "rt": rt, "id": who, "x": psi}), labeler="id", features=["x"]
    ).to_frame()
    for name, column in coded.items():
        path = tmp_path / f"{name}.csv"
        pd.DataFrame({"x": psi, "chosen": column, "rt": rt, "id": who}).to_csv(path, index=False)
        got = read_choices(
            path,
            choice="chosen",
            labeler="id",
            features=["x"],
            positive="yes" if name == "c" else None,
            rt_unit="s",
        ).to_frame()
        pd.testing.assert_frame_equal(got, reference, check_exact=True)
