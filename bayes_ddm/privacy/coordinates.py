"""What a private row tells of its choice and of its time, each by itself, to one who knows people.

Choice and time of people depend on each other, so what is sent of the time tells of the choice too.
Bayesian coordinate privacy counts both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators.bounded.six_cells import CELLS, SPEEDS
from bayes_ddm.privacy.row_scheme import RowScheme


@dataclass(frozen=True)
class Coordinates:
    """Log likelihood ratios of a single coordinate; made by `coordinates`.

    Attributes
    ----------
    delta_choice, delta_time : float
        Largest, over everything that can be sent, between the two choices and between any two bins
        of the time.
    bound_choice : float
        The general bound of `delta_choice`, which knows only how far the times of both choices
        differ.
    distance : float
        That distance, in total variation.
    """

    delta_choice: float
    delta_time: float
    bound_choice: float
    distance: float


def coordinates(scheme: RowScheme, cells: FloatArray, level: int = 0) -> Coordinates:
    """Account for choice and time by themselves, exactly, by every cell that can be sent.

    Parameters
    ----------
    scheme : RowScheme
    cells : ndarray, shape (6,)
        Share of each true cell in the population that somebody is taken to know.
    level : int
        Index of the scheme's level.

    Returns
    -------
    Coordinates

    References
    ----------
    Aliakbarpour, Chaudhuri, Courtade, Fallah & Jordan (2024), Enhancing feature-specific data
    protection via Bayesian coordinate differential privacy, arXiv 2410.18404.

    Examples
    --------
    >>> from bayes_ddm.privacy.row_scheme import rows
    >>> scheme = rows(1.0, boundary=1.25, ndt=0.3, time_epsilon=4.0)
    >>> alike = coordinates(scheme, np.full(6, 1 / 6))
    >>> round(alike.delta_choice, 6), round(alike.delta_time, 6)
    (1.0, 4.0)
    """
    shares = np.asarray(cells, dtype=float).reshape(2, SPEEDS)
    sent = scheme.matrix(level).reshape(2, SPEEDS, len(CELLS))
    time_shares = shares / shares.sum(axis=1, keepdims=True)
    choice_shares = shares / shares.sum(axis=0)
    given_choice = np.einsum("zt,ztu->zu", time_shares, sent)
    given_time = np.einsum("zt,ztu->tu", choice_shares, sent)
    distance = 0.5 * float(np.abs(time_shares[0] - time_shares[1]).sum())
    epsilon = scheme.epsilons[level]
    level_epsilon = scheme.levels[level]
    bound = min(level_epsilon + math.log1p(distance * math.expm1(epsilon)), epsilon)
    return Coordinates(_largest(given_choice), _largest(given_time), bound, distance)


def _largest(chances: FloatArray) -> float:
    """Largest log ratio of probabilities of one output between two rows."""
    logs = np.log(chances)
    return float((logs.max(axis=0) - logs.min(axis=0)).max())
