"""What README shows can be run, and comes out as it says."""

import re
import shlex
from pathlib import Path

import pytest

import bayes_ddm as bd
from bayes_ddm.cli.main import app
from tests.support.commands import bayes_ddm

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MOST_LINES = 120
# half of the chains and few replications, for time
FEWER = {
    "compare": ["--chains", "2", "--draws", "600", "--tune", "500"],
    "diagnose": ["--draws", "20"],
    "report": ["--draws", "20"],
    "predict": ["--draws", "50"],
}


def example():
    (found,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    return found


def commands():
    """Commands on one file, in their order, without what is said of each."""
    section = README.partition("## The same on the command line")[2].partition("\n## ")[0]
    lines = re.findall(r"^    bayes-ddm (.+)$", section, flags=re.MULTILINE)
    return [shlex.split(line, comments=True) for line in lines]


def test_it_is_short():
    assert len(README.splitlines()) <= MOST_LINES


@pytest.mark.samples
def test_python_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(example(), "README.md", "exec"), {})
    closed, fitted, verdict = capsys.readouterr().out.splitlines()
    assert closed in README and fitted in README and verdict.startswith("agree: ")
    assert (tmp_path / "forest.png").stat().st_size > 10_000


def test_the_answer_that_it_shows_is_that_of_its_example():
    (line,) = [line for line in example().splitlines() if line.startswith("choices = ")]
    made = eval(line.removeprefix("choices = "), {"bd": bd})
    assert bd.estimate(made).answer in README


@pytest.mark.samples
@pytest.mark.slow
def test_its_commands_run_in_order_on_one_file_and_end_green(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = {
        words[0]: bayes_ddm(*words, *FEWER.get(words[0], [])).done().out for words in commands()
    }
    order = ["simulate", "check", "estimate", "compare", "diagnose", "report", "predict", "label"]
    assert list(said) == order
    assert said["estimate"].splitlines()[0] in README
    assert said["compare"].startswith("Verdict: agree: ")
    assert re.match(r"Model hierarchical: nothing (of size )?speaks against", said["diagnose"])
    assert "FAILS" not in said["diagnose"]
    assert "Can I quote this? Yes" in (tmp_path / "report.html").read_text(encoding="utf-8")
    assert {"predicted.csv", "labeled.csv"} <= {path.name for path in tmp_path.iterdir()}


def test_commands_exist():
    known = {command.callback.__name__ for command in app.registered_commands}
    used = set(re.findall(r"^ +bayes-ddm (\w+)", README, flags=re.MULTILINE))
    assert used and used <= known


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()
