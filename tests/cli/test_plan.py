"""The command that plans a study."""

import json

import pytest

import bayes_ddm as bd
from tests.support.commands import bayes_ddm

ASSUMED = ("--mean", 0.5, "--sd", 1, "--boundary", 1.25, "--ndt", 0.3)
SMALL = ("--pilot", 2000)


def test_the_command_says_what_the_function_does(tmp_path):
    path = tmp_path / "plan.json"
    options = ("--target-se", 0.05, "--choices", "2,5", "--cost-labeler", 1, "--cost-choice", 0.1)
    result = bayes_ddm("plan", *ASSUMED, *options, *SMALL, "--json", path).done()
    plan = bd.plan(
        mean=0.5,
        sd=1,
        boundary=1.25,
        ndt=0.3,
        target_se=0.05,
        choices=[2, 5],
        cost_labeler=1,
        cost_choice=0.1,
        pilot=2000,
        progress=False,
    )
    assert result.out == f"{plan}\n" and result.err == f"wrote {path}\n"
    assert json.loads(path.read_text()) == plan.to_dict()
    assert f"Recommended: {plan.recommended.labelers:,} labelers" in result.out
    again = bayes_ddm("plan", *ASSUMED, *options, *SMALL, "--json", path)
    assert "exists" in again.refusal()


def test_populations_and_what_is_known():
    options = ("--population", "mixture", "--means", "1,-1", "--weights", "0.5,0.5")
    result = bayes_ddm(
        "plan", "--boundary", 1.25, *options, "--known", "boundary,ndt", "--labelers", "100,200",
        "--target-width", 0.5, *SMALL,
    ).done()  # fmt: skip
    assert "a mixture population" in result.out and "boundary and ndt known" in result.out
    assert "consistent_conditional_boundary" not in result.out


def test_a_study_is_planned_after_choices_that_were_made(tmp_path):
    choices = bd.simulate.experiment("normal", labelers=3000, boundary=1.25, ndt=0.3, seed=1)
    table, few = tmp_path / "made.csv", tmp_path / "made.condensed.parquet"
    choices.to_frame().rename(columns={"rt": "seconds"}).to_csv(table, index=False)
    bd.condense(choices).save(few)
    options = ("--target-se", 0.05, "--choices", 5, "--known", "boundary,ndt", *SMALL)
    results = [
        bayes_ddm("plan", "--like", *file, *options).done().out
        for file in ((table, "--rt", "seconds"), (few,))
    ]
    assert results[0] == results[1] and "Recommended: " in results[0]
    for option in ("--boundary", "--ndt"):
        refusal = bayes_ddm("plan", "--like", few, *options, option, 1).refusal()
        assert "leave --boundary and --ndt out" in refusal and "like=" not in refusal
    assert "leave --population" in bayes_ddm("plan", "--like", few, *options, "--sd", 2).refusal()
    refusal = bayes_ddm("plan", "--boundary", 1, *options, "--rt", "seconds").refusal()
    assert "without --like there is no --rt" in refusal


def test_help_ends_with_an_example():
    result = bayes_ddm("plan", "--help").done()
    assert "Example: bayes-ddm plan --mean 0.5" in " ".join(result.out.split())
    assert "plan" in bayes_ddm("--help").done().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--target-se", 0.1], ["--boundary"]),
        (["--boundary", 1.25], ["--target-se", "--target-width", "--labelers"]),
        (["--boundary", -1, "--target-se", 0.1], ["boundary", "positive"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--choices", "a"], ["--choices", "'a'"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--choices", 0.5], ["choices", "0.5"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--known", "mu"], ["known", "'mu'"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--method", "x"], ["method", "'x'"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--population", "norml"], ["mean 'normal'"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--df", 3], ["'df'"]),
        (["--boundary", 1.25, "--target-se", 0.1, "--json", "no/p.json"], ["no folder"]),
    ],
)
def test_wrong_input_gets_one_line(options, words):
    refusal = bayes_ddm("plan", *options).refusal()
    assert all(word in refusal for word in words)
