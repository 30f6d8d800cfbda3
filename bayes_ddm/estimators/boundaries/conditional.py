"""Boundary and non-decision time from repeated comparisons, whatever the population looks like."""

from __future__ import annotations

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.boundaries.known import check_ndt, checked, fastest_note
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.wiener.convolution import paired_log_density

# rows (groups, k) of an expanded table: each group is k choices that share one drift
Block = IntArray

FEWEST_LABELERS = 20
LARGEST_RELATIVE_SE = 0.25
# no drift makes decisions within 0.01 b^2 likely: their density there has the factor exp(-50)
SHORTEST_DECISION = 0.01
PROPORTIONAL = 1e-9  # relative difference up to which attribute differences are proportional
LARGEST_RATIO = 100.0  # of two sizes: beyond, their sum's density is slow
START_GROUPS = 2_000
STEP = 1e-4
EASY_STEPS = 10
LONGEST_STEP = 0.5  # of the log boundary
PRECISION = 1e-9  # of the log likelihood


def conditional_boundary(
    choices: Choices, ndt: float | None = None, *, proportional: bool = False
) -> Boundary | None:
    """Boundary and ndt from labelers who answer the same comparison more than once.

    Given the sum of one labeler's decision times over the same comparison, the law of the times is
    free of the drift, so this needs no assumption on the population of drifts.

    Parameters
    ----------
    choices : Choices
        Rows of one labeler are the same comparison when their features are equal, or equal with
        the two options swapped; in a scalar problem all of them are.
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.
    proportional : bool
        Also use rows of one labeler whose features are multiples of one another: of those that
        repeat no comparison, two and two of similar size. All rows of a labeler are, where there
        is one feature.

    Returns
    -------
    Boundary or None
        None when nobody repeats a comparison, as with anonymous labelers. Unreliable when few
        labelers do, when the boundary is not pinned down, or when one response decides it.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    Maximises, over groups of ``k`` decision times with sum ``x``,
    ``sum_j log f0(t_j; b) - log f0^{*k}(x; b)``. Groups of more than 50 are split into near-equal
    ones. A decision time ``t`` at features ``c psi`` is, as ``c^2 t``, one at features ``psi`` and
    boundary ``c b``; a proportional pair with ``x = t_1 + c^2 t_2`` adds
    ``log f0(t_1; b) + log f0(c^2 t_2; c b) - log (f0(.; b) * f0(.; c b))(x)``. Larger proportional
    groups would say more than their pairs do. Standard errors are sandwich ones, by labeler.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.9, 1.4, 0.7], "id": [0, 0, 1]})
    >>> conditional_boundary(Choices.from_frame(frame, labeler="id")).note.split(";")[0]
    'too few labelers (1) repeat a comparison'
    >>> conditional_boundary(Choices.from_frame(frame)) is None
    True
    """
    if ndt is not None:
        ndt = check_ndt(choices, ndt)
    if choices.labeler is None:
        return None
    rows, blocks, scale = repeated_rows(choices, proportional)
    if not blocks:
        return None
    rt, labeler = choices.rt[rows], choices.labeler[rows]
    boundary, where, found = _maximise(rt, blocks, ndt, _start(rt, blocks, ndt, scale), scale)
    # at ndt = 0 the constraint holds it there: it is then as good as known
    free = [0, 1] if ndt is None and where > 0 else [0]

    by_group = _scores(rt, blocks, boundary, where, scale)[1]
    scores = np.zeros((len(choices.unit_count), 2))
    for block, score in zip(blocks, by_group, strict=True):
        np.add.at(scores, labeler[block[:, 0]], score)
    curvature = _curvature(rt, blocks, boundary, where, scale)[np.ix_(free, free)]
    influence = np.zeros_like(scores)
    pinned = found and bool((np.linalg.eigvalsh(curvature) > 0).all())
    influence[:, free] = scores[:, free] @ np.linalg.inv(curvature) if pinned else np.nan

    used = np.unique(np.concatenate([labeler[block[:, 0]] for block in blocks])).size
    notes = []
    if used < FEWEST_LABELERS:
        notes.append(f"too few labelers ({used}) repeat a comparison")
    if not pinned:
        notes.append("the repeated comparisons do not pin the boundary down")
    else:
        relative = float(np.sqrt((influence[:, 0] ** 2).sum())) / boundary
        if relative > LARGEST_RELATIVE_SE:
            notes.append(
                "the repeated comparisons do not pin the boundary down "
                f"(standard error {relative:.0%})"
            )
    if ndt is None and where == 0:
        notes.append("ndt ends at its lower limit, 0 s: give it where it is known")
    smallest = min(float(rt[block].min()) for block in blocks)
    if ndt is None and smallest - where < SHORTEST_DECISION * boundary**2:
        notes.append(
            f"ndt {where:.3g} s is at its upper limit: the fastest response comes too soon after "
            f"it for boundary {boundary:.3g}"
        )
    fewer = _without_fastest(rt, blocks)
    if fewer:
        without = _maximise(rt, fewer, ndt, (boundary, where), scale)[0]
        notes += fastest_note(smallest, boundary, without)
    return checked(choices, "conditional", boundary, where, influence, None, notes)


def repeated_rows(
    choices: Choices, proportional: bool = False
) -> tuple[IntArray, list[Block], FloatArray | None]:
    """Rows of the expanded table, blocks of them that share a drift, and their scales if paired."""
    rows = np.repeat(np.arange(len(choices)), choices.count)
    blocks = _blocks(choices, rows)
    if not proportional:
        return rows, blocks, None
    pairs, scale = _pairs(choices, rows, blocks)
    return rows, blocks + ([pairs] if len(pairs) else []), scale


def _blocks(choices: Choices, rows: IntArray) -> list[Block]:
    """Positions of the rows that share a drift, in one array per group size of 2 to 50."""
    assert choices.labeler is not None
    # swapping the options turns the drift's sign, which decision times do not see
    keys = [*(choices.features * sides(choices)[:, None]).T, choices.labeler]
    keys = [key[rows] for key in keys]
    order = np.lexsort(keys)
    new = np.zeros(len(rows), dtype=bool)
    new[0] = True
    for key in keys:
        new[1:] |= np.diff(key[order]) != 0
    start = np.flatnonzero(new)
    size = np.diff(start, append=len(rows))
    pieces = -(-size // wiener.MAX_CONVOLUTION)
    if (pieces > 1).any():
        # pieces of a table that is sorted by choice or time would be chosen by their outcome
        order = np.lexsort([np.random.default_rng(0).permutation(len(rows)), *keys])
        group = np.repeat(np.arange(len(start)), size)
        piece = (np.arange(len(rows)) - start[group]) * pieces[group] // size[group]
        new[1:] |= np.diff(piece) != 0
        start = np.flatnonzero(new)
        size = np.diff(start, append=len(rows))
    return [
        order[start[size == k][:, None] + np.arange(k)] for k in np.unique(size).tolist() if k > 1
    ]


def sides(choices: Choices) -> FloatArray:
    """Which way round each row shows its two options, 1 or -1; 1 without features."""
    lead = np.sign(_lead(choices))
    return np.where(lead == 0, 1.0, lead)


def _lead(choices: Choices) -> FloatArray:
    """First feature of each row that is not zero, or zero."""
    lead = np.zeros(len(choices))
    for column in choices.features.T:
        lead = np.where(lead == 0, column, lead)
    return lead


def _pairs(choices: Choices, rows: IntArray, blocks: list[Block]) -> tuple[Block, FloatArray]:
    """Pairs of rows outside the blocks with proportional features, and the size of every row."""
    assert choices.labeler is not None
    lead = _lead(choices)
    size = np.where(lead == 0, 1.0, np.abs(lead))
    # a row whose features are all zero has no drift, and repeats all others like it
    alone = lead[rows] != 0
    for block in blocks:
        alone[block] = False
    left = np.flatnonzero(alone)
    at = rows[left]
    direction = [_same(column) for column in (choices.features[at] / lead[at, None]).T]
    keys = [*direction, choices.labeler[at]]
    order = np.lexsort([size[at], *keys])
    new = np.ones(len(at), dtype=bool)
    if len(at):
        new[1:] = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    start = np.flatnonzero(new)
    number = np.diff(start, append=len(at))
    within = np.arange(len(at)) - np.repeat(start, number)
    first = np.flatnonzero((within % 2 == 0) & (within + 1 < np.repeat(number, number)))
    pairs = left[order][first[:, None] + np.arange(2)]
    ratio = size[rows[pairs[:, 1]]] / size[rows[pairs[:, 0]]]
    return pairs[ratio <= LARGEST_RATIO], size[rows]


def _same(values: FloatArray) -> IntArray:
    """Label values; those that differ by rounding alone have the same label."""
    order = np.argsort(values)
    new = np.diff(values[order]) > PROPORTIONAL * np.abs(values[order[1:]])
    labels = np.zeros(len(values), dtype=np.int64)
    labels[order[1:]] = np.cumsum(new)
    return labels


def _without_fastest(rt: FloatArray, blocks: list[Block]) -> list[Block]:
    """Take out the fastest row; its group shrinks, and goes when one row is left."""
    at = min(range(len(blocks)), key=lambda i: float(rt[blocks[i]].min()))
    group, member = np.unravel_index(rt[blocks[at]].argmin(), blocks[at].shape)
    rest = np.delete(blocks[at][group], member)[None, :]
    kept = [np.delete(b, group, axis=0) if i == at else b for i, b in enumerate(blocks)]
    return [b for b in [*kept, rest] if b.shape[0] and b.shape[1] > 1]


def _scores(
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
    return np.concatenate(_scores(rt, blocks, boundary, ndt, scale)[1]).sum(axis=0)


def _curvature(
    rt: FloatArray, blocks: list[Block], boundary: float, ndt: float, scale: FloatArray | None
) -> FloatArray:
    """Minus the second derivatives by (boundary, ndt)."""
    gap = min(float(rt[block].min()) for block in blocks) - ndt
    hessian = np.empty((2, 2))
    for j, h in enumerate((1e-3 * boundary, 1e-3 * gap)):
        step = np.array([h, 0.0]) if j == 0 else np.array([0.0, h])
        above = _gradient(rt, blocks, boundary + step[0], ndt + step[1], scale)
        below = _gradient(rt, blocks, boundary - step[0], ndt - step[1], scale)
        hessian[j] = (above - below) / (2 * h)
    return -(hessian + hessian.T) / 2


def _start(
    rt: FloatArray, blocks: list[Block], ndt: float | None, scale: FloatArray | None
) -> tuple[float, float]:
    """Best point of a coarse grid, judged on some of the groups."""
    smallest = min(float(rt[block].min()) for block in blocks)
    some = [block[:: 1 + len(block) // START_GROUPS] for block in blocks]
    mean = float(np.mean([rt[block].mean() for block in blocks]))
    grid = [
        (float(factor * np.sqrt(mean - where)), where)
        for where in ([0.0, 0.5 * smallest, 0.9 * smallest] if ndt is None else [ndt])
        for factor in (0.5, 0.8, 1.2, 2.0, 3.5)
    ]
    return max(grid, key=lambda at: _scores(rt, some, at[0], at[1], scale)[0])


def _maximise(
    rt: FloatArray,
    blocks: list[Block],
    ndt: float | None,
    start: tuple[float, float],
    scale: FloatArray | None,
) -> tuple[float, float, bool]:
    """Boundary and ndt at the maximum, and whether one was found.

    Newton's method within 0 <= ndt < smallest response time. The curvature is at first the
    scores' outer product, which is the same on average and needs no second derivatives.
    """
    smallest = min(float(rt[block].min()) for block in blocks)
    low, high = (0.0, smallest) if ndt is None else (ndt, ndt)

    def at(point: FloatArray) -> tuple[float, Derivatives]:
        boundary = float(np.exp(point[0]))
        value, by_group = _scores(rt, blocks, boundary, float(point[1]), scale)

        def derivatives() -> tuple[FloatArray, FloatArray]:
            scores = np.concatenate(by_group) * [boundary, 1.0]  # by log boundary
            return scores.sum(axis=0), np.einsum("ni,nj->ij", scores, scores)

        return value, derivatives

    def exact(point: FloatArray) -> FloatArray:
        units = np.array([np.exp(point[0]), 1.0])
        second = _curvature(rt, blocks, float(units[0]), float(point[1]), scale)
        return second * np.outer(units, units)

    top = newton(
        at,
        np.array([np.log(start[0]), start[1]]),
        PRECISION,
        low=[-np.inf, low],
        high=[np.inf, high],
        longest=LONGEST_STEP,
        exact=exact,
        easy=EASY_STEPS,
    )
    return float(np.exp(top.point[0])), float(top.point[1]), top.found
