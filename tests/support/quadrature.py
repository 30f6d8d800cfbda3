"""Integrals of array functions in one call: ten times faster than one point after the other."""

from collections.abc import Callable

import numpy as np
from numpy.polynomial.legendre import leggauss
from numpy.typing import ArrayLike

NODES, WEIGHTS = leggauss(60)


Function = Callable[[np.ndarray], np.ndarray]


def integral(function: Function, edges: ArrayLike, atol: float = 1e-13) -> float:
    """Integrate over ``edges[0]`` to ``edges[-1]``: Gauss' rule of order 60 in each piece.

    Pieces are halved too, and the two values must agree within ``atol`` or 1e-11 of the integral.
    """
    edges = np.asarray(edges, dtype=float)
    finer = np.sort(np.concatenate([edges, (edges[1:] + edges[:-1]) / 2]))
    coarse, fine = (_composite(function, e) for e in (edges, finer))
    assert abs(coarse - fine) <= atol + 1e-11 * abs(fine), (coarse, fine)
    return fine


def _composite(function: Function, edges: np.ndarray) -> float:
    half = (edges[1:] - edges[:-1])[:, None] / 2
    points = (edges[1:] + edges[:-1])[:, None] / 2 + half * NODES
    return float((half * WEIGHTS * function(points.ravel()).reshape(points.shape)).sum())
