"""bayes-ddm condense, and commands that take what it makes."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm, strict_json

pytest.importorskip("duckdb", reason="files are condensed by DuckDB, of the extra `scale`")
COLUMNS = ["--choice", "picked", "--rt", "ms", "--rt-unit", "ms", "--positive", "A"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("condense")
    choices = experiment("normal", labelers=4000, boundary=1.25, ndt=0.3, seed=2)
    picked = np.where(choices.choice > 0, "A", "B")
    frame = pd.DataFrame({"picked": picked, "ms": np.round(choices.rt * 1e3, 3)})
    frame.loc[:9, "picked"] = "tie"
    (where / "log").mkdir()
    frame[:2500].to_csv(where / "log" / "a.csv", index=False)
    frame[2500:].to_csv(where / "log" / "b.csv", index=False)
    return where


def test_a_folder_becomes_a_file_that_estimate_takes(folder):
    out = folder / "few.condensed.parquet"
    parts = sorted((folder / "log").iterdir())
    result = bayes_ddm("condense", *parts, *COLUMNS, "--drop", "tie", "-o", out).done()
    assert "dropped 10 (tie)" in result.out and f"next: bayes-ddm estimate {out}" in result.err
    few = bd.read_condensed(out)
    assert few.n_choices == 3990
    bayes_ddm("estimate", out, "--json", folder / "few.json").done()
    document = strict_json(folder / "few.json")
    expected = bd.estimate(few).to_dict()
    assert document["estimates"] == expected["estimates"] and document["n_choices"] == 3990


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["condense", "nowhere/*.csv", "-o", "x.parquet"], "no file matches"),
        (["condense", "log", "--count", "n", "-o", "x.parquet"], "--count: not where files"),
        (["condense", "log", *COLUMNS, "-o", "x.parquet"], "has 3 distinct choices"),
        (["condense", "log", *COLUMNS, "-o", "x.csv"], "parquet"),
        (["condense", "log", "--missing", "a", "-o", "x.parquet"], "--missing must be numbers"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(folder, monkeypatch, command, message):
    monkeypatch.chdir(folder)
    assert message in bayes_ddm(*command).refusal()
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


def test_an_embedding_is_estimated_from_the_shell(tmp_path):
    choices = experiment(
        "normal", labelers=3000, features=lambda r, n: r.normal(size=(n, 1)), boundary=1.25, seed=3
    )
    lists = pa.FixedSizeListArray.from_arrays(choices.features.ravel(), 1)
    path, out = tmp_path / "log.parquet", tmp_path / "found.json"
    pq.write_table(pa.table({"choice": choices.choice, "rt": choices.rt, "e": lists}), path)
    command = ("estimate", path, "--features", "e", "--boundary", "1.25", "--ndt", "0")
    assert "e[0]" in bayes_ddm(*command, "--json", out).done().out
    assert len(strict_json(out)["theta"]) == 1
    for options in (
        ["--bootstrap", 9],
        ["--units", "e=2"],
        ["--prob", 0.5],
        ["--most-drift", 4],
        ["--all"],
        ["--seed", 0],
        ["--deadline", 2],
    ):
        message = f"{options[0]} does not go with an embedding"
        assert message in bayes_ddm(*command, *options).refusal()


def test_labelers_and_parts_from_the_shell(folder):
    frame = pd.concat(map(pd.read_csv, sorted((folder / "log").glob("*.csv"))))
    labeled = folder / "known.csv"
    frame.assign(id=np.arange(len(frame)) // 2).to_csv(labeled, index=False)
    out = folder / "known.condensed.parquet"
    options = (*COLUMNS, "--drop", "tie", "--labeler", "id")
    assert "bayes-ddm estimate" in bayes_ddm("condense", labeled, *options, "-o", out).done().err
    assert bd.read_condensed(out).labelers.n_labelers == 1995
    assert "1,995 of 1,995 labelers, kept whole" in bayes_ddm("estimate", out).done().out
    parts, cache = folder / "parts.condensed.parquet", folder / "kept"
    options = (*COLUMNS, "--drop", "tie", "--resume", cache)
    bayes_ddm("condense", folder / "log", *options, "-o", parts).done()
    assert len(list(cache.iterdir())) == 2 and bd.read_condensed(parts).n_choices == 3990
