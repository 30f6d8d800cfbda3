"""Commands that the pages name exist, and what a benchmark keeps is put in its place."""

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd

from benchmarks.__main__ import benchmarks
from benchmarks.support import results

ROOT = Path(__file__).parents[2]


def test_every_benchmark_that_a_page_names_exists():
    pages = [ROOT / "README.md", *(p for p in (ROOT / "docs").rglob("*.md"))]
    named = {
        name
        for page in pages
        for name in re.findall(r"python -m benchmarks (\w+)", page.read_text(encoding="utf-8"))
    }
    evidence = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
    # the last column of its tables
    in_tables = set(re.findall(r"\| `(\w+)(?: --[\w-]+)?` \|$", evidence, flags=re.MULTILINE))
    assert len(in_tables) > 15 and len(named) > 5
    assert in_tables | named <= benchmarks().keys()


def test_benchmarks_are_listed_and_an_unknown_one_is_refused():
    def run(*arguments):
        command = [sys.executable, "-m", "benchmarks", *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT)

    listed = run()
    assert listed.returncode == 0
    assert all(f" {name} " in listed.stdout for name in benchmarks())
    assert "no benchmark 'nosuch'; there are " in run("nosuch").stderr


def test_rows_take_the_place_of_those_with_their_key(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    assert results.kept("a/b").empty

    def keep(models, x, **options):
        results.keep(pd.DataFrame({"model": models, "x": x}), "a/b", ["model"], **options)

    keep(["q", "q", "p"], [1, 2, 3])
    keep(["q"], [1 / 3])
    assert results.kept("a/b").to_numpy().tolist() == [["p", 3], ["q", 0.33333]]
    keep(["r"], [5], order=["r", "q", "p"])
    assert results.kept("a/b")["model"].tolist() == ["r", "q", "p"]
    results.keep(pd.DataFrame({"y": [1]}), "a/b")
    assert results.kept("a/b").to_dict("list") == {"y": [1]}
    assert [path.name for path in tmp_path.rglob("*.*")] == ["b.csv"]
