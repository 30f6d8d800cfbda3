"""What a first pass over files finds: values of the choice, what is dropped, the fastest times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data import columns
from bayes_ddm.data.condensing.query import Rows, Sides
from bayes_ddm.errors import InputError, RowError


class Values:
    """Which values of the choice are which side, and what is dropped.

    Parameters
    ----------
    overview : DataFrame
        What `Rows.overview` asks for.
    query : Rows
    drop : sequence
        Values of the choice to leave out.
    positive : object
        The value that is +1.
    elsewhere : sequence
        Values that other parts of the table hold.

    Attributes
    ----------
    positive, negative : list
        Values that are +1 and -1.
    dropped : dict of str to int

    Raises
    ------
    InputError
        If there are no choices, no two values, or times that are none.
    """

    def __init__(
        self,
        overview: pd.DataFrame,
        query: Rows,
        drop: Sequence[Any],
        positive: Any,
        elsewhere: Sequence[Any] = (),
    ) -> None:
        names = [None if columns.missing(pd.Series([c]))[0] else c for c in overview["c"].tolist()]
        dropping = {str(value) for value in drop}
        left_out = [c is not None and str(c) in dropping for c in names]
        chosen = np.array([c is not None for c in names]) & ~np.array(left_out)
        n, timed = overview["n"].to_numpy(np.int64), overview["timed"].to_numpy(np.int64)
        unmatched = dropping - {str(c) for c in (*names, *elsewhere)}
        if unmatched:
            raise InputError(f"column {query.choice!r} has no value {min(unmatched)!r} to drop.")
        counts = {
            "no choice": n[[c is None for c in names]].sum(),
            **{str(c): n[i] for i, c in enumerate(names) if left_out[i]},
            "no response time": (n - timed)[chosen].sum(),
            f"faster than {query.min_rt} s": overview["fast"].to_numpy()[chosen].sum(),
            f"slower than {query.max_rt} s": overview["slow"].to_numpy()[chosen].sum(),
        }
        self.dropped = {why: int(count) for why, count in counts.items() if count}
        usable = chosen & (timed > 0)
        if not usable.any():
            raise InputError(
                f"no row has both a choice ({query.choice!r}) and a response time ({query.rt!r})."
            )
        if overview["wrong"].to_numpy()[usable].any():
            raise InputError(
                f"column {query.rt!r} must be positive and finite, and in "
                f"{int(overview['wrong'].to_numpy()[usable].sum()):,} rows is not; leave the cell "
                "empty where there was no response, or name the value in missing=."
            )
        values = [c for c, keep in zip(names, usable, strict=True) if keep]
        values += [c for c in elsewhere if c not in values and str(c) not in dropping]
        signs = _signs(values, query.choice, positive)
        self.positive = [c for c, sign in zip(values, signs, strict=True) if sign > 0]
        self.negative = [c for c, sign in zip(values, signs, strict=True) if sign < 0]


class FirstPass:
    """What is dropped, and the fastest times.

    Parameters
    ----------
    values : Values
    fastest : DataFrame
        What `Rows.fastest` asks for.
    query : Rows

    Attributes
    ----------
    dropped : dict of str to int
    fastest : tuple of ndarray
        Times of -1 and of +1 choices, ascending, seconds.
    lo : float
        The smallest.
    sides : Sides

    Raises
    ------
    InputError
        If no times are within limits.
    """

    def __init__(self, values: Values, fastest: pd.DataFrame, query: Rows) -> None:
        if not len(fastest):
            raise InputError(
                f"no response time is between min_rt {query.min_rt or 0:g} s (--min-rt) and max_rt "
                f"{np.inf if query.max_rt is None else query.max_rt:g} s (--max-rt)."
            )
        side, t = fastest["positive"].to_numpy(int), fastest["t"].to_numpy(float)
        self.dropped = values.dropped
        self.fastest = np.sort(t[side == 0]), np.sort(t[side == 1])
        self.lo = float(t.min())
        until = (_last(self.fastest[0], self.lo), _last(self.fastest[1], self.lo))
        self.sides = Sides(values.positive, values.negative, self.lo, until)


def _last(times: FloatArray, otherwise: float) -> float:
    return float(times[-1]) if len(times) else otherwise


def _signs(values: list[Any], name: str, positive: Any) -> list[int]:
    try:
        signs = columns.signs(
            pd.Series(values, dtype=object), np.arange(len(values)), name, positive
        )
    except RowError:
        shown = ", ".join(repr(columns.one_line(v)) for v in values[:4])
        more = ", ..." if len(values) > 4 else ""
        raise InputError(
            f"column {name!r} has {len(values)} distinct choices ({shown}{more}) and two are "
            "needed: leave the others out with drop= (--drop)."
        ) from None
    return signs.tolist()
