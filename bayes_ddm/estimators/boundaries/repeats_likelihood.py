"""Likelihood of repeated comparisons, the drift conditioned out, and where it is largest."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.wiener.convolution import paired_log_density

# rows (groups, k) of an expanded table: each group is k choices that share one drift
Block = IntArray

START_GROUPS = 200
STEP = 3e-4  # of the log of a pair's time, for derivatives
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
        for cell, index in enumerate(self.ndt_of):
            cap[index] = min(cap[index], self.smallest(cell))
        return cap

    def at(self, point: FloatArray) -> tuple[float, list[list[FloatArray]], FloatArray]:
        """Log likelihood; each group's derivatives by its cell's boundary and ndt; the curvature.

        The curvature is minus the second derivatives, by all boundaries and ndts.
        """
        value, by_cell, curvature = 0.0, [], np.zeros((self.size, self.size))
        for cell, blocks in enumerate(self.blocks):
            places = self.places(cell)
            b, ndt = point[places].tolist()
            term, by_group, second = derivatives(self.rt, blocks, b, ndt, self.scale)
            value += term
            by_cell.append(by_group)
            curvature[np.ix_(places, places)] -= second
        return value, by_cell, curvature

    def start(self) -> FloatArray:
        """Best points of a coarse grid in each cell; what cells share is their smallest."""
        point = np.full(self.size, np.inf)
        for cell, blocks in enumerate(self.blocks):
            best = _start(self.rt, blocks, self.known_boundary, self.known_ndt, self.scale)
            at = self.places(cell)
            point[at] = np.minimum(point[at], best)
        return point

    def maximise(self, start: FloatArray | None = None) -> tuple[FloatArray, bool]:
        """Boundaries and ndts at the maximum, and whether one was found.

        Newton's method within 0 <= ndt < smallest response time.
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
            value, by_cell, curvature = self.at(natural(point))

            def by_logs() -> tuple[FloatArray, FloatArray]:
                gradient = np.zeros(self.size)
                for cell, by_group in enumerate(by_cell):
                    gradient[self.places(cell)] += np.concatenate(by_group).sum(axis=0)
                gradient *= units
                return gradient, curvature * np.outer(units, units) - np.diag(gradient * logs)

            return value, by_logs

        top = newton(
            at,
            np.where(logs, np.log(np.where(logs, start, 1.0)), start),
            PRECISION,
            low=low,
            high=high,
            longest=LONGEST_STEP,
        )
        return natural(top.point), top.converged

    def without_fastest(self) -> Repeats | None:
        """Take the fastest row of each ndt out; None where nothing is left of a cell."""
        blocks = list(self.blocks)
        for index in np.unique(self.ndt_of):
            sharing = np.flatnonzero(self.ndt_of == index).tolist()
            cell = min(sharing, key=self.smallest)
            blocks[cell] = _without_fastest(self.rt, blocks[cell])
            if not blocks[cell]:
                return None
        return replace(self, blocks=blocks)


def derivatives(
    rt: FloatArray,
    blocks: list[Block],
    boundary: float,
    ndt: float,
    scale: FloatArray | None = None,
) -> tuple[float, list[FloatArray], FloatArray]:
    """Conditional log likelihood, and every group's derivatives by (boundary, ndt).

    Then the second derivatives, of all groups together. Pairs may differ in the `scale` of their
    rows; larger groups do not.
    """
    value, by_group, second = 0.0, [], np.zeros(3)
    for block in blocks:
        k = block.shape[1]
        t = rt[block] - ndt
        relative = _relative(block, scale)
        square = relative**2
        total, steps = (square * t).sum(axis=1), square.sum(axis=1)
        rows = wiener.zero_drift_log_derivatives(t, boundary)
        if (relative == 1).all():
            sums = wiener.convolved_log_derivatives(total, boundary, k)
        else:
            sums = _paired(total, boundary, boundary * relative[:, 1])
        value += float(rows[0].sum() - sums[0].sum() - np.log(square).sum())
        first, at = moved(rows, 1 / t)
        first_of_sums, at_sums = moved(sums, steps / total)
        by_group.append((first.sum(axis=-1) - first_of_sums).T / [boundary, 1.0])
        second += at.sum(axis=(-1, -2)) - at_sums.sum(axis=-1)
    by_log, both, by_ndt = second.tolist()
    slope = boundary * sum(float(part[:, 0].sum()) for part in by_group)
    curvature = np.array(
        [[(by_log - slope) / boundary**2, both / boundary], [both / boundary, by_ndt]]
    )
    return value, by_group, curvature


def moved(log_density: FloatArray, rate: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Derivatives by log boundary and ndt of a log density; second ones: by log b, both, ndt.

    The density is ``b^-2`` times a function of ``t / b^2``, and comes with its derivatives by log
    time, which falls by `rate` per second of ndt.
    """
    _, slope, curvature = log_density
    first = np.stack([-2 - 2 * slope, -rate * slope])
    return first, np.stack([4 * curvature, 2 * rate * curvature, rate**2 * (curvature - slope)])


def _paired(total: FloatArray, first: float, second: FloatArray) -> FloatArray:
    """Log density of two times' sum, its first and second derivative by log time."""
    around = np.stack([total * np.exp(-STEP), total, total * np.exp(STEP)])
    below, at, above = paired_log_density(around, first, second)
    return np.stack([at, (above - below) / (2 * STEP), (above - 2 * at + below) / STEP**2])


def _relative(block: Block, scale: FloatArray | None) -> FloatArray:
    """Sizes of rows relative to the first of their group."""
    return np.ones((1, block.shape[1])) if scale is None else scale[block] / scale[block[:, :1]]


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
    below = [0.0, 0.5 * smallest, 0.9 * smallest] if ndt is None else [ndt]
    delay, factor = (x.ravel() for x in np.meshgrid(below, (0.5, 0.8, 1.2, 2.0, 3.5)))
    b = factor * np.sqrt(mean - delay) if boundary is None else np.full(len(delay), boundary)
    value = np.zeros(len(delay))
    for block in some:
        t, relative = rt[block] - delay[:, None, None], _relative(block, scale)
        total = (relative**2 * t).sum(axis=2)
        value += wiener.zero_drift_log_density(t, b[:, None, None]).sum(axis=(1, 2))
        if (relative == 1).all():
            sums = wiener.convolved_log_density(total, b[:, None], block.shape[1])
        else:
            sums = paired_log_density(total, b[:, None], b[:, None] * relative[:, 1])
        value -= sums.sum(axis=1)
    best = int(value.argmax())
    return float(b[best]), float(delay[best])


def _without_fastest(rt: FloatArray, blocks: list[Block]) -> list[Block]:
    """Take out the fastest row; its group shrinks, and goes when one row is left."""
    at = min(range(len(blocks)), key=lambda i: float(rt[blocks[i]].min()))
    group, member = np.unravel_index(rt[blocks[at]].argmin(), blocks[at].shape)
    rest = np.delete(blocks[at][group], member)[None, :]
    others = [np.delete(b, group, axis=0) if i == at else b for i, b in enumerate(blocks)]
    return [b for b in [*others, rest] if b.shape[0] and b.shape[1] > 1]
