"""The site that `make docs` builds: notebooks as committed, reference from docstrings."""

import re
import shutil
import subprocess
import sys
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import ziamath
from numpydoc.xref import DEFAULT_LINKS
from sphinx.application import Sphinx

import bayes_ddm as bd

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

project = "bayes-ddm"
author = "The bayes-ddm developers"
version = release = version_of("bayes-ddm")
extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
    "mathml",
]
exclude_patterns = ["generated/gallery/**.ipynb", "gallery"]
templates_path = ["templates"]

html_theme = "furo"
html_title = "bayes-ddm"
# with the font for mathematics: few systems have one
html_static_path = ["static", str(Path(ziamath.__file__).parent / "fonts")]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_math_renderer = "mathml"
smartquotes_action = "qe"  # and leave -- as it is in commands
pygments_style = "a11y-light"  # each colour has contrast enough
pygments_dark_style = "monokai"

# Markdown, and notebooks as they were committed
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# docstrings; `name` in single backticks becomes a link wherever it leads somewhere
default_role = "autolink"
autosummary_generate = True
autosummary_ignore_module_all = False
autodoc_typehints = "none"
autodoc_preserve_defaults = True
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
# sections that are missing, misspelt or out of order, and parameters that the code does not have
numpydoc_validation_checks = {"GL01", "GL03", "GL06", "GL07", "GL08", "PR03", "PR06", "PR10"}
# our classes are links; Python's and NumPy's words would lead to sites that are not fetched
numpydoc_xref_aliases = {word: word for word in DEFAULT_LINKS}
numpydoc_xref_aliases |= {name: f"bayes_ddm.{name}" for name in bd.__all__ if name[0].isupper()}

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "generated/gallery",
    "filename_pattern": r"\.py$",
    "image_scrapers": "figures.scraper",
    "reset_modules": ("matplotlib", "figures.share_fits"),
    "reset_modules_order": "both",
    "parallel": True,
    "subsection_order": ["gallery/answer", "gallery/data", "gallery/checks", "gallery/models"],
    "within_subsection_order": "FileNameSortKey",
    "nested_sections": False,
    "thumbnail_size": (780, 560),
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_signature": False,
    "show_memory": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "remove_config_comments": True,
}


def command_line(app: Sphinx) -> None:
    """Write the page of commands from their help."""
    page = HERE / "generated" / "command-line.md"
    page.parent.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "typer", "bayes_ddm.cli.main", "utils", "docs"]
    command += ["--name", "bayes-ddm", "--title", "Command line"]
    help_pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    examples = re.sub(r"^Example: (.+)$", r"Example: `\1`", help_pages, flags=re.MULTILINE)
    page.write_text(examples, encoding="utf-8")


def notebooks(app: Sphinx) -> None:
    """Copy the notebooks to where pages are; Sphinx reads nothing outside its folder."""
    copies = HERE / "notebooks"
    copies.mkdir(exist_ok=True)
    kept = {path.name for path in (HERE.parent / "notebooks").glob("*.ipynb")}
    for stale in copies.iterdir():
        if stale.name not in kept:
            stale.unlink()
    for name in kept:
        shutil.copy2(HERE.parent / "notebooks" / name, copies)


def links_inside(app: Sphinx, page: str, source: list[str]) -> None:
    """Turn links that a code host can follow, to ../notebooks and ../docs, into the site's."""
    up = "../" * page.count("/")
    source[0] = source[0].replace(f"]({up}../notebooks/", f"]({up}notebooks/")
    source[0] = source[0].replace("](../docs/", "](../")


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect what is made at build time."""
    from figures import forget_fits

    forget_fits()
    app.connect("builder-inited", command_line)
    app.connect("builder-inited", notebooks)
    app.connect("source-read", links_inside)
    return {"parallel_read_safe": True}
