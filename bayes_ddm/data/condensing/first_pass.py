"""What a first pass over files finds: values of the choice, what is dropped, the fastest times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data import columns
from bayes_ddm.data.condensing.query import Rows, Sides
from bayes_ddm.data.reduced import FASTEST
from bayes_ddm.errors import InputError, RowError


class FirstPass:
    """Which values of the choice are which side, what is dropped, and the fastest times.

    Parameters
    ----------
    overview : DataFrame
        What `Rows.overview` asks for.
    asked : Rows
    drop : sequence
        Values of the choice to leave out.
    positive : object
        The value that is +1.

    Attributes
    ----------
    dropped : dict of str to int
    fastest : tuple of ndarray
        Times of -1 and of +1 choices, ascending, seconds.
    sides : Sides

    Raises
    ------
    InputError
        If there are no choices, no two values, or times that are none.
    """

    def __init__(
        self, overview: pd.DataFrame, asked: Rows, drop: Sequence[Any], positive: Any
    ) -> None:
        names = [None if columns.missing(pd.Series([c]))[0] else c for c in overview["c"].tolist()]
        dropping = {str(value) for value in drop}
        left_out = [c is not None and str(c) in dropping for c in names]
        chosen = np.array([c is not None for c in names]) & ~np.array(left_out)
        n, timed = overview["n"].to_numpy(np.int64), overview["timed"].to_numpy(np.int64)
        unmatched = dropping - {str(c) for c in names}
        if unmatched:
            raise InputError(f"column {asked.choice!r} has no value {min(unmatched)!r} to drop.")
        counts = {
            "no choice": n[[c is None for c in names]].sum(),
            **{str(c): n[i] for i, c in enumerate(names) if left_out[i]},
            "no response time": (n - timed)[chosen].sum(),
            f"faster than {asked.min_rt} s": overview["fast"].to_numpy()[chosen].sum(),
            f"slower than {asked.max_rt} s": overview["slow"].to_numpy()[chosen].sum(),
        }
        self.dropped = {why: int(count) for why, count in counts.items() if count}
        kept = chosen & (timed > 0)
        if not kept.any():
            raise InputError(
                f"no row has both a choice ({asked.choice!r}) and a response time ({asked.rt!r})."
            )
        if overview["wrong"].to_numpy()[kept].any():
            raise InputError(
                f"column {asked.rt!r} must be positive and finite, and in "
                f"{int(overview['wrong'].to_numpy()[kept].sum()):,} rows is not; leave the cell "
                "empty where there was no response, or name the value in missing=."
            )
        used = [c for c, keep in zip(names, kept, strict=True) if keep]
        signs = _signs(used, asked.choice, positive)
        positives = [c for c, sign in zip(used, signs, strict=True) if sign > 0]
        negatives = [c for c, sign in zip(used, signs, strict=True) if sign < 0]
        lists = list(zip(signs, overview["first"][kept], strict=True))
        first = [np.sort(np.asarray(x, dtype=float)) for _, x in lists if x]
        sided = [sign > 0 for sign, x in lists if x]
        if not first:
            raise InputError(
                f"no response time is between min_rt {asked.min_rt or 0:g} s (--min-rt) and max_rt "
                f"{np.inf if asked.max_rt is None else asked.max_rt:g} s (--max-rt)."
            )
        # two labels may stand for one side, such as 1 and 1.0 in text
        self.fastest = tuple(
            np.sort(np.concatenate([x for x, s in zip(first, sided, strict=True) if s is side]))[
                :FASTEST
            ]
            if side in sided
            else np.empty(0)
            for side in (False, True)
        )
        self.lo = float(min(x[0] for x in self.fastest if len(x)))
        until = (_last(self.fastest[0], self.lo), _last(self.fastest[1], self.lo))
        self.sides = Sides(positives, negatives, self.lo, until)


def _last(times: FloatArray, otherwise: float) -> float:
    return float(times[-1]) if len(times) else otherwise


def _signs(values: list[Any], name: str, positive: Any) -> list[int]:
    try:
        found = columns.signs(
            pd.Series(values, dtype=object), np.arange(len(values)), name, positive
        )
    except RowError:
        shown = ", ".join(repr(columns.one_line(v)) for v in values[:4])
        more = ", ..." if len(values) > 4 else ""
        raise InputError(
            f"column {name!r} has {len(values)} distinct choices ({shown}{more}) and two are "
            "needed: leave the others out with drop= (--drop)."
        ) from None
    return found.tolist()
