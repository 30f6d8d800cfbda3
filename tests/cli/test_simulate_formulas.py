"""`bayes-ddm simulate` says experiments by formula as `simulate.experiment` does."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.cli.texts import values_by_cell
from tests.support.commands import bayes_ddm

DESIGN = pd.DataFrame(
    {"instruction": ["speed", "accuracy", "accuracy", "speed"], "load": [0.0, 1.0, 2.0, 3.0]}
)
SMALL = {"labelers": 6, "choices": 4, "seed": 3}
OPTIONS = ("--labelers", 6, "--choices", 4, "--seed", 3)


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "design.csv"
    DESIGN.to_csv(path, index=False)
    return path


def test_cells_slopes_and_drift_are_those_of_python(design, tmp_path):
    out = tmp_path / "sim.csv"
    result = bayes_ddm(
        *("simulate", out, "--design", design, *OPTIONS),
        *("--boundary", "instruction: speed=0.8, accuracy=1.5"),
        *("--ndt", "1 + load: Intercept=-1.5, load=0.1", "--start", 0.45),
        *("--drift", "1 + load", "--mean", "0.5,-0.2", "--sd", "1,0.1"),
    ).done()
    choices = bd.simulate.experiment(
        bd.simulate.population("normal", mean=[0.5, -0.2], sd=[1, 0.1]),
        table=DESIGN,
        boundary={"instruction": {"speed": 0.8, "accuracy": 1.5}},
        ndt={"1 + load": {"Intercept": -1.5, "load": 0.1}},
        start=0.45,
        drift="1 + load",
        **SMALL,
    )
    table = pd.read_csv(out)
    assert set(table) == {"instruction", "load", "choice", "rt", "labeler"}
    np.testing.assert_allclose(table["rt"], choices.rt)
    assert "average 0.5, -0.2; boundary instruction: speed=0.8" in result.err
    assert "--drift '1 + load'" in result.err


def test_groups_and_a_design_with_a_row_per_choice(tmp_path):
    rows = pd.DataFrame({"country": np.repeat(["FR", "JP"], 12), "rt": 1.0})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    out, between = tmp_path / "sim.csv", "country: FR=-2, JP=2"
    options = ("--design", tmp_path / "rows.csv", "--between", between, *OPTIONS)
    result = bayes_ddm("simulate", out, *options).done()
    assert "in place of the design's own: rt" in result.err
    choices = bd.simulate.experiment(
        "normal", table=rows, between={"country": {"FR": -2, "JP": 2}}, boundary=1.25, **SMALL
    )
    np.testing.assert_allclose(pd.read_csv(out)["rt"], choices.rt)


def test_cells_of_two_columns_and_several_numbers():
    values = values_by_cell("--boundary", "a * b: x, u=1,x, w = -2e-1 3,  y, u=4")
    assert values == {"a * b": {"x, u": 1.0, "x, w": [-0.2, 3.0], "y, u": 4.0}}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--boundary", "wide"], "no formula with its values; write --boundary"),
        (["--boundary", "instruction: speed"], "no formula with its values"),
        (["--boundary", "instruction: speed=1, fast"], "no formula with its values"),
        (["--boundary", "instruction: speed=x, accuracy=1"], "numbers after each =; got 'x'"),
        (["--boundary", "instruction: speed=0.8"], "needs a value for accuracy"),
        (["--boundary", "instruktion: speed=0.8"], "did you mean 'instruction'"),
        (["--mean", "1,2"], "give --drift"),
        (["--mean", "1,2", "--population", "student"], "one number, for a student"),
        (["--between", "load: a=1"], "between formula 'load'"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_line(options, words, design, tmp_path):
    out = tmp_path / "sim.csv"
    assert words in bayes_ddm("simulate", out, "--design", design, *OPTIONS, *options).refusal()
    assert not out.exists()


def test_formulas_need_a_design(tmp_path):
    for option, text in (("boundary", "a: x=1"), ("drift", "1 + a"), ("between", "a: x=1")):
        refused = bayes_ddm("simulate", tmp_path / "sim.csv", f"--{option}", text).refusal()
        assert refused == f"--{option} names columns; give their table with --design."
