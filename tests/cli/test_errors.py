"""Wrong input at the command line: one clear line, exit status 2, nothing written, nothing lost."""

import pandas as pd
import pytest

from tests.support.commands import bayes_ddm
from tests.support.tables import table

FEATURES = ["--features", "d_amount,d_delay"]
ID = ["--labeler", "id"]


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path):
    """A refused command writes nothing: no file appears but those that the test makes itself."""
    yield
    assert [p.name for p in tmp_path.rglob(".writing-*")] == []
    files = {"good.csv", "bad.csv", "bad.parquet", "folder", "fit.nc"}
    assert {p.name for p in tmp_path.iterdir()} <= files


# what is wrong, the table, the options, and what the line must say
TABLES = {
    "missing column": (table().drop(columns="rt"), [], ["'rt'", "choice, id", "--rt"]),
    "misspelt column": (table(), ["--labeler", "idd"], ["no column 'idd'", "did you mean 'id'"]),
    "misspelt feature": (table(), ["--features", "d_amont"], ["'d_amont'", "mean 'd_amount'"]),
    "no rows": (table()[:0], [], ["no rows"]),
    "text for a time": (
        table(rt=[0.9, "fast", 0.7, 1.1, 2.3, 0.8]),
        [],
        ["'rt'", "'fast'", "line 3"],
    ),
    "text for a feature": (
        table(d_delay=[7, 30, 1, "late", 7, 180]),
        FEATURES,
        ["'d_delay'", "'late'", "line 5"],
    ),
    "NaN in a feature": (
        table(d_delay=[7, 30, None, 90, 7, 180]),
        FEATURES,
        ["'d_delay'", "missing", "line 4"],
    ),
    "infinite time": (table(rt=[0.9, 1.4, 0.7, "inf", 2.3, 0.8]), [], ["infinite", "line 5"]),
    "infinite feature": (
        table(d_amount=[1, 2, -1, 0.5, 3, "-inf"]),
        FEATURES,
        ["'d_amount'", "infinite", "line 7"],
    ),
    "infinite choice": (table(choice=[1, 0, "inf", 1, 0, 1]), [], ["infinite", "line 4"]),
    "time of zero": (table(rt=[0.9, 1.4, 0, 1.1, 2.3, 0.8]), [], ["positive", "0", "line 4"]),
    "negative time": (table(rt=[-0.9, 1.4, 1, 1.1, 2.3, 0.8]), [], ["positive", "-0.9", "line 2"]),
    "milliseconds": (
        table(rt=[900, 1400, 700, 1100, 2300, 800]),
        [],
        ["looks like milliseconds", "--rt-unit ms"],
    ),
    "unknown unit": (table(), ["--rt-unit", "min"], ["'min'", "'ms'"]),
    "three choices": (
        table(choice=["a", "b", "a", "c", "b", "a"]),
        ["--positive", "a"],
        ["3 distinct", "'c'", "line 5"],
    ),
    "labels without positive": (
        table(choice=["a", "b", "a", "a", "b", "a"]),
        [],
        ["'a' and 'b'", "--positive"],
    ),
    "constant feature": (table(d_delay=[0] * 6), FEATURES, ["'d_delay'", "constant"]),
    "collinear features": (
        table(d_delay=2 * table()["d_amount"]),
        FEATURES,
        ["d_amount, d_delay", "collinear"],
    ),
    "fractional count": (
        table(n=[1, 2, 1.5, 1, 1, 1]),
        ["--count", "n"],
        ["whole counts", "1.5", "line 4"],
    ),
    "negative count": (
        table(n=[1, 2, 1, 1, 1, -3]),
        ["--count", "n"],
        ["whole counts", "-3", "line 7"],
    ),
    "nameless labeler": (table(id=["a", "a", "", "b", "c", "c"]), ID, ["no labeler", "line 4"]),
    "no response at all": (table(rt=[None] * 6), [], ["no row has both"]),
    "empty feature name": (table(), ["--features", "d_amount,,d_delay"], ["empty name"]),
    "empty features": (table(), ["--features", " "], ["empty name"]),
}


@pytest.mark.parametrize("command", ["estimate", "check", "fit", "compare", "label"])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_cannot_be_used_is_refused_everywhere(name, command, tmp_path):
    frame, options, parts = TABLES[name]
    path = tmp_path / "bad.csv"
    frame.to_csv(path, index=False)
    output = {
        "check": [],
        "fit": ["-o", tmp_path / "x.nc"],
        "label": ["--boundary", 1.25, "-o", tmp_path / "x.csv"],
    }
    outputs = output.get(command, ["--json", tmp_path / "x.json"])
    line = bayes_ddm(command, path, *options, *outputs).refusal()
    for part in parts:
        assert part in line, line


FILES = {
    "empty file": (b"", "is empty"),
    "blank file": (b" \n\n", "is empty"),
    "JSON": (b'[{"choice": 1, "rt": 0.5}]', "is JSON"),
    "web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "binary file": (bytes(range(256)), "binary"),
    "another encoding": ("choice,rt\nspäter,0.5\n".encode("latin-1"), "UTF-8"),
    "prose": (b"Dear all,\n\nplease, find, it, attached.\n", "more cells than its header"),
    "one line of prose": (b"Dear all\n", "no rows"),
    "odd quotes": (b'choice,rt\n1,"0.5\n', "cannot read"),
    "no header": (b"1,0.5\n-1,0.7\n", "put the columns' names there"),
    "decimal commas beside points": (b"choice;rt\n1;0,5\n0;0.5\n", "'0,5' in line 2"),
    "surplus cells": (b"choice,rt\n1,0.5,3\n", "more cells than its header"),
}


# label reads in parts, and sees the header before the rest
LINE_BY_LINE = {"odd quotes": "never closed"}


@pytest.mark.parametrize("command", ["estimate", "label"])
@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_no_table_is_refused(name, command, tmp_path):
    content, part = FILES[name]
    if command == "label":
        part = LINE_BY_LINE.get(name, part)
    (tmp_path / "bad.csv").write_bytes(content)
    outputs = ["-o", tmp_path / "x.csv"] if command == "label" else []
    assert part in bayes_ddm(command, tmp_path / "bad.csv", *outputs).refusal()


def test_files_that_are_elsewhere_or_something_else(tmp_path, good):
    assert "did you mean 'good.csv'?" in bayes_ddm("check", tmp_path / "god.csv").refusal()
    (tmp_path / "folder").mkdir()
    assert "holds no" in bayes_ddm("estimate", tmp_path / "folder").refusal()
    assert "holds no" in bayes_ddm("compare", tmp_path / "folder").refusal()
    labels = bayes_ddm("label", tmp_path, "-o", tmp_path / "x.csv")
    assert "is a folder" in labels.refusal()
    assert "no file" in bayes_ddm("compare", tmp_path / "x.nc").refusal()
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and no more")
    assert "cannot read" in bayes_ddm("estimate", tmp_path / "bad.parquet").refusal()
    (tmp_path / "fit.nc").write_bytes(b"\x89HDF and no more")
    assert (
        "compare, diagnose, predict, rank and report take fits"
        in bayes_ddm("estimate", tmp_path / "fit.nc").refusal()
    )
    assert "no netCDF file" in bayes_ddm("compare", tmp_path / "fit.nc").refusal()
    refused = bayes_ddm("compare", tmp_path / "fit.nc", "--labeler", "id").refusal()
    assert "--labeler is for a table of choices" in refused


@pytest.mark.parametrize("command", ["estimate", "fit", "compare"])
def test_known_boundary_and_ndt_must_be_possible(command, tmp_path, good):
    outputs = ["-o" if command == "fit" else "--json", tmp_path / "x.nc"]
    for boundary in ("0", "-1", "nan", "inf"):
        line = bayes_ddm(command, good, *ID, "--boundary", boundary, *outputs).refusal()
        assert line.startswith(f"boundary must be positive; got {boundary}")
    # the smallest, 0.7 s, stands in the fourth line
    for ndt in ("0.7", "2"):
        for options in ([], ["--boundary", 1.25]):
            line = bayes_ddm(command, good, *ID, *options, "--ndt", ndt, *outputs).refusal()
            assert f"ndt {ndt} s" in line and "0.7 s in line 4" in line
    assert "at least 0" in bayes_ddm(command, good, *ID, "--ndt", "-0.1", *outputs).refusal()


def test_line_numbers_count_the_rows_that_were_dropped(tmp_path):
    rt = [None, 1.4, 0.7, 1.1, 2.3, 0.8]
    table(rt=rt).to_csv(tmp_path / "bad.csv", index=False)
    assert "in line 4" in bayes_ddm("estimate", tmp_path / "bad.csv", "--ndt", 0.7).refusal()


SAVED = ["-o", "x.nc"]
OPTIONS = {
    "unknown model": (["fit", "--model", "hierarchcal", *SAVED], "did you mean 'hierarchical'?"),
    "unknown model in compare": (["compare", "--model", "pooling"], "did you mean 'pooled'?"),
    "model without features": (["fit", "--model", "contextual", *SAVED], "needs features"),
    "model with features": (
        ["fit", *FEATURES, "--model", "hierarchical", *SAVED],
        "takes no features",
    ),
    "own what": (
        ["fit", "--by-labeler", "speed", *SAVED],
        "boundary, ndt, start, drift_noise and collapse",
    ),
    "fixed and own": (["fit", "--ndt", "0.1", "--by-labeler", "ndt", *SAVED], "one of them"),
    "own without labelers": (["fit", "--by-labeler", "boundary,ndt", *SAVED], "known labelers"),
    "option of another model": (
        ["fit", "--model", "choice_only", "--lapses", *SAVED],
        "no parameter 'lapse'",
    ),
    "spread without features": (["fit", "--spread", "full", *SAVED], "no parameter 'spread'"),
    "full and a rank": (
        ["fit", *FEATURES, "--spread", "full", "--rank", "1", *SAVED],
        "diagonal spread",
    ),
    "anonymous labelers": (["fit", "--model", "labeler_boundary", *SAVED], "anonymous_boundary"),
    "no draws": (["fit", "--draws", "0", *SAVED], "'--draws'"),
    "half a draw": (["fit", "--draws", "0.5", *SAVED], "'--draws'"),
    "no chains": (["compare", "--chains", "0"], "'--chains'"),
    "unknown sampler": (["fit", "--sampler", "stan", *SAVED], "'nutpie', 'pymc'"),
    "negative seed": (["compare", "--seed", "-1"], "'--seed'"),
    "percent": (["compare", "--prob", "95"], "prob must be between 0 and 1"),
    "percent in estimate": (["estimate", "--prob", "95"], "prob must be between 0 and 1"),
    "one replication": (["estimate", "--bootstrap", "1"], "at least 2"),
    "no drift": (["estimate", "--most-drift", "0"], "most_drift must be positive"),
    "no drift in compare": (["compare", "--most-drift", "-1"], "most_drift must be positive"),
    "drift too small": (["estimate", "--boundary", "1", "--most-drift", "0.1"], "at least 0.5"),
    "unknown option": (["estimate", "--labler", "id"], "--labeler"),
    "nowhere to save": (["fit"], "--output"),
    "fit as a table": (["fit", "-o", "x.csv"], "must end in .nc"),
    "plot as text": (["compare", "--plot", "x.txt"], "must end in .png"),
    "one name twice": (["compare", "--plot", "x.png", "--json", "x.png"], "named twice"),
    "no such folder": (["fit", "-o", "nowhere/x.nc"], "no folder"),
    "no such folder for numbers": (["estimate", "--json", "nowhere/x.json"], "no folder"),
    "a folder for an output": (["estimate", "--json", "."], "is a folder"),
}


@pytest.mark.parametrize("name", OPTIONS)
def test_options_that_cannot_be_are_refused(name, good, monkeypatch):
    monkeypatch.chdir(good.parent)
    (command, *options), part = OPTIONS[name]
    assert part in bayes_ddm(command, good, *options).refusal()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["estimat", "x.csv"], "'estimate'"),
        (["simulate"], "Missing argument"),
        (["simulate", "x.txt"], "must end in .csv or .parquet"),
        (["simulate", "x.csv", "--population", "norml"], "did you mean 'normal'?"),
        (["simulate", "x.csv", "--population", "mixture", "--means", "1,b"], "'1,b'"),
        (["simulate", "x.csv", "--population", "skewed", "--sd", "1"], "has no 'sd'"),
        (["simulate", "x.csv", "--labelers", "0"], "at least 1"),
        (["simulate", "x.csv", "--labelers", "ten"], "'--labelers'"),
        (["simulate", "x.csv", "--boundary", "0"], "boundary must be positive"),
        (["simulate", "x.csv", "--ndt", "-1"], "ndt must be at least 0"),
        (["simulate", "x.csv", "--seed", "-1"], "seed"),
        (["simulate", "nowhere/x.csv"], "no folder"),
        (["dataset", "amasino", "-o", "x.csv"], "did you mean 'amasino2019'?"),
        (["dataset", "amasino2019", "--path", "x.csv", "-o", "y.csv"], "no file 'x.csv'"),
        (["dataset", "amasino2019", "--path", "good.csv", "-o", "y.csv"], "--no-verify"),
        (["dataset", "amasino2019_twin", "--path", "good.csv", "-o", "y.csv"], "--path"),
        (["demo", "--output-dir", "good.csv"], "cannot make the folder"),
    ],
)
def test_other_commands_refuse_what_cannot_be(arguments, part, good, monkeypatch):
    monkeypatch.chdir(good.parent)
    assert part in bayes_ddm(*arguments).refusal()


def test_existing_outputs_are_kept_unless_overwrite_is_given(tmp_path, good, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keep = tmp_path / "folder"
    keep.mkdir()
    commands = {
        "keep.csv": ["simulate", "folder/keep.csv", "--labelers", 5, "--seed", 1],
        "keep.parquet": ["dataset", "amasino2019_twin", "-o", "folder/keep.parquet"],
        "keep.json": ["estimate", good, *ID, "--json", "folder/keep.json"],
        "keep.nc": ["fit", good, *ID, "-o", "folder/keep.nc"],
        "keep2.nc": ["compare", good, *ID, "-o", "folder/keep2.nc"],
        "keep.png": ["compare", good, *ID, "--plot", "folder/keep.png"],
        "agree.json": ["demo", "--output-dir", "folder"],
    }
    for name, command in commands.items():
        (keep / name).write_text("precious")
        line = bayes_ddm(*command).refusal()
        assert "exists" in line and "--overwrite" in line
        assert (keep / name).read_text() == "precious"
    for name in ("keep.csv", "keep.parquet", "keep.json"):
        bayes_ddm(*commands[name], "--overwrite").done()
        assert (keep / name).read_bytes() != b"precious"


def test_an_output_never_replaces_the_input(good):
    before = good.read_bytes()
    line = bayes_ddm("estimate", good, *ID, "--json", good, "--overwrite").refusal()
    assert "is the input" in line and good.read_bytes() == before


def test_a_full_disk_is_no_bug_of_ours(good, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    line = bayes_ddm("estimate", good, *ID, "--json", good.parent / "x.json").refusal()
    assert "x.json" in line and "No space left" in line


def test_what_is_unusual_is_said_and_done(tmp_path):
    bad = tmp_path / "bad.csv"
    table(choice=[1] * 6).to_csv(bad, index=False)
    assert "Bradley-Terry is infinite" in bayes_ddm("estimate", bad, *ID).done().out
    assert "Bradley-Terry is infinite" in bayes_ddm("check", bad, *ID).done().out
    table(rt=[0.9, None, 0.7, 1.1, None, 0.8]).to_csv(bad, index=False)
    assert "dropped 2 (no response time)" in bayes_ddm("estimate", bad, *ID).done().out
    pd.concat([table(), table()]).to_csv(bad, index=False)
    assert "6 rows repeat another exactly" in bayes_ddm("estimate", bad, *ID).done().out
    names = ["NA", "Ω, \"the\" 'first'", "-1e5", "007", "x\ty", "=1+1"]
    table(id=names).to_csv(bad, index=False)
    assert "6 labelers" in bayes_ddm("estimate", bad, *ID).done().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ("estimate", "--boundary", "1e308", "--ndt", "0.1"),
            "boundary must be from 1e-06 to 1e+06",
        ),
        (("estimate", "--boundary", "1e-300", "--ndt", "0.1"), "boundary must be from 1e-06"),
        (("estimate", "--bootstrap", "99999999999"), "bootstrap must be at most 1,000,000"),
        (("fit", "-o", "x.nc", "--draws", "99999999999"), "draws must be at most 10,000,000"),
        (("fit", "-o", "x.nc", "--tune", "99999999999"), "tune must be at most 10,000,000"),
        (("fit", "-o", "x.nc", "--chains", "100000"), "chains must be at most 1,000"),
        (("fit", "-o", "x.nc", "--seed", str(2**64)), "seed must be below 2^63"),
        (("fit", "-o", "x.nc", "--boundary", "1e308", "--ndt", "0.1"), "boundary must be from"),
    ],
)
def test_numbers_beyond_any_range_are_refused_in_a_line(options, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("choice,rt,who\n1,0.5,a\n0,0.9,a\n1,0.7,b\n0,1.4,b\n")
    command, *others = options
    result = bayes_ddm(command, "good.csv", "--labeler", "who", *others)
    assert words in result.err and result.status == 2 and "Traceback" not in result.err


def test_more_choices_than_memory_holds_are_refused(tmp_path):
    population = ["--population", "normal", "--mean", 0, "--sd", 1, "--boundary", 1]
    labelers = ["--labelers", 99_999_999, "--choices", 1000]
    message = bayes_ddm("simulate", tmp_path / "x.csv", *population, *labelers).refusal()
    assert "more than 1,000,000,000 choices" in message


def test_names_cannot_command_the_terminal(tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("choice,rt,\x1b[31mred,a\u202eb\n1,0.5,1,2\n0,0.9,2,3\n1,0.7,3,1\n")
    result = bayes_ddm("check", path).done()
    assert "red" in result.out and not {"\x1b", "\u202e"} & {*result.out, *result.err}
    refused = bayes_ddm("check", path, "--choice", "\x1b[2Jx")
    assert "\x1b" not in refused.err and refused.status == 2
