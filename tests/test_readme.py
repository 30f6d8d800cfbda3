"""What README shows can be run."""

import re
from pathlib import Path

import pytest

from bayes_ddm.cli.main import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.samples
def test_python_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    assert "agree" in capsys.readouterr().out
    assert (tmp_path / "forest.png").stat().st_size > 10_000


def test_commands_exist():
    known = {command.callback.__name__ for command in app.registered_commands}
    used = set(re.findall(r"^ +bayes-ddm (\w+)", README, flags=re.MULTILINE))
    assert used and used <= known


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_links_lead_somewhere(target):
    assert (ROOT / target).exists()
