"""Drift pseudo-labels for tables that need not fit into memory: read in parts, twice.

The first pass learns which value of the choice column is +1, and keeps what the boundary is learned
from: the whole table, or of a long one a random part. The second pass writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.read import lines_of
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError, RowError
from bayes_ddm.estimators.labels.label import (
    LABEL,
    VARIANCE,
    boundary_for,
    describe,
    label_rows,
    too_fast_notes,
)
from bayes_ddm.estimators.labels.table_parts import Part, column_names, extending, parts
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.files import writing
from bayes_ddm.progress import bar

__all__ = ["LabeledFile", "label_file"]

MOST_ROWS = 1_000_000  # that a boundary is learned from
STRETCH = 10_000  # rows of a labeler this near to one another stay together
MANY_VALUES = 20  # of a choice column that should have two

Values = dict[Any, tuple[int, int]]  # of the choice column: how often, and where first


@dataclass(frozen=True, repr=False)
class LabeledFile(Shown):
    """What `label_file` wrote.

    Attributes
    ----------
    path : Path
    rows : int
        Rows of the table, all of them written.
    no_response, too_fast : int
        Rows without a choice or response time; rows faster than the ndt. Their cells are empty.
    mean : float
        Mean of the pseudo-labels.
    boundary : Boundary
        The boundary and ndt used.
    notes : tuple of str
        What should be known before the pseudo-labels are used.
    """

    path: Path
    rows: int
    no_response: int
    too_fast: int
    mean: float
    boundary: Boundary
    notes: tuple[str, ...]

    def blocks(self) -> tuple[Words]:
        """Return how many rows were labeled."""
        labeled = self.rows - self.no_response - self.too_fast
        done = f"{labeled:,} of {self.rows:,} rows labeled; mean pseudo-label {self.mean:.4g}"
        return (Words(done),)


@dataclass(frozen=True)
class _Survey:
    """What the first pass found."""

    sign: Mapping[Any, float]
    sample: pd.DataFrame
    rows: int


@dataclass
class _Tally:
    """What the second pass counted."""

    rows: int = 0
    no_response: int = 0
    too_fast: int = 0
    total: float = 0.0
    fastest: float = np.inf


def label_file(
    path: str | Path,
    out: str | Path,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    overwrite: bool = False,
    progress: bool = True,
    **names: Any,
) -> LabeledFile:
    """Write a table back with ``drift_pseudo_label`` and ``drift_pseudo_label_variance`` added.

    Every row and column stays, in its order; a CSV file keeps every byte. Rows without a response
    and rows faster than the ndt get empty cells, and are counted.

    Parameters
    ----------
    path : str or Path
        CSV or Parquet, of any length: it is read in parts.
    out : str or Path
        CSV, or Parquet if its name ends in ``.parquet``. Columns of a CSV file that is written as
        Parquet are text there.
    boundary, ndt : float, optional
        As in `label`. A boundary that is not given is learned first; from a table of more than a
        million rows, from a random part of it.
    overwrite : bool
        Replace `out` if it exists.
    progress : bool
        Show a progress bar on a terminal.
    **names
        The arguments of `Choices.from_frame`.

    Returns
    -------
    LabeledFile

    Raises
    ------
    InputError
        If the table cannot be used (as in `read_choices`), no boundary was given and none can be
        learned, the table has such columns already, or `out` cannot be written. Then nothing is
        written.
    """
    path, out = Path(path), Path(out)
    if out.absolute() == path.absolute():
        raise InputError(f"{str(out)!r} is the input; give the output another name.")
    choice, rt = names.get("choice", "choice"), names.get("rt", "rt")
    unit = names.get("rt_unit")
    needed = _needed(path, choice, rt, names)
    go = partial(parts, path, needed, as_text=names.get("labeler"))
    with lines_of(path), bar(f"labeling {path.name}", 2, progress=progress) as tell:
        survey = _surveyed(go(), choice, names.get("labeler"), names.get("positive"), tell)
        used = boundary_for(_choices(survey.sample, names), boundary=boundary, ndt=ndt)
        tally = _Tally()
        with (
            writing(out, overwrite=overwrite) as temporary,
            extending(path, temporary, [LABEL, VARIANCE]) as write,
        ):
            for part in go():
                signs = part.frame[choice].map(survey.sign).to_numpy(float, na_value=np.nan)
                seconds = _seconds(part.frame, rt, unit, signs)
                labels, variances = label_rows(signs, seconds, used)
                write(part, {LABEL: labels, VARIANCE: variances})
                _count(tally, seconds, labels, used.ndt)
                tell(1 + part.done)
    notes = [describe(used)]
    if used.method != "known" and len(survey.sample) < survey.rows:
        notes.append(f"the boundary was learned from {len(survey.sample):,} rows, a random part")
    if tally.no_response:
        notes.append(f"{tally.no_response:,} rows have no response: no pseudo-label")
    notes += too_fast_notes(tally.too_fast, used, tally.fastest)
    labeled = tally.rows - tally.no_response - tally.too_fast
    return LabeledFile(
        path=out,
        rows=tally.rows,
        no_response=tally.no_response,
        too_fast=tally.too_fast,
        mean=tally.total / labeled if labeled else np.nan,
        boundary=used,
        notes=tuple(notes),
    )


def _needed(path: Path, choice: str, rt: str, names: Mapping[str, Any]) -> list[str]:
    """Columns to look at; refuses those that are not there, and those that would be there twice."""
    header = pd.DataFrame(columns=column_names(path))
    for name in (LABEL, VARIANCE):
        if name in header:
            raise InputError(f"the table has a column {name!r} already; rename or remove it.")
    needed = [choice, rt, *filter(None, (names.get("labeler"), names.get("count")))]
    for name in needed:
        columns.find(header, name)
    features = names.get("features") or ()
    if isinstance(features, str):
        raise InputError("features must be a list of column names, not one string.")
    for name in features:
        columns.feature(header, name, np.empty(0, dtype=bool))  # refuses what is not there
    # a difference "a-b" needs both of its columns; a few too many do no harm
    needed += [
        column
        for column in header
        if any(name.startswith(column) or name.endswith(column) for name in features)
    ]
    return list(dict.fromkeys(needed))


def _surveyed(
    go: Iterator[Part], choice: str, labeler: str | None, positive: Any, tell: Any
) -> _Survey:
    values: Values = {}
    kept: list[tuple[pd.DataFrame, NDArray[np.uint64]]] = []
    limit, rows = np.uint64(2**64 - 1), 0
    for part in go:
        frame = part.frame
        present = frame[choice][~columns.missing(frame[choice])]
        for value, times in Counter(present.tolist()).items():
            often, first = values.get(value, (0, int(present.index[(present == value).argmax()])))
            values[value] = often + times, first
        if len(values) > MANY_VALUES:
            break
        key = _keys(frame, labeler)
        kept.append((frame[key <= limit], key[key <= limit]))
        while sum(len(key) for _, key in kept) > MOST_ROWS:
            limit //= np.uint64(2)
            kept = [(frame[key <= limit], key[key <= limit]) for frame, key in kept]
        rows += len(frame)
        tell(part.done)
    if not values and not rows:
        raise InputError("the table has no rows.")
    sign = _signs(values, choice, positive)
    sample = pd.concat([frame for frame, _ in kept])
    sample[choice] = sample[choice].map(sign).astype(float)
    return _Survey(sign, sample, rows)


def _keys(frame: pd.DataFrame, labeler: str | None) -> NDArray[np.uint64]:
    """Random number of each row, the same for a labeler's rows that are near one another.

    Labelers stay whole where that is possible, since a repeated comparison takes two rows of one.
    """
    stretch = np.asarray(frame.index)
    if labeler is None:
        return pd.util.hash_array(stretch.astype(np.int64))
    who = pd.util.hash_array(frame[labeler].astype(str).to_numpy(object))
    return np.asarray(who ^ pd.util.hash_array(stretch.astype(np.int64) // STRETCH))


def _signs(values: Values, choice: str, positive: Any) -> dict[Any, float]:
    """+1 or -1 for every value of the choice column."""
    if not values:
        return {}
    ordered = list(values)
    if len(ordered) > 2:  # a refusal names the first of equally many: the rarest
        ordered.sort(key=lambda value: values[value])
    # texts of one number are one choice
    numeric = pd.to_numeric(pd.Series(ordered), errors="coerce")
    coded = pd.Series(ordered, dtype=object) if numeric.isna().any() else numeric
    first = np.array([values[value][1] for value in ordered])
    signs = columns.signs(coded, first, choice, positive)
    return dict(zip(ordered, signs.astype(float).tolist(), strict=True))


def _choices(sample: pd.DataFrame, names: Mapping[str, Any]) -> Choices:
    """Validate the rows that were kept, as `read_choices` would."""
    try:
        return Choices.from_frame(sample.reset_index(drop=True), **dict(names) | {"positive": None})
    except RowError as error:
        raise error.at_row(int(sample.index[error.row])) from None


def _seconds(frame: pd.DataFrame, rt: str, unit: str | None, signs: FloatArray) -> FloatArray:
    """Response times of a part in seconds, NaN where there is no response."""
    try:
        seconds = columns.numbers(frame[rt], rt)
        responded = np.flatnonzero(~np.isnan(seconds) & ~np.isnan(signs))
        weights = np.ones(len(responded), dtype=np.int64)
        # the unit was judged by all rows together
        columns.times(seconds[responded], weights, responded, rt, "s")
    except RowError as error:
        raise error.at_row(int(frame.index[error.row])) from None
    result = np.full(len(seconds), np.nan)
    result[responded] = seconds[responded] * columns.RT_UNITS[unit or "s"]
    return result


def _count(tally: _Tally, seconds: FloatArray, labels: FloatArray, ndt: float) -> None:
    tally.rows += len(seconds)
    tally.no_response += int(np.isnan(seconds).sum())
    tally.too_fast += int((seconds <= ndt).sum())
    tally.total += float(np.nansum(labels))
    tally.fastest = min(tally.fastest, float(np.nanmin(seconds, initial=np.inf)))
