"""Choices from files: one, or several that hold parts of one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.dialect import dialect_of
from bayes_ddm.data.formats import ENDINGS, bare
from bayes_ddm.data.read import (
    column_names,
    is_parquet,
    is_text,
    lines_of,
    read_frame,
    unreadable,
)
from bayes_ddm.data.trials import RECORDING, Paths, files
from bayes_ddm.errors import InputError, RowError


def read_choices(path: Paths, **named: Any) -> Choices:
    r"""Read a table of choices from a file, or from several.

    Parameters
    ----------
    path : str, Path or a sequence of them
        A file, a folder, or a pattern such as ``"logs/*.csv"``. CSV, TSV, and text with
        semicolons, spaces, decimal commas or comment lines (recognised, and said in ``notes``);
        Parquet, Feather, Arrow, JSON lines; unpacked if the name ends in ``.gz``, ``.zst`` or the
        like.
    **named
        The arguments of `Choices.from_frame`. Of several files, each row's file is in a column
        ``recording``: ``labeler="recording"`` if each is a person's.

    Returns
    -------
    Choices
        Labelers are named as they stand in a text file: ``NA`` and ``007`` are names too.

    Raises
    ------
    InputError
        If a file is missing, empty or not a table, or as in `Choices.from_frame`; a bad cell is
        named by its line, where files have lines.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "choices.csv"
    ...     _ = path.write_text("later;rt;id\n1;0,9;a\n0;1,4;b\n;;b\n")
    ...     choices = read_choices(path, choice="later", labeler="id")
    >>> choices
    Choices: 2 choices by 2 labelers, median response time 0.9 s; dropped 1 (no choice)
    >>> choices.notes[0]
    'read with semicolons between cells, commas in decimal numbers.'
    """
    paths = table_files(path)
    choices = _of_one(paths[0], named) if len(paths) == 1 else _of_several(paths, named)
    remarks = dict.fromkeys(dialect_of(file).note for file in paths if is_text(file))
    origin = (
        replace(choices.origin, file=str(path)) if isinstance(path, str | Path) else choices.origin
    )
    return replace(choices, notes=(*filter(None, remarks), *choices.notes), origin=origin)


def table_files(path: Paths) -> list[Path]:
    """Return the files that a path, a folder, a pattern or a list of them names, in order."""
    try:
        return files(path, ENDINGS)
    except OSError as error:
        raise unreadable(str(path), error) from error


def _of_one(file: Path, arguments: dict[str, Any]) -> Choices:
    """Validate a table; of Parquet, columns that no argument can mean are not read."""
    if is_parquet(file) and RECORDING not in repr(arguments):
        with suppress(InputError):  # which then is said of all columns
            return Choices.from_frame(
                read_frame(file, **_columns_to_read(file, arguments)), **arguments
            )
    frame = read_frame(file, text_column=arguments.get("labeler"))
    if RECORDING in repr(arguments):  # a name in every row takes twice what the row does
        (frame,) = _with_recording([frame], [file])
    with lines_of(file):
        return Choices.from_frame(frame, **arguments)


def _columns_to_read(file: Path, arguments: dict[str, Any]) -> dict[str, Any]:
    """Columns that are read, whose names stand in arguments, as a whole or in a formula."""
    roles = {"choice": "choice", "rt": "rt"} | arguments
    text = repr(roles)
    only = [x for x in column_names(file) if x in text or repr(x)[1:-1] != x]
    several = roles.get("covariates") or roles.get("items")
    return {"only": only, "choice": None if several else roles["choice"]}


def _of_several(paths: Sequence[Path], arguments: dict[str, Any]) -> Choices:
    """Validate the parts of one table; a bad cell is named by its file, and line."""
    frames = [read_frame(file, text_column=arguments.get("labeler")) for file in paths]
    roles = {"choice": "choice", "rt": "rt"} | arguments
    parts = _with_recording(frames, paths)
    for file, part in zip(paths, parts, strict=True):
        try:
            for role in ("choice", "rt", "labeler", "count"):
                if roles.get(role) is not None:
                    columns.find(part, roles[role])
        except InputError as error:
            raise InputError(f"{file.name}: {error}") from None
    table = pd.concat(parts, ignore_index=True)
    labeler = arguments.get("labeler")
    if labeler is not None and len({part[labeler].dtype.kind for part in parts}) > 1:
        table[labeler] = table[labeler].map(str)  # 7 of one file is "7" of another
    ends = np.cumsum([len(part) for part in parts])
    try:
        choices = Choices.from_frame(table, **arguments)
    except RowError as error:
        at = int(np.searchsorted(ends, error.row, side="right"))
        row = error.row - int(ends[at] - len(parts[at]))
        try:
            with lines_of(paths[at]):
                raise error.at_row(row)
        except InputError as located:
            raise InputError(f"{paths[at].name}: {located}") from None
    if labeler is None:
        note = (
            f"labelers are anonymous, though there are {len(paths)} files; "
            f"labeler={RECORDING!r} if each is a person's."
        )
        choices = replace(choices, notes=(*choices.notes, note))
    return choices


def _with_recording(frames: Sequence[pd.DataFrame], paths: Sequence[Path]) -> list[pd.DataFrame]:
    """Name the file of each row, unless the table has a column by that name."""
    names = [bare(file).stem for file in paths]
    times = Counter(names)
    shown = [
        name if times[name] == 1 else str(file) for name, file in zip(names, paths, strict=True)
    ]
    return [
        frame if RECORDING in frame else frame.assign(**{RECORDING: name})
        for frame, name in zip(frames, shown, strict=True)
    ]
