"""Data of PsychoPy and Pavlovia: the wide CSV file that Builder writes for each session."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.read import existing_file, read_cells
from bayes_ddm.data.trials import (
    Paths,
    Recording,
    Where,
    choices_of_trials,
    files,
    where_mask,
)
from bayes_ddm.errors import InputError

ENDINGS = (".csv", ".tsv")
COUNTER = ".thisN"  # of every loop, on the rows that are its


def read_psychopy(
    path: Paths,
    *,
    where: Where | None = None,
    loop: str | None = None,
    choice: str = "key_resp.keys",
    rt: str | None = None,
    labeler: str | None = "participant",
    features: Sequence[str] | None = (),
    rt_unit: str | None = "s",
    positive: Any = None,
    deadline: float | str | None = None,
    omissions: str | None = None,
) -> Choices:
    """Read the choices of a PsychoPy experiment.

    Parameters
    ----------
    path : str, Path or sequence of them
        Wide CSV files as Builder or Pavlovia write them, one for each session (commas, semicolons
        or tabs); a folder of them, or a pattern such as ``"data/*.csv"``.
    where : mapping of str to value or list, optional
        Which rows are choices: the value, or values, of a column, such as ``{"block": "main"}``.
    loop : str, optional
        Name of the loop whose rows are choices, such as ``"trials"``. Without it, and without
        `where`, every row is one in which the keyboard was waited for.
    choice : str
        Column of the keys pressed. A component called ``answer`` has ``"answer.keys"``.
    rt : str, optional
        Column of response times; by default that of the same component, ``"key_resp.rt"``.
    labeler : str, optional
        Column that names the participant; ``"recording"`` takes each file as one, None leaves
        labelers anonymous.
    features : sequence of str
        Columns of attribute differences (+1 option minus -1 option); ``"a-b"`` is the difference of
        the columns ``a`` and ``b``.
    rt_unit : {"s", "ms"}
        PsychoPy counts seconds.
    positive : optional
        The key that becomes +1, such as ``"right"``.
    deadline, omissions : optional
        As in `Choices.from_frame`.

    Returns
    -------
    Choices
        Trials without a response (``None``) are dropped and counted. Of several keys in one trial
        the first counts, and ``notes`` says how often. ``row`` counts the trials.

    Raises
    ------
    InputError
        If no row is a trial as asked, or as in `read_choices`.

    Notes
    -----
    Pavlovia leaves the cell of a trial without a response empty, as it does in rows of other
    routines: name the loop, and such trials are counted.

    Examples
    --------
    >>> choices = read_psychopy(
    ...     "tests/support/exports/psychopy/*.csv",
    ...     loop="trials",
    ...     features=["later_amount-now_amount", "delay"],
    ...     positive="right",
    ... )
    >>> choices.n_choices, choices.labelers.tolist(), choices.dropped
    (46, ['007', '012'], {'no choice': 2})
    """
    where = dict(where or {})
    if rt is None:
        rt = f"{choice.rpartition('.')[0] or choice}.rt"
    recordings = [_recording(file, where, loop, choice) for file in files(path, ENDINGS)]
    if loop is not None and not any(loop + COUNTER in r.frame for r in recordings):
        names = {name for r in recordings for name in r.frame.columns if name.endswith(COUNTER)}
        loops = {name.removesuffix(COUNTER) for name in names}
        raise InputError(f"there is no loop {loop!r}; loops are {', '.join(sorted(loops))}.")
    several = 0
    for recording in recordings:
        for name in {choice, rt} & set(recording.frame.columns):
            lists = recording.frame[name].str.startswith("[") & recording.trials
            presses = recording.frame.loc[lists, name].map(_presses)
            recording.frame.loc[lists, name] = presses.map(lambda x: str(x[0]) if x else "")
            several += int((presses.map(len) > 1).sum()) if name == choice else 0
    choices = choices_of_trials(
        recordings,
        where=where,
        choice=choice,
        rt=rt,
        labeler=labeler,
        features=features,
        rt_unit=rt_unit,
        positive=positive,
        deadline=deadline,
        omissions=omissions,
    )
    if not several:
        return choices
    note = f"{several} trials hold several keys; the first of each was taken."
    return replace(choices, notes=(*choices.notes, note))


def _recording(file: Path, where: Where, loop: str | None, choice: str) -> Recording:
    frame = read_cells(file, _separator(file))
    trials = where_mask(frame, where)
    if loop is not None:
        trials &= _filled(frame, loop + COUNTER)
    elif not where:
        trials &= _filled(frame, choice)
    return Recording(file, file.stem, frame, trials)


def _filled(frame: pd.DataFrame, name: str) -> Any:
    """Rows in which a column has something: ``None``, no key pressed, is something."""
    if name not in frame:
        return np.zeros(len(frame), dtype=bool)
    return (frame[name].str.strip() != "").to_numpy(bool)


def _separator(file: Path) -> str:
    with existing_file(file).open(encoding="utf-8-sig", errors="replace") as content:
        header = content.readline()
    return max(",;\t", key=header.count)


def _presses(cell: str) -> list[Any]:
    """Keys, or times, of a cell that holds all of a trial: ``['left', 'right']``."""
    try:
        presses = ast.literal_eval(cell)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return [cell]
    return presses if isinstance(presses, list) else [cell]
