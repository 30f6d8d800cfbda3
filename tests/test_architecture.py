"""ARCHITECTURE.md and the folders say the same."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "bayes_ddm"


def test_every_room_is_on_the_page_in_the_order_that_lint_checks():
    table = PAGE.split("## Three nouns")[0]
    named = re.findall(r"`(\w+)(?:/|\.py)`", table.split("|---|---|")[1].split("\n\n")[0])
    (layers,) = (
        contract["layers"]
        for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"][
            "importlinter"
        ]["contracts"]
        if contract["type"] == "layers"
    )
    rooms = {
        path.stem
        for path in PACKAGE.iterdir()
        if (path.is_dir() or path.suffix == ".py") and not path.name.startswith("__")
    }
    assert set(named) >= rooms
    assert set(layers) == rooms
    order = [name for name in dict.fromkeys(named) if name in layers]
    ground = {"errors", "_typing", "files", "progress"}
    assert [r for r in order if r not in ground] == [r for r in reversed(layers) if r not in ground]


def test_every_file_on_the_page_exists():
    paths = re.findall(r"`((?:[\w]+/)+[\w.]*)`", PAGE)
    assert len(paths) > 20
    for path in paths:
        if "NAME" not in path:
            assert (PACKAGE / path).exists() or (ROOT / path).exists(), path
