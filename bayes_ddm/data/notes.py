"""What is not wrong with a table, but should be known."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def table_notes(
    choice: NDArray[np.int8], labelers: NDArray[Any] | None, repeats: int, unanswered: int
) -> tuple[str, ...]:
    """Return notes on choices that are all alike, names that are none, and the like.

    Parameters
    ----------
    choice : ndarray, shape (rows,)
    labelers : ndarray or None
        Names.
    repeats : int
        Rows that repeat another exactly.
    unanswered : int
        Trials without choice and time that were left out for want of a deadline.
    """
    notes = []
    first = choice[0]
    if (choice == first).all():
        notes.append(
            f"all choices are {first:+d}: Bradley-Terry is infinite, and all else rests on "
            "response times alone."
        )
    if labelers is not None and labelers.dtype.kind == "f":
        broken = labelers[labelers != np.round(labelers)]
        if broken.size:
            notes.append(
                f"labelers are named by fractions, such as {broken[0]:g}: is that their column?"
            )
    if repeats:
        notes.append(f"{repeats:,} rows repeat another exactly; they were kept.")
    if unanswered:
        rows = "1 row has" if unanswered == 1 else f"{unanswered:,} rows have"
        notes.append(
            f"{rows} neither a choice nor a response time: left out; where time ran out, deadline= "
            "keeps such rows (--deadline, in seconds or a column)."
        )
    return tuple(notes)
