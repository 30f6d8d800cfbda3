"""Whatever library a table is of, the same choices come of it."""

import duckdb
import pandas as pd
import polars
import pyarrow
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.frames import as_pandas
from tests.support.tables import refusal, table, table_refusal

COLUMNS = {"labeler": "id", "features": ["d_amount", "d_delay"], "covariates": ["id"]}


NO_DATASETS = "datasets is not installed: it brings a dozen packages to develop with"


def hugging_face(frame):
    datasets = pytest.importorskip("datasets", reason=NO_DATASETS)
    return datasets.Dataset.from_pandas(frame)


KINDS = {
    "a dict of lists": lambda frame: frame.to_dict("list"),
    "a dict of arrays": lambda frame: {name: frame[name].to_numpy() for name in frame},
    "a dict of series": lambda frame: dict(frame.set_index(frame["rt"]).items()),
    "Arrow": pyarrow.Table.from_pandas,
    "DuckDB": duckdb.from_df,
    "polars": polars.from_pandas,
    "lazy polars": lambda frame: polars.from_pandas(frame).lazy(),
    "a Dataset": hugging_face,
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same_choices(kind):
    frame = table()
    frame.loc[2, "rt"] = None
    expected = Choices.from_frame(frame, **COLUMNS)
    assert expected.dropped == {"no response time": 1}
    got = Choices.from_frame(KINDS[kind](frame), **COLUMNS)
    pd.testing.assert_frame_equal(got.to_frame(), expected.to_frame(), check_dtype=False)
    assert got.dropped == expected.dropped and got.row.tolist() == expected.row.tolist()


def test_a_data_frame_stays_what_it_is():
    frame = table()
    assert as_pandas(frame) is frame


def test_what_is_no_table_is_refused():
    assert "a file is read by bd.read_choices" in table_refusal("choices.csv")
    assert "got ndarray" in table_refusal(table().to_numpy())
    assert "one value per row" in table_refusal({"choice": [1, 0], "rt": [0.5]})


def test_splits_are_no_table():
    datasets = pytest.importorskip("datasets", reason=NO_DATASETS)
    splits = datasets.DatasetDict({"train": datasets.Dataset.from_pandas(table())})
    assert "has splits (train); give one: data['train']" in refusal(as_pandas, splits)
