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
from bayes_ddm.estimators.assumptions.faster_side import faster_side
from bayes_ddm.estimators.assumptions.finding import ROWS, Finding, ranked
from bayes_ddm.estimators.assumptions.intercept import missing_intercept
from bayes_ddm.estimators.assumptions.one_boundary import (
    BoundaryTest,
    boundary_test_of,
    findings_of,
    partner,
    untested,
)
from bayes_ddm.estimators.boundaries.by_labeler import LabelerBoundaries
from bayes_ddm.estimators.bounded.average import bounded, bounded_own
from bayes_ddm.estimators.bounded.own import own_boundaries
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.bradley_terry import bradley_terry
from bayes_ddm.estimators.cells import Cells
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.efficient import efficient
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.ratio import speed_accuracy
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.sources import Sources, sources
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

FEW_LABELERS = 300  # whose own boundaries are learned in a second or two


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
    own : LabelerBoundaries or None
        Each labeler's own, where these choices can tell, and one for all does not do.
    """

    boundaries: tuple[Boundary, ...]
    estimates: tuple[Estimate, ...]
    choice_time: ChoiceTimeTest | None
    boundary_test: BoundaryTest | None
    cells: Cells | None
    untested: str
    findings: tuple[Finding, ...]
    own: LabelerBoundaries | None = None


def examined(
    choices: Choices,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
    *,
    few: Choices | None = None,
    most_drift: float = MOST_DRIFT,
    own: bool = False,
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
    most_drift : float
        Of bounded pseudo-labels.
    own : bool
        Whether labelers' own boundaries are wanted whatever is found.

    Raises
    ------
    InputError
        As `sources`.
    """
    if few is None:
        few = lossless(choices, boundary, ndt) if trial.steady else choices
    options = boundary, ndt, shares, trial, most_drift
    result, outliers, rest = _tested(few, *options), suspects(choices), None
    if outliers and choices.summed is not None:  # of whose sums no row can be taken out
        return replace(result, findings=(outliers.finding(), *result.findings))
    if outliers:
        try:
            rest = choices._part(np.setdiff1d(np.arange(len(choices)), outliers.rows))[0]
            trimmed = _tested(lossless(rest, boundary, ndt) if few.condensed else rest, *options)
        except InputError:  # too little is left
            return replace(result, findings=(outliers.finding(), *result.findings))
        rows = outliers.finding(moved(result.estimates, trimmed.estimates))
        estimates = tuple(_bearing(e, trimmed.estimates) for e in result.estimates)
        result = replace(result, estimates=estimates, findings=ranked((rows, *trimmed.findings)))
    if trial.steady and (own or _ask_for_own(result, choices, boundary)):
        result = _with_own(result, choices, rest, ndt, shares, most_drift)
    return result


def closed_forms(
    choices: Choices,
    candidates: Sources,
    ndt: float | str | None = None,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
    most_drift: float = MOST_DRIFT,
) -> tuple[Estimate, ...]:
    """Every estimate that these choices and boundaries allow, the baselines last."""
    rows = [consistent(choices, b, shares=shares, trial=trial) for b in candidates.boundaries]
    rows += [
        bounded(choices, b, most_drift=most_drift, shares=shares, trial=trial)
        for b in candidates.boundaries
        if METHODS[b.method].bounded
    ]
    if choices.contextual and not (choices.between or choices.flip):
        at = (
            next((b for b in candidates.boundaries if b.method == "known"), None)
            or candidates.believed
        )
        rows += [efficient(choices, at, trial=trial)] if at is not None else []
    return (*rows, bradley_terry(choices), _ratio(choices, candidates, ndt))


def _ratio(choices: Choices, candidates: Sources, ndt: float | str | None) -> Estimate:
    known_ndt = None if isinstance(ndt, str) else ndt
    if candidates.slower:
        return candidates.slower.among_all(speed_accuracy(candidates.slower.rows, known_ndt))
    return speed_accuracy(
        choices, known_ndt, boundary=candidates.believed if known_ndt is None else None
    )


def _tested(
    choices: Choices,
    boundary: float | str | None,
    ndt: float | str | None,
    shares: Mapping[str, float] | None,
    trial: TrialDrift,
    most_drift: float,
) -> Examined:
    candidates = sources(choices, boundary, ndt, trial)
    boundaries = candidates.boundaries
    estimates = closed_forms(choices, candidates, ndt, shares, trial, most_drift)
    repeats, smooth = (
        candidates.learned.get("conditional"),
        candidates.learned.get("semiparametric"),
    )
    # a boundary that is held throughout is compared with nothing
    fixed = isinstance(ndt, str) and boundary is not None and not isinstance(boundary, str)
    if not (repeats and repeats.reliable) or fixed:
        smooth = None
    elif not candidates.slower:
        smooth = partner(choices, smooth, None if isinstance(ndt, str) else ndt, candidates.cells)
    reason = "" if fixed else untested(repeats, smooth)
    if repeats and repeats.reliable and reason:
        boundaries, estimates = _doubted_repeats(boundaries, estimates, reason)
    # where bounds close in, errors are slow
    in_time = choice_time_test(choices, candidates.cells) if trial.steady else None
    agreement = boundary_test_of(repeats, smooth)
    lean = missing_intercept(choices, next((b for b in boundaries if b.reliable), None))
    side = faster_side(choices) if trial.steady and in_time is None else None
    more = [finding for finding in (lean, side) if finding]
    findings = ranked([*findings_of(in_time, agreement), *more])
    return Examined(boundaries, estimates, in_time, agreement, candidates.cells, reason, findings)


def _bearing(estimate: Estimate, without: Sequence[Estimate]) -> Estimate:
    """Let a bounded estimate allow for rows that stand apart, if it does not move without them."""
    same = [e for e in without if e.estimator == estimate.estimator]
    if estimate.largest_bias is None or not same or moved([estimate], same):
        return estimate
    return replace(estimate, allows=estimate.allows | {ROWS})


def _ask_for_own(result: Examined, choices: Choices, boundary: float | str | None) -> bool:
    """Whether one boundary for all is contradicted, or not given and the others quickly learned."""
    if result.cells is not None or choices.flip or choices.summed is not None:
        return False
    contradicted = any(f.about == "boundary" and f.moves for f in result.findings)
    return contradicted or (boundary is None and len(choices.unit_count) <= FEW_LABELERS)


def _with_own(
    result: Examined,
    choices: Choices,
    without: Choices | None,
    ndt: float | str | None,
    shares: Mapping[str, float] | None,
    most_drift: float,
) -> Examined:
    own = own_boundaries(choices, without, None if isinstance(ndt, str) else ndt)
    if own is None:
        return result
    row = bounded_own(choices, own, most_drift=most_drift, shares=shares)
    if without is not None:
        row = replace(row, allows=row.allows | {ROWS})
    estimates = (*result.estimates[:-2], row, *result.estimates[-2:])
    boundaries = (*result.boundaries, own.of_population())
    return replace(result, boundaries=boundaries, estimates=estimates, own=own)


def _doubted_repeats(
    boundaries: Sequence[Boundary], estimates: Sequence[Estimate], reason: str
) -> tuple[tuple[Boundary, ...], tuple[Estimate, ...]]:
    """Flag what rests on repeated comparisons, where one boundary for all cannot be tested."""
    note = f"one boundary for all cannot be tested, as {reason}"

    def doubted_one(b: Boundary) -> Boundary:
        return replace(b, reliable=False, note=note) if b.method == "conditional" else b

    flagged = []
    for e in estimates:
        if e.boundary is not None and e.boundary.method == "conditional" and e.unit == "drift":
            e = replace(e, reliable=False, note=note, boundary=doubted_one(e.boundary))
        flagged.append(e)
    return tuple(map(doubted_one, boundaries)), tuple(flagged)
