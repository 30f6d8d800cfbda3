"""Blocks as HTML, for notebooks and for the report; whatever they hold is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from bayes_ddm.display.blocks import Block, verdict

if TYPE_CHECKING:
    from jinja2 import Environment


def as_html(blocks: Sequence[Block]) -> str:
    """Return blocks as a notebook shows them.

    Examples
    --------
    >>> from bayes_ddm.display import Words
    >>> "<p>a &lt; b</p>" in as_html([Words("a < b")])
    True
    """
    return str(_macros().notebook(blocks))


def block_html(block: Block, level: int) -> str:
    """Return one block; `level` is that of headings."""
    return _macros().show(block, level)


def environment(package: str) -> Environment:
    """Return where the templates of a package are rendered; all they are given is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _macros() -> Any:
    templates = environment("bayes_ddm.display")
    templates.globals["verdict"] = verdict
    templates.tests["a"] = lambda block, kind: type(block).__name__ == kind
    return templates.get_template("blocks.html.j2").module
