"""Files of every format, and several files that are parts of one table."""

import gzip

import pandas as pd
import pyarrow as pa
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.tables import read_choices
from tests.support.commands import bayes_ddm
from tests.support.tables import refusal, table

COLUMNS = {"labeler": "id", "features": ["d_amount", "d_delay"]}
EXPECTED = Choices.from_frame(table(), **COLUMNS).to_frame()


def arrow_stream(path):
    arrow = pa.Table.from_pandas(table())
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, arrow.schema) as writer:
        writer.write_table(arrow)


def packed_lines(path):
    with gzip.open(path, "wt") as file:
        file.write(table().to_json(orient="records", lines=True))


WRITE = {
    "t.tsv": lambda path: table().to_csv(path, index=False, sep="\t"),
    "t.jsonl": lambda path: table().to_json(path, orient="records", lines=True),
    "t.ndjson.gz": packed_lines,
    "lines_by_content": lambda path: table().to_json(path, orient="records", lines=True),
    "t.feather": lambda path: table().to_feather(path),
    "feather_by_content": lambda path: table().to_feather(path),
    "t.arrow": arrow_stream,
    "t.parquet": lambda path: table().to_parquet(path),
}


@pytest.mark.parametrize("name", WRITE)
def test_every_format_gives_the_same_choices(tmp_path, name):
    WRITE[name](tmp_path / name)
    got = read_choices(tmp_path / name, **COLUMNS).to_frame()
    pd.testing.assert_frame_equal(got, EXPECTED, check_dtype=False)


def test_a_bad_cell_of_json_lines_is_named_by_its_line(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text('{"choice": 1, "rt": 0.5}\n\n{"choice": 0, "rt": -2}\n')
    assert "is -2 in line 3;" in refusal(read_choices, path)
    path.write_text('{"choice": 1, "rt": 0.5}\n{"choice": 0,\n')
    assert "cannot read" in refusal(read_choices, path)


def test_a_folder_a_pattern_and_a_list_are_one_table(tmp_path):
    frame = table()
    for person, part in frame.groupby("id"):
        part.to_csv(tmp_path / f"{person}.csv", index=False)
    paths = [tmp_path / f"{person}.csv" for person in "abc"]
    for source in (tmp_path, str(tmp_path / "*.csv"), paths):
        choices = read_choices(source, **COLUMNS)
        pd.testing.assert_frame_equal(choices.to_frame(), EXPECTED)
    by_file = read_choices(tmp_path, labeler="recording")
    assert by_file.labelers.tolist() == ["a", "b", "c"]
    assert by_file.choices_each.tolist() == [2, 2, 2]
    assert "there are 3 files; labeler='recording'" in read_choices(tmp_path).notes[-1]
    listed = bayes_ddm("check", tmp_path, "--labeler", "recording").done().out
    assert "3 labelers" in listed
    assert "no file matches" in refusal(read_choices, str(tmp_path / "*.tsv"))


def test_a_bad_cell_is_named_by_its_file_and_line(tmp_path):
    table().to_csv(tmp_path / "a.csv", index=False)
    table(rt=[0.9, 1.4, "fast", 1.1, 2.3, 0.8]).to_csv(tmp_path / "b.csv", index=False)
    assert refusal(read_choices, tmp_path).startswith("b.csv: column 'rt' has text")
    assert "'fast' in line 4;" in refusal(read_choices, tmp_path)
    table().rename(columns={"rt": "time"}).to_csv(tmp_path / "b.csv", index=False)
    assert refusal(read_choices, tmp_path).startswith("b.csv: no column 'rt'")


def test_one_name_in_two_files_is_one_labeler(tmp_path):
    (tmp_path / "a.csv").write_text("choice,rt,id\n1,0.5,7\n0,0.6,8\n")
    (tmp_path / "b.csv").write_text("choice,rt,id\n1,0.5,7\n0,0.6,x\n")
    assert read_choices(tmp_path, labeler="id").labelers.tolist() == ["7", "8", "x"]
    (tmp_path / "b.csv").write_text("choice,rt,id\n1,0.5,7\n0,0.6,9\n")
    assert read_choices(tmp_path, labeler="id").labelers.tolist() == [7, 8, 9]


def test_the_command_line_selects_rows_and_codes_items(tmp_path):
    frame = pd.DataFrame(
        {
            "a": ["m", "n", "o", "m", "n", "m"] * 4,
            "b": ["n", "o", "m", "o", "m", "n"] * 4,
            "winner": ["a", "b", "tie", "b", "a", "b"] * 4,
            "ms": [1200, 1500, 900, 999, 1100, 1300] * 4,
            "lang": ["en", "en", "en", "en", "de", "en"] * 4,
        }
    )
    frame.to_csv(tmp_path / "log.csv", index=False, sep=";")
    options = ["--choice", "winner", "--rt", "ms", "--rt-unit", "ms", "--items", "a,b"]
    options += ["--where", "lang=en", "--drop", "tie", "--missing", "ms=999", "--reference", "n"]
    result = bayes_ddm("check", tmp_path / "log.csv", *options).done()
    assert "semicolons between cells" in result.out + result.err
    for part in ("not lang = en", "tie", "no response time"):
        assert part in result.out, result.out
    assert "relative to n" in result.out + result.err
    refused = bayes_ddm("label", tmp_path / "log.csv", *options, "-o", tmp_path / "x.csv").refusal()
    assert "leave --where out" in refused
