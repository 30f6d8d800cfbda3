"""Formulas as text: parsed, and refused where they hold what is not evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from bayes_ddm.data.value_calls import ValueCall, value_call
from bayes_ddm.data.values import VALUE_FUNCTIONS
from bayes_ddm.errors import InputError, did_you_mean

# what a formula may call; nothing else is evaluated, whoever wrote the formula
FUNCTIONS = (
    "np.log",
    "np.log1p",
    "np.log2",
    "np.log10",
    "np.exp",
    "np.sqrt",
    "np.abs",
    "np.tanh",
    "C",
    "I",
    "bs",
    "center",
    "scale",
    "standardize",
    *VALUE_FUNCTIONS,
)


def covariates_in(formula: str, what: str = "drift") -> tuple[str, ...]:
    """Names of columns that a formula uses; errors say what it is for.

    Examples
    --------
    >>> covariates_in("1 + np.log(amount) + C(task):delay")
    ('amount', 'task', 'delay')
    """
    return safe_names(formula, None, what)


def safe_names(formula: str, covariates: pd.DataFrame | None, what: str) -> tuple[str, ...]:
    """Names of the covariates that a formula uses; refuse what it may not hold."""
    columns = [] if covariates is None else [str(column) for column in covariates.columns]
    names: dict[str, None] = {}
    for kind, text in _walk(_parsed(formula, what)):
        if kind == "operator" and text == "~":
            raise InputError(
                f"{what} formula {formula!r} names a response; give the right-hand side alone."
            )
        if kind == "operator" and text == "|":
            raise InputError(
                f"{what} formula {formula!r}: labelers' own values come with the model (or "
                "bd.by_labeler), not with '|'; leave that term out."
            )
        if kind == "operator" and text == "power of a number":
            raise InputError(
                f"{what} formula {formula!r} raises a number to a power; write it out."
            )
        if kind == "function" and text not in FUNCTIONS:
            hint = f"there are {', '.join(FUNCTIONS)}."
            raise InputError(
                f"{what} formula {formula!r} calls {text}, which is not among the functions of a "
                f"formula; {did_you_mean(text, FUNCTIONS, hint)}"
            )
        if kind == "function" and text in VALUE_FUNCTIONS and what != "drift":
            raise InputError(
                f"{what} formula {formula!r}: {text} is a part of the drift; take it out of {what}."
            )
        if kind == "within":
            raise InputError(
                f"{what} formula {formula!r} has {text} within another call; let it stand alone, "
                f"or multiply it: {text}(...):column."
            )
        if kind == "name" and covariates is not None and text not in columns:
            hint = f"there are {', '.join(columns) or 'none'}; name it in covariates=."
            raise InputError(
                f"{what} formula {formula!r}: there is no covariate or feature {text!r}; "
                f"{did_you_mean(text, columns, hint)}"
            )
        if kind == "name":
            names[text] = None
    return tuple(names)


def _walk(node: Any) -> Iterator[tuple[str, str]]:
    """Operators, functions and names of a parsed formula."""
    kind = type(node).__name__
    if kind == "Call":
        yield "function", _dotted(node.callee)
        for argument in node.args:
            for part in _walk(argument):
                yield part
                if part[0] == "function" and part[1] in VALUE_FUNCTIONS:
                    yield "within", part[1]
    elif kind == "Variable":
        yield "name", str(node.name.lexeme)
    elif kind == "QuotedName":
        yield "name", str(node.expression.lexeme).strip("`")
    elif kind == "Binary":
        yield "operator", str(node.operator.lexeme)
        if node.operator.lexeme == "**" and type(node.left).__name__ != "Variable":
            # 9**9**9 takes forever
            yield "operator", "power of a number"
        yield from _walk(node.left)
        yield from _walk(node.right)
    elif kind == "Unary":
        yield from _walk(node.right)
    elif kind == "Grouping":
        yield from _walk(node.expression)
    elif kind == "Assign":
        yield from _walk(node.value)
    elif kind != "Literal":
        raise InputError(f"a formula cannot hold {node}.")


def _dotted(callee: Any) -> str:
    name = getattr(callee, "name", callee)
    return str(getattr(name, "lexeme", name))


def _parsed(formula: str, what: str) -> Any:
    from formulae.parser import ParseError, Parser
    from formulae.scanner import ScanError, Scanner

    if not isinstance(formula, str) or not formula.strip():
        raise InputError(f'{what} is a formula, such as {what}="1 + delay"; got {formula!r}.')
    try:
        return Parser(Scanner(formula).scan()).parse()
    except (ParseError, ScanError) as error:
        raise InputError(
            f"{what} formula {formula!r} does not parse: {one_line(error)}."
        ) from error


def value_calls(formula: str) -> tuple[ValueCall, ...]:
    """Value functions that a formula calls, each once, in the order of its text.

    Examples
    --------
    >>> [call.arguments for call in value_calls("1 + bd.power(gain) + bd.power(gain):task")]
    [('gain', 0.0)]
    """
    nodes = _valued(_parsed(formula, "drift"))
    return tuple(dict.fromkeys(value_call(node, formula) for node in nodes))


def _valued(node: Any) -> Iterator[Any]:
    """Calls of value functions, none of which is within another call."""
    kind = type(node).__name__
    if kind == "Call" and _dotted(node.callee) in VALUE_FUNCTIONS:
        yield node
    for part in ("left", "right", "expression"):
        if kind in {"Binary", "Unary", "Grouping"} and hasattr(node, part):
            yield from _valued(getattr(node, part))


def one_line(error: Exception) -> str:
    """Return what an error of another library says, as one line without a full stop."""
    return " ".join(str(error).split()).rstrip(".")
