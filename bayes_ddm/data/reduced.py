"""Rows of choice and response time reduced to weighted ones: the fastest kept, the rest in bins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.quadrature import MOMENTS, NODES, gauss, levels_of, moments, position

# rows of each choice that are kept as they are: those that stand apart are among them
FASTEST = 64
# a bin of as many points keeps them
FEW_POINTS = 3 * NODES


@dataclass(frozen=True, eq=False)
class Bins:
    """How many choices fall in each bin ``[lo + 2^level, lo + 2^(level + 1))``.

    The fastest rows, which are kept as they are, are in none.

    Attributes
    ----------
    level : ndarray of int, shape (bins,)
    count : ndarray of int, shape (bins, 2)
        Of choices -1 and +1.
    """

    level: IntArray
    count: IntArray

    @classmethod
    def none(cls) -> Bins:
        """No bins."""
        return cls(np.empty(0, dtype=np.int64), np.empty((0, 2), dtype=np.int64))

    def __add__(self, other: Bins) -> Bins:
        """Add counts; both must be counted from the same smallest time."""
        level = np.union1d(self.level, other.level)
        count = np.zeros((len(level), 2), dtype=np.int64)
        for part in (self, other):
            count[np.searchsorted(level, part.level)] += part.count
        return Bins(level, count)

    def to_json(self) -> list[list[int]]:
        """Return a list per bin: level, count of -1, count of +1."""
        return np.column_stack([self.level, self.count]).tolist()

    @classmethod
    def of_json(cls, rows: list[list[int]]) -> Bins:
        """Return what `to_json` made a list of."""
        made = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return cls(made[:, 0], made[:, 1:])


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
    >>> len(few.rt) < 300, bool(np.isclose(few.weight @ np.log(few.rt), np.log(rt).sum(), 1e-12))
    (True, True)
    """
    positive = choice > 0
    kept = np.zeros(len(rt), dtype=bool)
    for side in (False, True):
        rows = np.flatnonzero(positive == side)
        kept[rows] = rt[rows] <= fastest_until(rt[rows])
    rest = np.flatnonzero(~kept)
    beyond = rt[rest] - lo
    level = levels_of(beyond)
    lowest = int(level.min(initial=0))
    cell = 2 * (level - lowest) + positive[rest]
    cells = int(cell.max(initial=-1)) + 1
    crowded = (np.bincount(cell, minlength=cells) > FEW_POINTS)[cell]
    kept[rest[~crowded]] = True
    binned = rest[crowded]
    found = moments(position(beyond, level)[crowded], cell[crowded], weight[binned], cells)
    exact = _distinct(positive[kept], rt[kept], weight[kept])
    full = np.flatnonzero(found[:, 0])
    rows = joined(exact, (full % 2).astype(bool), full // 2 + lowest, found[full], lo)
    counted = np.bincount(cell, weight[rest], cells + cells % 2)
    count = np.rint(counted).astype(np.int64).reshape(-1, 2)
    used = count.any(axis=1)
    bins = Bins(np.flatnonzero(used) + lowest, count[used])
    return Reduced(*rows, bins)


def joined(
    exact: tuple[BoolArray, FloatArray, FloatArray],
    positive: BoolArray,
    level: IntArray,
    moment: FloatArray,
    lo: float,
) -> tuple[NDArray[np.int8], FloatArray, FloatArray]:
    """Rows kept as they are, and those that bins' moments make: choice, rt and weight.

    Parameters
    ----------
    exact : tuple of ndarray
        Whether the choice is +1, rt and weight.
    positive, level : ndarray, shape (bins,)
    moment : ndarray, shape (bins, 20)
    lo : float
    """
    assert moment.shape[1] == MOMENTS
    parts = [exact]
    for side, k, of_bin in zip(positive, level, moment, strict=True):
        x, weight = gauss(of_bin)
        parts.append((np.full(len(x), side), lo + np.ldexp(x + 3.0, int(k) - 1), weight))
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
