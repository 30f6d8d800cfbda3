"""The models: one short PyMC program per file, each with a ``build(choices, ...)``."""

from __future__ import annotations

import ast
import difflib
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    import pymc as pm

__all__ = ["builder", "names", "summary"]


def names() -> list[str]:
    """Names of the models in this folder, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def builder(name: str) -> Callable[..., pm.Model]:
    """Return the ``build`` function of a model.

    Raises
    ------
    InputError
        If no model has that name.
    """
    return importlib.import_module(f"{__name__}.{_known(name)}").build


def summary(name: str) -> str:
    """Return the first line of a model's description, without importing it."""
    source = (Path(__file__).parent / f"{_known(name)}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0]


def _known(name: str) -> str:
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"models are {', '.join(names())}."
        raise InputError(f"unknown model {name!r}; {hint}")
    return name
