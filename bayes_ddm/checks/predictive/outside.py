"""Whether more labelers are outside their range than chance puts there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtrc

from bayes_ddm._typing import BoolArray, FloatArray

__all__ = ["Outside", "outside"]


@dataclass(frozen=True, eq=False)
class Outside:
    """Who is outside a 95 % range, and how likely that many are by chance.

    Attributes
    ----------
    mask : ndarray of bool, shape (labelers,)
    share : float
        Of the labelers that could be compared.
    expected : float
        Share outside by chance: 5 %, or what comes nearest with so few draws.
    p_value : float
        Probability of at least as many by chance.
    """

    mask: BoolArray
    share: float
    expected: float
    p_value: float


def outside(tail_probability: FloatArray, draws: int) -> Outside:
    """Count labelers whose predictive p-value is too small for a range of 95 %.

    Parameters
    ----------
    tail_probability : ndarray, shape (labelers,) or (labelers, statistics)
        Two-sided predictive p-values, multiples of ``2 / (draws + 1)``; NaN where not compared.
        With several statistics the smallest counts, at 5 % divided by their number.
    draws : int
        Replications that they rest on.

    Notes
    -----
    Fitted labelers have seen the data that they are compared with: fewer than 5 % are outside under
    the model, and the p-value errs on the safe side.
    """
    p = tail_probability.reshape(len(tail_probability), -1)
    statistics = p.shape[1]
    step = 2 / (draws + 1)
    # with few draws the smallest p-value there can be is the level
    level = max(np.floor(0.05 / statistics / step), 1) * step
    compared = ~np.isnan(p).all(axis=1)
    mask = np.where(np.isnan(p), 1, p).min(axis=1) <= level * (1 + 1e-9)
    n, k = int(compared.sum()), int(mask.sum())
    expected = min(1.0, float(statistics * level))
    p_value = float(bdtrc(k - 1, n, expected)) if k else 1.0
    return Outside(mask, k / max(n, 1), expected, p_value)
