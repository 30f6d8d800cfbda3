"""bayes-ddm condense, and commands that take what it makes."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm, strict_json

pytest.importorskip("duckdb", reason="files are condensed by DuckDB, of the extra `scale`")
COLUMNS = ["--choice", "picked", "--rt", "ms", "--rt-unit", "ms", "--positive", "A"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("condense")
    made = experiment("normal", labelers=4000, boundary=1.25, ndt=0.3, seed=2)
    picked = np.where(made.choice > 0, "A", "B")
    frame = pd.DataFrame({"picked": picked, "ms": np.round(made.rt * 1e3, 3)})
    frame.loc[:9, "picked"] = "tie"
    (where / "log").mkdir()
    frame[:2500].to_csv(where / "log" / "a.csv", index=False)
    frame[2500:].to_csv(where / "log" / "b.csv", index=False)
    return where


def test_a_folder_becomes_a_file_that_estimate_takes(folder):
    out = folder / "few.condensed.parquet"
    parts = sorted((folder / "log").iterdir())
    done = bayes_ddm("condense", *parts, *COLUMNS, "--drop", "tie", "-o", out).done()
    assert "dropped 10 (tie)" in done.out and f"next: bayes-ddm estimate {out}" in done.err
    few = bd.read_condensed(out)
    assert few.n_choices == 3990
    bayes_ddm("estimate", out, "--json", folder / "few.json").done()
    found = strict_json(folder / "few.json")
    expected = bd.estimate(few).to_dict()
    assert found["estimates"] == expected["estimates"] and found["n_choices"] == 3990


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["condense", "nowhere/*.csv", "-o", "x.parquet"], "no file matches"),
        (["condense", "log", "--count", "n", "-o", "x.parquet"], "--count: not where files"),
        (["condense", "log", *COLUMNS, "-o", "x.parquet"], "has 3 distinct choices"),
        (["condense", "log", *COLUMNS, "-o", "x.csv"], "parquet"),
        (["condense", "log", "--missing", "a", "-o", "x.parquet"], "--missing must be numbers"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(folder, monkeypatch, command, said):
    monkeypatch.chdir(folder)
    assert said in bayes_ddm(*command).refusal()
    assert not (folder / "x.parquet").exists() and not list(folder.glob(".writing*"))


def test_columns_of_condensed_rows_are_not_asked_for(folder, tmp_path):
    path = bd.condense(experiment("normal", labelers=3000, boundary=1.25, seed=1)).save(
        tmp_path / "few.parquet"
    )
    for command in (
        ["estimate", path, "--labeler", "id"],
        ["estimate", path, "--boundary", "speed"],
        ["estimate", path, "--bootstrap", "10"],
        ["check", path],
    ):
        assert "condensed" in bayes_ddm(*command).refusal()
