"""Commands that make and look at tables: simulate, dataset, check."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.integrate import quad

import bayes_ddm as bd
from tests.support.commands import bayes_ddm


def test_simulate_makes_the_experiment_that_was_asked_for(table):
    frame = pd.read_csv(table)
    assert list(frame.columns) == ["choice", "rt", "labeler"]
    assert (frame.groupby("labeler").size() == 10).all() and frame["labeler"].nunique() == 1000
    assert set(frame["choice"]) == {-1, 1} and frame["rt"].min() > 0.3


def test_simulate_says_what_and_can_do_it_again(tmp_path):
    options = ["--population", "student", "--labelers", 20, "--start", 0.6]
    result = bayes_ddm("simulate", tmp_path / "a.csv", *options)
    result.done()
    assert "a student population (mean 0.5, df 3, scale 1), average 0.5" in result.err
    assert "start 0.6, lapses 0; seed " in result.err
    seed = result.err.split("seed ")[1].split()[0]
    bayes_ddm("simulate", tmp_path / "b.csv", *options, "--seed", seed).done()
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_simulated_lapses_are_those_of_the_library(tmp_path):
    lapsing = ["--labelers", 200, "--choices", 5, "--ndt", 0.5, "--lapse", 0.2, "--seed", 1]
    result = bayes_ddm("simulate", tmp_path / "a.csv", *lapsing)
    result.done()
    assert "lapses 0.2;" in result.err
    settings = {"labelers": 200, "choices": 5, "boundary": 1.25, "ndt": 0.5}
    choices = bd.simulate.experiment("normal", lapse=0.2, seed=1, **settings)
    assert pd.read_csv(tmp_path / "a.csv")["rt"].to_numpy() == pytest.approx(choices.rt)
    assert choices.rt.min() < 0.5


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
    arguments = [*options.split(), "--labelers", n, "--choices", 1, "--boundary", b, "--seed", 3]
    bayes_ddm("simulate", tmp_path / "s.csv", "--population", name, *arguments).done()
    average = pd.read_csv(tmp_path / "s.csv")["choice"].mean()
    expected = math.tanh(0.7 * b)
    if parts is not None:
        expected = sum(
            share * quad(lambda v, f=f: math.tanh(b * v) * f.pdf(v), -12, 12, limit=400)[0]
            for share, f in parts
        )
    # the variance of a choice is at most 1; four standard errors
    assert average == pytest.approx(expected, abs=4 / math.sqrt(n))


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
    names = ["--labeler", "subject_id", "--count", "count"]
    assert bayes_ddm("estimate", tmp_path / "t.parquet", *names).done().err == ""
