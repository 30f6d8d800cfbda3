"""All closed forms of one table, and what the table holds against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest, choice_time_test
from bayes_ddm.estimators.assumptions.decisions import moved, suspects, without
from bayes_ddm.estimators.assumptions.finding import Finding, ranked
from bayes_ddm.estimators.assumptions.intercept import missing_intercept
from bayes_ddm.estimators.assumptions.one_boundary import (
    BoundaryTest,
    boundary_test_of,
    findings_of,
    partner,
    untested,
)
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import doubted, known_boundary
from bayes_ddm.estimators.boundaries.laplace import three_scale, two_scale
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.bradley_terry import bradley_terry
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.ratio import speed_accuracy
from bayes_ddm.estimators.result import Boundary, Estimate


@dataclass(frozen=True)
class Examined:
    """Closed forms with the tests of what they assume; made by `examined`.

    Attributes
    ----------
    boundaries : tuple of Boundary
    estimates : tuple of Estimate
    choice_time : ChoiceTimeTest or None
    boundary_test : BoundaryTest or None
    untested : str
        Why two boundaries are not compared; empty where they are, or there is one at most.
    findings : tuple of Finding
        All that speaks against them, largest first.
    """

    boundaries: tuple[Boundary, ...]
    estimates: tuple[Estimate, ...]
    choice_time: ChoiceTimeTest | None
    boundary_test: BoundaryTest | None
    untested: str
    findings: tuple[Finding, ...]


def examined(choices: Choices, boundary: float | None, ndt: float | None) -> Examined:
    """Every closed form of these choices, and what speaks against it.

    Rows that may be no decisions are a finding by themselves; what else is found is then said of
    the table without them, so that no model is blamed for a slip of the finger.
    """
    made, found = _tested(choices, boundary, ndt), suspects(choices)
    if not found:
        return made
    rest = without(choices, found.rows)
    if not len(rest):
        return replace(made, findings=(found.finding(), *made.findings))
    again = _tested(rest, boundary, ndt)
    rows = found.finding(moved(made.estimates, again.estimates))
    return replace(made, findings=ranked((rows, *again.findings)))


def closed_forms(
    choices: Choices, boundary: float | None, ndt: float | None
) -> tuple[tuple[Boundary, ...], tuple[Estimate, ...]]:
    """Every boundary and every estimate that these choices allow, the baselines last."""
    conditional, smooth = conditional_boundary(choices, ndt), semiparametric_boundary(choices, ndt)
    boundaries = [learned for learned in (conditional, smooth) if learned is not None]
    if boundary is not None:
        known = known_boundary(choices, boundary, 0.0 if ndt is None else ndt)
        boundaries.insert(0, known if ndt is not None else doubted(known, *boundaries))
    boundaries += [two_scale(choices, ndt), three_scale(choices)]
    believed = next((b for b in (conditional, smooth) if b and b.reliable), None)
    ratio = speed_accuracy(choices, ndt, boundary=believed if ndt is None else None)
    rows = [consistent(choices, b) for b in boundaries]
    return tuple(boundaries), (*rows, bradley_terry(choices), ratio)


def _tested(choices: Choices, boundary: float | None, ndt: float | None) -> Examined:
    boundaries, estimates = closed_forms(choices, boundary, ndt)
    by_method = {b.method: b for b in boundaries}
    repeats, smooth = by_method.get("conditional"), None
    if repeats and repeats.reliable:
        smooth = partner(choices, by_method.get("semiparametric"), ndt)
    why = untested(repeats, smooth)
    if repeats and repeats.reliable and why:
        boundaries, estimates = _doubted_repeats(boundaries, estimates, why)
    in_time, agreement = choice_time_test(choices), boundary_test_of(repeats, smooth)
    lean = missing_intercept(choices, next((b for b in boundaries if b.reliable), None))
    found = [*findings_of(in_time, agreement), *([lean] if lean else [])]
    return Examined(boundaries, estimates, in_time, agreement, why, ranked(found))


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
