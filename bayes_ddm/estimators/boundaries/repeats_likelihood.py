"""Likelihood of repeated comparisons, the drift conditioned out, and where it is largest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.wiener.convolution import paired_log_density

# rows (groups, k) of an expanded table: each group is k choices that share one drift
Block = IntArray

START_GROUPS = 2_000
STEP = 1e-4
EASY_STEPS = 10
LONGEST_STEP = 0.5  # of the log boundary
PRECISION = 1e-9  # of the log likelihood


@dataclass(frozen=True, eq=False)
class Repeats:
    """Groups of choices that share one drift, by cells that share boundary and ndt.

    Attributes
    ----------
    rt : ndarray, shape (rows,)
        Of the expanded table.
    blocks : list of list of ndarray
        Groups of each cell, a block per group size.
    scale : ndarray, shape (rows,), or None
        Size of each row's attribute differences, where pairs differ in it.
    boundary_of, ndt_of : ndarray of int, shape (cells,)
        Which boundary and which ndt each cell has.
    known_boundary, known_ndt : float or None
        The same in all cells.
    """

    rt: FloatArray = field(repr=False)
    blocks: list[list[Block]] = field(repr=False)
    scale: FloatArray | None
    boundary_of: IntArray
    ndt_of: IntArray
    known_boundary: float | None
    known_ndt: float | None

    @property
    def boundaries(self) -> int:
        """Number of boundaries; ndts come after them in a point."""
        return int(self.boundary_of.max()) + 1

    @property
    def size(self) -> int:
        """Number of boundaries and ndts."""
        return self.boundaries + int(self.ndt_of.max()) + 1

    def places(self, cell: int) -> list[int]:
        """Where a point has the boundary and the ndt of a cell."""
        return [int(self.boundary_of[cell]), self.boundaries + int(self.ndt_of[cell])]

    def smallest(self, cell: int) -> float:
        """Smallest response time of a cell, in seconds."""
        return min(float(self.rt[block].min()) for block in self.blocks[cell])

    def capped(self) -> FloatArray:
        """Smallest response time below each ndt, shape (ndts,)."""
        cap = np.full(self.size - self.boundaries, np.inf)
        for cell, where in enumerate(self.ndt_of):
            cap[where] = min(cap[where], self.smallest(cell))
        return cap

    def scores(self, point: FloatArray) -> tuple[float, list[list[FloatArray]]]:
        """Log likelihood, and each group's derivatives by its cell's boundary and ndt."""
        value, by_cell = 0.0, []
        for cell, blocks in enumerate(self.blocks):
            b, ndt = point[self.places(cell)].tolist()
            here, by_group = scores(self.rt, blocks, b, ndt, self.scale)
            value += here
            by_cell.append(by_group)
        return value, by_cell

    def curvature(self, point: FloatArray) -> FloatArray:
        """Minus the second derivatives by all boundaries and ndts."""
        made = np.zeros((self.size, self.size))
        for cell, blocks in enumerate(self.blocks):
            at = self.places(cell)
            b, ndt = point[at].tolist()
            made[np.ix_(at, at)] += _curvature(self.rt, blocks, b, ndt, self.scale)
        return made

    def start(self) -> FloatArray:
        """Best points of a coarse grid in each cell; what cells share is their smallest."""
        point = np.full(self.size, np.inf)
        for cell, blocks in enumerate(self.blocks):
            found = _start(self.rt, blocks, self.known_boundary, self.known_ndt, self.scale)
            at = self.places(cell)
            point[at] = np.minimum(point[at], found)
        return point

    def maximise(self, start: FloatArray | None = None) -> tuple[FloatArray, bool]:
        """Boundaries and ndts at the maximum, and whether one was found.

        Newton's method within 0 <= ndt < smallest response time. The curvature is at first the
        scores' outer product, which is the same on average and needs no second derivatives.
        """
        logs = np.arange(self.size) < self.boundaries
        start = self.start() if start is None else start
        low, high = np.where(logs, -np.inf, 0.0), np.full(self.size, np.inf)
        high[~logs] = self.capped()
        if self.known_boundary is not None:
            low[logs] = high[logs] = np.log(self.known_boundary)
        if self.known_ndt is not None:
            low[~logs] = high[~logs] = self.known_ndt

        def natural(point: FloatArray) -> FloatArray:
            return np.where(logs, np.exp(np.where(logs, point, 0.0)), point)

        def at(point: FloatArray) -> tuple[float, Derivatives]:
            units = np.where(logs, natural(point), 1.0)
            value, by_cell = self.scores(natural(point))

            def derivatives() -> tuple[FloatArray, FloatArray]:
                gradient, metric = np.zeros(self.size), np.zeros((self.size, self.size))
                for cell, by_group in enumerate(by_cell):
                    places = self.places(cell)
                    each = np.concatenate(by_group) * units[places]
                    gradient[places] += each.sum(axis=0)
                    metric[np.ix_(places, places)] += np.einsum("ni,nj->ij", each, each)
                return gradient, metric

            return value, derivatives

        def exact(point: FloatArray) -> FloatArray:
            units = np.where(logs, natural(point), 1.0)
            return self.curvature(natural(point)) * np.outer(units, units)

        top = newton(
            at,
            np.where(logs, np.log(np.where(logs, start, 1.0)), start),
            PRECISION,
            low=low,
            high=high,
            longest=LONGEST_STEP,
            exact=exact,
            easy=EASY_STEPS,
        )
        return natural(top.point), top.found

    def without_fastest(self) -> Repeats | None:
        """Take the fastest row of each ndt out; None where nothing is left of a cell."""
        blocks = list(self.blocks)
        for where in np.unique(self.ndt_of):
            sharing = np.flatnonzero(self.ndt_of == where).tolist()
            cell = min(sharing, key=self.smallest)
            blocks[cell] = _without_fastest(self.rt, blocks[cell])
            if not blocks[cell]:
                return None
        return replace(self, blocks=blocks)


def scores(
    rt: FloatArray,
    blocks: list[Block],
    boundary: float,
    ndt: float,
    scale: FloatArray | None = None,
) -> tuple[float, list[FloatArray]]:
    """Conditional log likelihood, and every group's derivatives by (boundary, ndt).

    Pairs may differ in the `scale` of their rows; larger groups do not.
    """
    value, by_group = 0.0, []
    for block in blocks:
        k = block.shape[1]
        t = rt[block] - ndt
        relative = np.ones((1, k)) if scale is None else scale[block] / scale[block[:, :1]]
        square = relative**2
        total = (square * t).sum(axis=1)
        slope = wiener.zero_drift_log_slope(t, boundary)
        around = np.stack([total * (1 - STEP), total, total * (1 + STEP)])
        if (relative == 1).all():
            below, at, above = wiener.convolved_log_density(around, boundary, k)
        else:
            below, at, above = paired_log_density(around, boundary, boundary * relative[:, 1])
        total_slope = (above - below) / (2 * STEP * total)
        value += float(wiener.zero_drift_log_density(t, boundary).sum() - at.sum())
        value -= float(np.log(square).sum())
        # both densities are b^-2 times a function of t / b^2
        by_log_boundary = 2 - 2 * k + 2 * total * total_slope - 2 * (t * slope).sum(axis=1)
        by_ndt = square.sum(axis=1) * total_slope - slope.sum(axis=1)
        by_group.append(np.stack([by_log_boundary / boundary, by_ndt], axis=1))
    return value, by_group


def _gradient(
    rt: FloatArray, blocks: list[Block], boundary: float, ndt: float, scale: FloatArray | None
) -> FloatArray:
    return np.concatenate(scores(rt, blocks, boundary, ndt, scale)[1]).sum(axis=0)


def _curvature(
    rt: FloatArray, blocks: list[Block], boundary: float, ndt: float, scale: FloatArray | None
) -> FloatArray:
    """Minus the second derivatives by (boundary, ndt)."""
    gap = min(float(rt[block].min()) for block in blocks) - ndt
    return differenced(
        lambda b, where: _gradient(rt, blocks, b, where, scale),
        np.array([boundary, ndt]),
        (1e-3 * boundary, 1e-3 * gap),
    )


def differenced(
    gradient: Callable[[float, float], FloatArray], at: FloatArray, steps: tuple[float, float]
) -> FloatArray:
    """Minus the second derivatives by (boundary, ndt), by differences of the first."""
    made = np.empty((2, 2))
    for j, step in enumerate(np.diag(steps)):
        above, below = (gradient(*(at + s).tolist()) for s in (step, -step))
        made[j] = (below - above) / (2 * step[j])
    return (made + made.T) / 2


def _start(
    rt: FloatArray,
    blocks: list[Block],
    boundary: float | None,
    ndt: float | None,
    scale: FloatArray | None,
) -> tuple[float, float]:
    """Best point of a coarse grid, judged on some of the groups."""
    smallest = min(float(rt[block].min()) for block in blocks)
    some = [block[:: 1 + len(block) // START_GROUPS] for block in blocks]
    mean = float(np.mean([rt[block].mean() for block in blocks]))
    grid = [
        (float(factor * np.sqrt(mean - where)) if boundary is None else boundary, where)
        for where in ([0.0, 0.5 * smallest, 0.9 * smallest] if ndt is None else [ndt])
        for factor in (0.5, 0.8, 1.2, 2.0, 3.5)
    ]
    return max(grid, key=lambda at: scores(rt, some, at[0], at[1], scale)[0])


def _without_fastest(rt: FloatArray, blocks: list[Block]) -> list[Block]:
    """Take out the fastest row; its group shrinks, and goes when one row is left."""
    at = min(range(len(blocks)), key=lambda i: float(rt[blocks[i]].min()))
    group, member = np.unravel_index(rt[blocks[at]].argmin(), blocks[at].shape)
    rest = np.delete(blocks[at][group], member)[None, :]
    kept = [np.delete(b, group, axis=0) if i == at else b for i, b in enumerate(blocks)]
    return [b for b in [*kept, rest] if b.shape[0] and b.shape[1] > 1]
