"""What a table calls its options, and how it was read, travel with the choices."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.origin import Origin
from bayes_ddm.fitting.save import dataset_of

ROWS = {"rt": [0.9, 1.4, 0.7, 0.8], "id": ["a", "a", "b", "b"]}


@pytest.mark.parametrize(
    ("cells", "positive", "options"),
    [
        (["later", "sooner", " later ", "later"], "later", ("later", "sooner")),
        (["later", "sooner", "later", "later"], "sooner", ("sooner", "later")),
        ([1, 0, 1, 1], None, ("+1", "-1")),
        ([1, 2, 1, 1], np.int64(2), ("+1", "-1")),
        (["1", "-1", "1", "1"], None, ("+1", "-1")),
        (["True", "False", "True", "True"], None, ("+1", "-1")),
        (["later"] * 4, "later", ("later", "-1")),
    ],
)
def test_options_are_called_as_the_table_calls_them(cells, positive, options):
    cells = [x.strip() if isinstance(x, str) else x for x in cells]
    choices = bd.Choices.from_frame(pd.DataFrame(ROWS | {"choice": cells}), positive=positive)
    assert choices.origin.options == options


def test_names_reach_what_is_said_of_the_table():
    frame = pd.DataFrame(ROWS | {"choice": ["tea", "coffee", "tea", "tea"]})
    choices = bd.Choices.from_frame(frame, labeler="id", positive="tea")
    assert "share of tea" in repr(bd.check(choices))
    assert "option" not in bd.check(choices).to_dict()


def test_a_file_and_the_columns_read_from_it_are_kept_through_grouping_and_a_fit(tmp_path):
    path = tmp_path / "choices.csv"
    frame = pd.DataFrame(ROWS | {"pick": ["tea", "coffee", "tea", "tea"], "gain": [1, 2, 3, 5]})
    frame.to_csv(path, index=False)
    options = {"choice": "pick", "labeler": "id", "positive": "tea", "features": ["gain"]}
    choices = bd.read_choices(path, **options)
    assert choices.origin == Origin("tea", "coffee", str(path), options | {"rt": "rt"})
    stored = dataset_of(choices.grouped()).attrs["origin"]
    assert Origin.from_json(stored) == choices.origin
    # fits made before there was one
    assert Origin.from_json("{}") == Origin() == replace(choices, origin=Origin()).origin


def test_rows_that_were_asked_for_are_kept_with_the_columns():
    frame = pd.DataFrame(ROWS | {"choice": ["tea", "coffee", "tie", "tea"]})
    options = {"positive": "tea", "drop": ["tie"], "where": {"id": ["a", "b"]}, "missing": [999]}
    choices = bd.Choices.from_frame(frame, **options)
    assert choices.origin.columns == options | {"choice": "choice", "rt": "rt"}
    assert choices.origin.options == ("tea", "coffee")


@pytest.mark.parametrize(
    "values",
    [np.array([1, 2]), {1, 2}, frozenset({2, 1}), range(1, 3), pd.Index([1, 2]), (1, np.int64(2))],
    ids=lambda values: type(values).__name__,
)
def test_values_of_any_collection_are_kept_as_a_list(values):
    frame = pd.DataFrame(ROWS | {"choice": [1, -1, 1, 1], "block": [1, 2, 3, 2]})
    choices = bd.Choices.from_frame(
        frame, where={"block": values}, missing={"rt": values}, features=pd.Index(["block"])
    )
    columns = Origin.from_json(choices.origin.to_json()).columns
    assert columns["where"] == {"block": [1, 2]} and columns["missing"] == {"rt": [1, 2]}
    assert columns["features"] == ["block"] and columns == choices.origin.columns
    assert (bd.Choices.from_frame(frame, **columns).rt == choices.rt).all()


@pytest.mark.parametrize("drop", [np.array(["tie", "none"]), {"tie", "none"}])
def test_values_to_drop_may_be_any_collection(drop):
    frame = pd.DataFrame(ROWS | {"choice": ["tea", "coffee", "tie", "none"]})
    choices = bd.Choices.from_frame(frame, positive="tea", drop=drop)
    assert len(choices) == 2 and sorted(choices.origin.columns["drop"]) == ["none", "tie"]
