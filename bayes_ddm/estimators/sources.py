"""The boundaries that the closed forms of one table rest on, from every source there is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm._typing import IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import (
    beside_collapse,
    check_boundary,
    check_ndt,
    doubted,
    known_boundary,
)
from bayes_ddm.estimators.boundaries.laplace import three_scale, two_scale
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.cells import Cells, cells_of
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

MOST_FASTER = 0.1  # of the rows, than a known ndt


@dataclass(frozen=True, eq=False)
class Slower:
    """The rows that are slower than a known ndt, where some are not; made by `slower_than`.

    Attributes
    ----------
    rows : Choices
    units : ndarray of int
        Which units of all choices made them.
    choices : Choices
        All of them.
    """

    rows: Choices
    units: IntArray
    choices: Choices

    def among_all[Result: (Boundary, Estimate)](self, result: Result) -> Result:
        """Return what is made of these rows with the influence of every unit, others' being 0."""
        count = self.choices.unit_count
        influence = np.zeros((len(count), result.influence.shape[1]))
        influence[self.units] = result.influence
        return replace(result, influence=influence, unit_count=count)


def slower_than(choices: Choices, ndt: float | None) -> Slower | None:
    """Rows that are slower than a known ndt; None where all are.

    Raises
    ------
    InputError
        If more than a tenth are not, or ndt is negative.
    """
    if ndt is None or ndt < 0 or not np.any(faster := choices.rt <= ndt):
        return None
    if choices.summed is not None:  # of whose sums no row can be taken out
        check_ndt(choices, ndt)
    if choices.count[faster].sum() > MOST_FASTER * choices.n_choices:
        check_ndt(choices, ndt)
    rows, units = choices._part(np.flatnonzero(~faster))
    return Slower(rows, units, choices)


@dataclass(frozen=True, eq=False)
class Sources:
    """Boundaries of one table; made by `sources`.

    Attributes
    ----------
    boundaries : tuple of Boundary
        In the order of a table.
    cells : Cells or None
        Where formulas make boundary or ndt depend on conditions.
    slower : Slower or None
        The rows that boundaries are learned from, where some are faster than a known ndt.
    """

    boundaries: tuple[Boundary, ...]
    cells: Cells | None
    slower: Slower | None = None

    @property
    def learned(self) -> dict[str, Boundary]:
        """Those from repeated comparisons and from a smooth population, where there are any."""
        return {b.method: b for b in self.boundaries if METHODS[b.method].learned_from}

    @property
    def believed(self) -> Boundary | None:
        """The first learned one that is reliable."""
        return next((b for b in self.learned.values() if b.reliable), None)


def sources(
    choices: Choices,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    trial: TrialDrift = STEADY,
) -> Sources:
    """Boundary and ndt from what is given and from what can be learned.

    A number is known, a formula has a value to be learned in each of its cells. With numbers alone,
    what is learned does not take the given boundary for granted; beside a formula a number does
    hold. Beside bounds that close in they must be known. Rows faster than a known ndt, if they are
    few, are no part of what is learned.

    Raises
    ------
    InputError
        As `cells_of`, `check_boundary` and `check_ndt`; and if bounds close in from where is not
        given.
    """
    if not trial.steady:
        bounds = beside_collapse(boundary, ndt)
        slower = slower_than(choices, bounds[1])
        if slower:
            return Sources((slower.among_all(known_boundary(slower.rows, *bounds)),), None, slower)
        return Sources((known_boundary(choices, *bounds),), None)
    value = None if boundary is None or isinstance(boundary, str) else check_boundary(boundary)
    cells = cells_of(choices, boundary, ndt)
    known_ndt = None if isinstance(ndt, str) else ndt
    slower = slower_than(choices, known_ndt) if cells is None else None
    if slower:
        learned = sources(slower.rows, boundary, ndt).boundaries
        return Sources(tuple(map(slower.among_all, learned)), None, slower)
    known_ndt = None if known_ndt is None else check_ndt(choices, known_ndt)
    fixed = value if isinstance(ndt, str) else None
    of_repeats = conditional_boundary(choices, known_ndt, boundary=fixed, cells=cells)
    smooth = semiparametric_boundary(choices, known_ndt, boundary=fixed, cells=cells)
    boundaries = [b for b in (of_repeats, smooth) if b is not None]
    if value is not None and not isinstance(ndt, str):
        first = known_boundary(choices, value, known_ndt or 0.0)
        boundaries.insert(0, first if known_ndt is not None else doubted(first, *boundaries))
    if cells is None and choices.summed is None:
        # as published they are of rows that are all alike
        boundaries += [two_scale(choices, known_ndt), three_scale(choices)]
    if late := left_out(choices):
        boundaries = [b if b.method == "known" else b.flagged(late) for b in boundaries]
    return Sources(tuple(boundaries), cells)


def best_boundary(
    choices: Choices, boundary: float | str | None = None, ndt: float | str | None = None
) -> Boundary:
    """Return the known boundary, else the first learned one that is reliable, else the first.

    Raises
    ------
    InputError
        As `sources`; and if none was given and none can be learned.
    """
    if isinstance(boundary, int | float) and isinstance(ndt, int | float):
        return known_boundary(choices, boundary, ndt)
    candidates = sources(choices, boundary, ndt)
    first = next((b for b in candidates.boundaries if b.method == "known"), None)
    best = first or candidates.believed or next(iter(candidates.learned.values()), None)
    if best is None:
        raise InputError(
            "these choices are too few to learn a boundary from, and no labeler repeats a "
            "comparison; give boundary= (--boundary), and ndt= (--ndt)."
        )
    return best
