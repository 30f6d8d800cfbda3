"""A table of choices, checked column by column: what is kept of it, and what is dropped."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data import columns
from bayes_ddm.data.deadline import STRANGERS, Window, window
from bayes_ddm.data.origin import origin_of
from bayes_ddm.data.parquet import Owned
from bayes_ddm.data.response_times import RT_UNITS, checked_times, within
from bayes_ddm.errors import InputError

# columns of answers that a device randomised before it sent them
PRIVATE_CHOICE, PRIVATE_CELL = "private_choice", "private_cell"


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of a table of choices; made by `validated`.

    Attributes
    ----------
    chosen : dict
        Of rows with a choice and a response time, by the names of the fields of `Choices`.
    omitted : dict or None
        Of rows that ran out of time, those fields that differ.
    dropped : dict of str to int
    unanswered : int
        Rows with neither that were dropped for want of a deadline.
    notes : tuple of str
    """

    chosen: dict[str, Any]
    omitted: dict[str, Any] | None
    dropped: dict[str, int]
    unanswered: int
    notes: tuple[str, ...] = ()


def validated(
    frame: pd.DataFrame,
    *,
    choice: str,
    rt: str,
    labeler: str | None,
    features: Sequence[str] | None,
    count: str | None,
    rt_unit: str | None,
    positive: Any,
    covariates: Sequence[str],
    min_rt: float | None,
    max_rt: float | None,
    deadline: float | str | None,
    omissions: str | None,
) -> Table:
    """Check a table with one row per choice; arguments and errors are `from_frame`'s."""
    features = _refuse_unusable(frame, features, covariates, rt_unit)
    refuse_randomised(frame.columns, choice)
    raw_choice = columns.find(frame, choice)
    seconds = columns.numbers(columns.find(frame, rt), rt)
    no_choice, no_rt = columns.missing(raw_choice), np.isnan(seconds)
    counts = columns.counts(frame, count)
    limit = None
    if deadline is not None:
        limit = window(frame, deadline, omissions, seconds, no_choice, counts, rt_unit)
        limit.refuse_less(max_rt)
    elif omissions is not None:
        raise InputError("omissions= goes with a deadline; give deadline= (--deadline).")
    dropped: dict[str, int] = {
        "no choice": columns.total(counts, no_choice if limit is None else no_choice & ~limit.late),
        "no response time": columns.total(counts, no_rt & ~no_choice),
        "count of zero": int(np.count_nonzero(counts == 0)),
    }
    unanswered = 0 if limit is not None else columns.total(counts, no_choice & no_rt)
    keep = ~(no_choice | no_rt)
    keep &= counts > 0
    del no_choice, no_rt  # as long as the table
    if not keep.any():
        raise InputError(
            f"no row has both a choice ({choice!r}) and a response time ({rt!r})"
            + (" and a count above 0." if count else ".")
        )
    rows, weights = _places(keep), columns.of_rows(counts, keep)

    signs = columns.signs(raw_choice if keep.all() else raw_choice[keep], rows, choice, positive)
    if isinstance(frame, Owned) and keep.all():
        seconds.flags.writeable = True  # which pandas forbids, for the sake of other holders
    else:
        seconds = seconds[keep]
    times = checked_times(seconds, weights, rows, rt, rt_unit)
    inside, outside = within(times, weights, min_rt, max_rt)
    if not inside.all():
        keep[rows[~inside]] = False
        signs, times, rows = signs[inside], times[inside], rows[inside]
        weights = columns.of_rows(weights, inside)
    dropped |= outside
    if limit is not None:
        limit.refuse_later(times, rows, rt)
    matrix = _matrix(frame, features, keep)
    columns.refuse_degenerate_features(matrix, features)
    codes, names = None, None
    if labeler is not None:
        columns.refuse_many(weights, count)
        codes, names = columns.labelers(columns.find(frame, labeler)[keep], rows, labeler)
    chosen = {
        "choice": signs,
        "rt": times,
        "labeler": codes,
        "labelers": names,
        "features": matrix,
        "feature_names": features,
        "count": weights,
        "row": rows,
        "covariates": columns.covariates(frame, covariates, keep),
        "deadline": None if limit is None else limit.seconds[rows],
        "origin": origin_of(raw_choice, rows, signs),
    }
    omitted = None
    if limit is not None and limit.late.any():
        late_labeler, late = None, limit.late
        if labeler is not None:
            late_labeler, late = _late_labelers(
                columns.find(frame, labeler), names, limit.late, labeler
            )
            dropped[STRANGERS] = columns.total(counts, limit.late & ~late)
        omitted = _omitted(frame, limit, late, features, covariates, counts)
        omitted["labeler"] = late_labeler
    return Table(
        chosen,
        omitted,
        {reason: n for reason, n in dropped.items() if n},
        unanswered,
    )


def _places(keep: BoolArray) -> NDArray[Any]:
    """Return where rows are kept, in half the memory of all other numbers of rows."""
    kind = np.int32 if len(keep) <= np.iinfo(np.int32).max else np.int64
    return np.arange(len(keep), dtype=kind) if keep.all() else np.flatnonzero(keep).astype(kind)


def refuse_randomised(names: Collection[str], choice: str) -> None:
    """Refuse a table, by its columns' names, whose choices are answers that were randomised.

    Raises
    ------
    InputError
        If the column of choices is one of these, or is not there and one of these is.
    """
    for name in (PRIVATE_CHOICE, PRIVATE_CELL):
        if choice == name or (choice not in names and name in names):
            raise InputError(
                f"column {name!r} holds randomised answers, which mislead when taken as they are "
                "(at epsilon 1 an average of .23 for .5); give their scheme: --scheme S, in Python "
                "bd.read_private."
            )


def _refuse_unusable(
    frame: Any, features: Sequence[str] | None, covariates: Sequence[str], rt_unit: str | None
) -> tuple[str, ...]:
    """Refuse what is no table, or names no columns; return the names of features."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"expected a pandas DataFrame, got {type(frame).__name__}.")
    if frame.empty:
        raise InputError("the table has no rows.")
    if rt_unit is not None and rt_unit not in RT_UNITS:
        raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
    for what, value in (("features", features), ("covariates", covariates)):
        if value is not None and (isinstance(value, str) or not isinstance(value, Iterable)):
            raise InputError(f"{what} must be a list of column names; got {value!r}.")
    names = () if features is None else tuple(features)
    reserved = {"choice", "rt", "labeler", "count"} & set(names)
    if reserved:
        raise InputError(
            f"a feature cannot be called {reserved.pop()!r}, which is a column of every table of "
            "choices; rename it."
        )
    return names


def _matrix(frame: pd.DataFrame, names: tuple[str, ...], rows: BoolArray) -> FloatArray:
    vectors = [columns.feature(frame, name, rows) for name in names]
    return np.column_stack(vectors) if vectors else np.empty((int(rows.sum()), 0))


def _late_labelers(
    column: pd.Series, names: Any, late: BoolArray, labeler: str
) -> tuple[IntArray, BoolArray]:
    """Labeler of each row that ran out of time, and which of the rows are of labelers who chose."""
    rows = np.flatnonzero(late)
    index, late_names = columns.labelers(column[late], rows, labeler)
    codes = pd.Index(names).get_indexer(pd.Index(late_names))[index]
    known = np.zeros_like(late)
    known[rows[codes >= 0]] = True
    return codes[codes >= 0].astype(np.int64), known


def _omitted(
    frame: pd.DataFrame,
    limit: Window,
    rows: BoolArray,
    features: tuple[str, ...],
    covariates: Sequence[str],
    counts: IntArray,
) -> dict[str, Any]:
    """Fields of the rows that ran out of time: no choice, and the deadline for a time."""
    return {
        "choice": np.zeros(int(rows.sum()), dtype=np.int8),
        "rt": limit.seconds[rows],
        "features": _matrix(frame, features, rows),
        "count": counts[rows],
        "row": np.flatnonzero(rows),
        "covariates": columns.covariates(frame, covariates, rows),
        "deadline": limit.seconds[rows],
    }
