"""Answers that hold no rows of choices, and make their closed form themselves."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol, runtime_checkable

from bayes_ddm.errors import InputError
from bayes_ddm.estimators.table import EstimateTable


@runtime_checkable
class Rowless(Protocol):
    """What `estimate` takes in place of choices."""

    @property
    def heeds(self) -> Collection[str]:
        """Arguments of `estimate` that `closed_form` takes."""

    @property
    def limits(self) -> str:
        """Why it takes no others, and what to do."""

    def closed_form(self, *, prob: float = 0.95, **options: Any) -> EstimateTable:
        """Return averages with their intervals."""


def refuse_unheeded(
    answers: Rowless, options: Mapping[str, Any], spelling: Callable[[str], str] = str
) -> dict[str, Any]:
    """Return what was given, which is what is not None, or refuse it by its `spelling`.

    Raises
    ------
    InputError
        If something is given that these answers cannot heed.
    """
    named = {name: value for name, value in options.items() if value is not None}
    for name in named:
        if name not in answers.heeds:
            raise InputError(f"{spelling(name)}: {answers.limits}")
    return named


def from_rowless(answers: Rowless, options: Mapping[str, Any], prob: float) -> EstimateTable:
    """Estimate from answers without rows; what is None was not given.

    Raises
    ------
    InputError
        As `refuse_unheeded`.
    """
    return answers.closed_form(prob=prob, **refuse_unheeded(answers, options))
