"""The ladder on the command line: what is asked for, what is written, what is refused."""

import pandas as pd
import pytest

from bayes_ddm.comparison.ladder import Ladder, Rung
from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm, strict_json


@pytest.fixture
def table(tmp_path):
    choices = experiment("normal", labelers=4, choices=6, boundary=1.25, ndt=0.3, seed=1)
    frame = choices.to_frame()
    frame["gain"], frame["task"] = range(24), ["a", "b"] * 12
    path = tmp_path / "choices.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture
def arguments(monkeypatch):
    """What the command asks for; the answer is a ladder of one rung."""
    arguments = {}

    def explore(choices, drift, **options):
        arguments.update(options, choices=choices, drift=drift)
        score = pd.Series([-1.0, -2.0, -3.0, -4.0]).to_numpy()
        rung = Rung(
            "one boundary and ndt for all", "contextual", "1 + gain", {}, 2, score, {}, None
        )
        return Ladder((rung,), (rung,), (), 4, 24, 3, 7)

    monkeypatch.setattr("bayes_ddm.comparison.explore.explore", explore)
    return arguments


def test_what_is_asked_for(table, arguments, tmp_path):
    json, plot = tmp_path / "ladder.json", tmp_path / "ladder.png"
    options = ["--drift", "1 + gain", "--drift", "0 + gain", "--boundary", "task"]
    options += ["--steps", "own, noise", "--folds", 3, "--seed", 7, "--json", json, "--plot", plot]
    result = bayes_ddm("explore", table, "--labeler", "labeler", *options).done()
    assert arguments["drift"] == ["1 + gain", "0 + gain"] and arguments["steps"] == ["own", "noise"]
    assert arguments["boundary"] == "task" and arguments["folds"] == 3 and arguments["seed"] == 7
    assert set(arguments["choices"].covariates.columns) == {"gain", "task"}
    assert "No step pays." in result.out and "bd.fit(choices, 'contextual'" in result.out
    assert strict_json(json.read_text())["rungs"][0]["score"] == -10
    assert plot.stat().st_size > 1000


def test_features_as_they_are(table, arguments):
    bayes_ddm("explore", table, "--labeler", "labeler", "--features", "gain").done()
    assert arguments["drift"] is None and "steps" not in arguments
    assert arguments["choices"].feature_names == ("gain",)


def test_what_has_no_ladder(table):
    refused = bayes_ddm("explore", table).refusal()
    assert "a ladder needs labelers" in refused and "--labeler" in refused
    refused = bayes_ddm("explore", table, "--labeler", "labeler", "--steps", "nois").refusal()
    assert "no step 'nois'; did you mean 'noise'?" in refused
    refused = bayes_ddm("explore", table, "--labeler", "labeler", "--drift", "1 + gian").refusal()
    assert "gian" in refused
