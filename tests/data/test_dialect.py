"""However a text table is written, it is read the same, and what was recognised is said."""

import gzip

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.dialect import Dialect, dialect_of
from bayes_ddm.data.tables import read_choices
from tests.support.tables import refusal, table

COLUMNS = {"labeler": "id", "features": ["d_amount", "d_delay"]}
EXPECTED = Choices.from_frame(table(), **COLUMNS).to_frame()

WRITTEN = {
    "commas": ({}, ""),
    "semicolons": ({"sep": ";"}, "semicolons between cells"),
    "a European spreadsheet": (
        {"sep": ";", "decimal": ","},
        "semicolons between cells, commas in decimal numbers",
    ),
    "tabs": ({"sep": "\t"}, "tabs between cells"),
    "tabs and decimal commas": (
        {"sep": "\t", "decimal": ","},
        "tabs between cells, commas in decimal numbers",
    ),
    "spaces": ({"sep": " "}, "spaces between cells"),
    "bars": ({"sep": "|"}, "vertical bars between cells"),
}


@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("above", ["", "# one\n# two, with a comma; and more\n\n"])
def test_separators_decimal_commas_and_comments_are_recognised(tmp_path, name, above):
    settings, note = WRITTEN[name]
    path = tmp_path / "t.csv"
    path.write_text(above + table().to_csv(index=False, **settings), encoding="utf-8-sig")
    choices = read_choices(path, **COLUMNS)
    pd.testing.assert_frame_equal(choices.to_frame(), EXPECTED)
    comments = "2 comment lines passed over" if above else ""
    parts = ", ".join(filter(None, [note, comments]))
    assert choices.notes == ((f"read with {parts}.",) if parts else ())


def test_comments_between_rows_are_passed_over_and_errors_name_the_line(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("# 1\nid,choice,rt\n#a,1,0.5\n# block 2\nb,0,0.6\n#\nc,1,0.9\n")
    choices = read_choices(path, labeler="id")
    # a row that begins with the mark is a row: it has all its cells
    assert choices.labelers.tolist() == ["#a", "b", "c"]
    assert choices.notes == ("read with 3 comment lines passed over.",)
    path.write_text("# 1\nid,choice,rt\na,1,0.5\n# block 2\nb,0,0.6\n#\nc,1,fast\n")
    assert "'fast' in line 7;" in refusal(read_choices, path, labeler="id")
    # within quotes a line may begin with anything
    path.write_text('choice,rt,text\n1,0.5,"one\n# two"\n0,0.6,\n')
    assert len(read_choices(path)) == 2 and not read_choices(path).notes


def test_names_behind_a_comment_mark_stay_names(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("#choice,rt\n1,0.5\n0,0.6\n")
    assert dialect_of(path) == Dialect()
    assert read_choices(path, choice="#choice").choice.tolist() == [1, -1]


HEADERS = [
    "a,b",
    "a;b,c;d",
    "\ufeffa,b",
    "a,b\x0b,c",
    '"a","b"',
    " a,b",
    "a,,b,",
    "a b",
    "a\rb",
    "ä\tb",
]


@pytest.mark.parametrize("header", HEADERS)
def test_names_that_are_known_beforehand_are_those_of_pandas(tmp_path, header):
    path = tmp_path / "t.csv"
    path.write_bytes(f"{header}\n1 2\n".encode())
    dialect = dialect_of(path)
    text = {"header": None, "nrows": 1, "dtype": str, "keep_default_na": False}
    expected = tuple(pd.read_csv(path, sep=dialect.separator, **text).iloc[0])
    assert dialect.names in (None, expected)
    assert (dialect.names is None) == any(mark in header for mark in ('"', "\x0b", " "))


def test_a_column_without_a_name_is_called_as_pandas_does(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text(",choice,rt\n007,1,0.5\nNA,0,0.6\n")
    assert read_choices(path, labeler="Unnamed: 0").labelers.tolist() == ["007", "NA"]


def test_decimals_of_both_kinds_are_an_error_not_a_guess(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("choice;rt\n1;0,5\n0;0.6\n")
    assert "'0,5' in line 2;" in refusal(read_choices, path)


@pytest.mark.parametrize("seed", range(20))
def test_random_numbers_and_texts_survive_every_way_to_write_them(tmp_path, seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    frame = pd.DataFrame(
        {
            "id": rng.choice(["ä", "007", "NA", "x#y", "4,5"], n),
            "choice": rng.choice([-1, 1], n),
            "rt": rng.lognormal(0, 1, n).round(3),
            "text": rng.choice(["", "a b", "c;d", "e,f"], n),
        }
    )
    expected = Choices.from_frame(frame, labeler="id").to_frame()
    for sep, decimal in ((",", "."), (";", "."), (";", ","), ("\t", ",")):
        path = tmp_path / "t.txt"
        frame.to_csv(path, index=False, sep=sep, decimal=decimal)
        pd.testing.assert_frame_equal(read_choices(path, labeler="id").to_frame(), expected)


def test_packed_text_is_recognised_too(tmp_path):
    text = "# made by hand\n" + table().to_csv(index=False, sep=";", decimal=",")
    with gzip.open(tmp_path / "t.csv.gz", "wt") as file:
        file.write(text)
    import pyarrow as pa

    with pa.CompressedOutputStream(str(tmp_path / "t.csv.zst"), "zstd") as file:
        file.write(text.encode())
    for name in ("t.csv.gz", "t.csv.zst"):
        choices = read_choices(tmp_path / name, **COLUMNS)
        pd.testing.assert_frame_equal(choices.to_frame(), EXPECTED)
        assert "1 comment line passed over" in choices.notes[0]
