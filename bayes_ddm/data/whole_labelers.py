"""Some known labelers with all their choices: how labelers differ, where the others are sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray, IntArray

# standard errors of m labelers' influence are 1 / sqrt(2 m) off: 2 % of 2,000, 16 % of 20
MOST_LABELERS, MOST_ROWS = 2_000, 100_000
# however many choices each made
FEWEST = 20
WHOLE = {"labeler": np.int64, "choice": np.int8, "rt": float, "weight": float}


@dataclass(frozen=True, eq=False)
class WholeLabelers:
    """Labelers chosen at random, each with all choices; made by `chosen`.

    Attributes
    ----------
    labeler : ndarray of int, shape (rows,)
        Labeler of each row, counted from 0, ascending.
    choice : ndarray of int8, shape (rows,)
    rt : ndarray, shape (rows,)
        Seconds.
    weight : ndarray, shape (labelers,)
        How many labelers each stands for.
    """

    labeler: IntArray
    choice: NDArray[np.int8]
    rt: FloatArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.weight)

    def plus(self, other: WholeLabelers) -> WholeLabelers:
        """Some of both, who have no labeler in common; nobody if either is: they stand for all."""
        if not (len(self) and len(other)):
            return WholeLabelers.of_json({})
        labeler = np.concatenate([self.labeler, other.labeler + len(self)])
        choice = np.concatenate([self.choice, other.choice])
        rt, weight = (
            np.concatenate([getattr(x, k) for x in (self, other)]) for k in ("rt", "weight")
        )
        return chosen(labeler, choice, rt, weight)

    def to_json(self) -> dict[str, list[float]]:
        """Return a list per column."""
        return {name: column.tolist() for name, column in vars(self).items()}

    @classmethod
    def of_json(cls, columns: dict[str, Any]) -> WholeLabelers:
        """Return what `to_json` made lists of; nobody, where there are none."""
        return cls(*(np.array(columns.get(name, ()), kind) for name, kind in WHOLE.items()))


def chosen(
    labeler: IntArray, choice: NDArray[np.int8], rt: FloatArray, weight: FloatArray
) -> WholeLabelers:
    """Choose at most 2,000 labelers, fewer where they chose often, by chance but always the same.

    Parameters
    ----------
    labeler : ndarray of int, shape (rows,)
        From 0; each has a row.
    choice, rt : ndarray, shape (rows,)
    weight : ndarray, shape (labelers,)
        How many labelers each stands for; the more, the likelier they are chosen.

    Examples
    --------
    >>> labeler = np.repeat(np.arange(5_000), 2)
    >>> sample = chosen(labeler, np.ones(10_000, np.int8), np.ones(10_000), np.ones(5_000))
    >>> len(sample), len(sample.rt), float(sample.weight[0])
    (2000, 4000, 2.5)
    """
    total, order = weight.sum(), np.random.default_rng(0).permutation(len(weight))
    share = np.minimum(1.0, most_of(len(rt), len(weight)) * weight[order] / total)
    step = np.floor(np.concatenate([[0.5], 0.5 + np.cumsum(share)]))
    stays = np.zeros(len(weight), dtype=bool)
    stays[order] = (np.diff(step) > 0) | (share == 1)
    heavier = np.empty(len(weight))
    heavier[order] = weight[order] / share
    rows = np.flatnonzero(stays[labeler])
    rows = rows[np.argsort(labeler[rows], kind="stable")]
    weights = heavier[stays]
    number = np.cumsum(stays) - 1
    return WholeLabelers(
        number[labeler[rows]], choice[rows], rt[rows], weights * (total / weights.sum())
    )


def most_of(rows: int, labelers: int) -> int:
    """How many of so many labelers are kept whole."""
    return max(FEWEST, min(MOST_LABELERS, MOST_ROWS * labelers // rows))
