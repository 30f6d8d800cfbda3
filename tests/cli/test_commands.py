"""Closed forms and fits from end to end: what commands write, print, and say."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.cli.fit import _fixed
from bayes_ddm.cli.options import Formulas
from tests.support.commands import SAMPLING, bayes_ddm, strict_json

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
def fitted(folder, table):
    path = folder / "fit.nc"
    result = bayes_ddm("fit", table, "--labeler", "labeler", *SAMPLING, "-o", path)
    return path, result.done()


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
    assert short.startswith("People lean to +1: someone with the average preference picks it ")


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


def test_an_ndt_left_out_by_mistake_is_pointed_out(table, capsys):
    choices = bd.read_choices(table, labeler="labeler")
    assert _fixed(choices, Formulas(boundary="1.25")) == {"boundary": 1.25, "ndt": 0.0}
    said = capsys.readouterr().err
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
