"""Known labelers by what a normal drift asks of each: how many choices, their sum, their time.

Labelers with as many choices that sum to as much differ in their summed response time alone, so
that few weighted ones stand for all of them, as they do for single rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.columns import whole
from bayes_ddm.data.reduced import reduced


@dataclass(frozen=True, eq=False)
class SummedLabelers:
    """Weighted labelers that stand for all; made by `summed`.

    Attributes
    ----------
    n : ndarray of int, shape (rows,)
        Choices of each.
    choice : ndarray of int, shape (rows,)
        Sum of their choices.
    rt : ndarray, shape (rows,)
        Sum of their response times, seconds.
    weight : ndarray, shape (rows,)
        How many labelers each stands for; no whole number, at a node of quadrature.
    """

    n: IntArray
    choice: IntArray
    rt: FloatArray
    weight: FloatArray

    def __len__(self) -> int:
        return len(self.rt)

    @property
    def n_labelers(self) -> int:
        """Number of labelers."""
        return whole(self.weight.sum())

    def plus(self, other: SummedLabelers, lo: float) -> SummedLabelers:
        """Those of both, who have no labeler in common; `lo` is the smallest time of all."""
        pairs = zip(vars(self).values(), vars(other).values(), strict=True)
        return summed(*map(np.concatenate, pairs), lo=lo)

    def to_json(self) -> dict[str, list[float]]:
        """Return a list per column."""
        return {name: column.tolist() for name, column in vars(self).items()}

    @classmethod
    def of_json(cls, columns: dict[str, Any]) -> SummedLabelers:
        """Return what `to_json` made lists of."""
        kinds = {"n": np.int64, "choice": np.int64}
        return cls(*(np.array(columns[x.name], kinds.get(x.name, float)) for x in fields(cls)))


def summed(
    n: IntArray, choice: IntArray, rt: FloatArray, weight: FloatArray, *, lo: float
) -> SummedLabelers:
    """Weighted labelers with the sums of all, at any normal population and any ndt below `lo`.

    A labeler's factor has its singularity where the summed decision time is below 0: beyond
    ``n lo`` there is none.

    Parameters
    ----------
    n, choice : ndarray of int, shape (labelers,)
        Choices of each labeler, and their sum.
    rt : ndarray, shape (labelers,)
        Sum of their response times, seconds.
    weight : ndarray, shape (labelers,)
    lo : float
        At most the smallest response time, seconds.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> n, choice = np.full(20_000, 4), rng.choice([-4, -2, 0, 2, 4], 20_000)
    >>> rt = 1.2 + rng.gamma(8.0, 0.5, 20_000)
    >>> few = summed(n, choice, rt, np.ones(20_000), lo=0.3)
    >>> len(few) < 500, few.n_labelers
    (True, 20000)
    """
    keys, group = np.unique(np.stack([n, choice]), axis=1, return_inverse=True)
    beyond = np.maximum(rt - n * lo, 0.0)
    few = reduced(np.ones(len(rt)), beyond, weight, 0.0, group.ravel())
    n, choice = keys[:, few.group]
    return SummedLabelers(n, choice, few.rt + n * lo, few.weight)
