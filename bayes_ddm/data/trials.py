"""Recordings of an experiment, the trials that are choices, and where each of them stands."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import BoolArray
from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import one_line
from bayes_ddm.data.read import MISSING, existing_file, lines_of, whole_numbers
from bayes_ddm.data.row_selection import key
from bayes_ddm.errors import InputError, RowError

Paths = str | Path | Sequence[str | Path]
Where = Mapping[str, Any]

RECORDING = "recording"  # column that names the run a trial is from
LISTED = 8


@dataclass(frozen=True, eq=False)
class Recording:
    """One run of an experiment.

    Attributes
    ----------
    path : Path
    name : str
        The file's name without its ending; numbered where a file holds several recordings.
    frame : DataFrame
        All of its rows. Cells of a CSV file are text, exactly as they stand.
    trials : ndarray of bool, shape (rows,)
        Which rows are choices.
    first : int
        Place of the first row in its file.
    tabular : bool
        Whether the file has a line for each row.
    """

    path: Path
    name: str
    frame: pd.DataFrame
    trials: BoolArray
    first: int = 0
    tabular: bool = True


def files(path: Paths, endings: Sequence[str]) -> list[Path]:
    """Return the files that a path, a pattern, a folder or a list of them names, in order.

    Raises
    ------
    InputError
        If there is none.
    """
    if not isinstance(path, str | Path):
        listed = [file for item in path for file in files(item, endings)]
        if not listed:
            raise InputError("the list of files is empty; name at least one.")
        return list(dict.fromkeys(listed))
    where = Path(path)
    if where.is_dir():
        paths = sorted(p for p in where.iterdir() if p.suffix.lower() in endings and p.is_file())
        if not paths:
            raise InputError(f"the folder {str(path)!r} holds no {' or '.join(endings)} file.")
        return paths
    if not where.exists() and any(mark in str(path) for mark in "*?["):
        paths = sorted(Path(name) for name in glob.glob(str(path), recursive=True))
        if not paths:
            raise InputError(f"no file matches {str(path)!r}; check the pattern and the folder.")
        return paths
    return [existing_file(where)]


def where_mask(frame: pd.DataFrame, where: Where) -> BoolArray:
    """Rows whose cells are as asked; none where a column is not there."""
    mask = np.ones(len(frame), dtype=bool)
    for name, value in where.items():
        if name not in frame.columns:
            return np.zeros(len(frame), dtype=bool)
        several = isinstance(value, Iterable) and not isinstance(value, str)
        allowed = value if several else [value]
        keys = {key(cell) for cell in allowed}
        mask &= np.array([key(cell) in keys for cell in frame[name]], dtype=bool)
    return mask


def choices_of_trials(
    recordings: Sequence[Recording],
    *,
    where: Where,
    choice: str,
    rt: str,
    labeler: str | None,
    **options: Any,
) -> Choices:
    """Validate the trials of all recordings as one table.

    Raises
    ------
    InputError
        If no row is a trial, or as in `Choices.from_frame`; a bad cell is named by its file and
        line.
    """
    if not any(recording.trials.any() for recording in recordings):
        raise InputError(_no_trials(recordings, where, choice))
    answered = [r for r in recordings if r.trials.any()]
    parts = [_trials(r, labeler) for r in answered]
    table = pd.concat(parts, ignore_index=True)
    if labeler in table and pd.api.types.is_string_dtype(table[labeler]):
        table[labeler] = whole_numbers(table[labeler])
    origin = np.repeat(np.arange(len(answered)), [len(part) for part in parts])
    place = np.concatenate([r.first + np.flatnonzero(r.trials) for r in answered])
    try:
        choices = Choices.from_frame(table, choice=choice, rt=rt, labeler=labeler, **options)
    except RowError as error:
        raise _located(error, answered[origin[error.row]], int(place[error.row])) from None
    notes = list(choices.notes)
    empty = [r.path.name for r in recordings if not r.trials.any()]
    if empty:
        notes.append(f"{len(empty)} recordings have no such trial: {_listed(empty)}.")
    if labeler is None and len(answered) > 1:
        notes.append(
            f"labelers are anonymous, though there are {len(answered)} recordings; "
            f"labeler={RECORDING!r} if each is a person's."
        )
    return replace(choices, notes=tuple(notes))


def _trials(recording: Recording, labeler: str | None) -> pd.DataFrame:
    """Rows that are choices; text that means missing is, but for a labeler's name."""
    rows = recording.frame[recording.trials]
    if recording.tabular:
        rows = rows.mask(rows.isin(MISSING) & (rows.columns != labeler))
    # a column of the experiment's own by that name stays
    return rows if RECORDING in rows else rows.assign(**{RECORDING: recording.name})


def _located(error: RowError, recording: Recording, row: int) -> InputError:
    """Return the error with the file, and the line of it, that the row is from."""
    located: InputError = error.at_row(row)
    if recording.tabular:
        try:
            with lines_of(recording.path):
                raise located
        except InputError as restated:
            located = restated
    return InputError(f"{recording.path.name}: {located}")


def _no_trials(recordings: Sequence[Recording], where: Where, choice: str) -> str:
    frames = [recording.frame for recording in recordings]
    header = pd.DataFrame(columns=list(dict.fromkeys(c for f in frames for c in f.columns)))
    for name in (choice, *where):
        columns.find(header, name)  # says which name comes near
    for name, value in where.items():
        cells = pd.concat([frame[name] for frame in frames if name in frame]).map(one_line)
        if not any(where_mask(frame, {name: value}).any() for frame in frames):
            levels = [repr(cell) for cell in cells.value_counts().index if cell.strip()]
            return f"no row has {value!r} in column {name!r}; there are {_listed(levels)}."
    if len(where) > 1:
        return f"no row has all of {', '.join(where)} as asked; ask for less."
    return f"no row has a response in column {choice!r}; name another column or other files."


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:LISTED]) + (", ..." if len(names) > LISTED else "")
