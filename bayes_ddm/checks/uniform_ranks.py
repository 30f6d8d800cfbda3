"""Whether ranks are uniform: their empirical distribution against a simultaneous envelope.

The number of ranks below ``k`` is Binomial(n, k / (draws + 1)) if they are uniform on 0 .. draws;
the envelope holds for all ``k`` at once.  Its width is calibrated by simulation.

References
----------
Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32:32, algorithm 1, here for discrete
ranks, so that nothing has to be smoothed or drawn at random.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from bayes_ddm._typing import FloatArray, IntArray

# the 1 % quantile is then known to 0.07 percentage points
SIMULATIONS = 20_000


def counts_below(ranks: ArrayLike, draws: int) -> IntArray:
    """Return how many ranks, of 0 .. draws, are below 1, 2, ..., draws."""
    return np.cumsum(np.bincount(np.asarray(ranks, dtype=int), minlength=draws + 1))[:-1]


def p_value(ranks: ArrayLike, draws: int) -> float:
    """Probability that uniform ranks leave the middle by as much, anywhere.

    Parameters
    ----------
    ranks : array_like of int, shape (simulations,)
        Each from 0 to `draws`.
    draws : int

    Returns
    -------
    float
        In (0, 1]: smaller than 0.01 where the ranks leave their 99 % simultaneous envelope.

    Examples
    --------
    >>> round(p_value(np.arange(100), 99), 2)
    1.0
    >>> p_value(np.full(100, 50), 99) < 0.001
    True
    """
    counts = counts_below(ranks, draws)
    n = np.size(ranks)
    worst = _tails(n, draws)[counts, np.arange(draws)].min()
    null = _null(n, draws)
    return float((1 + np.searchsorted(null, worst, side="right")) / (1 + len(null)))


def envelope(n: int, draws: int, prob: float = 0.99) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest share of n ranks below 1, ..., draws that the envelope allows.

    Parameters
    ----------
    n : int
        Number of ranks.
    draws : int
        Largest rank.
    prob : float
        Probability that uniform ranks stay inside, everywhere.

    Returns
    -------
    low, high : ndarray, shape (draws,)
    """
    null = _null(n, draws)
    # the smallest value whose p-value is not below 1 - prob
    shares = (1 + np.searchsorted(null, null, side="right")) / (1 + len(null))
    critical = null[np.searchsorted(shares, 1 - prob)]
    inside = _tails(n, draws) >= critical
    return inside.argmax(axis=0) / n, (n - inside[::-1].argmax(axis=0)) / n


@lru_cache(maxsize=8)
def _tails(n: int, draws: int) -> FloatArray:
    """Two-sided tail probability of every count, shape (n + 1, draws)."""
    share = np.arange(1, draws + 1) / (draws + 1)
    at_most = bdtr(np.arange(n + 1)[:, None], n, share)
    at_least = np.vstack([np.ones(draws), 1 - at_most[:-1]])
    return 2 * np.minimum(at_most, at_least)


@lru_cache(maxsize=8)
def _null(n: int, draws: int) -> FloatArray:
    """Smallest tail probability of uniform ranks, sorted, over simulations of a fixed seed."""
    rng = np.random.default_rng(2022)
    tails, columns = _tails(n, draws), np.arange(draws)
    worst = np.empty(SIMULATIONS)
    for start in range(0, SIMULATIONS, 1000):
        simulated = rng.multinomial(n, np.full(draws + 1, 1 / (draws + 1)), size=1000)
        counts = np.cumsum(simulated, axis=1)[:, :-1]
        worst[start : start + 1000] = tails[counts, columns].min(axis=1)
    return np.sort(worst)
