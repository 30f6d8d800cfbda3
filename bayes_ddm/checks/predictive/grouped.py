"""Shares and quantiles by group, for as many groups as there are labelers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray, IntArray

__all__ = ["grouped_quantiles", "grouped_share"]


def grouped_share(choice: NDArray[np.int8], group: IntArray, groups: int) -> FloatArray:
    """Share of +1 in each group, shape (groups,); NaN where a group has no rows.

    Examples
    --------
    >>> grouped_share(np.array([1, -1, 1], np.int8), np.array([0, 0, 2]), 3)
    array([0.5, nan, 1. ])
    """
    rows = np.bincount(group, minlength=groups)
    positive = np.bincount(group[choice > 0], minlength=groups)
    return np.divide(positive, rows, out=np.full(groups, np.nan), where=rows > 0)


def grouped_quantiles(
    values: FloatArray, group: IntArray, groups: int, probabilities: tuple[float, ...]
) -> FloatArray:
    """Quantiles of the values in each group, as `numpy.quantile` has them; NaN where it is empty.

    Returns
    -------
    ndarray, shape (groups, probabilities)

    Examples
    --------
    >>> grouped_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0, 0, 1]), 2, (0.5,))
    array([[2.],
           [2.]])
    """
    rows = np.bincount(group, minlength=groups)
    by_value = np.argsort(values)
    # small integers are sorted in linear time
    narrow = group[by_value].astype(np.uint16 if groups <= 2**16 else np.int64)
    ordered = values[by_value[np.argsort(narrow, kind="stable")]]
    first = np.cumsum(rows) - rows
    place = np.maximum(rows - 1, 0)[:, None] * np.array(probabilities)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(rows - 1, 0)[:, None])
    last = max(len(ordered) - 1, 0)
    low, high = (ordered[np.minimum(first[:, None] + at, last)] for at in (below, above))
    found = low + (place - below) * (high - low)
    found[rows == 0] = np.nan
    return found
