"""Six cells in place of a choice and its time: +1 or -1, each fast, middle or slow.

No bounded function of choice and time is unbiased for every drift; on these cells one comes within
0.018 over the boundary, up to drifts of five over the boundary either way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.bounded.weight import bin_chances, on_few_bins

CELLS = ("+fast", "+middle", "+slow", "-fast", "-middle", "-slow")
SPEEDS = 3
# in units where the boundary is 1: decision times of the edges, and the largest drift
EDGES, REACH = (0.22, 0.60), 5.0


@dataclass(frozen=True, eq=False)
class CellWeight:
    """What each cell counts for in the average drift; made by `cell_weight`.

    Attributes
    ----------
    values : ndarray, shape (6,)
        1/sqrt(seconds).
    largest_bias, most_drift : float
        Of their mean, over all drifts up to `most_drift` either way.
    """

    values: FloatArray
    largest_bias: float
    most_drift: float


def cell_edges(boundary: float, ndt: float) -> tuple[float, float]:
    """Response times in seconds that part fast from middle, and middle from slow.

    Examples
    --------
    >>> np.round(cell_edges(1.25, 0.3), 3)
    array([0.644, 1.238])
    """
    fast, slow = (ndt + boundary**2 * u for u in EDGES)
    return fast, slow


def cells_of(choices: Choices, edges: tuple[float, float]) -> IntArray:
    """Cell of each row, as an index into `CELLS`; a time before ndt is fast."""
    speed = np.searchsorted(edges, choices.rt, side="right")
    return np.where(choices.choice > 0, speed, speed + SPEEDS)


def cell_weight(boundary: float, ndt: float, edges: tuple[float, float]) -> CellWeight:
    """Weight of each cell whose mean is the drift, nearly, for all drifts that people have.

    Parameters
    ----------
    boundary, ndt : float
        Half the separation; seconds.
    edges : tuple of float
        Of the cells, in seconds of response time.

    Raises
    ------
    InputError
        If ndt is not below the first edge.

    Examples
    --------
    >>> made = cell_weight(1.25, 0.3, cell_edges(1.25, 0.3))
    >>> made.values.round(2), round(made.largest_bias, 3), made.most_drift
    (array([ 5.4 ,  1.14,  0.17, -5.4 , -1.14, -0.17]), 0.014, 4.0)
    """
    inner = tuple(round((edge - ndt) / boundary**2, 12) for edge in edges)
    if not inner[0] > 0:
        raise InputError(
            f"ndt {ndt:g} s is not below {edges[0]:.4g} s, where the scheme's fast cells end; give "
            "a smaller ndt."
        )
    weight = on_few_bins(inner, REACH)
    values = np.concatenate([weight.values, -weight.values]) / boundary
    return CellWeight(values, weight.largest_bias / boundary, REACH / boundary)


def chances(
    drift: FloatArray, boundary: float, ndt: float, edges: tuple[float, float]
) -> FloatArray:
    """Probability of each cell given the drift, shape (drifts, 6).

    Examples
    --------
    >>> chances(np.array([0.0]), 1.25, 0.3, cell_edges(1.25, 0.3)).round(3)
    array([[0.033, 0.164, 0.303, 0.033, 0.164, 0.303]])
    """
    v = np.asarray(drift, dtype=float)
    speed = bin_chances(np.array([0.0, *edges, np.inf]) - [0, ndt, ndt, 0], v, boundary)
    positive = (0.5 + np.tanh(boundary * v) / 2)[:, None]
    return np.hstack([positive * speed, (1 - positive) * speed])
