"""Blocks as HTML, for notebooks and for the report; whatever they hold is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from bayes_ddm.display.blocks import Block, verdict

__all__ = ["as_html", "block_html"]


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


@cache
def _macros() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("bayes_ddm.display", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["verdict"] = verdict
    environment.tests["a"] = lambda block, kind: type(block).__name__ == kind
    return environment.get_template("blocks.html.j2").module
