"""Rows that may be no decisions: which, how to leave them out, and the table without them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_ddm._typing import IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.suspicious import too_fast, too_slow
from bayes_ddm.estimators.assumptions.finding import ROWS, Finding
from bayes_ddm.estimators.result import Estimate

LISTED = 5
# of the standard error of an average, by which rows may move it and be no matter
SMALL_MOVE = 0.5


class SuspiciousRowsWarning(UserWarning):
    """Some rows look like no decisions, and were fitted as if they were."""


@dataclass(frozen=True)
class SuspiciousTime:
    """One response time that stands apart.

    Attributes
    ----------
    row : int or None
        Position in the table that was read, counting from 0; None where rows are condensed.
    labeler : object
        Who it was; None when labelers are anonymous.
    rt : float
        Seconds.
    """

    row: int | None
    labeler: Any
    rt: float


@dataclass(frozen=True)
class Suspects:
    """All response times of a table that stand apart, with what leaves them out.

    Attributes
    ----------
    fast, slow : tuple of SuspiciousTime
        Fastest and slowest first, a few of them.
    n_fast, n_slow : int
        How many choices there are.
    rows : ndarray of int
        Where they stand in the choices.
    options : str
        What leaves them out; empty where there is nothing to leave out.
    """

    fast: tuple[SuspiciousTime, ...]
    n_fast: int
    slow: tuple[SuspiciousTime, ...]
    n_slow: int
    rows: IntArray
    options: str

    def __bool__(self) -> bool:
        return self.n_fast + self.n_slow > 0

    @property
    def sentence(self) -> str:
        """Which they are, and what leaves them out."""
        parts = [_phrase(self.fast, self.n_fast, "fast"), _phrase(self.slow, self.n_slow, "slow")]
        return f"{' and '.join(filter(None, parts))}; leave {self.options}"

    def finding(self, moved: Sequence[str] | None = None) -> Finding:
        """Return the finding, with what moves without them: nothing much, if that is empty."""
        sentence = self.sentence
        if moved:
            sentence += f"; without {self._them} {', '.join(moved)}"
        elif moved is not None:
            sentence += f"; no average moves by half its standard error without {self._them}"
        return Finding(ROWS, sentence, moves=moved is None or bool(moved))

    @property
    def _them(self) -> str:
        return "them" if self.n_fast + self.n_slow > 1 else "it"


def suspects(choices: Choices) -> Suspects:
    """Find response times that stand apart; `bayes_ddm.data.suspicious` says by what measure.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Suspects
        False where there are none.
    """
    fast, slow = too_fast(choices), too_slow(choices)
    options = []
    if len(fast):
        above = choices.rt[choices.rt > choices.rt[fast].max()]
        limit = between(float(choices.rt[fast].max()), float(above.min()))
        options.append(_option("min", limit, whole(choices.count[choices.rt < limit].sum())))
    if len(slow):
        rest = np.delete(choices.rt, np.union1d(fast, slow))
        limit = between(float(rest.max()), float(choices.rt[slow].min()))
        options.append(_option("max", limit, whole(choices.count[choices.rt > limit].sum())))
    n = whole(choices.count[fast].sum() + choices.count[slow].sum())
    return Suspects(
        fast=named(choices, fast[:LISTED]),
        n_fast=whole(choices.count[fast].sum()),
        slow=named(choices, slow[:LISTED]),
        n_slow=whole(choices.count[slow].sum()),
        rows=np.union1d(fast, slow),
        options=f"{'them' if n > 1 else 'it'} out with {' and '.join(options)}" if n else "",
    )


def _phrase(times: tuple[SuspiciousTime, ...], n: int, pace: str) -> str:
    if not n:
        return ""
    are, noun = ("responses are", "decisions") if n > 1 else ("response is", "a decision")
    return f"{n:,} {are} too {pace} to be {noun}, it seems: {listed(times, n)}"


def _option(end: str, limit: float, n: int) -> str:
    plural = "s" if n > 1 else ""
    return f"{end}_rt={limit:g} (--{end}-rt {limit:g}: {n:,} choice{plural})"


def between(low: float, high: float) -> float:
    """Return the number with the fewest digits that is well between two.

    Examples
    --------
    >>> between(0.008, 0.6124), between(7.31, 999.0)
    (0.07, 90.0)
    """
    middle = float(np.sqrt(low * high))
    digits = (float(f"{middle:.{k}g}") for k in range(1, 17))
    return next((x for x in digits if low < x < high), high)


def listed(times: tuple[SuspiciousTime, ...], total: int) -> str:
    """Return response times with their rows, and how many more there are."""
    cells = []
    others = f" and {total - len(times):,} more" if total > len(times) else ""
    if any(time.row is None for time in times):
        return ", ".join(f"{time.rt:.3g} s" for time in times) + others
    for time in times:
        labeler = "" if time.labeler is None else f", labeler {time.labeler}"
        cells.append(f"{time.rt:.3g} s (row {time.row}{labeler})")
    return ", ".join(cells) + others + " (rows count from 0, line 2 of a CSV file)"


def named(choices: Choices, rows: Iterable[int]) -> tuple[SuspiciousTime, ...]:
    """Return rows of choices as they stood in the table that was read."""
    labeler, labelers = choices.labeler, choices.labelers
    places = np.arange(len(choices)) if choices.row is None else choices.row
    return tuple(
        SuspiciousTime(
            row=None if choices.condensed else int(places[i]),
            labeler=None
            if labeler is None or labelers is None
            else labelers[labeler[i] : labeler[i] + 1].tolist()[0],
            rt=float(choices.rt[i]),
        )
        for i in rows
    )


def moved(before: Iterable[Estimate], after: Iterable[Estimate]) -> list[str]:
    """Say which averages, and boundaries, move as rows are left out; empty if none does by much.

    Parameters
    ----------
    before, after : iterable of Estimate
        Those that are reliable afterwards are compared.
    """
    earlier, moves = {e.estimator: e for e in before}, list[str]()
    for estimate in after:
        old, boundary = earlier.get(estimate.estimator), estimate.boundary
        if old is None or boundary is None or estimate.unit != "drift" or not estimate.reliable:
            continue
        spreads = (j for j, name in enumerate(estimate.parameters) if name.startswith("sigma"))
        p = next(spreads, len(estimate.parameters))
        shift = np.abs(old.values - estimate.values)[:p] / estimate.se[:p]
        j = int(np.nan_to_num(shift, nan=np.inf).argmax())
        if not shift[j] <= SMALL_MOVE:
            previous = old.boundary.overall[0] if old.boundary else np.nan
            name, a, b = estimate.parameters[j], old.values[j], estimate.values[j]
            moves.append(
                f"the {boundary.method} boundary goes from {previous:.3g} to "
                f"{boundary.overall[0]:.3g} and {name} from {a:.3g} to {b:.3g}"
            )
    return moves[:1]
