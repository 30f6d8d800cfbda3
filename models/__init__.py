"""The models: one short PyMC program per file, each with a ``build(choices, ...)``.

What else is to be said of a model stands in its file too, as ``describes = Description(...)``.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_ddm.errors import InputError, did_you_mean

if TYPE_CHECKING:
    import pymc as pm

    from bayes_ddm.data.choices import Choices

__all__ = ["Description", "builder", "default_model", "description", "names", "summary"]


def __dir__() -> list[str]:
    return sorted(__all__)


@dataclass(frozen=True)
class Description:
    """What a model is to the rest of the library, beside a program.

    Attributes
    ----------
    population : str or None
        Shape that it takes the population of preferences to have; None: everybody prefers the same.
    instead : str
        What a fit allows for that has this model in place of one of another shape; empty for a
        model that is no such alternative.
    counted : str
        The option whose number makes the population's shape richer, such as ``"types"``.
    response_times : bool
        Whether it is one of response times, or of choices alone.
    anonymous, contextual : bool or None
        Whether it takes only anonymous labelers, or only known ones; only choices with features,
        or only those without. None: either.
    law : callable or None
        How preferences are spread over labelers, in lines of TeX, from the symbols of a
        labeler's preference and of the average, and the number of types. None: normally.
    symbols : str
        What else its mathematics is to be read with.
    mends : str
        What a predictive check that fails may ask for, and this model is about.
    offer : str
        The same in words.
    """

    population: str | None = "normal"
    instead: str = ""
    counted: str = ""
    response_times: bool = True
    anonymous: bool | None = None
    contextual: bool | None = None
    law: Callable[[str, str, int], list[str]] | None = None
    symbols: str = ""
    mends: str = ""
    offer: str = ""

    def takes(self, *, anonymous: bool, contextual: bool) -> bool:
        """Whether it takes such choices."""
        return self.anonymous in {None, anonymous} and self.contextual in {None, contextual}


def names() -> list[str]:
    """Names of the models in this folder, sorted."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def default_model(choices: Choices) -> str:
    """``contextual`` when there are features, else ``hierarchical``."""
    return "contextual" if choices.contextual else "hierarchical"


def builder(name: str) -> Callable[..., pm.Model]:
    """Return the ``build`` function of a model.

    Raises
    ------
    InputError
        If no model has that name.
    """
    return importlib.import_module(f"{__name__}.{_known(name)}").build


def description(name: str) -> Description:
    """Return what is to be said of a model; of one of a user's own what is usual.

    Examples
    --------
    >>> description("student").population
    'a Student distribution'
    """
    if name not in names():
        return Description()
    module = importlib.import_module(f"{__name__}.{name}")
    return getattr(module, "describes", Description())


def summary(name: str) -> str:
    """Return the first line of a model's description, without importing it."""
    spec = find_spec(f"{__name__}.{_known(name)}")
    source = Path(spec.origin or "").read_text(encoding="utf-8") if spec else ""
    return (ast.get_docstring(ast.parse(source)) or name).splitlines()[0]


def _known(name: str) -> str:
    if name not in names():
        hint = did_you_mean(name, names(), f"models are {', '.join(names())}.")
        raise InputError(f"unknown model {name!r}; {hint}")
    return name
