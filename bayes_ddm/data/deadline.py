"""When time ran out: which trials of a table did, and which responses cannot have come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data import columns
from bayes_ddm.data.response_times import RT_UNITS
from bayes_ddm.errors import InputError, RowError

OMISSIONS = ("rows", "absent")
# why omissions are dropped: of those who never chose nothing else is known
STRANGERS = "no choice, by labelers who made none"


@dataclass(frozen=True, eq=False)
class Window:
    """The deadline of every row of a table, and which rows ran out of time; made by `window`.

    Attributes
    ----------
    seconds : ndarray, shape (rows,)
        NaN where the table has none in a row that is dropped.
    late : ndarray of bool, shape (rows,)
        Rows without a choice because time ran out; none where they are absent.
    """

    seconds: FloatArray
    late: BoolArray

    def refuse_less(self, max_rt: float | None) -> None:
        """Refuse to leave out answers that came in time, which would be neither kept nor late."""
        shortest = float(np.nanmin(self.seconds))
        if max_rt is not None and max_rt < shortest:
            raise InputError(
                f"max_rt (--max-rt) is {max_rt:g} s, below the deadline of {shortest:g} s: answers "
                "in between came in time; leave max_rt out."
            )

    def refuse_later(self, seconds: FloatArray, rows: NDArray[np.intp], name: str) -> None:
        """Refuse response times after their deadline; in seconds, of some of the rows."""
        limit = self.seconds[rows]
        late = seconds > limit
        if late.any():
            first = int(np.argmax(late))
            n = int(late.sum())
            raise RowError(
                f"column {name!r} is {seconds[first]:.4g} s, after the deadline of "
                f"{limit[first]:g} s, in",
                int(rows[first]),
                f" ({n:,} such row{'s' if n > 1 else ''}); give a later deadline, or leave them "
                f"out with max_rt={limit.max():g} (--max-rt {limit.max():g}).",
            )


def window(
    frame: pd.DataFrame,
    deadline: float | str,
    omissions: str | None,
    rt: FloatArray,
    no_choice: BoolArray,
    counts: IntArray,
    unit: str | None,
) -> Window:
    """Find the trials that ran out of time.

    Parameters
    ----------
    frame : DataFrame
    deadline : float or str
        Seconds; or a column, in the unit of response times.
    omissions : {"rows", "absent"}, optional
    rt : ndarray, shape (rows,)
        In that unit; NaN where it is missing.
    no_choice : ndarray of bool, shape (rows,)
    counts : ndarray of int, shape (rows,)
    unit : {"s", "ms"}, optional

    Raises
    ------
    InputError
        If a deadline is missing or not positive, or no row is without a choice and nothing says
        where such trials are.
    """
    if omissions not in {None, *OMISSIONS}:
        raise InputError(f"omissions must be 'rows' or 'absent'; got {omissions!r}.")
    scale = RT_UNITS[unit or "s"]
    if isinstance(deadline, str):
        seconds = scale * columns.numbers(columns.find(frame, deadline), deadline)
        missing = np.isnan(seconds) & (counts > 0)
        missing &= ~no_choice if omissions == "absent" else True
        if missing.any():
            raise RowError(
                f"column {deadline!r} has no deadline in",
                int(np.argmax(missing)),
                "; fill it in, or remove the row.",
            )
        bad = seconds <= 0
        if bad.any():
            at = int(np.argmax(bad))
            raise RowError(
                f"column {deadline!r} must be positive but is {seconds[at] / scale:g} in",
                at,
                "; correct it.",
            )
    else:
        if isinstance(deadline, bool) or not 0 < float(deadline) < np.inf:
            raise InputError(
                f"deadline must be a positive number of seconds, or a column; got {deadline!r}."
            )
        seconds = np.full(len(frame), float(deadline))
    if omissions == "absent":
        return Window(seconds, np.zeros(len(frame), dtype=bool))
    # some programs write the deadline itself as the time of a trial that ran into it
    timed_out = np.isnan(rt) | (rt * scale >= seconds * (1 - 1e-9))
    late = no_choice & timed_out & ~np.isnan(seconds) & (counts > 0)
    if not late.any():
        raise InputError(
            "there is a deadline, but no row without a choice: say omissions='absent' (--omissions "
            "absent) if trials that ran out of time are not in the table; if none did, leave the "
            "deadline out."
        )
    return Window(seconds, late)
