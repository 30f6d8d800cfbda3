r"""Few weighted points that stand for many: Gauss's quadrature of an empirical law.

Sums :math:`\sum_j h(t_j)` over times :math:`t_j \ge l` are kept for every :math:`h` whose
singularities lie at or below :math:`l`. Times fall in dyadic bins
:math:`[l + 2^k, l + 2^{k+1})`.
Of each bin the Chebyshev moments :math:`\sum_j T_i(x_j)`, :math:`i < 2m`, are taken, ``x`` being
-1 and 1 at the ends of an interval that holds its times, and hardly more: on a wide one they would
tell little of a narrow law. Moments add over parts of the data. Wheeler's algorithm turns them into
the recurrence of the polynomials that are orthogonal under the bin's law, whose Jacobi matrix has
the ``m`` nodes for eigenvalues (Golub and Welsch). A dyadic bin keeps such a singularity outside
the Bernstein ellipse of :math:`\rho = 3 + \sqrt 8`, so that the error falls as :math:`5.83^{-2m}`.

References
----------
Gautschi (2004), *Orthogonal Polynomials: Computation and Approximation*, sections 2.1.7 and 3.1.1.
Golub & Welsch (1969), Mathematics of Computation 23:221.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray

NODES = 10
MOMENTS = 2 * NODES
# by which a rule may miss a moment: as a share of the mass, and in all
MISSED, NOTHING = 2e-13, 1e-9
NOISE = 1e-14


def levels_of(beyond: FloatArray) -> IntArray:
    """Level ``k`` of the bin ``[2^k, 2^(k+1))`` that each positive number falls in.

    Examples
    --------
    >>> levels_of(np.array([0.3, 1.0, 1.9, 2.0]))
    array([-2,  0,  0,  1])
    """
    return np.frexp(beyond)[1].astype(np.int64) - 1


@dataclass(frozen=True, eq=False)
class Rule:
    """Nodes in [-1, 1] and weights that stand for a law; made by `gauss`.

    Attributes
    ----------
    x, weight : ndarray, shape (nodes,)
    missed : float
        Largest error of a moment, as a share of the mass.
    """

    x: FloatArray
    weight: FloatArray
    missed: float

    @property
    def good(self) -> bool:
        """Whether all moments are kept, to rounding, or what is missed is nothing in any sum."""
        return self.missed <= max(MISSED, NOTHING / self.weight.sum())


def moments(x: FloatArray, cell: IntArray, weight: FloatArray, cells: int) -> FloatArray:
    """Chebyshev moments of the points in each cell, shape (cells, 20); moments of parts add.

    Parameters
    ----------
    x : ndarray, shape (points,)
        In [-1, 1].
    cell : ndarray of int, shape (points,)
    weight : ndarray, shape (points,)
    cells : int

    Examples
    --------
    >>> moments(np.array([0.5, -0.5]), np.zeros(2, dtype=int), np.ones(2), 1)[0, :4].tolist()
    [2.0, 0.0, -1.0, 0.0]
    """
    sums = np.empty((MOMENTS, cells))
    before, now, twice = weight.astype(float), weight * x, 2 * x
    sums[0], sums[1] = np.bincount(cell, before, cells), np.bincount(cell, now, cells)
    for i in range(2, MOMENTS):
        before, now = now, twice * now - before
        sums[i] = np.bincount(cell, now, cells)
    return sums.T


def gauss(moment: FloatArray) -> Rule:
    """Nodes in [-1, 1] and positive weights with the same Chebyshev moments.

    Parameters
    ----------
    moment : ndarray, shape (2 m,)
        Of a positive measure; the first is its mass.

    Returns
    -------
    Rule
        ``m`` nodes, or fewer where the measure stands on fewer points. It misses moments where the
        measure is narrow, so that they hardly tell it.

    Examples
    --------
    >>> points = np.array([-0.6, 0.1, 0.7])
    >>> sums = moments(points, np.zeros(3, dtype=int), np.array([1.0, 5.0, 2.0]), 1)[0]
    >>> rule = gauss(sums)
    >>> rule.x.round(12), rule.weight.round(12)
    (array([-0.6,  0.1,  0.7]), array([1., 5., 2.]))
    """
    diagonal, off = _recurrence(moment)
    tried = []
    for m in range(len(diagonal), 0, -1):
        beside = np.sqrt(off[1:m])
        matrix = np.diag(diagonal[:m]) + np.diag(beside, 1) + np.diag(beside, -1)
        x, vectors = np.linalg.eigh(matrix)
        x, weight = np.clip(x, -1, 1), moment[0] * vectors[0] ** 2
        recovered = np.cos(np.outer(np.arange(len(moment)), np.arccos(x))) @ weight
        tried.append(
            Rule(x, weight, float(np.abs(recovered / moment[0] - moment / moment[0]).max()))
        )
        if tried[-1].good:
            break
    return min(tried, key=lambda rule: rule.missed)


def _recurrence(moment: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Wheeler's modified Chebyshev algorithm: recurrence coefficients, as many as are positive."""
    size, m = len(moment), len(moment) // 2
    # of monic Chebyshev polynomials, the first two of which are not halved
    now = moment / 2.0 ** np.maximum(np.arange(size) - 1, 0)
    coefficients = np.full(size, 0.25)
    coefficients[:2] = 0.0, 0.5
    before = np.zeros(size)
    diagonal, off = [now[1] / now[0]], [now[0]]
    for k in range(1, m):
        at = np.arange(k, size - k)
        after = np.zeros(size)
        after[at] = now[at + 1] - diagonal[-1] * now[at] - off[-1] * before[at]
        after[at] += coefficients[at] * now[at - 1]
        # no more points than nodes so far: what is left is rounding
        if not after[k] > NOISE * moment[0] / 2.0**k:
            break
        ratio = after[k] / now[k - 1]
        diagonal.append(after[k + 1] / after[k] - now[k] / now[k - 1])
        off.append(ratio)
        before, now = now, after
    return np.array(diagonal), np.array(off)
