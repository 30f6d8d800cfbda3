"""bayes-ddm federated ask, answer, combine."""

import pytest

from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm, strict_json

ID = ["--labeler", "labeler"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    where = tmp_path_factory.mktemp("federated")
    for i in (1, 2):
        choices = experiment("normal", labelers=150, choices=6, boundary=1.25, ndt=0.3, seed=i)
        choices.to_frame().to_csv(where / f"s{i}.csv", index=False)
    return where


def test_from_a_question_to_a_posterior_and_a_second_question(folder, monkeypatch):
    monkeypatch.chdir(folder)
    question = bayes_ddm("federated", "ask", "s1.csv", *ID, "--ndt", "0.22,0.36", "-o", "q.json")
    assert "2,401 points" in question.done().out and "at every site" in question.err
    for i in (1, 2):
        command = ["federated", "answer", f"s{i}.csv", "q.json", *ID, "--site", f"s{i}"]
        result = bayes_ddm(*command, "-o", f"a{i}.json").done()
        assert "data minimisation, not differential privacy" in result.out
    command = ["federated", "combine", "a1.json", "a2.json"]
    outputs = ["--ask-again", "q2.json", "--json", "c.json"]
    assert "at 2 sites" in bayes_ddm(*command, *outputs).done().out
    document = strict_json(folder / "c.json")
    (mu,) = (row for row in document["posterior"] if row["parameter"] == "mu")
    assert mu["low"] < 0.5 < mu["high"] and document["sites"] == ["s1", "s2"]
    assert strict_json(folder / "q2.json")["round"] == 2
    assert "exists" in bayes_ddm(*command, *outputs).refusal()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["ask", "-o", "x.json"], "give mu=(low, high) (--mu LOW,HIGH)"),
        (["ask", "s1.csv", *ID, "--mu", "a,b", "-o", "x.json"], "--mu takes numbers"),
        (["ask", "s1.csv", *ID, "-o", "x.csv"], "must end in .json"),
        (["answer", "s1.csv", "s2.csv", "--site", "a", "-o", "x.json"], "is no question"),
        (["combine", "s1.csv"], "is no answer"),
        (["combine", "nothing.json"], "no file"),
        ([], "Missing command"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(folder, monkeypatch, command, message):
    monkeypatch.chdir(folder)
    assert message in bayes_ddm("federated", *command).refusal()
    assert not list(folder.glob("x.*"))


@pytest.mark.parametrize("command", ["ask", "answer", "combine"])
def test_help_ends_with_an_example(command):
    out = bayes_ddm("federated", command, "--help").done().out
    assert f"Example: bayes-ddm federated {command}" in " ".join(out.split())
