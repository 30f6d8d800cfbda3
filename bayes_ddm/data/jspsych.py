"""Data of jsPsych, versions 7 and 8: CSV as it exports it, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.read import decoding, existing_file, read_cells
from bayes_ddm.data.trials import (
    Paths,
    Recording,
    Where,
    choices_of_trials,
    files,
    where_mask,
)
from bayes_ddm.errors import InputError

ENDINGS = (".csv", ".json", ".txt")


def read_jspsych(
    path: Paths,
    *,
    where: Where | None = None,
    choice: str = "response",
    rt: str = "rt",
    labeler: str | None = None,
    features: Sequence[str] | None = (),
    rt_unit: str | None = "ms",
    positive: Any = None,
    deadline: float | str | None = None,
    omissions: str | None = None,
) -> Choices:
    """Read the choices of a jsPsych experiment.

    Parameters
    ----------
    path : str, Path or sequence of them
        Files that ``jsPsych.data.get().csv()`` or ``.json()`` made, or results of JATOS, which hold
        a JSON array per participant; a folder of them, or a pattern such as ``"data/*.csv"``.
    where : mapping of str to value or list, optional
        Which rows are choices: the value, or values, of a column, such as
        ``{"trial_type": "html-keyboard-response", "task": "choice"}``. By default every row with a
        response and a time is one; trials without a response are then not seen, nor counted.
    choice, rt : str
        Columns of responses (a key, or the number of a button) and of response times.
    labeler : str, optional
        Column that names the participant, as ``jsPsych.data.addProperties`` adds it;
        ``"recording"`` takes each file, or each array of a JSON file, as one. Without it labelers
        are anonymous.
    features : sequence of str
        Columns of attribute differences (+1 option minus -1 option); ``"a-b"`` is the difference of
        the columns ``a`` and ``b``.
    rt_unit : {"ms", "s"}
        jsPsych counts milliseconds.
    positive : optional
        The response that becomes +1, such as ``"j"``. Buttons 0 and 1 need none: 1 is +1.
    deadline, omissions : optional
        As in `Choices.from_frame`.

    Returns
    -------
    Choices
        Trials without a response (``null``) are dropped and counted. ``row`` counts the trials.

    Raises
    ------
    InputError
        If no row is a trial as asked, or as in `read_choices`.

    Examples
    --------
    >>> choices = read_jspsych(
    ...     "tests/support/exports/jspsych/*.csv",
    ...     where={"task": "choice"},
    ...     labeler="participant",
    ...     features=["later_amount-now_amount", "delay"],
    ...     positive="j",
    ... )
    >>> choices.n_choices, choices.labelers.tolist(), choices.dropped
    (46, ['007', '012'], {'no choice': 2})
    """
    where = dict(where or {})
    recordings = [
        recording
        for file in files(path, ENDINGS)
        for recording in _recordings(file, where, choice, rt)
    ]
    try:
        return choices_of_trials(
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
    except InputError as error:
        types = _trial_types(recordings)
        if "distinct choices" in str(error) and len(types) > 1:
            raise InputError(
                f"{error} Say which trials are choices, such as "
                f"where={{'trial_type': {types[0]!r}}}; there are {', '.join(types)}."
            ) from None
        raise


def _recordings(file: Path, where: Where, choice: str, rt: str) -> Iterator[Recording]:
    with existing_file(file).open("rb") as content:
        begins = content.read(256).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not begins.startswith((b"[", b"{")):
        yield _recording(file, file.stem, read_cells(file), where, choice, rt)
        return
    first, runs = 0, list(_runs(file))
    for number, rows in enumerate(runs, 1):
        name = file.stem if len(runs) == 1 else f"{file.stem}:{number}"
        yield _recording(file, name, pd.DataFrame(rows), where, choice, rt, first, tabular=False)
        first += len(rows)


def _recording(
    file: Path,
    name: str,
    frame: pd.DataFrame,
    where: Where,
    choice: str,
    rt: str,
    first: int = 0,
    *,
    tabular: bool = True,
) -> Recording:
    trials = where_mask(frame, where)
    if not where:
        for column in (choice, rt):
            cells = frame[column] if column in frame else pd.Series("", index=frame.index)
            trials &= cells.map(_filled).to_numpy(bool)
    return Recording(file, name, frame, np.asarray(trials), first, tabular)


def _filled(cell: Any) -> bool:
    return cell is not None and cell == cell and cell not in ("", "null")


def _runs(file: Path) -> Iterator[list[dict[str, Any]]]:
    """Trials of each JSON value in a file; JATOS writes one value after another."""
    with decoding(file):
        text = file.read_text(encoding="utf-8-sig")
        decoder, values, at = json.JSONDecoder(), [], 0
        while begins := re.compile(r"\S").search(text, at):
            value, at = decoder.raw_decode(text, begins.start())
            values.append(value)
        if "\\ud" in text.lower():
            json.dumps(values, ensure_ascii=False).encode()  # half of a character is no text
    for value in values:
        # the collection itself, as JSON.stringify writes it, keeps its rows in "trials"
        rows = value.get("trials", [value]) if isinstance(value, dict) else value
        runs = rows if _holds(rows, list) and rows else [rows]
        if all(_holds(run, dict) for run in runs):
            yield from runs
        else:
            raise InputError(f"{str(file)!r} is JSON, but holds no list of jsPsych's trials.")


def _holds(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)


def _trial_types(recordings: Sequence[Recording]) -> list[str]:
    """Types of the rows that were taken for choices, most frequent first."""
    types = [r.frame.loc[r.trials, "trial_type"] for r in recordings if "trial_type" in r.frame]
    return [str(x) for x in pd.concat(types).value_counts().index] if types else []
