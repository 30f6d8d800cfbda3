"""Boundary and non-decision time from repeated comparisons, whatever the population looks like."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.estimators.boundaries.by_cell import checked_by_cell
from bayes_ddm.estimators.boundaries.known import LARGEST_MOVE, check_ndt, checked, fastest_note
from bayes_ddm.estimators.boundaries.repeats_likelihood import Block, Repeats, derivatives
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary, smoothed
from bayes_ddm.estimators.boundaries.sums_likelihood import SumsLikelihood
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.of_sums import kept
from bayes_ddm.estimators.result import Boundary

FEWEST_LABELERS = 20
LARGEST_RELATIVE_SE = 0.25
ENOUGH_WHOLE = 250  # who repeat, for a sandwich: the fastest few weigh most
# no drift makes decisions within 0.01 b^2 likely: their density there has the factor exp(-50)
SHORTEST_DECISION = 0.01
PROPORTIONAL = 1e-9  # relative difference up to which attribute differences are proportional
LARGEST_RATIO = 100.0  # of two sizes: beyond, their sum's density is slow


def conditional_boundary(
    choices: Choices,
    ndt: float | None = None,
    *,
    boundary: float | None = None,
    proportional: bool = False,
    cells: Cells | None = None,
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
    boundary : float, optional
        A known half boundary separation; by default it is estimated.
    proportional : bool
        Also use rows of one labeler whose features are multiples of one another: of those that
        repeat no comparison, two and two of similar size. All rows of a labeler are, where there
        is one feature.
    cells : Cells, optional
        Conditions that move boundary or ndt: comparisons are the same within a cell, and all
        boundaries and ndts are estimated together, as some cells may share one.

    Returns
    -------
    Boundary or None
        None when nobody repeats a comparison (in some cell), as with anonymous labelers; or where
        labelers are condensed to sums, and some are of more than 50 choices.
        Unreliable when few labelers do, when the boundary is not pinned down, or when one response
        decides it.

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

    Of labelers who are condensed to sums the likelihood is that of all; its curvature tells
    standard errors where fewer than 250 who repeat were kept whole.

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
    if choices.summed is not None:
        return _of_sums(choices, ndt, boundary)
    if choices.labeler is None:
        return None
    rows, blocks, scale = repeated_rows(choices, proportional, cells)
    zero = np.zeros(1, dtype=np.int64)
    places = (zero, zero) if cells is None else (cells.boundary, cells.ndt)
    parts = [blocks] if cells is None else _in_cells(blocks, cells.row[rows], len(cells))
    if not all(parts):
        return None
    repeats = Repeats(choices.rt[rows], parts, scale, *places, boundary, ndt)
    point, converged = repeats.maximise()
    influence, pinned = _influence(choices, repeats, point, choices.labeler[rows])
    pinned &= converged
    if not pinned:
        influence[:] = np.nan
    notes = [
        _notes(choices.labeler[rows], repeats, cell, point, influence, pinned)
        for cell in range(len(parts))
    ]
    fewer = repeats.without_fastest()
    if fewer:
        without = fewer.maximise(point)[0]
        for cell, at in enumerate(map(repeats.places, range(len(parts)))):
            if boundary is None:
                fastest = float(repeats.capped()[repeats.ndt_of[cell]])
                notes[cell] += fastest_note(fastest, float(point[at[0]]), float(without[at[0]]))
    return checked_by_cell(choices, cells, "conditional", point, influence, notes)


def _influence(
    choices: Choices, repeats: Repeats, point: FloatArray, labeler: IntArray
) -> tuple[FloatArray, bool]:
    """Influence of each unit on boundaries and ndts, and whether the curvature is positive."""
    by_cell, second = repeats.at(point)[1:]
    summed = np.zeros((len(choices.unit_count), repeats.size))
    for cell, blocks in enumerate(repeats.blocks):
        for block, score in zip(blocks, by_cell[cell], strict=True):
            for j, place in enumerate(repeats.places(cell)):
                np.add.at(summed[:, place], labeler[block[:, 0]], score[:, j])
    # at ndt = 0 the constraint holds it there: it is then as good as known
    estimated = np.arange(repeats.size) < repeats.boundaries
    free = np.where(estimated, repeats.known_boundary is None, repeats.known_ndt is None)
    free = np.flatnonzero(free & (point > 0))
    curvature = second[np.ix_(free, free)]
    influence = np.zeros_like(summed)
    if not (np.linalg.eigvalsh(curvature) > 0).all():
        return influence, False
    influence[:, free] = summed[:, free] @ np.linalg.inv(curvature)
    return influence, True


def _of_sums(choices: Choices, ndt: float | None, boundary: float | None) -> Boundary | None:
    """Boundary and ndt of all labelers, from their times' sums and the times' own law."""
    condensed, sums = kept(choices), choices.summed
    assert sums is not None
    repeat = sums.n > 1
    if not repeat.any() or sums.n.max() > wiener.MAX_CONVOLUTION:
        return None
    start = conditional_boundary(condensed.whole, ndt, boundary=boundary)
    if start is None or not start.reliable:  # they are few: the likelihood of all may be peaked
        start = semiparametric_boundary(choices, ndt, boundary=boundary) or start
    if start is None:
        return None
    likelihood = SumsLikelihood(condensed.rows.rt, condensed.rows.count, sums)
    point, variance, pinned = likelihood.maximise(np.array(start.at), boundary, ndt)
    b, delay = point.tolist()
    influence = _whole_scores(condensed.whole, b, delay) @ variance
    most = float(np.abs(influence[:, 0]).max())
    if not pinned:
        influence[:] = np.nan
    elif (condensed.whole.choices_each > 1).sum() < ENOUGH_WHOLE:
        # given its sums a labeler's times say nothing of choices: whose influence it is, is moot
        root = np.linalg.eigh(variance)
        between = np.sqrt(np.maximum(root.eigenvalues, 0.0))[:, None] * root.eigenvectors.T
        times = np.bincount(condensed.whole.unit, condensed.whole.rt)
        influence = smoothed(between, np.zeros_like(influence), choices.unit_count, times)
    labelers = whole(sums.weight[repeat].sum())
    relative = float(np.sqrt(choices.unit_count @ influence[:, 0] ** 2)) / b if pinned else np.nan
    gap = np.inf if ndt is not None else float(condensed.rows.rt.min()) - delay
    notes = _doubts(labelers, b, delay, relative, gap)
    if pinned and most > LARGEST_MOVE * b:
        notes.append(f"one labeler's responses move the boundary, {b:.3g}, by {most:.2g}")
    return checked(choices, "conditional", b, delay, influence, None, notes)


def _whole_scores(choices: Choices, boundary: float, ndt: float) -> FloatArray:
    """Each labeler's derivatives of the conditional log likelihood, shape (labelers, 2)."""
    rows, blocks, _ = repeated_rows(choices)
    summed = np.zeros((len(choices.unit_count), 2))
    labeler = choices.unit[rows]
    by_group = derivatives(choices.rt[rows], blocks, boundary, ndt)[1]
    for block, score in zip(blocks, by_group, strict=True):
        np.add.at(summed, labeler[block[:, 0]], score)
    return summed


def _notes(
    labeler: IntArray,
    repeats: Repeats,
    cell: int,
    point: FloatArray,
    influence: FloatArray,
    pinned: bool,
) -> list[str]:
    """What makes the numbers of a cell unreliable."""
    at = repeats.places(cell)
    boundary, ndt = point[at].tolist()
    blocks = repeats.blocks[cell]
    labelers = np.unique(np.concatenate([labeler[block[:, 0]] for block in blocks])).size
    relative = np.nan
    if pinned:
        relative = float(np.sqrt((influence[:, at[0]] ** 2).sum())) / boundary
    gap = np.inf if repeats.known_ndt is not None else repeats.smallest(cell) - ndt
    return _doubts(labelers, boundary, ndt, relative, gap)


def _doubts(labelers: int, boundary: float, ndt: float, relative: float, gap: float) -> list[str]:
    """Say what is doubtful of so many labelers' boundary.

    ``relative`` is its standard error, NaN where it is not pinned down; ``gap`` from ndt to the
    smallest time, infinite where ndt is known.
    """
    notes = []
    if labelers < FEWEST_LABELERS:
        notes.append(f"too few labelers ({labelers}) repeat a comparison")
    if not relative <= LARGEST_RELATIVE_SE:
        error = f" (standard error {relative:.0%})" if np.isfinite(relative) else ""
        notes.append(f"the repeated comparisons do not pin the boundary down{error}")
    if gap < np.inf and ndt == 0:
        notes.append("ndt ends at its lower limit, 0 s: give it where it is known")
    if gap < SHORTEST_DECISION * boundary**2:
        notes.append(
            f"ndt {ndt:.3g} s is at its upper limit: the fastest response comes too soon after "
            f"it for boundary {boundary:.3g}"
        )
    return notes


def repeated_rows(
    choices: Choices, proportional: bool = False, cells: Cells | None = None
) -> tuple[IntArray, list[Block], FloatArray | None]:
    """Rows of the expanded table, blocks of them that share a drift, and their scales if paired."""
    rows = np.repeat(np.arange(len(choices)), choices.count)
    by = [] if cells is None else [cells.row]
    blocks = _blocks(choices, rows, by)
    if not proportional:
        return rows, blocks, None
    pairs, scale = _pairs(choices, rows, blocks, by)
    return rows, blocks + ([pairs] if len(pairs) else []), scale


def _in_cells(blocks: list[Block], cell: IntArray, n: int) -> list[list[Block]]:
    """Blocks of each cell; all rows of a group are in one."""
    parts = [[block[cell[block[:, 0]] == c] for block in blocks] for c in range(n)]
    return [[block for block in part if len(block)] for part in parts]


def _blocks(choices: Choices, rows: IntArray, by: Sequence[IntArray] = ()) -> list[Block]:
    """Positions of the rows that share a drift, in one array per group size of 2 to 50."""
    assert choices.labeler is not None
    # swapping the options turns the drift's sign, which decision times do not see
    keys = [*(choices.features * sides(choices)[:, None]).T, *by, choices.labeler]
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


def _pairs(
    choices: Choices, rows: IntArray, blocks: list[Block], by: Sequence[IntArray]
) -> tuple[Block, FloatArray]:
    """Pairs of rows outside the blocks with proportional features, and the size of every row."""
    assert choices.labeler is not None
    lead = _lead(choices)
    size = np.where(lead == 0, 1.0, np.abs(lead))
    # a row whose features are all zero has no drift, and repeats all others like it
    alone = lead[rows] != 0
    for block in blocks:
        alone[block] = False
    singles = np.flatnonzero(alone)
    at = rows[singles]
    direction = [_same(column) for column in (choices.features[at] / lead[at, None]).T]
    keys = [*direction, *(cell[at] for cell in by), choices.labeler[at]]
    order = np.lexsort([size[at], *keys])
    new = np.ones(len(at), dtype=bool)
    if len(at):
        new[1:] = np.any([np.diff(key[order]) != 0 for key in keys], axis=0)
    start = np.flatnonzero(new)
    number = np.diff(start, append=len(at))
    within = np.arange(len(at)) - np.repeat(start, number)
    first = np.flatnonzero((within % 2 == 0) & (within + 1 < np.repeat(number, number)))
    pairs = singles[order][first[:, None] + np.arange(2)]
    ratio = size[rows[pairs[:, 1]]] / size[rows[pairs[:, 0]]]
    return pairs[ratio <= LARGEST_RATIO], size[rows]


def _same(values: FloatArray) -> IntArray:
    """Label values; those that differ by rounding alone have the same label."""
    order = np.argsort(values)
    new = np.diff(values[order]) > PROPORTIONAL * np.abs(values[order[1:]])
    labels = np.zeros(len(values), dtype=np.int64)
    labels[order[1:]] = np.cumsum(new)
    return labels
