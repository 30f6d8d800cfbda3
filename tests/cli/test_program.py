"""The program around its commands: help, completion, and how it is run from a shell."""

import os
import subprocess
import sys

import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import populations
from tests.support.commands import bayes_ddm

COMMANDS = [
    *("simulate", "dataset", "check", "estimate", "fit", "compare", "models", "demo"),
    *("explore", "diagnose", "rank", "predict", "plan", "label", "report", "release"),
]


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
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "consistent_conditional_boundary" in result.stdout
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
        result = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, text=True)
    assert result.returncode == 0 and "Error" not in result.stderr
