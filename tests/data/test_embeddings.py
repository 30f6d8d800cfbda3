"""Columns of lists: read in parts, and what is wrong with some of them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bayes_ddm.data.embeddings import embedded_choices, is_embedding
from bayes_ddm.errors import InputError

N, D = 50, 3


def lists(values):
    return pa.FixedSizeListArray.from_arrays(pa.array(np.ravel(values)), np.shape(values)[1])


def write(path, **changed):
    rng = np.random.default_rng(1)
    table = {
        "choice": np.where(rng.random(N) < 0.5, 1, -1),
        "rt": rng.gamma(2.0, 0.5, N) + 0.3,
        "a": lists(rng.normal(size=(N, D))),
        "b": lists(rng.normal(size=(N, D))),
    }
    pq.write_table(pa.table(table | changed), path)
    return {**table, **changed}


@pytest.mark.parametrize("rows", [7, 1000])
def test_parts_are_the_answered_rows_of_all_files(tmp_path, rows):
    a = pa.array([[float(j), 1.0, 2.0] for j in range(N)])
    first = write(tmp_path / "0.parquet", a=a, choice=pa.array([None, 1, *[-1, 1] * 24]))
    second = write(tmp_path / "1.parquet", a=a)
    embedded = embedded_choices(tmp_path, "a-b")
    parts = list(embedded.parts(rows))
    values = [np.array(x["a"].to_pylist()) - np.array(x["b"].to_pylist()) for x in (first, second)]
    np.testing.assert_array_equal(
        np.concatenate([psi for _, psi in parts]), np.concatenate([values[0][1:], values[1]])
    )
    assert parts[0][0].start == 0 and parts[-1][0].stop == 2 * N - 1
    assert len(embedded.choices) == 2 * N - 1
    assert is_embedding(tmp_path / "0.parquet", ["a-b"])
    assert not is_embedding(tmp_path / "0.parquet", ["rt"])


def test_rows_are_selected_by_columns_that_are_no_features(tmp_path):
    write(tmp_path / "0.parquet", task=pa.array(["x", "y"] * (N // 2)))
    embedded = embedded_choices(tmp_path, "a", where=["task=y"])
    np.testing.assert_array_equal(embedded.choices.row, np.arange(1, N, 2))
    with pytest.raises(InputError, match=r"no column 'tusk'.*did you mean 'task'"):
        embedded_choices(tmp_path, "a", where=["tusk=y"])


def _list_with(bad):
    rows = [[1.0, 2.0, 3.0] for _ in range(N)]
    rows[31] = bad
    return pa.array(rows)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"a": _list_with([1.0])}, r"'a' has a list of 1 entries, not 3, in row 31 of .*1.parquet"),
        ({"a": _list_with([1.0, np.nan, 0.0])}, r"'a' holds NaN, .* in row 31 of .*1.parquet"),
        ({"b": _list_with(None)}, r"'b' is empty in row 31 of .*1.parquet"),
        ({"b": lists(np.zeros((N, 4)))}, r"column 'b' is .* in .*1.parquet' but .* in .*0.parquet"),
    ],
)
def test_bad_lists_are_named_by_file_and_row(tmp_path, changed, message):
    # of the first, and of the second, lists whose length is not in their type
    for path in (tmp_path / "0.parquet", tmp_path / "1.parquet"):
        write(path, **{key: _list_with([0.0, 0.0, 0.0]) for key in changed})
    write(tmp_path / "1.parquet", **changed)
    with pytest.raises(InputError, match=message) as caught:
        list(embedded_choices(tmp_path, "a-b").parts())
    assert "\n" not in str(caught.value)


def test_columns_that_are_no_lists_are_refused(tmp_path):
    write(tmp_path / "log.parquet", b=lists(np.zeros((N, 4))), c=np.zeros(N))
    for feature, message in (
        ("rt", "not lists"),
        ("a-c", "not lists"),
        ("a-b", "have no difference"),
    ):
        with pytest.raises(InputError, match=message):
            embedded_choices(tmp_path / "log.parquet", feature)
    with pytest.raises(InputError, match="no column 'd'"):
        embedded_choices(tmp_path / "log.parquet", "a-d")
    (tmp_path / "log.csv").write_text("choice,rt\n1,0.9\n")
    with pytest.raises(InputError, match="holds no lists"):
        embedded_choices(tmp_path / "log.csv", "a-b")
