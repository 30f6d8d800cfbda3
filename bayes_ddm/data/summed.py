"""Known labelers by what a normal drift asks of each: how many choices, their sum, their time.

Labelers with as many choices that sum to as much differ in their summed response time alone, so
that few weighted ones stand for all of them, as they do for single rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.columns import whole as whole_number
from bayes_ddm.data.reduced import reduced
from bayes_ddm.data.whole_labelers import WholeLabelers

# what is summed of each
COLUMNS = {"n": np.int64, "choice": np.int64, "rt": float, "weight": float}


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
    whole : WholeLabelers
        Some of them with all their choices, from whom it is told how labelers differ; nobody, in
        files of earlier versions.
    """

    n: IntArray
    choice: IntArray
    rt: FloatArray
    weight: FloatArray
    whole: WholeLabelers

    def __len__(self) -> int:
        return len(self.rt)

    @property
    def n_labelers(self) -> int:
        """Number of labelers."""
        return whole_number(self.weight.sum())

    @property
    def columns(self) -> dict[str, Any]:
        """Return what is summed, by name."""
        return {name: getattr(self, name) for name in COLUMNS}

    def plus(self, other: SummedLabelers, lo: float) -> SummedLabelers:
        """Those of both, who have no labeler in common; `lo` is the smallest time of all."""
        pairs = zip(self.columns.values(), other.columns.values(), strict=True)
        both = map(np.concatenate, pairs)
        return summed(*both, lo=lo, whole=self.whole.plus(other.whole))

    def to_json(self) -> dict[str, Any]:
        """Return a list per column."""
        columns = {name: column.tolist() for name, column in self.columns.items()}
        return columns | {"whole": self.whole.to_json()}

    @classmethod
    def of_json(cls, columns: dict[str, Any]) -> SummedLabelers:
        """Return what `to_json` made lists of."""
        arrays = {name: np.array(columns[name], kind) for name, kind in COLUMNS.items()}
        return cls(**arrays, whole=WholeLabelers.of_json(columns.get("whole", {})))


def summed(
    n: IntArray,
    choice: IntArray,
    rt: FloatArray,
    weight: FloatArray,
    *,
    lo: float,
    whole: WholeLabelers,
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
    whole : WholeLabelers
        Some of them.

    Examples
    --------
    >>> from bayes_ddm.data.whole_labelers import chosen
    >>> rng = np.random.default_rng(1)
    >>> n, choice = np.full(20_000, 4), rng.choice([-4, -2, 0, 2, 4], 20_000)
    >>> rt = 1.2 + rng.gamma(8.0, 0.5, 20_000)
    >>> whole = chosen(np.arange(20_000), np.sign(choice), rt, np.ones(20_000))
    >>> rows = summed(n, choice, rt, np.ones(20_000), lo=0.3, whole=whole)
    >>> len(rows) < 500, rows.n_labelers
    (True, 20000)
    """
    keys, group = np.unique(np.stack([n, choice]), axis=1, return_inverse=True)
    beyond = np.maximum(rt - n * lo, 0.0)
    rows = reduced(np.ones(len(rt)), beyond, weight, 0.0, group.ravel())
    n, choice = keys[:, rows.group]
    return SummedLabelers(n, choice, rows.rt + n * lo, rows.weight, whole)
