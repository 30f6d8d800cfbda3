"""Where observed values stand among replicated ones, without keeping the replicated ones."""

from __future__ import annotations

import numpy as np

from bayes_ddm._typing import FloatArray

__all__ = ["Tally"]


class Tally:
    """Counts, mean and standard deviation of replicated values beside observed ones.

    Memory is that of a few copies of the observed array, whatever the number of replications.

    Parameters
    ----------
    observed : ndarray
        NaN where there is nothing to compare.

    Examples
    --------
    >>> tally = Tally(np.array([0.0, 9.0]))
    >>> for value in range(99):
    ...     tally.add(np.array([value, value]) / 10)
    >>> tally.tail_probability
    array([0.04, 0.2 ])
    """

    def __init__(self, observed: FloatArray) -> None:
        self.observed = observed
        self.draws = 0
        self._at_least = np.zeros(observed.shape, dtype=np.int64)
        self._at_most = np.zeros(observed.shape, dtype=np.int64)
        self._mean = np.zeros(observed.shape)
        self._square = np.zeros(observed.shape)

    def add(self, replicated: FloatArray) -> None:
        """Take one replication of the observed values into account."""
        self.draws += 1
        self._at_least += replicated >= self.observed
        self._at_most += replicated <= self.observed
        # Welford's update: one pass, no cancellation
        step = replicated - self._mean
        self._mean += step / self.draws
        self._square += step * (replicated - self._mean)

    @property
    def tail_probability(self) -> FloatArray:
        """Two-sided predictive p-value of each observed value; ties count as unsurprising."""
        smaller = np.minimum(self._at_least, self._at_most)
        p = np.minimum(2 * (smaller + 1) / (self.draws + 1), 1)
        return np.where(np.isnan(self.observed), np.nan, p)

    @property
    def mean(self) -> FloatArray:
        """Mean of the replicated values."""
        return self._mean

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of the replicated values."""
        return np.sqrt(self._square / max(self.draws - 1, 1))
