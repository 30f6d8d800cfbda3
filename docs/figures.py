"""What the gallery shows of a script: the figure that it leaves in ``figure``."""

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sphinx_gallery.scrapers import figure_rst


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
