"""All closed forms of one table, and what the table holds against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest, choice_time_test
from bayes_ddm.estimators.assumptions.decisions import moved, suspects
from bayes_ddm.estimators.assumptions.finding import Finding, ranked
from bayes_ddm.estimators.assumptions.intercept import missing_intercept
from bayes_ddm.estimators.assumptions.one_boundary import (
    BoundaryTest,
    boundary_test_of,
    findings_of,
    partner,
    untested,
)
from bayes_ddm.estimators.bradley_terry import bradley_terry
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.ratio import speed_accuracy
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.sources import Sources, sources
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift


@dataclass(frozen=True, eq=False)
class Examined:
    """Closed forms with the tests of what they assume; made by `examined`.

    Attributes
    ----------
    boundaries : tuple of Boundary
    estimates : tuple of Estimate
    choice_time : ChoiceTimeTest or None
    boundary_test : BoundaryTest or None
    cells : Cells or None
        Where formulas make boundary or ndt depend on conditions.
    untested : str
        Why two boundaries are not compared; empty where they are, or there is one at most.
    findings : tuple of Finding
        All that speaks against them, largest first.
    """

    boundaries: tuple[Boundary, ...]
    estimates: tuple[Estimate, ...]
    choice_time: ChoiceTimeTest | None
    boundary_test: BoundaryTest | None
    cells: Cells | None
    untested: str
    findings: tuple[Finding, ...]


def examined(
    choices: Choices,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
    *,
    few: Choices | None = None,
) -> Examined:
    """Every closed form of these choices, and what speaks against it.

    Rows that may be no decisions are a finding by themselves; what else is found is then said of
    the table without them, so that no model is blamed for a slip of the finger.

    Parameters
    ----------
    choices : Choices
    boundary, ndt : float or str, optional
    shares : mapping of str to float, optional
    few : Choices, optional
        Rows that say the same, by default those of `lossless`: estimates are made of these, and
        have the influence of these.

    Raises
    ------
    InputError
        As `sources`.
    """
    if few is None:
        few = lossless(choices) if trial.steady else choices
    made, found = _tested(few, boundary, ndt, shares, trial), suspects(choices)
    if not found:
        return made
    try:
        rest = choices._part(np.setdiff1d(np.arange(len(choices)), found.rows))[0]
        rest = lossless(rest) if few.condensed else rest
        again = _tested(rest, boundary, ndt, shares, trial)
    except InputError:  # too little is left
        return replace(made, findings=(found.finding(), *made.findings))
    rows = found.finding(moved(made.estimates, again.estimates))
    return replace(made, findings=ranked((rows, *again.findings)))


def closed_forms(
    choices: Choices,
    made: Sources,
    ndt: float | str | None = None,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
) -> tuple[Estimate, ...]:
    """Every estimate that these choices and boundaries allow, the baselines last."""
    learned = isinstance(ndt, str) or ndt is None
    ratio = speed_accuracy(
        choices, None if isinstance(ndt, str) else ndt, boundary=made.believed if learned else None
    )
    rows = [consistent(choices, b, shares=shares, trial=trial) for b in made.boundaries]
    return (*rows, bradley_terry(choices), ratio)


def _tested(
    choices: Choices,
    boundary: float | str | None,
    ndt: float | str | None,
    shares: Mapping[str, float] | None,
    trial: TrialDrift,
) -> Examined:
    made = sources(choices, boundary, ndt, trial)
    boundaries, estimates = made.boundaries, closed_forms(choices, made, ndt, shares, trial)
    repeats, smooth = made.learned.get("conditional"), None
    # a boundary that is held throughout is compared with nothing
    held = isinstance(ndt, str) and boundary is not None and not isinstance(boundary, str)
    if repeats and repeats.reliable and not held:
        known = None if isinstance(ndt, str) else ndt
        smooth = partner(choices, made.learned.get("semiparametric"), known, made.cells)
    why = "" if held else untested(repeats, smooth)
    if repeats and repeats.reliable and why:
        boundaries, estimates = _doubted_repeats(boundaries, estimates, why)
    # where bounds close in, errors are slow
    in_time = choice_time_test(choices, made.cells) if trial.steady else None
    agreement = boundary_test_of(repeats, smooth)
    lean = missing_intercept(choices, next((b for b in boundaries if b.reliable), None))
    found = ranked([*findings_of(in_time, agreement), *([lean] if lean else [])])
    return Examined(boundaries, estimates, in_time, agreement, made.cells, why, found)


def _doubted_repeats(
    boundaries: Sequence[Boundary], estimates: Sequence[Estimate], why: str
) -> tuple[tuple[Boundary, ...], tuple[Estimate, ...]]:
    """Flag what rests on repeated comparisons, where one boundary for all cannot be tested."""
    note = f"one boundary for all cannot be tested, as {why}"

    def doubted_one(b: Boundary) -> Boundary:
        return replace(b, reliable=False, note=note) if b.method == "conditional" else b

    flagged = []
    for e in estimates:
        if e.boundary is not None and e.boundary.method == "conditional" and e.unit == "drift":
            e = replace(e, reliable=False, note=note, boundary=doubted_one(e.boundary))
        flagged.append(e)
    return tuple(map(doubted_one, boundaries)), tuple(flagged)
