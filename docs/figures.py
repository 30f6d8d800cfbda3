"""How the gallery runs scripts: those that fit the same share the fit; each shows its figure."""

import ast
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst

import bayes_ddm as bd
from tests.support.store import open_store, shared_fit

FITS = Path(__file__).parents[1] / "build" / "fits"
FIT = bd.fit


def forget_fits() -> None:
    """Begin a build with none."""
    shutil.rmtree(FITS, ignore_errors=True)
    FITS.mkdir(parents=True)


def share_fits(gallery_conf: Mapping[str, Any], script: str, when: str) -> None:
    """Let scripts that fit the same model to the same choices share the fit."""
    open_store(FITS)
    bd.fit = shared_fit if when == "before" else FIT


def scraper(block: Any, block_vars: Mapping[str, Any], gallery_conf: Mapping[str, Any]) -> str:
    """Save the figure; the script's title is its alternative text."""
    figure = block_vars["example_globals"].pop("figure", None)
    if figure is None:
        return figure_rst([], gallery_conf["src_dir"])
    path = next(block_vars["image_path_iterator"])
    figure.savefig(path, dpi=120)
    script = ast.parse(Path(block_vars["src_file"]).read_text(encoding="utf-8"))
    title = (ast.get_docstring(script) or "").partition("\n")[0]
    return figure_rst([path], gallery_conf["src_dir"], title)
