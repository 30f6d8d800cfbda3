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
        made = np.array(rows, dtype=float).reshape(-1, 4).T
        return cls(made[0].astype(bool), made[1], made[2], made[3].astype(np.int64))


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
    >>> few = reduced(rng.choice([-1, 1], len(rt)), rt, np.ones(len(rt)), rt.min())
    >>> len(few.rt) < 400, bool(np.isclose(few.weight @ np.log(few.rt), np.log(rt).sum(), 1e-12))
    (True, True)
    """
    group = np.zeros(len(rt), dtype=np.int32) if group is None else group
    positive = choice > 0
    kept = np.zeros(len(rt), dtype=bool)
    for side in (False, True):
        of_side = np.flatnonzero(positive == side)
        kept[of_side] = rt[of_side] <= fastest_until(rt[of_side])
    rest = np.flatnonzero(~kept)
    level = levels_of(rt[rest] - lo)
    lowest = int(level.min(initial=0))
    levels = int(level.max(initial=lowest)) - lowest + 1
    cell = 2 * (levels * group[rest] + level - lowest) + positive[rest]
    cells = 2 * levels * (int(group.max(initial=0)) + 1)
    bins = _bins(cell % (2 * levels), weight[rest], lo, lowest)
    many = np.bincount(cell, minlength=cells) > FEW_POINTS
    crowded = many[cell]
    kept[rest[~crowded]] = True
    full, binned = np.flatnonzero(many), rest[crowded]
    cell_of = (np.cumsum(many) - 1)[cell[crowded]]
    del rest, level, cell, crowded  # which are as long as all rows
    first, last = np.full(len(full), np.inf), np.full(len(full), -np.inf)
    np.minimum.at(first, cell_of, rt[binned])
    np.maximum.at(last, cell_of, rt[binned])
    found = np.zeros((len(full), MOMENTS))
    width = np.where(last > first, last - first, 1.0)
    for start in range(0, len(binned), PART):
        part = slice(start, start + PART)
        row, at = binned[part], cell_of[part]
        x = ((rt[row] - first[at]) - (last[at] - rt[row])) / width[at]
        found += moments(x, at, weight[row], len(full))
    exact = _distinct(positive[kept], rt[kept], weight[kept], group[kept])
    of_cell = full // (2 * levels)
    made = joined(exact, (full % 2).astype(bool), first, last, map(gauss, found), of_cell)
    return Reduced(*made[:3], bins=bins, group=made[3])


def _bins(cell: IntArray, weight: NDArray[Any], lo: float, lowest: int) -> Bins:
    """How many fall in each level of each side, whatever the group."""
    counted = np.rint(np.bincount(cell, weight)).astype(np.int64)
    used = np.flatnonzero(counted)
    low, high = (lo + np.ldexp(1.0, used // 2 + lowest + end) for end in (0, 1))
    return Bins((used % 2).astype(bool), low, high, counted[used])


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
    for side, low, high, rule, of in zip(positive, first, last, rules, group, strict=True):
        rt = np.clip(low + (high - low) * (rule.x + 1) / 2, low, high)
        parts.append((np.full(len(rt), side), rt, rule.weight, np.full(len(rt), of)))
    side, rt, weight, groups = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((rt, side, groups))
    choice = np.where(side, 1, -1).astype(np.int8)
    return choice[order], rt[order], weight[order], groups[order]


def fastest_until(rt: FloatArray) -> float:
    """Response time up to which rows of one choice are kept as they are."""
    if len(rt) <= FASTEST:
        return np.inf
    return float(np.partition(rt, FASTEST - 1)[FASTEST - 1])


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
