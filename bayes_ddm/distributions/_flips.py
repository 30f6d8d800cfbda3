"""How many choices of each labeler truly were +1, where some were sent as the other one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.flipped import log_true_counts
from bayes_ddm.errors import InputError


@dataclass(frozen=True, eq=False)
class TrueCounts:
    """Log chances of what labelers sent, by how many of their choices were +1.

    Attributes
    ----------
    size : ndarray of int, shape (labelers,)
        Choices of each.
    first : ndarray of int, shape (labelers,)
        Row of `table` for a labeler who sent no +1; others follow.
    table : ndarray, shape (rows, largest size + 1)
    """

    size: IntArray
    first: IntArray
    table: FloatArray

    @classmethod
    def of(cls, labeler: Any, flip: float, others: Sequence[Any]) -> TrueCounts:
        """Prepare the table for these labelers.

        Raises
        ------
        InputError
            If something else stands beside it with which choices do not add up.
        """
        if any(x is not None for x in others):
            raise InputError(
                "drifts of known labelers do not integrate out of randomised choices with cells, "
                "counts, noise or collapse; sample them, and give them to Wiener."
            )
        size = np.bincount(np.asarray(labeler))
        sizes = np.unique(size)
        start = np.cumsum(sizes + 1) - (sizes + 1)
        rows = [np.stack([np.arange(n + 1), np.full(n + 1, n)]) for n in sizes]
        reported, n = np.hstack(rows)
        table = log_true_counts(reported, n, flip)
        return cls(size, start[np.searchsorted(sizes, size)], table)

    def log_chances(self, choice_sum: Any) -> tuple[Any, Any]:
        """Log chances given the sums of choices that were sent, and the sums that may be true.

        Both have the shape (labelers, largest size + 1).
        """
        sent = pt.cast(pt.round((choice_sum + self.size) / 2), "int64")
        sums = 2.0 * np.arange(self.table.shape[1]) - self.size[:, None]
        return pt.constant(self.table)[self.first + sent], sums
