"""Lines such as ``v_i ~ Normal(μ, σ)`` as MathML, which browsers show without a script."""

from __future__ import annotations

import re

from markupsafe import Markup

__all__ = ["formula"]

# parameters keep the names that they have in code and tables
NAMES = "boundary_spread|ndt_spread|start_spread|lapse_rt|type_spread|logit"
TOKEN = re.compile(rf"(?:{NAMES})|[^\W\d_]+|\d+(?:\.\d+)?|\S")
SCRIPT = re.compile(r"([_^])(?:\{([^}]*)\}|(\w+))")
INDICES = set("ijk")
SPACE = Markup('<mspace width="0.25em"/>')
OPERATORS = {"~": "∼", "-": "−", "*": "·"}


def formula(line: str) -> Markup:
    """Return a line of mathematics as MathML.

    Parameters
    ----------
    line : str
        Names, numbers and operators; ``_x``, ``_{xy}``, ``^x`` put a name below or above the one
        before.

    Returns
    -------
    Markup

    Examples
    --------
    >>> print(formula("v < 2"))  # doctest: +ELLIPSIS
    <math display="block" aria-label="v &lt; 2"><mrow><mi>v</mi><mo>&lt;</mo><mn>2</mn>...
    """
    return Markup('<math display="block" aria-label="{}">{}</math>').format(line, _row(line))


def _row(line: str) -> Markup:
    made: list[Markup] = []
    at, apart = 0, False
    while at < len(line):
        token = TOKEN.match(line, at)
        if token is None:
            at, apart = at + 1, True
            continue
        if apart and made and _is_name(token.group()) and not made[-1].endswith("</mo>"):
            made.append(SPACE)
        item, at, apart = _item(token.group()), token.end(), False
        script = SCRIPT.match(line, at)
        if script:
            tag = "msub" if script.group(1) == "_" else "msup"
            below = _script(script.group(2) or script.group(3))
            item, at = Markup(f"<{tag}>{{}}{{}}</{tag}>").format(item, below), script.end()
        made.append(item)
    return Markup("<mrow>{}</mrow>").format(Markup("").join(made))


def _script(text: str) -> Markup:
    if set(text) <= INDICES:
        letters = Markup("").join(_item(letter) for letter in text)
        return letters if len(text) == 1 else Markup("<mrow>{}</mrow>").format(letters)
    return _row(text) if re.search(r"[^\w]", text) else _item(text)


def _is_name(token: str) -> bool:
    return token[0].isalnum()


def _item(token: str) -> Markup:
    if token[0].isdigit():
        return Markup("<mn>{}</mn>").format(token)
    if token[0].isalpha():
        return Markup("<mi>{}</mi>").format(token)
    return Markup("<mo>{}</mo>").format(OPERATORS.get(token, token))
