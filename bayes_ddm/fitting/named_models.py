"""What `help(bayes_ddm.fit)` says of the models and their priors: read from their files."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bayes_ddm import models


def naming_models[F: Callable[..., Any]](function: F) -> F:
    """Name every model, and every parameter with its priors, in a function's description."""
    doc = inspect.cleandoc(function.__doc__ or "")
    before, heading, after = doc.partition("Examples\n--------\n")
    function.__doc__ = f"{before}Notes\n-----\n{_notes()}\n\n{heading}{after}"
    return function


def defaults(name: str) -> dict[str, str]:
    """Return the parameters of a model and their defaults, as they stand in its file.

    Examples
    --------
    >>> defaults("hierarchical")["mu"]
    'pm.Normal.dist(0, 2)'
    """
    spec = find_spec(f"{models.__name__}.{name}")
    tree = ast.parse(Path((spec and spec.origin) or "").read_text(encoding="utf-8"))
    build = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "build")
    pairs = zip(build.args.kwonlyargs, build.args.kw_defaults, strict=True)
    return {arg.arg: ast.unparse(value) for arg, value in pairs if value is not None}


def _notes() -> str:
    spellings_of: dict[str, list[str]] = {}
    for name in models.names():
        for parameter, value in defaults(name).items():
            spellings = spellings_of.setdefault(parameter, [])
            spellings += [value] if value not in spellings else []
    lines = ["Models:", ""]
    for name in models.names():
        lines.append(f"- ``{name}``: {models.summary(name).partition(': ')[2]}")
    lines += [
        "",
        "Parameters that models have, with defaults; several where models differ:",
        "",
    ]
    lines += [f"- ``{key}``: {', or '.join(values)}" for key, values in spellings_of.items()]
    return "\n".join(lines)
