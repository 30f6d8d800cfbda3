"""Deadlines at the command line: given, in a column, or for want of one."""

import json

import pandas as pd
import pytest

from bayes_ddm.simulate import experiment
from tests.support.commands import bayes_ddm


@pytest.fixture
def late(tmp_path):
    """A table with a column of deadlines, some of which were missed."""
    choices = experiment("normal", labelers=20, choices=6, boundary=1.5, deadline=2.5, seed=1)
    path = tmp_path / "late.csv"
    choices.to_frame().to_csv(path, index=False)
    return path


@pytest.mark.parametrize("deadline", ["2.5", "deadline"])
def test_a_number_or_a_column_keeps_omissions(late, deadline):
    out = bayes_ddm("check", late, "--labeler", "labeler", "--deadline", deadline).done().out
    assert "omissions after 2.5 s" in out and "by " in out and "neither a choice" not in out


def test_closed_forms_are_flagged(late, tmp_path):
    to = tmp_path / "table.json"
    bayes_ddm("estimate", late, "--labeler", "labeler", "--deadline", 2.5, "--json", to).done()
    rows = json.loads(to.read_text())["estimates"]
    assert not any(row["reliable"] for row in rows)
    assert all("omissions, which a fit takes" in row["note"] for row in rows)


def test_without_one_dropped_rows_are_pointed_out(late):
    for command in ("check", "estimate"):
        out = bayes_ddm(command, late, "--labeler", "labeler").done().out
        assert "rows have neither a choice nor a response time" in out and "--deadline" in out


def test_where_late_trials_are_absent_it_must_be_said(late):
    pd.read_csv(late).dropna().to_csv(late, index=False)
    command = ("check", late, "--labeler", "labeler", "--deadline", 2.5)
    assert "--omissions absent" in bayes_ddm(*command).refusal()
    out = bayes_ddm(*command, "--omissions", "absent").done().out
    assert "trials beyond 2.5 s are absent" in out


def test_a_deadline_below_some_response_times_names_the_line(late):
    line = bayes_ddm("estimate", late, "--labeler", "labeler", "--deadline", 1).refusal()
    assert "after the deadline of 1 s, in line" in line


def test_simulated_tables_have_omissions(tmp_path):
    out = tmp_path / "sim.csv"
    bayes_ddm("simulate", out, "--labelers", 30, "--deadline", 1.0, "--seed", 1).done()
    frame = pd.read_csv(out)
    assert frame["choice"].isna().any() and (frame["deadline"] == 1.0).all()
