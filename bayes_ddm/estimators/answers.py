"""Answers that hold no rows, such as a release, and make their closed form themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol, runtime_checkable

from bayes_ddm.errors import InputError
from bayes_ddm.estimators.table import EstimateTable


@runtime_checkable
class Answers(Protocol):
    """What `estimate` takes in place of choices."""

    def closed_form(self, *, most_drift: float | None = None, prob: float = 0.95) -> EstimateTable:
        """Return averages with their intervals."""


def from_answers(
    answers: Answers, given: Iterable[Any], *, most_drift: float | None, prob: float
) -> EstimateTable:
    """Estimate from answers without rows.

    Raises
    ------
    InputError
        If something is given that only rows can heed.
    """
    if any(x is not None for x in given):
        raise InputError(
            "a release holds no rows: boundary and ndt are its own, and there are no formulas, "
            "shares or bootstrap; leave them out."
        )
    return answers.closed_form(most_drift=most_drift, prob=prob)
