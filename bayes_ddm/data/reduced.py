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
# choices of a comparison, below which its weighted rows are hardly fewer
ROWS_EACH = 500
# rows at a time: such as a processor's cache holds, and those of which each costs little
PART, LONG_PART = 50_000, 1_000_000


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

    @property
    def edges(self) -> FloatArray:
        """Times by which choices of either side are counted exactly, ascending, seconds."""
        return np.unique(np.concatenate([self.low, self.high]))

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
        columns = np.array(rows, dtype=float).reshape(-1, 4).T
        return cls(columns[0].astype(bool), columns[1], columns[2], columns[3].astype(np.int64))


@dataclass(frozen=True, eq=False)
class Reduced:
    """Weighted rows, sorted by group, choice and response time; made by `reduced`.

    Attributes
    ----------
    choice : ndarray of int8, shape (rows,)
    rt, weight : ndarray, shape (rows,)
    bins : Bins
        Of all groups together.
    group : ndarray of int, shape (rows,)
    """

    choice: NDArray[np.int8]
    rt: FloatArray
    weight: FloatArray
    bins: Bins
    group: IntArray

    @property
    def columns(self) -> tuple[NDArray[np.int8], FloatArray, FloatArray]:
        """Choice, rt and weight."""
        return self.choice, self.rt, self.weight


def reduced(
    choice: NDArray[Any],
    rt: FloatArray,
    weight: NDArray[Any],
    lo: float,
    group: IntArray | None = None,
) -> Reduced:
    """Weighted rows with the sums of all, for every function that is analytic beyond `lo`.

    Parameters
    ----------
    choice : ndarray of int, shape (rows,)
        +1 or -1.
    rt, weight : ndarray, shape (rows,)
    lo : float
        At most the smallest response time.
    group : ndarray of int, shape (rows,), optional
        Counted from 0: sums are kept within each, such as a comparison. By default there is one.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rt = 0.3 + rng.gamma(2.0, 0.5, 20_000)
    >>> rows = reduced(rng.choice([-1, 1], len(rt)), rt, np.ones(len(rt)), rt.min())
    >>> len(rows.rt) < 400, bool(np.isclose(rows.weight @ np.log(rows.rt), np.log(rt).sum(), 1e-12))
    (True, True)
    """
    positive = choice > 0
    keep = np.zeros(len(rt), dtype=bool)
    for side in (False, True):
        of_side = positive == side
        keep |= of_side & (rt <= fastest_until(rt, of_side))
    groups = 1 if group is None else int(group.max(initial=0)) + 1
    ends = [_ends(rt[part][~keep[part]] - lo) for part in _parts(len(rt), LONG_PART)]
    lowest, highest = levels_of(np.array([min(e[0] for e in ends), max(e[1] for e in ends)]))
    levels = int(highest - lowest) + 1
    cells = 2 * levels * groups

    def rest(part: slice) -> tuple[IntArray, IntArray]:
        """Rows of a part that are not kept, and which group, level and side each is of."""
        row = part.start + np.flatnonzero(~keep[part])
        level = levels_of(rt[row] - lo) - lowest
        if group is not None:
            level += levels * group[row]
        return row, 2 * level + positive[row]

    counted, weighted = np.zeros(cells, dtype=np.int64), np.zeros(cells)
    first, last = np.full(cells, np.inf), np.full(cells, -np.inf)
    for part in _parts(len(rt), LONG_PART):
        row, cell = rest(part)
        counted += np.bincount(cell, minlength=cells)
        weighted += np.bincount(cell, weight[row], cells)
        np.minimum.at(first, cell, rt[row])
        np.maximum.at(last, cell, rt[row])
    crowded_cells = counted > FEW_POINTS
    full, place = np.flatnonzero(crowded_cells), np.cumsum(crowded_cells) - 1
    first, last = first[full], last[full]
    width = np.where(last > first, last - first, 1.0)
    sums, alone = np.zeros((len(full), MOMENTS)), [np.flatnonzero(keep)]
    for part in _parts(len(rt), PART):
        row, cell = rest(part)
        crowded = crowded_cells[cell]
        alone.append(row[~crowded])
        row, at = row[crowded], place[cell[crowded]]
        x = ((rt[row] - first[at]) - (last[at] - rt[row])) / width[at]
        sums += moments(x, at, weight[row], len(full))
    single = np.concatenate(alone)
    of_single = np.zeros(len(single), dtype=np.int64) if group is None else group[single]
    exact = _distinct(positive[single], rt[single], weight[single], of_single)
    of_full = (full % 2).astype(bool), first, last, map(gauss, sums), full // (2 * levels)
    rows = joined(exact, *of_full)
    of_bins = weighted.reshape(groups, 2 * levels).sum(axis=0)
    return Reduced(*rows[:3], bins=_bins(of_bins, lo, int(lowest)), group=rows[3])


def _parts(n: int, size: int) -> list[slice]:
    return [slice(first, first + size) for first in range(0, n, size)]


def _ends(beyond: FloatArray) -> tuple[float, float]:
    return float(beyond.min(initial=1.0)), float(beyond.max(initial=0.0))


def _bins(weighted: FloatArray, lo: float, lowest: int) -> Bins:
    """How many fall in each level of each side, whatever the group."""
    counted = np.rint(weighted).astype(np.int64)
    filled = np.flatnonzero(counted)
    low, high = (lo + np.ldexp(1.0, filled // 2 + lowest + end) for end in (0, 1))
    return Bins((filled % 2).astype(bool), low, high, counted[filled])


def joined(
    exact: tuple[BoolArray, FloatArray, FloatArray, IntArray],
    positive: BoolArray,
    first: FloatArray,
    last: FloatArray,
    rules: Iterable[Rule],
    group: IntArray,
) -> tuple[NDArray[np.int8], FloatArray, FloatArray, IntArray]:
    """Rows kept as they are, and nodes for those of each bin: choice, rt, weight and group.

    Parameters
    ----------
    exact : tuple of ndarray
        Whether the choice is +1, rt, weight and group.
    positive : ndarray, shape (bins,)
    first, last : ndarray, shape (bins,)
        Ends of the intervals that the rules are for, in seconds.
    rules : iterable of Rule
    group : ndarray of int, shape (bins,)
    """
    parts = [exact]
    for side, low, high, rule, number in zip(positive, first, last, rules, group, strict=True):
        rt = np.clip(low + (high - low) * (rule.x + 1) / 2, low, high)
        parts.append((np.full(len(rt), side), rt, rule.weight, np.full(len(rt), number)))
    side, rt, weight, groups = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((rt, side, groups))
    choice = np.where(side, 1, -1).astype(np.int8)
    return choice[order], rt[order], weight[order], groups[order]


def fastest_until(rt: FloatArray, among: BoolArray) -> float:
    """Response time up to which rows of one choice are kept as they are."""
    least = np.empty(0)
    for part in _parts(len(rt), LONG_PART):
        least = np.append(least, rt[part][among[part]])
        if len(least) > FASTEST:
            least = np.partition(least, FASTEST - 1)[:FASTEST]
    return float(least.max()) if len(least) == FASTEST else np.inf


def _distinct(
    positive: BoolArray, rt: FloatArray, weight: FloatArray, group: IntArray
) -> tuple[BoolArray, FloatArray, FloatArray, IntArray]:
    """Merge equal rows."""
    order = np.lexsort((rt, positive, group))
    side, times, groups = positive[order], rt[order], group[order]
    new = (np.diff(times) != 0) | (side[1:] != side[:-1]) | (np.diff(groups) != 0)
    first = np.flatnonzero(np.append(True, new)[: len(rt)])
    counted = np.add.reduceat(weight[order].astype(float), first)
    return side[first], times[first], counted, groups[first]
