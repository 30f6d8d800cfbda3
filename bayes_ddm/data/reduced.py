"""Rows of choice and response time reduced to weighted ones: the fastest kept, the rest in bins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.quadrature import MOMENTS, NODES, Rule, gauss, levels_of, moments

# rows of each choice that are kept as they are: those that stand apart are among them
FASTEST = 64
# a bin of as many points keeps them
FEW_POINTS = 3 * NODES
# rows at a time, which a processor's cache holds
PART = 50_000


@dataclass(frozen=True, eq=False)
class Bins:
    """How many choices of either side fall in intervals of response time, exactly.

    The fastest rows, which are kept as they are, are in none.

    Attributes
    ----------
    positive : ndarray of bool, shape (bins,)
    low, high : ndarray, shape (bins,)
        Ends in seconds, the lower one included.
    count : ndarray of int, shape (bins,)
    """

    positive: BoolArray
    low: FloatArray
    high: FloatArray
    count: IntArray

    @classmethod
    def none(cls) -> Bins:
        """No bins."""
        return cls.of_json([])

    def __len__(self) -> int:
        return len(self.count)

    def __add__(self, other: Bins) -> Bins:
        """Add counts, where both have the same bins; else there are none."""
        names = ("positive", "low", "high")
        if not all(np.array_equal(getattr(self, x), getattr(other, x)) for x in names):
            return Bins.none()
        return replace(self, count=self.count + other.count)

    def to_json(self) -> list[list[float]]:
        """Return a list per bin: side, ends, count."""
        return list(map(list, zip(*(x.tolist() for x in vars(self).values()), strict=True)))

    @classmethod
    def of_json(cls, rows: list[list[float]]) -> Bins:
        """Return what `to_json` made a list of."""
        made = np.array(rows, dtype=float).reshape(-1, 4).T
        return cls(made[0].astype(bool), made[1], made[2], made[3].astype(np.int64))


@dataclass(frozen=True, eq=False)
class Reduced:
    """Weighted rows, sorted by choice and response time; made by `reduced`.

    Attributes
    ----------
    choice : ndarray of int8, shape (rows,)
    rt, weight : ndarray, shape (rows,)
    bins : Bins
    """

    choice: NDArray[np.int8]
    rt: FloatArray
    weight: FloatArray
    bins: Bins

    @property
    def columns(self) -> tuple[NDArray[np.int8], FloatArray, FloatArray]:
        """Choice, rt and weight."""
        return self.choice, self.rt, self.weight


def reduced(choice: NDArray[Any], rt: FloatArray, weight: NDArray[Any], lo: float) -> Reduced:
    """Weighted rows with the sums of all, for every function that is analytic beyond `lo`.

    Parameters
    ----------
    choice : ndarray of int, shape (rows,)
        +1 or -1.
    rt, weight : ndarray, shape (rows,)
    lo : float
        At most the smallest response time.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rt = 0.3 + rng.gamma(2.0, 0.5, 20_000)
    >>> few = reduced(rng.choice([-1, 1], len(rt)), rt, np.ones(len(rt)), rt.min())
    >>> len(few.rt) < 400, bool(np.isclose(few.weight @ np.log(few.rt), np.log(rt).sum(), 1e-12))
    (True, True)
    """
    positive = choice > 0
    kept = np.zeros(len(rt), dtype=bool)
    for side in (False, True):
        of_side = np.flatnonzero(positive == side)
        kept[of_side] = rt[of_side] <= fastest_until(rt[of_side])
    rest = np.flatnonzero(~kept)
    beyond = rt[rest] - lo
    level = levels_of(beyond)
    lowest = int(level.min(initial=0))
    cell = 2 * (level - lowest) + positive[rest]
    cells = int(cell.max(initial=-1)) + 1
    crowded = (np.bincount(cell, minlength=cells) > FEW_POINTS)[cell]
    kept[rest[~crowded]] = True
    binned, cell_of = rest[crowded], cell[crowded]
    first, last = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(first, cell_of, rt[binned])
    np.maximum.at(last, cell_of, rt[binned])
    full = np.flatnonzero(last > -np.inf)
    found = np.zeros((cells, MOMENTS))
    width = np.where(last > first, last - first, 1.0)
    for start in range(0, len(binned), PART):
        part = slice(start, start + PART)
        row, at = binned[part], cell_of[part]
        x = ((rt[row] - first[at]) - (last[at] - rt[row])) / width[at]
        found += moments(x, at, weight[row], cells)
    exact = _distinct(positive[kept], rt[kept], weight[kept])
    made = joined(exact, (full % 2).astype(bool), first[full], last[full], map(gauss, found[full]))
    counted = np.rint(np.bincount(cell, weight[rest], cells)).astype(np.int64)
    used = np.flatnonzero(counted)
    low = lo + np.ldexp(1.0, used // 2 + lowest)
    high = lo + np.ldexp(1.0, used // 2 + lowest + 1)
    bins = Bins((used % 2).astype(bool), low, high, counted[used])
    return Reduced(*made, bins=bins)


def joined(
    exact: tuple[BoolArray, FloatArray, FloatArray],
    positive: BoolArray,
    first: FloatArray,
    last: FloatArray,
    rules: Iterable[Rule],
) -> tuple[NDArray[np.int8], FloatArray, FloatArray]:
    """Rows kept as they are, and nodes for those of each bin: choice, rt and weight.

    Parameters
    ----------
    exact : tuple of ndarray
        Whether the choice is +1, rt and weight.
    positive : ndarray, shape (bins,)
    first, last : ndarray, shape (bins,)
        Ends of the intervals that the rules are for, in seconds.
    rules : iterable of Rule
    """
    parts = [exact]
    for side, low, high, rule in zip(positive, first, last, rules, strict=True):
        rt = np.clip(low + (high - low) * (rule.x + 1) / 2, low, high)
        parts.append((np.full(len(rt), side), rt, rule.weight))
    side, rt, weight = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((rt, side))
    return np.where(side, 1, -1).astype(np.int8)[order], rt[order], weight[order]


def fastest_until(rt: FloatArray) -> float:
    """Response time up to which rows of one choice are kept as they are."""
    if len(rt) <= FASTEST:
        return np.inf
    return float(np.partition(rt, FASTEST - 1)[FASTEST - 1])


def _distinct(
    positive: BoolArray, rt: FloatArray, weight: FloatArray
) -> tuple[BoolArray, FloatArray, FloatArray]:
    """Merge equal rows."""
    signed = np.where(positive, rt, -rt)
    values, inverse = np.unique(signed, return_inverse=True)
    return values > 0, np.abs(values), np.bincount(inverse, weight, len(values))
