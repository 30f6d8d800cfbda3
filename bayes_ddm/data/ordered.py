"""Order statistics of many times, found without a sorted copy of all."""

from __future__ import annotations

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray

PART = 1_000_000
# of a positive number's 64 bits, those that are not looked at first: its exponent and 8 digits are
REST, PLACES = 44, 1 << 19


def order_statistics(times: FloatArray, ranks: IntArray) -> FloatArray:
    """Times of these ranks, counted from 0 at the smallest.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Positive.
    ranks : ndarray of int

    Examples
    --------
    >>> order_statistics(np.array([0.9, 0.3, 0.5, 0.5]), np.array([0, 1, 3]))
    array([0.3, 0.5, 0.9])
    """
    if len(times) <= PART:
        return np.asarray(np.partition(times, np.unique(ranks))[ranks])
    # the bits of positive numbers are in the order of the numbers
    parts = [times[first : first + PART] for first in range(0, len(times), PART)]
    counted = np.zeros(PLACES, dtype=np.int64)
    for part in parts:
        counted += np.bincount(part.view(np.int64) >> REST, minlength=PLACES)
    until = np.cumsum(counted)
    place = np.searchsorted(until, ranks, side="right")
    needed = np.zeros(PLACES, dtype=bool)
    needed[place] = True
    near = np.concatenate([part[needed[part.view(np.int64) >> REST]] for part in parts])
    skipped = np.cumsum(np.where(needed, 0, counted))
    at = ranks - skipped[place]
    return np.asarray(np.partition(near, np.unique(at))[at])
