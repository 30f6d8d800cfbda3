"""Mathematics as MathML, which browsers draw by themselves: no script, nothing fetched."""

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

logger = logging.getLogger(__name__)

# 12 is one number to the converter, and two arguments to TeX
TWO_DIGITS = re.compile(r"\\([dt]?frac|binom)\s*(\d)\s*(\d)")
# how PyMC writes a model: an array whose relations stand between two alignment marks
ARRAY = re.compile(r"\\begin\{array\}\{rcl\}(.*?)\\end\{array\}", re.DOTALL)
RELATION = re.compile(r"&\s*(=|\\sim)\s*&")
# thin spaces beside functions, as TeX sets them: before, and after unless a bracket follows
FUNCTION = r"\\(?:log|exp|cosh|sinh|tanh)(?![a-zA-Z])"
BEFORE = re.compile(rf"(?<=[\w)}}])\s*(?={FUNCTION})")
AFTER = re.compile(rf"({FUNCTION})\s*(?=[a-zA-Z|]|\\(?!left|[bB]ig)[a-zA-Z])")


def _aligned(array: re.Match[str]) -> str:
    lines = RELATION.sub(lambda relation: f"&{relation[1]} ", array[1]).strip()
    lines = lines.replace(r"\_", "_")  # all of it is text to the converter
    return rf"\begin{{aligned}}{lines}\end{{aligned}}"


def _converted(node: nodes.Node, tex: str, *, as_block: bool) -> str:
    tex = ARRAY.sub(_aligned, tex)
    tex = TWO_DIGITS.sub(r"\\\1{\2}{\3}", tex)
    tex = AFTER.sub(r"\1\\,", BEFORE.sub(r"\\,", tex))
    try:
        return tex2mathml(tex, as_block=as_block)
    except MathError as error:
        logger.warning("%s in %r", error, tex, location=node)
        return ""


def inline(writer: Any, node: nodes.math) -> None:
    """Write a formula within a line."""
    writer.body.append(_converted(node, node.astext(), as_block=False))
    raise nodes.SkipNode


def block(writer: Any, node: nodes.math_block) -> None:
    """Write a formula that stands alone; lines are aligned at ``&``."""
    tex = node.astext().strip()
    if r"\\" in tex and r"\begin" not in tex:
        tex = rf"\begin{{aligned}}{tex}\end{{aligned}}"
    anchor = f' id="{node["ids"][0]}"' if node["ids"] else ""
    formula = _converted(node, tex, as_block=True)
    number = ""
    if node.get("number"):
        number = f'<span class="eqno">({get_node_equation_number(writer, node)})</span>'
    # a long formula scrolls by itself, with the keyboard too
    writer.body.append(f'<div class="math-block" tabindex="0"{anchor}>{number}{formula}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Make ``html_math_renderer = "mathml"`` known."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
