"""Files: CSV and Parquet give the same table, and what is no table is refused in one line."""

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.tables import read_choices
from tests.support.tables import refusal


def file_refusal(path, **columns):
    return refusal(read_choices, path, **columns)


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


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
    (tmp_path / "empty").mkdir()
    assert "holds no" in file_refusal(tmp_path / "empty")


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


def test_a_name_twice_in_the_header(tmp_path):
    # pandas would call the second one "rt.1" and pass over it in silence
    path = write(tmp_path / "t.csv", "choice,rt,rt,x,x\n1,0.5,0.6,1,2\n0,0.6,0.7,3,4\n")
    assert "more than one column 'rt'" in file_refusal(path)
    path = write(tmp_path / "u.csv", "choice,rt,x,x\n1,0.5,1,2\n0,0.6,3,4\n")
    assert len(read_choices(path)) == 2


def test_spaces_in_the_header(tmp_path):
    path = write(tmp_path / "t.csv", "choice, rt\n1,0.5\n0,0.6\n")
    assert "did you mean ' rt'?" in file_refusal(path)


def test_things_that_are_no_files(tmp_path):
    assert "too long" in file_refusal(tmp_path / ("x" * 5000))
    assert "not a regular file" in file_refusal("/dev/null")


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
