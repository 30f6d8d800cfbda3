"""Priors written down as the Python that gives them again, and read without being evaluated."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.pytensorf import constant_fold

from bayes_ddm.distributions.priors import (
    ByCondition,
    ByLabeler,
    by_condition,
    by_labeler,
    is_distribution,
)


def as_code(value: Any) -> Any:
    """Write down what a parameter was given as.

    Parameters
    ----------
    value : unnamed PyMC or PreliZ distribution, ByLabeler, ByCondition, formula, number, or None

    Returns
    -------
    str, number, list or None
        Of a prior the Python that gives it again, to the last digit; of a distribution whose
        parameters are no numbers, or are distributions themselves, only a description.

    Examples
    --------
    >>> as_code(pm.Gamma.dist(2, 0.1)), as_code(by_labeler(spread=pm.HalfNormal.dist(0.5)))
    ('pm.Gamma.dist(2, 0.1)', 'bd.by_labeler(spread=pm.HalfNormal.dist(0.5))')
    """
    value = value.to_pymc() if hasattr(value, "to_pymc") else value
    if isinstance(value, ByLabeler | ByCondition):
        keywords = [f"{key}={as_code(x)}" for key, x in vars(value).items() if x is not None]
        function = "by_labeler" if isinstance(value, ByLabeler) else "by_condition"
        return f"bd.{function}({', '.join(keywords)})"
    if isinstance(value, str):
        return repr(value)
    if is_distribution(value):
        return _distribution_code(value)
    if value is None or isinstance(value, int):
        return value
    try:
        return np.asarray(value, dtype=float).tolist()
    except (TypeError, ValueError):
        return str(value)


def _distribution_code(prior: Any) -> str:
    op = prior.owner.op
    name = op._print_name[0] if getattr(op, "_print_name", None) else type(op).__name__
    values = _arguments(prior)
    if values is None:
        return str(name)
    family = getattr(pm, name, None)
    if hasattr(family, "logp") and not any(isinstance(x, pt.TensorVariable) for x in values):
        for positional, keywords in _ways_to_give(family, prior, values):
            if _gives(family, positional, keywords, prior, values):
                words = [*map(repr, positional), *(f"{key}={x!r}" for key, x in keywords.items())]
                return f"pm.{name}.dist({', '.join(words)})"
    words = [x.name or "" if isinstance(x, pt.TensorVariable) else str(x) for x in values]
    return f"{name}({', '.join(words)})" if all(words) else str(name)


def _arguments(prior: Any) -> list[Any] | None:
    """What the random variable takes, numbers where they are; None for one made of others."""
    try:
        arguments = prior.owner.op.dist_params(prior.owner)
    except ValueError:
        return None
    if all(isinstance(x, pt.TensorConstant) for x in arguments):
        return [x.data for x in arguments]
    return list(constant_fold(arguments, raise_not_constant=False))


def _ways_to_give(
    family: Any, prior: Any, values: list[Any]
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Arguments that may give a distribution the values that its random variable takes."""
    numbers = [np.asarray(x).tolist() for x in values]
    takes = inspect.signature(family.dist).parameters
    names = list(inspect.signature(family.logp).parameters)[1:]
    # bounds that are infinite, which no literal is, are so by default
    finite = {key: x for key, x in zip(names, numbers, strict=False) if not np.isinf(x).any()}
    keywords = {key: finite[key] for key in takes if key in finite}
    positional = []
    for key, parameter in takes.items():
        if key not in keywords or parameter.kind is parameter.KEYWORD_ONLY:
            break
        positional.append(keywords.pop(key))
    yield positional, keywords
    if not values:
        return
    # PyMC is given a rate, and takes its inverse
    last = prior.owner.op.dist_params(prior.owner)[-1]
    if last.owner is not None:
        (rate,) = constant_fold(last.owner.inputs[:1], raise_not_constant=False)
        yield [*numbers[:-1], np.asarray(rate).tolist()], {}
    yield [*numbers[:-1], (1 / np.asarray(numbers[-1], dtype=float)).tolist()], {}


def _gives(
    family: Any, positional: list[Any], keywords: dict[str, Any], prior: Any, values: list[Any]
) -> bool:
    """Whether these arguments give the same random variable, but for rounding."""
    try:
        again = family.dist(*positional, **keywords)
    except (TypeError, ValueError):
        return False
    if type(again.owner.op) is not type(prior.owner.op):
        return False
    # PyMC inverts a rate of 3 in single precision
    close = partial(np.allclose, rtol=1e-7, atol=0)
    return all(map(close, _arguments(again) or (), values))


def from_code(code: Any) -> Any:
    """Return what `as_code` wrote down; None where that was a description only.

    The text is parsed, never evaluated: distributions of PyMC, `by_labeler`, `by_condition`,
    formulas in quotes, numbers, lists.

    Examples
    --------
    >>> as_code(from_code("bd.by_labeler(center=pm.LogNormal.dist(0.5, 1.2))"))
    'bd.by_labeler(center=pm.LogNormal.dist(0.5, 1.2))'
    >>> from_code("__import__('os').getcwd()") is None
    True
    """
    if not isinstance(code, str):
        return code
    try:
        return _read(ast.parse(code, mode="eval").body)
    except (SyntaxError, TypeError, ValueError):
        return None


def _read(node: ast.expr) -> Any:
    if not isinstance(node, ast.Call):
        value = ast.literal_eval(node)
        if isinstance(value, str):
            return value
        if not np.issubdtype(np.asarray(value).dtype, np.number):
            raise ValueError(f"{value!r} is no number.")
        return value
    function = ast.unparse(node.func)
    keywords = {str(keyword.arg): _read(keyword.value) for keyword in node.keywords}
    positional = [_read(argument) for argument in node.args]
    if function in {"bd.by_labeler", "bd.by_condition"}:
        return (by_labeler if function == "bd.by_labeler" else by_condition)(
            *positional, **keywords
        )
    if any(isinstance(x, str) for x in (*positional, *keywords.values())):
        raise ValueError("a distribution takes numbers.")
    match = re.fullmatch(r"pm\.(\w+)\.dist", function)
    family = getattr(pm, match[1], None) if match else None
    if not (isinstance(family, type) and issubclass(family, pm.Distribution)):
        raise ValueError(f"no distribution {function!r}.")
    prior: Any = family
    return prior.dist(*positional, **keywords)


def in_words(code: Any) -> str:
    """Say what `as_code` wrote down; a number is fixed.

    Examples
    --------
    >>> in_words("pm.HalfNormal.dist(2)"), in_words(1.25)
    ('HalfNormal(2)', 'fixed at 1.25')
    """
    if isinstance(code, str):
        if code.startswith(("'", '"')):
            return f"by {ast.literal_eval(code)}"
        return re.sub(r"\b(?:pm\.(\w+)\.dist|bd\.(by_\w+))\(", r"\1\2(", code)
    return f"fixed at {code:g}" if isinstance(code, int | float) else f"fixed at {code}"
