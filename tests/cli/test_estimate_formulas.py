"""Formulas of boundary, ndt and labelers at the command line: the same as in Python."""

import json

import pytest

import bayes_ddm as bd
from tests.support.commands import bayes_ddm
from tests.support.conditions import conditions

ID = ["--labeler", "labeler"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("formulas")
    frame = conditions(1, labelers=60, each=8, countries=("FR", "JP"), means=(0.8, 0.2)).to_frame()
    frame.to_csv(path / "choices.csv", index=False)
    (path / "shares.csv").write_text("country,share\nFR,0.4\nJP,0.6\n")
    return path


def test_formulas_are_those_of_python(folder):
    table, out = folder / "choices.csv", folder / "e.json"
    formulas = ["--boundary", "instruction", "--ndt", 0.25, "--between", "country + age"]
    shares = ["--shares", folder / "shares.csv"]
    bayes_ddm("estimate", table, *ID, *formulas, *shares, "--json", out).done()
    choices = bd.read_choices(
        table, labeler="labeler", covariates=["instruction", "country", "age"]
    )
    expected = bd.estimate(
        choices,
        boundary="instruction",
        ndt=0.25,
        between="country + age",
        shares={"FR": 0.4, "JP": 0.6},
    ).to_dict()
    document = json.loads(out.read_text(encoding="utf-8"))
    assert document == expected
    assert [b["cell"] for b in document["boundary"]][:2] == ["accuracy", "speed"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--boundary", "instruktion"], ["'instruktion'", "did you mean 'instruction'"]),
        (["--boundary", "instruction +"], ["boundary formula", "does not parse"]),
        (["--boundary", "age"], ["has a slope"]),
        (["--between", "instruction"], ["varies within labeler"]),
        (["--between", "os(country)"], ["calls os"]),
        (["--between", "country", "--shares", "absent.csv"], ["cannot read shares"]),
        (["--shares", "shares.csv"], ["shares= weights groups"]),
        (["--boundary", "-1"], ["boundary must be positive"]),
    ],
)
def test_wrong_formulas_are_one_line(folder, options, says, monkeypatch):
    monkeypatch.chdir(folder)
    line = bayes_ddm("estimate", "choices.csv", *ID, *options).refusal()
    assert all(text in line for text in says)


def test_shares_are_refused_before_anything_is_sampled(folder):
    command = ["compare", folder / "choices.csv", *ID, "--shares", folder / "shares.csv"]
    assert "shares= weights groups" in bayes_ddm(*command).refusal()
    assert "needs them: between=" in bayes_ddm(*command, "--between", "age").refusal()
