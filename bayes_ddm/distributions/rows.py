"""The observed value of the distributions: rows of response time and choice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import pymc as pm

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError

_REPLACEABLE: ContextVar[bool] = ContextVar("replaceable", default=False)
_OMISSIBLE: ContextVar[bool] = ContextVar("omissible", default=False)


def rows(choices: Choices) -> FloatArray:
    """Return the observed values ``(rt, choice)``, shape (rows, 2).

    Raises
    ------
    InputError
        If rows of known labelers stand for several choices each.

    Examples
    --------
    >>> import pandas as pd
    >>> rows(Choices.from_frame(pd.DataFrame({"choice": [1, 0], "rt": [0.9, 1.4]})))
    array([[ 0.9,  1. ],
           [ 1.4, -1. ]])
    """
    if choices.labeler is not None and (choices.count != 1).any():
        raise InputError("rows of known labelers must be one per choice; use choices.expanded().")
    return np.column_stack([choices.rt, choices.choice.astype(float)])


def replaceable_rows() -> AbstractContextManager[None]:
    """Build models whose rows can be replaced: ``pm.Data("rows")``, shape (rows, 2).

    A model compiled once can then be fitted to many data sets of one design, as calibration does;
    so can one whose rows ``pm.set_data`` or simuk replaces.  Otherwise rows are constants, whose
    sums are taken once, and the non-decision time stays below the smallest time of those.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=5, choices=2, boundary=1.25, seed=1)
    >>> with replaceable_rows():
    ...     model = bd.models.builder("hierarchical")(choices)
    >>> model["rows"].get_value().shape
    (10, 2)
    """
    return _on(_REPLACEABLE)


def observed_rows(choices: Choices) -> Any:
    """Rows of the model on the context: an array, or data if they are to be replaceable."""
    values = rows(choices)
    if not _REPLACEABLE.get():
        return values
    model = pm.modelcontext(None)
    return model["rows"] if "rows" in model.named_vars else pm.Data("rows", values)


def observed_choices(choices: Choices) -> Any:
    """How many of each row's choices are +1, shape (rows,); replaceable as data ``chosen``."""
    values = np.where(choices.choice > 0, choices.count, 0)
    return pm.Data("chosen", values) if _REPLACEABLE.get() else values


def omissible_rows() -> AbstractContextManager[None]:
    """Build models of known labelers whose rows can be left out: ``pm.Data("count")``, (rows,).

    A model compiled once can then be fitted to many parts of its rows. Limits that response times
    set, as of a non-decision time, are still those of all rows.
    """
    return _on(_OMISSIBLE)


def row_counts(choices: Choices) -> Any:
    """Return how often each row counts, as data, if rows can be left out; else None."""
    if choices.labeler is None or not _OMISSIBLE.get():
        return None
    return pm.Data("count", np.ones(len(choices)))


@contextmanager
def _on(switch: ContextVar[bool]) -> Iterator[None]:
    token = switch.set(True)
    try:
        yield
    finally:
        switch.reset(token)
