"""What is published besides the code says the same as the code."""

import re
import tomllib
from pathlib import Path

import bayes_ddm as bd

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_a_light_installation_takes_a_part_of_the_dependencies():
    lines = (ROOT / "light.txt").read_text(encoding="utf-8").splitlines()
    asked = {line for line in lines if not line.startswith("#")}
    assert asked < set(PROJECT["dependencies"])
    from bayes_ddm.errors import HEAVY

    left_out = {re.split("[<>=]", line)[0] for line in set(PROJECT["dependencies"]) - asked}
    assert left_out == HEAVY


def test_the_description_shows_without_the_repository():
    text = (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")
    targets = re.findall(r"\]\((.*?)\)", text)
    assert all(target.startswith("https://") for target in targets)
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    called = set(re.findall(r"bd\.(\w+)", example))
    assert called <= set(bd.__all__)
    first = example.split("fit = ")[0]
    exec(compile(first, "DESCRIPTION.md", "exec"), {})


def test_the_citation_is_of_this_version():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert re.search(r"^version: (.*)$", text, flags=re.MULTILINE)[1] == PROJECT["version"]
    assert re.search(r"^license: (.*)$", text, flags=re.MULTILINE)[1] == PROJECT["license"]


def test_what_a_source_distribution_is_told_to_take_is_there():
    told = (ROOT / "MANIFEST.in").read_text(encoding="utf-8")
    named = re.findall(r"^graft (\S+)$", told, flags=re.MULTILINE)
    named += [
        x for x in re.search(r"^include (.*)$", told, re.MULTILINE)[1].split() if "*" not in x
    ]
    assert len(named) > 10
    assert all((ROOT / name).exists() for name in named)
