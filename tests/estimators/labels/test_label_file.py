"""Pseudo-labels written beside a table's rows: no other cell changes, nor their order."""

import csv
import gzip
import io

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.tables import read_choices
from bayes_ddm.estimators.labels import label_file as labeled_file
from bayes_ddm.estimators.labels.labeling import COLUMNS, LABEL
from tests.support.commands import bayes_ddm
from tests.support.tables import refusal, table

KNOWN = {"boundary": 1.25, "ndt": 0.3}
# a byte order mark, quotes, a comma and a line break in cells, blank lines, names that look like
# numbers, a date, rows without a response, and no line end at the end
ODD = (
    '\ufeff"id",when,choice,rt,"said, why"\r\n'
    '007,2024-01-31,1,0.80,"yes, ""sure"""\r\n'
    "\r\n"
    'NA,31/01/24,0,0.8,"two\r\nlines"\r\n'
    "1e3,,,0.9,\r\n"
    "010,today,1,null,x\r\n"
    "12, ,1.0,0.2,y\r\n"
    "12,z,0,1.5"
)


@pytest.fixture
def experiment(tmp_path):
    """4,000 choices by 1,000 labelers, as CSV."""
    path = tmp_path / "sim.csv"
    choices = bd.simulate.experiment(
        "normal", labelers=1000, choices=4, **KNOWN, anonymous=False, seed=5
    )
    choices.to_frame().to_csv(path, index=False)
    return path


def cells_of(text):
    """Cells of a CSV file as text, blank lines left out."""
    return [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) if row]


def test_every_other_cell_of_a_csv_file_stays(tmp_path):
    (tmp_path / "t.csv").write_bytes(ODD.encode())
    made = bd.label_file(tmp_path / "t.csv", tmp_path / "o.csv", **KNOWN)
    written = (tmp_path / "o.csv").read_bytes().decode()
    assert written.startswith("\ufeff")  # spreadsheets tell UTF-8 by it
    before, after = cells_of(ODD), cells_of(written)
    before[-1].append("")  # a cell that the last row lacks
    assert [row[:-4] for row in after] == before
    assert after[0][-4:] == list(COLUMNS)
    labels = [row[-4] for row in after[1:]]
    assert [bool(label) for label in labels] == [True, True, False, False, False, True]
    assert float(labels[0]) == -float(labels[1]) == pytest.approx(1.7001, abs=1e-4)
    assert (made.rows, made.no_response, made.too_fast) == (6, 2, 1)
    frame = pd.read_csv(tmp_path / "o.csv")
    assert frame[LABEL].count() == 3 and made.mean == pytest.approx(frame[LABEL].mean())


def test_carriage_returns_and_names_that_repeat(tmp_path):
    text = 'choice,said,rt,said\n1,"a\rb",0.8,\n0,, 0.9,"c\n"\n'
    (tmp_path / "t.csv").write_text(text, newline="")
    bd.label_file(tmp_path / "t.csv", tmp_path / "o.csv", **KNOWN)
    written = (tmp_path / "o.csv").read_bytes().decode()
    assert [row[:-4] for row in cells_of(written)] == cells_of(text)


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame(
        {
            "choice": pd.array([True, False, None, True], dtype="boolean"),
            "rt": [0.8, 0.8, 0.9, 0.2],
            "who": ["007", "NA", None, "8"],
            "when": pd.date_range("2024-01-31", periods=4, tz="UTC"),
            "n": pd.array([1, None, 3, 2**60 + 1], dtype="Int64"),
            "tags": [["a"], [], ["b", "c"], None],
        }
    )
    frame.to_parquet(tmp_path / "t.parquet")
    bd.label_file(tmp_path / "t.parquet", tmp_path / "o.parquet", **KNOWN)
    found = pd.read_parquet(tmp_path / "o.parquet")
    expected = pd.read_parquet(tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(found[list(frame.columns)], expected)
    assert list(found.columns) == [*frame.columns, *COLUMNS]
    assert found[LABEL].isna().tolist() == [False, False, True, True]


def test_csv_becomes_parquet_as_text_and_parquet_becomes_csv(tmp_path):
    (tmp_path / "t.csv").write_bytes(ODD.encode())
    bd.label_file(tmp_path / "t.csv", tmp_path / "o.parquet", **KNOWN)
    found = pd.read_parquet(tmp_path / "o.parquet")
    assert found["id"].tolist() == ["007", "NA", "1e3", "010", "12", "12"]
    assert found["when"].tolist()[:3] == ["2024-01-31", "31/01/24", ""]
    pd.DataFrame(
        {"choice": [1, -1], "rt": [0.8, 0.9], "n": pd.array([3, None], "Int64")}
    ).to_parquet(tmp_path / "n.parquet")
    bd.label_file(tmp_path / "n.parquet", tmp_path / "n.csv", **KNOWN)
    lines = (tmp_path / "n.csv").read_text().splitlines()
    assert lines[0] == ",".join(["choice", "rt", "n", *COLUMNS])
    assert lines[1].startswith("1,0.8,3,1.70") and lines[2].startswith("-1,0.9,,-1.28")


def test_bounded_labels_are_those_in_memory(tmp_path):
    rows = [f"{1 - 2 * (i % 2)},{0.1 + 0.2 * i:.1f}" for i in range(9)]
    (tmp_path / "t.csv").write_text("\n".join(["choice,rt", *rows, ",0.9"]) + "\n")
    made = bd.label_file(tmp_path / "t.csv", tmp_path / "o.csv", **KNOWN, bounded=True)
    assert made.labeled == 9 and made.too_fast == 2 and "9 of 10 rows labeled" in repr(made)
    weight = bd.estimators.bounded_weight(1.25, n=10)
    after = pd.read_csv(tmp_path / "o.csv")
    expected = after["choice"] * weight.at(after["rt"] - 0.3)
    np.testing.assert_allclose(after[LABEL], expected)
    assert "for drifts up to 3 (most_drift)" in made.notes[1]


def test_a_file_of_many_parts_is_labeled_as_it_would_be_in_memory(tmp_path, monkeypatch):
    # three parts; the second coding of the choice appears in the last
    n = 2_100
    monkeypatch.setattr(labeled_file, "PART", 1000)
    choices = bd.simulate.experiment("normal", labelers=n, choices=1, **KNOWN, seed=6)
    frame = choices.to_frame().sort_values("choice", ascending=False, ignore_index=True)
    frame["rt"] = (1000 * frame["rt"]).round(3)
    frame.loc[[5, n - 5], "rt"] = np.nan
    frame.to_csv(tmp_path / "t.csv", index=False)
    with gzip.open(tmp_path / "t.csv.gz", "wb") as file:
        file.write((tmp_path / "t.csv").read_bytes())
    known = {"boundary": 1.25, "ndt": 0.5}
    expected = bd.label(read_choices(tmp_path / "t.csv", rt_unit="ms"), **known)
    for name in ("t.csv", "t.csv.gz"):
        out = tmp_path / "o.csv"
        made = bd.label_file(tmp_path / name, out, **known, rt_unit="ms", overwrite=True)
        found = pd.read_csv(out).loc[expected.table.index]
        for column in COLUMNS:
            np.testing.assert_array_equal(found[column], expected.table[column])
        assert made.too_fast == expected.too_fast > 0 and made.no_response == 2


def test_the_boundary_is_learned_as_in_memory(experiment, tmp_path):
    made = bd.label_file(experiment, tmp_path / "o.csv", labeler="labeler")
    expected = bd.label(read_choices(experiment, labeler="labeler"))
    assert made.boundary.boundary == expected.boundary.boundary
    found = pd.read_csv(tmp_path / "o.csv")
    np.testing.assert_array_equal(found[LABEL], expected.table[LABEL])


def test_of_a_long_table_the_boundary_is_learned_from_whole_labelers(
    experiment, tmp_path, monkeypatch
):
    monkeypatch.setattr(labeled_file, "MOST_ROWS", 2500)
    made = bd.label_file(experiment, tmp_path / "o.csv", labeler="labeler")
    assert made.boundary.method == "conditional" and "a random part" in made.notes[1]
    learned_from = int(made.notes[1].split()[5].replace(",", ""))
    assert 1200 < learned_from <= 2500 and learned_from % 4 == 0
    assert abs(made.boundary.boundary - 1.25) < 4 * made.boundary.se[0]
    once = bd.label_file(experiment, tmp_path / "p.csv")
    assert once.boundary.method == "semiparametric" and "a random part" in once.notes[1]


def test_an_index_of_pandas_is_a_column(tmp_path):
    frame = pd.DataFrame(
        {"choice": [1, -1], "rt": [0.8, 0.9]}, index=pd.Index(["007", "8"], name="id")
    )
    frame.to_parquet(tmp_path / "t.parquet")
    bd.label_file(tmp_path / "t.parquet", tmp_path / "o.csv", **KNOWN, labeler="id")
    written = cells_of((tmp_path / "o.csv").read_text())
    assert [row[:3] for row in written] == [
        ["choice", "rt", "id"],
        ["1", "0.8", "007"],
        ["-1", "0.9", "8"],
    ]


def test_features_and_differences_of_columns(tmp_path):
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["later", "now", "delay"])
    frame["choice"], frame["rt"] = np.sign(rng.normal(size=400)), rng.lognormal(0, 0.3, 400)
    frame.to_parquet(tmp_path / "t.parquet")
    names = {"features": ["later-now", "delay"]}
    made = bd.label_file(tmp_path / "t.parquet", tmp_path / "o.parquet", ndt=0.0, **names)
    expected = bd.label(read_choices(tmp_path / "t.parquet", **names), ndt=0.0)
    assert made.boundary.boundary == expected.boundary.boundary


def test_what_cannot_be_labeled_leaves_nothing_behind(tmp_path):
    path, out = tmp_path / "t.csv", tmp_path / "o.csv"

    def refused(text, **options):
        path.write_text(text)
        message = refusal(bd.label_file, path, options.pop("out", out), **KNOWN | options)
        assert [p.name for p in tmp_path.iterdir()] == ["t.csv"]
        return message

    good = "choice,rt\n1,0.5\n0,0.6\n"
    assert "is the input" in refused(good, out=path)
    assert "already; rename" in refused(f"choice,rt,{LABEL}\n1,0.5,2\n")
    assert "in line 3 " not in refused("choice,rt\n1,0.5\n0,-1\n")
    assert "is -1 in line 3;" in refused("choice,rt\n1,0.5\n0,-1\n")
    assert "no folder" in refused(good, out=tmp_path / "no" / "o.csv")
    assert "too few to learn" in refused(good, boundary=None, ndt=None)
    assert (
        "line 4 of" in (wide := refused("choice,rt\n1,0.5\n\n0,0.6,7\n")) and "more cells" in wide
    )
    assert "line 2 of" in refused("choice,rt\n1,0.5,7\n0,0.6\n")
    assert "quote is opened near line 3" in refused('choice,rt\n1,0.5\n0,"0.6\n1,0.7\n')
    assert "3 distinct choices" in refused("choice,rt\n1,0.5\n0,0.6\n2,0.7\n")
    assert "did you mean 'yes'" in refused("choice,rt\nyes,0.5\nno,0.6\n", positive="yess")
    assert "unknown rt unit" in refused(good, rt_unit="h")
    (tmp_path / "t.csv").unlink()
    (tmp_path / "t.csv.zip").write_bytes(b"PK")
    assert "unpack it first" in refusal(bd.label_file, tmp_path / "t.csv.zip", out, **KNOWN)


def test_an_existing_file_is_replaced_only_when_asked(experiment, tmp_path):
    out = tmp_path / "o.csv"
    out.write_text("mine")
    assert "exists" in refusal(bd.label_file, experiment, out, **KNOWN)
    assert out.read_text() == "mine"
    bd.label_file(experiment, out, **KNOWN, overwrite=True)
    assert out.read_text().startswith("choice,rt,labeler,")


def test_the_command_says_what_it_used_and_what_it_left_out(experiment, tmp_path):
    out = tmp_path / "o.parquet"
    result = bayes_ddm("label", experiment, "--labeler", "labeler", "-o", out).done()
    assert result.out.startswith("4,000 of 4,000 rows labeled; mean pseudo-label 0.")
    assert "learned from labelers who repeat a comparison" in result.err
    assert f"wrote {out}" in result.err
    assert "exists" in bayes_ddm("label", experiment, "-o", out).refusal()
    assert "must end in .csv or .parquet" in bayes_ddm("label", experiment, "-o", "x.txt").refusal()
    table(rt=[0.9, 1.4, 0.2, None, 2.3, 0.8]).to_csv(tmp_path / "t.csv", index=False)
    known = ["--boundary", 1.25]
    result = bayes_ddm("label", tmp_path / "t.csv", *known, "-o", tmp_path / "u.csv").done()
    assert "taken as 0 s" in result.err and "1 rows have no response" in result.err
    known += ["--ndt", 0.3, "--overwrite"]
    result = bayes_ddm("label", tmp_path / "t.csv", *known, "-o", tmp_path / "u.csv").done()
    assert "1 choices are faster than ndt 0.3 s: no pseudo-label" in result.err
