"""What private rows say, in the fewest numbers: how many labelers sent the same cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.estimators.bounded.six_cells import CELLS, cell_weight
from bayes_ddm.privacy.row_scheme import RowScheme


@dataclass(frozen=True, eq=False)
class Kinds:
    """Labelers, or anonymous rows, of equal cells and level; made by `kinds_of`.

    All that is estimated depends on these alone: single rows have at most six kinds a level,
    whatever their number.

    Attributes
    ----------
    sent : ndarray, shape (kinds, 6)
        Rows of each cell that one of them sent.
    level : ndarray of int, shape (kinds,)
        Index into the scheme's levels.
    count : ndarray of int, shape (kinds,)
        How many there are.
    scheme : RowScheme
    """

    sent: FloatArray
    level: IntArray
    count: IntArray
    scheme: RowScheme

    @property
    def total(self) -> float:
        """Number of labelers, or of anonymous rows."""
        return float(self.count.sum())

    def labels(self, boundary: float, ndt: float) -> FloatArray:
        """Average pseudo-label of one of each kind, shape (kinds,)."""
        by_cell = unbiased_labels(self.scheme, boundary, ndt)[self.level]
        return (self.sent * by_cell).sum(axis=1) / self.sent.sum(axis=1)


def kinds_of(cell: IntArray, level: IntArray, labeler: IntArray | None, scheme: RowScheme) -> Kinds:
    """Count labelers by what they sent; without labelers, rows.

    Examples
    --------
    >>> from bayes_ddm.privacy.row_scheme import rows
    >>> cell, level = np.array([0, 0, 5]), np.zeros(3, dtype=np.int64)
    >>> kinds_of(cell, level, None, rows(2.0, boundary=1.25, ndt=0.3)).count
    array([2, 1])
    """
    n = len(CELLS)
    if labeler is None:
        kind, count = np.unique(level * n + cell, return_counts=True)
        kind_level, cells = np.divmod(kind, n)
        return Kinds(np.eye(n)[cells], kind_level, count, scheme)
    units = int(labeler.max()) + 1
    sent = np.bincount(labeler * n + cell, minlength=units * n).reshape(units, n)
    unit_level = np.zeros(units, dtype=np.int64)
    unit_level[labeler] = level
    kinds, count = np.unique(np.column_stack([sent, unit_level]), axis=0, return_counts=True)
    return Kinds(kinds[:, :n].astype(float), kinds[:, n], count, scheme)


def unbiased_labels(scheme: RowScheme, boundary: float, ndt: float) -> FloatArray:
    """Pseudo-label of each cell that is sent, whose mean is that of the true cells' weights.

    Returns
    -------
    ndarray, shape (levels, 6)

    Examples
    --------
    >>> from bayes_ddm.privacy.row_scheme import rows
    >>> unbiased_labels(rows(2.0, boundary=1.25, ndt=0.3), 1.25, 0.3).round(2)
    array([[ 10.48,   2.22,   0.34, -10.48,  -2.22,  -0.34]])
    """
    weight = cell_weight(boundary, ndt, scheme.edges).values
    levels = range(len(scheme.levels))
    return np.stack([np.linalg.solve(scheme.matrix(k), weight) for k in levels])
