"""Choices that were turned round by chance before they were sent: what they say of the true ones.

A device that protects a choice sends the other one with a known probability. With a labeler's drift
``v`` each row then has the likelihood ``(1 - flip) exp(b v z) + flip exp(-b v z)``, times what its
response time says; their product over rows is a sum over how many choices truly were +1.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlog1py, xlogy

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.errors import InputError

PRIVATE = (
    "this needs each labeler's own answers, and private ones were randomised; estimate, fit and "
    "compare allow for it: use one of them."
)


class Flippable(Protocol):
    """Choices, some of which may have been sent as the other one."""

    @property
    def flip(self) -> float:
        """Probability that one was."""


def refuse_private[C: Flippable](choices: C) -> C:
    """Return choices, unless some of them were turned round by chance.

    Raises
    ------
    InputError
        If they were.
    """
    if choices.flip:
        raise InputError(PRIVATE)
    return choices


def log_true_counts(reported: ArrayLike, n: ArrayLike, flip: float) -> FloatArray:
    """Log of the chance of a report, summed over the true choices with each number of +1.

    Parameters
    ----------
    reported : array_like of int, shape (labelers,)
        How many of a labeler's choices were sent as +1.
    n : array_like of int, shape (labelers,)
        How many choices there are.
    flip : float
        Probability that a choice was sent as the other one.

    Returns
    -------
    ndarray, shape (labelers, max(n) + 1)
        Entry ``k`` is the log of the sum, over true choices of which ``k`` are +1, of the
        probability of what was sent; minus infinity from ``n + 1`` on.

    Examples
    --------
    >>> np.exp(log_true_counts([1], [1], 0.25))
    array([[0.25, 0.75]])
    """
    kinds, kind = np.unique(np.stack([reported, n]), axis=1, return_inverse=True)
    m, total = kinds[:, :, None]
    k = np.arange(total.max() + 1)
    log_chance = np.full((len(m), len(k)), -np.inf)
    # j of the +1 that were sent were +1: the other m - j were turned, and k - j of those sent as -1
    for j in range(int(m.max()) + 1):
        turned = (m - j) + (k - j)
        possible = (j <= m) & (j <= k) & (k - j <= total - m)
        ways = _log_choose(m, j) + _log_choose(total - m, k - j)
        log_terms = ways + xlogy(turned, flip) + xlog1py(total - turned, -flip)
        log_chance = np.logaddexp(log_chance, np.where(possible, log_terms, -np.inf))
    return log_chance[kind.ravel()]


def _log_choose(n: IntArray, k: Any) -> FloatArray:
    return np.asarray(gammaln(n + 1) - gammaln(np.add(k, 1)) - gammaln(n - k + 1))
