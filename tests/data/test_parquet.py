"""Parquet of many rows is read part by part; what comes out is what pandas reads."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data import parquet
from bayes_ddm.errors import InputError

ROWS = 5_000


@pytest.fixture
def table(tmp_path, monkeypatch):
    """A table of all kinds of columns in several groups of rows, all of it taken as large."""
    monkeypatch.setattr(parquet, "MANY_ROWS", 1_000)
    monkeypatch.setattr(parquet, "PART", 700)
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "picked": rng.choice(["A", "B"], ROWS),
            "rt": 0.3 + rng.gamma(2, 0.5, ROWS),
            "count": rng.integers(1, 4, ROWS).astype(np.int16),
            "left": rng.normal(size=ROWS).astype(np.float32),
            "whole": pd.array(rng.integers(0, 9, ROWS), dtype="Int64"),
            "flag": rng.random(ROWS) < 0.5,
            "maybe": pd.array(rng.random(ROWS) < 0.5, dtype="boolean"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), "h"),
            "note": [f"text {i}" for i in range(ROWS)],
        }
    )
    for name in ("picked", "rt", "whole", "maybe"):
        frame.loc[rng.choice(ROWS, 9, replace=False), name] = None
    path = tmp_path / "table.parquet"
    frame.to_parquet(path, index=False, row_group_size=1_500)
    return path


def test_columns_are_those_that_pandas_reads(table):
    expected = pd.read_parquet(table)
    read = parquet.read_parquet(table)
    assert list(read) == list(expected)
    for name in read:
        column = read[name] if name != "whole" else read[name].astype("Int64")
        pd.testing.assert_series_equal(column, expected[name])


def test_few_texts_of_choices_are_a_categorical_and_many_are_text(table):
    expected = pd.read_parquet(table)
    picked = parquet.read_parquet(table, ["picked"], choice="picked")["picked"]
    assert isinstance(picked.dtype, pd.CategoricalDtype)
    assert (picked.astype(object).fillna("") == expected["picked"].fillna("")).all()
    note = parquet.read_parquet(table, ["note"], choice="note")["note"]
    pd.testing.assert_series_equal(note, expected["note"])


def test_an_index_is_kept(table):
    frame = pd.read_parquet(table).set_index("day")
    frame.to_parquet(table)
    pd.testing.assert_frame_equal(parquet.read_parquet(table), pd.read_parquet(table))


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"rt_unit": "s", "min_rt": 0.5, "max_rt": 3.0},
        {"count": "count"},
        {"features": ["left-whole"], "where": "flag=true", "drop": ["none"]},
        {"covariates": ["note", "picked"]},
    ],
)
def test_choices_are_those_of_the_whole_table(table, named):
    frame = pd.read_parquet(table)
    frame["whole"] = frame["whole"].fillna(1)
    frame.to_parquet(table, row_group_size=1_500)
    named = {"choice": "picked", "positive": "A"} | named
    expected = bd.Choices.from_frame(frame, **named)
    choices = bd.read_choices(table, **named)
    for name in ("choice", "rt", "features", "count", "row"):
        np.testing.assert_array_equal(getattr(choices, name), getattr(expected, name))
    assert (choices.dropped, choices.notes) == (expected.dropped, expected.notes)
    assert choices.origin.options == expected.origin.options
    if choices.covariates is not None:
        pd.testing.assert_frame_equal(choices.covariates, expected.covariates)


def test_times_in_ms_do_not_change_the_file_s_numbers_twice(table):
    choices = bd.read_choices(table, choice="picked", positive="A", rt="count", rt_unit="s")
    scaled = pd.read_parquet(table).assign(ms=lambda x: 1e3 * x["rt"])
    scaled.to_parquet(table)
    again = bd.read_choices(table, choice="picked", positive="A", rt="ms", rt_unit="ms")
    assert choices.rt.max() == 3
    np.testing.assert_allclose(again.rt, 1e-3 * scaled["ms"][again.row])


def test_what_is_wrong_is_said_of_all_columns(table):
    with pytest.raises(InputError, match="columns are picked, rt, count, left"):
        bd.read_choices(table, choice="zzz")
    with pytest.raises(InputError, match="'note'"):
        bd.read_choices(table, choice="picked", positive="A", labeler="noted")


def test_columns_that_no_argument_means_are_not_read(table, monkeypatch):
    columns_read = []
    whole = pd.read_parquet

    def spied(path, columns=None, **more):
        columns_read.append(columns)
        return whole(path, columns=columns, **more)

    monkeypatch.setattr(pd, "read_parquet", spied)
    bd.read_choices(table, choice="picked", positive="A")
    assert columns_read == []
