"""Every command from end to end: what it writes, what it prints, and what it says."""

import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad

import bayes_ddm as bd
from bayes_ddm.simulate import populations
from tests.support.commands import SAMPLING, bayes_ddm, strict_json

COMMANDS = [
    *("simulate", "dataset", "check", "estimate", "fit", "compare", "models", "demo"),
    *("explore", "diagnose", "rank", "predict", "plan", "label", "report", "release"),
]
EXAMPLE = (
    "--population normal --mean 0.5 --sd 1 --labelers 1000 --choices 10 --boundary 1.25 --ndt 0.3"
    " --seed 1"
)
ESTIMATE_KEYS = {
    "schema_version",
    "prob",
    "n_choices",
    "n_labelers",
    "dropped",
    "shares",
    "boundary",
    "estimates",
    "tests",
    "findings",
    "privacy",
}
COMPARE_KEYS = {
    *["posterior", "comparison", "specification_test", "specification_tests"],
    *["verdict", "diagnostics"],
}
ROWS = {
    "boundary": {
        *["method", "cell", "boundary", "ndt", "n_eff", "reliable"],
        *["boundary_se", "ndt_se"],
    },
    "estimates": {
        *("estimator", "parameter", "value", "se", "low", "high"),
        *("unit", "boundary_method", "reliable", "note"),
    },
    "posterior": {"parameter", "mean", "sd", "low", "high", "ess_bulk", "r_hat"},
    "comparison": {"estimator", "parameter", "difference", "se", "p_value"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def table(folder):
    """DESIGN's own example."""
    path = folder / "sim.csv"
    bayes_ddm("simulate", path, *EXAMPLE.split()).done()
    return path


@pytest.fixture(scope="module")
def fitted(folder, table):
    path = folder / "fit.nc"
    result = bayes_ddm("fit", table, "--labeler", "labeler", *SAMPLING, "-o", path)
    return path, result.done()


@pytest.fixture(scope="module")
def twin(folder):
    path = folder / "twin.csv"
    return path, bayes_ddm("dataset", "amasino2019_twin", "-o", path).done()


# --- simulate -------------------------------------------------------------------------------------


def test_simulate_makes_the_experiment_that_was_asked_for(table):
    frame = pd.read_csv(table)
    assert list(frame.columns) == ["choice", "rt", "labeler"]
    assert (frame.groupby("labeler").size() == 10).all() and frame["labeler"].nunique() == 1000
    assert set(frame["choice"]) == {-1, 1} and frame["rt"].min() > 0.3


def test_simulate_says_what_and_can_do_it_again(tmp_path):
    given = ["--population", "student", "--labelers", 20, "--start", 0.6]
    done = bayes_ddm("simulate", tmp_path / "a.csv", *given)
    done.done()
    assert "a student population (mean 0.5, df 3, scale 1), average 0.5" in done.err
    assert "start 0.6, lapses 0; seed " in done.err
    seed = done.err.split("seed ")[1].split()[0]
    bayes_ddm("simulate", tmp_path / "b.csv", *given, "--seed", seed).done()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_simulated_lapses_are_those_of_the_library(tmp_path):
    lapsing = ["--labelers", 200, "--choices", 5, "--ndt", 0.5, "--lapse", 0.2, "--seed", 1]
    done = bayes_ddm("simulate", tmp_path / "a.csv", *lapsing)
    done.done()
    assert "lapses 0.2;" in done.err
    settings = {"labelers": 200, "choices": 5, "boundary": 1.25, "ndt": 0.5}
    made = bd.simulate.experiment("normal", lapse=0.2, seed=1, **settings)
    assert pd.read_csv(tmp_path / "a.csv")["rt"].to_numpy() == pytest.approx(made.rt)
    assert made.rt.min() < 0.5


def test_a_seed_gives_the_same_file_as_csv_and_as_parquet(tmp_path):
    small = ["--labelers", 50, "--choices", 3]
    for name, seed in [("a.csv", 1), ("b.csv", 1), ("c.csv", 2), ("a.parquet", 1)]:
        bayes_ddm("simulate", tmp_path / name, *small, "--seed", seed).done()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    assert (tmp_path / "a.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()
    parquet = pd.read_parquet(tmp_path / "a.parquet")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "a.csv"), parquet, check_dtype=False)


POPULATIONS = {
    "normal": ("--mean 0.4 --sd 0.8", [(1.0, stats.norm(0.4, 0.8))]),
    "student": ("--mean 0.3 --df 5 --sd 1", [(1.0, stats.t(5, 0.3, math.sqrt(3 / 5)))]),
    "mixture": (
        "--means 1,-2 --sds 0.1,0.3 --weights 0.6,0.4",
        [(0.6, stats.norm(1, 0.1)), (0.4, stats.norm(-2, 0.3))],
    ),
    "skewed": ("--scale 0.9 --shift -0.2", [(1.0, stats.expon(-0.2, 0.9))]),
    "point": ("--value 0.7", None),
}


@pytest.mark.parametrize("name", POPULATIONS)
def test_every_population_chooses_as_its_drifts_say(name, tmp_path):
    options, parts = POPULATIONS[name]
    n, b = 4000, 1.1
    given = [*options.split(), "--labelers", n, "--choices", 1, "--boundary", b, "--seed", 3]
    bayes_ddm("simulate", tmp_path / "s.csv", "--population", name, *given).done()
    found = pd.read_csv(tmp_path / "s.csv")["choice"].mean()
    expected = math.tanh(0.7 * b)
    if parts is not None:
        expected = sum(
            share * quad(lambda v, f=f: math.tanh(b * v) * f.pdf(v), -12, 12, limit=400)[0]
            for share, f in parts
        )
    # the variance of a choice is at most 1; four standard errors
    assert found == pytest.approx(expected, abs=4 / math.sqrt(n))


# --- data sets and their check --------------------------------------------------------------------


def test_the_twin_is_written_with_what_it_dropped(twin):
    path, result = twin
    frame = pd.read_csv(path)
    assert len(frame) == bd.datasets.amasino2019_twin().n_choices
    assert list(frame.columns) == ["choice", "rt", "labeler", "d_amount", "d_delay"]
    assert "no response within 10 s" in result.out
    assert f"bayes-ddm check {path} --labeler labeler --features d_amount,d_delay" in result.err


def test_the_real_data_is_filtered_as_published(amasino_path, tmp_path):
    out = tmp_path / "choices.csv"
    result = bayes_ddm("dataset", "amasino2019", "--path", amasino_path, "-o", out).done()
    frame = pd.read_csv(out)
    assert (len(frame), frame["labeler"].nunique()) == (13_793, 98)
    assert "always chose one option" in result.out
    options = ["--labeler", "labeler", "--features", "d_amount,d_delay"]
    assert "0.236 s" in bayes_ddm("check", out, *options).done().out


def test_check_says_what_is_in_the_table_and_what_was_dropped(tmp_path):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(
        {
            "later": rng.choice(["yes", "no"], 300),
            "ms": (1000 * rng.lognormal(0, 0.3, 300)).round(),
            "who": np.repeat(np.arange(30), 10),
            "spare": 0,
        }
    )
    frame.loc[[4, 5], "later"] = None
    frame.loc[7, "ms"] = np.nan
    frame.loc[100, "ms"] = 120.0
    frame.to_csv(tmp_path / "t.csv", index=False)
    columns = "--choice later --positive yes --rt ms --rt-unit ms --labeler who".split()
    result = bayes_ddm("check", tmp_path / "t.csv", *columns).done()
    for text in (
        *("297", "30 (7 to 10", "2: no choice", "1: no response time", "ticks of 0.001 s"),
        *("0.12 s (row 100, labeler 10)", "spare"),
    ):
        assert text in result.out, text
    assert result.err == ""


def test_columns_that_look_forgotten_are_pointed_out(tmp_path):
    frame = pd.DataFrame({"choice": [1, 0, 1], "rt": [0.5, 0.7, 0.9], "subject_id": 1, "count": 2})
    frame.to_parquet(tmp_path / "t.parquet")
    result = bayes_ddm("estimate", tmp_path / "t.parquet").done()
    assert "--labeler subject_id" in result.err and "--count count" in result.err
    named = ["--labeler", "subject_id", "--count", "count"]
    assert bayes_ddm("estimate", tmp_path / "t.parquet", *named).done().err == ""


# --- estimate -------------------------------------------------------------------------------------


def test_estimate_is_the_python_function_and_its_json_has_the_promised_keys(table, tmp_path):
    out = tmp_path / "e.json"
    known = ["--boundary", 1.25, "--ndt", 0.3, "--prob", 0.9]
    command = ["estimate", table, "--labeler", "labeler", *known]
    result = bayes_ddm(*command, "--all", "--json", out).done()
    found = strict_json(out)
    assert set(found) == ESTIMATE_KEYS
    for key in ("boundary", "estimates"):
        assert all(set(row) == ROWS[key] for row in found[key])
    assert (found["n_choices"], found["n_labelers"], found["prob"]) == (10_000, 1000, 0.9)
    assert {row["unit"] for row in found["estimates"]} == {"drift", "native"}
    choices = bd.read_choices(table, labeler="labeler")
    assert found == bd.estimate(choices, boundary=1.25, ndt=0.3, prob=0.9).to_dict()
    for row in found["estimates"]:
        assert row["estimator"] in result.out
    assert f"wrote {out}" in result.err
    # as published they are printed with --all only; the recommended row comes first
    short = bayes_ddm(*command).done().out
    assert "_scale" not in short
    assert "Recommended: consistent_known_boundary" in short
    assert short.startswith("People lean to +1: a typical person picks it ")


def test_anonymous_rows_have_no_number_of_labelers(table, tmp_path):
    result = bayes_ddm("estimate", table, "--json", tmp_path / "e.json").done()
    found = strict_json(tmp_path / "e.json")
    assert found["n_labelers"] is None
    # three scales give no population variance here: null, never NaN
    missing = [row for row in found["estimates"] if row["value"] is None]
    assert missing and all(row["note"] and not row["reliable"] for row in missing)
    assert "Note: no boundary from repeated comparisons: labelers are anonymous." in result.out


@pytest.mark.slow
def test_bootstrap_is_reproducible(tmp_path):
    table = tmp_path / "s.csv"
    bayes_ddm("simulate", table, "--labelers", 60, "--choices", 4, "--seed", 2).done()
    options = ["--labeler", "labeler", "--bootstrap", 2, "--seed", 5]
    first, second = (bayes_ddm("estimate", table, *options).done().out for _ in range(2))
    assert first == second != bayes_ddm("estimate", table, *options[:-1], 6).done().out


def test_features_may_have_spaces_between_and_be_differences(tmp_path):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(400, 3)), columns=["later", "now", "delay"])
    frame["choice"] = np.sign(frame["later"] - frame["now"] + rng.logistic(size=400))
    frame["rt"] = rng.lognormal(0, 0.4, 400)
    frame["gain"] = frame["later"] - frame["now"]
    frame.to_csv(tmp_path / "t.csv", index=False)
    values = []
    for features in ("gain,delay", " gain , delay", "later-now,delay", "later - now,delay"):
        out = tmp_path / "e.json"
        options = ["--features", features, "--json", out, "--overwrite"]
        bayes_ddm("estimate", tmp_path / "t.csv", *options).done()
        found = [row["value"] for row in strict_json(out)["estimates"]]
        values.append(np.array(found, dtype=float))
    for other in values[1:]:
        np.testing.assert_allclose(other, values[0], rtol=1e-8)


# --- fit and compare ------------------------------------------------------------------------------


def test_fit_saves_what_can_be_understood_alone(fitted, table):
    path, result = fitted
    fit = bd.load(path)
    assert fit.attrs["model"] == "hierarchical" and fit.attrs["seed"] == 1
    assert dict(fit["posterior"].sizes)["draw"] == 500
    choices, original = bd.choices_of(fit), pd.read_csv(table)
    np.testing.assert_array_equal(np.sort(choices.rt), np.sort(original["rt"]))
    for name in ("mu", "sigma", "boundary", "ndt", "share_positive"):
        assert name in result.out
    assert "2 chains of 400 tuning steps and 500 draws" in result.err
    assert f"next: bayes-ddm compare {path}" in result.err
    # piped: results only, and no progress bar
    assert "\x1b" not in result.out and "draws/s" not in result.out + result.err


def test_compare_takes_a_fit(fitted, tmp_path):
    path, _ = fitted
    out, plot = tmp_path / "c.json", tmp_path / "c.png"
    result = bayes_ddm("compare", path, "--json", out, "--plot", plot).done()
    found = strict_json(out)
    assert set(found) == ESTIMATE_KEYS | COMPARE_KEYS
    for key, keys in ROWS.items():
        assert all(set(row) == keys for row in found[key])
    posterior = {row["parameter"]: row for row in found["posterior"]}
    assert {"mu", "sigma", "boundary", "ndt"} <= set(posterior)
    # truths of DESIGN's example; five posterior sds leave nothing to chance
    for name, truth in {"mu": 0.5, "sigma": 1.0, "boundary": 1.25, "ndt": 0.3}.items():
        assert abs(posterior[name]["mean"] - truth) < 5 * posterior[name]["sd"]
    assert found["verdict"].startswith("agree")
    assert f"Verdict: {found['verdict']}" in result.out
    unreliable = {row["estimator"] for row in found["estimates"] if not row["reliable"]}
    assert {"consistent_two_scale", "consistent_three_scale"} <= unreliable
    p_values = {row["estimator"]: row["p_value"] for row in found["comparison"]}
    assert p_values["bradley_terry"] is None
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_compare_fixes_a_known_boundary_on_both_sides(tmp_path):
    table, saved, out = tmp_path / "s.csv", tmp_path / "f.nc", tmp_path / "c.json"
    bayes_ddm("simulate", table, "--labelers", 150, "--choices", 4, "--seed", 7).done()
    options = ["--labeler", "labeler", "--boundary", 1.25, *SAMPLING, "-o", saved, "--json", out]
    result = bayes_ddm("compare", table, *options).done()
    fixed = bd.load(saved)["constant_data"]
    assert (float(fixed["boundary"]), float(fixed["ndt"])) == (1.25, 0.0)
    found = strict_json(out)
    assert not {"boundary", "ndt"} & {row["parameter"] for row in found["posterior"]}
    assert found["specification_test"]["estimator"] == "consistent_known_boundary"
    known = [b for b in found["boundary"] if b["method"] == "known"]
    assert [(b["boundary"], b["ndt"]) for b in known] == [(1.25, 0.0)]
    assert "note: the boundary was given without an ndt, which is taken as 0 s." in result.err


def test_an_ndt_left_out_by_mistake_is_pointed_out(table, tmp_path):
    given = ["--labeler", "labeler", "--boundary", 1.25, *SAMPLING, "-o", tmp_path / "f.nc"]
    said = bayes_ddm("fit", table, *given).done().err
    assert "WARNING: ndt was not given and is taken as 0 s; the conditional one is 0." in said


def test_compare_takes_a_table_with_features(twin, tmp_path):
    source, _ = twin
    table, plot, out = tmp_path / "t.parquet", tmp_path / "p.svg", tmp_path / "c.json"
    frame = pd.read_csv(source)
    frame[frame["labeler"] <= 15].rename(columns={"labeler": "who"}).to_parquet(table)
    options = ["--labeler", "who", "--features", "d_amount,d_delay", *SAMPLING]
    result = bayes_ddm("compare", table, *options, "--json", out, "--plot", plot).done()
    found = strict_json(out)
    assert set(found) == ESTIMATE_KEYS | COMPARE_KEYS and found["n_labelers"] == 15
    names = {row["parameter"] for row in found["posterior"]}
    assert {"d_amount", "d_delay", "sigma[d_amount]", "boundary", "ndt"} <= names
    assert "model contextual" in result.out and b"<svg" in plot.read_bytes()
    assert "nobody" in bayes_ddm("check", table, *options[:4]).done().out


@pytest.mark.samples
@pytest.mark.slow
def test_demo_tells_of_agreement_and_of_disagreement(tmp_path, monkeypatch):
    monkeypatch.setattr("bayes_ddm.cli.demo.REPLICATIONS", 20)
    folder = tmp_path / "new" / "demo"
    result = bayes_ddm("demo", "--output-dir", folder).done()
    first, second = strict_json(folder / "agree.json"), strict_json(folder / "disagree.json")
    assert first["verdict"].startswith("agree") and second["verdict"].startswith("disagree")
    assert result.out.count("Verdict: ") == 2
    for name in ("agree.png", "disagree.png"):
        assert (folder / name).read_bytes().startswith(b"\x89PNG")
    assert f"open {folder / 'report.html'}" in result.err.splitlines()[-1]
    # the last screen is green, or says why not
    assert [line.split()[0] for line in result.out.splitlines()[-2:]] == ["passes", "passes"]
    assert "<h3>disagree</h3>" in (folder / "report.html").read_text(encoding="utf-8")
    assert "exists" in bayes_ddm("demo", "--output-dir", folder).refusal()


# --- whether to believe a fit ---------------------------------------------------------------------


def test_diagnose_says_a_line_for_each_thing(fitted, tmp_path):
    plot = tmp_path / "checks.png"
    result = bayes_ddm("diagnose", fitted[0], "--draws", 40, "--plot", plot).done()
    lines = result.out.splitlines()
    assert lines[0].startswith("Model hierarchical: ")
    # the data are the model's own; short chains may miss a limit of convergence
    kept = [line for line in lines[2:] if "convergence" not in line]
    assert len(kept) > 5 and all(line.startswith("passes") for line in kept)
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_predictions_of_seen_and_unseen_labelers(fitted, tmp_path):
    new, out = tmp_path / "new.csv", tmp_path / "p.csv"
    frame = pd.DataFrame({"choice": [1, -1], "rt": [0.8, 1.9], "labeler": [0, 5000]})
    frame.to_csv(new, index=False)
    options = ["--labeler", "labeler", "--draws", 50, "-o", out]
    result = bayes_ddm("predict", fitted[0], new, *options).done()
    found = pd.read_csv(out)
    assert list(found["seen"]) == [True, False] and found["p_positive"].between(0, 1).all()
    assert "2 choices by 2 labelers (1 of them in the fit)" in result.out
    assert "exists" in bayes_ddm("predict", fitted[0], new, *options).refusal()


def test_what_cannot_be_ranked_or_predicted_is_refused(fitted, tmp_path):
    path, _ = fitted
    assert "at least two fits" in bayes_ddm("rank", path).refusal()
    assert "no file" in bayes_ddm("diagnose", tmp_path / "no.nc").refusal()
    (tmp_path / "x.csv").write_text("choice,rt,gain\n1,0.5,1\n-1,0.9,2\n")
    refused = bayes_ddm("predict", path, tmp_path / "x.csv", "--features", "gain").refusal()
    assert "features" in refused


# --- the rest -------------------------------------------------------------------------------------


def test_models_lists_the_family():
    lines = bayes_ddm("models").done().out.splitlines()
    assert [line.split()[0] for line in lines] == bd.models.names()
    assert all(len(line.split()) > 4 for line in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_ends_with_an_example(command):
    result = bayes_ddm(command, "--help").done()
    assert f"Example: bayes-ddm {command}" in " ".join(result.out.split())
    assert result.err == ""


def test_help_lists_every_command():
    for arguments in ([], ["--help"], ["-h"]):
        out = bayes_ddm(*arguments).done().out
        assert all(command in out for command in COMMANDS)
    assert bayes_ddm("--version").done().out.startswith("bayes-ddm ")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["est"], ["estimate"]),
        (["fit", "x.csv", "--sampler", ""], ["nutpie", "pymc"]),
        (["compare", "x.csv", "--model", "hier"], ["hierarchical"]),
        (["simulate", "x.csv", "--population", ""], list(populations.POPULATIONS)),
        (["estimate", "x.csv", "--rt-unit", ""], ["s", "ms"]),
        (["dataset", "ama"], ["amasino2019", "amasino2019_twin"]),
        (["plan", "--method", "s"], ["semiparametric"]),
        (["check", "x.csv", "--ov"], []),
        (["check", "x.csv", "--rt"], ["--rt", "--rt-unit"]),
    ],
)
def test_the_shell_completes(typed, offered, monkeypatch):
    monkeypatch.setenv("_BAYES_DDM_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", " ".join(["bayes-ddm", *typed]))
    monkeypatch.setenv("COMP_CWORD", str(len(typed)))
    assert bayes_ddm().done().out.split() == offered


@pytest.mark.slow
def test_the_shell_finds_the_command(table, tmp_path):
    program = [sys.executable, "-m", "bayes_ddm"]
    command = [*program, "estimate", table, "--labeler", "labeler", "--json", tmp_path / "e.json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "consistent_conditional_boundary" in done.stdout
    refused = subprocess.run([*program, "check", "nosuch.csv"], capture_output=True, text=True)
    assert refused.returncode == 2 and refused.stderr.startswith("bayes-ddm: no file 'nosuch.csv'")


@pytest.mark.parametrize("arguments", [["estimate", "table.csv"], ["fit", "--help"], ["--version"]])
def test_a_reader_who_has_seen_enough_is_no_error(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("choice,rt\n1,0.5\n-1,0.9\n1,0.7\n")
    command = [sys.executable, "-m", "bayes_ddm", *arguments]
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 0 and "Error" not in done.stderr
