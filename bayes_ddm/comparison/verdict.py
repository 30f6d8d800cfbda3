"""One line that sums a comparison up: agree, disagree (and where), or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter

import numpy as np

from bayes_ddm import models
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import weighted_median, whole
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.estimators import EstimateTable
from bayes_ddm.estimators.assumptions.finding import ROWS
from bayes_ddm.estimators.units import called
from bayes_ddm.fitting.convergence import Convergence

LEVEL = 0.05
# Score statistics are about standard normal where labelers share the parameter
CLEARLY_VARYING = 4.0
# Standard errors by which repeated comparisons contradict a given boundary
CLEARLY_OFF = 3.0
# With fewer rows per labeler the score test reacts to the population's shape as well
MANY_ROWS = 10
# Below, a covariance between labelers is too rough for a test
LEAST_UNITS = 20
# A posterior this poorly explored decides nothing; smaller faults are warned of beside the verdict
WORST_R_HAT, LEAST_ESS, MOST_DIVERGENCES = 1.05, 100, 20


@dataclass(frozen=True)
class Test:
    """Wald test that a closed form and the posterior mean estimate the same average preference."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    estimator: str
    statistic: float
    df: int
    p_value: float


def level(tests: Sequence[Test]) -> float:
    """What each of the tests counts at: 5 % divided by their number."""
    return LEVEL / max(1, len(tests))


def rejecting(tests: Sequence[Test]) -> list[Test]:
    """Those by which closed form and posterior differ."""
    return [test for test in tests if test.p_value < level(tests)]


def deciding(tests: Sequence[Test]) -> Test | None:
    """Return the one that the verdict rests on: the first that rejects, else the nearest to it."""
    first = rejecting(tests)[:1]
    return min(first or tests, key=lambda test: test.p_value, default=None)


@dataclass(frozen=True)
class ComparisonRow:
    """Closed form minus posterior mean, for one estimator and parameter, in drift units.

    ``p_value`` is None where the difference is no test of the model: baselines, unreliable
    boundaries, a boundary that the two sides do not share; and for ``sigma``, whose difference is
    not normal enough. ``largest_bias`` is a bounded row's: its interval is wider by it, and the
    p-value is of the rest of the difference.
    """

    estimator: str
    parameter: str
    value: float
    value_se: float
    posterior: float
    difference: float
    se: float
    p_value: float | None
    reliable: bool
    note: str
    largest_bias: float = 0.0

    def per(self, unit: float) -> ComparisonRow:
        """Return the row of so many units of its feature."""
        sizes = ("value", "value_se", "posterior", "difference", "se", "largest_bias")
        return replace(self, **{name: unit * getattr(self, name) for name in sizes})


@dataclass(frozen=True)
class Evidence:
    """What the verdict rests on.

    ``varying`` holds the score statistics of `shared_parameter_scores`, where labelers have enough
    rows for them.
    """

    choices: Choices
    model: str
    tests: Sequence[Test]  # the more independent of the model first
    rows: Sequence[ComparisonRow]
    table: EstimateTable
    varying: Mapping[str, float]
    untestable: str = ""  # why the model and the closed forms differ by design


def verdict(evidence: Evidence, convergence: Convergence) -> str:
    """Say whether closed form and posterior agree, and if not, where; and what stands out."""
    if doubt := cannot_tell(convergence):
        return doubt + _first_look(evidence)
    units = whole(evidence.choices.unit_count.sum())
    if units < LEAST_UNITS:
        text = f"cannot tell, because {units} labelers are too few to test with."
        return text + _first_look(evidence)
    if evidence.untestable:
        return (
            f"cannot tell by a test: the closed form {evidence.untestable}. Look at the rows, and "
            f"check the model by its predictions (bayes-ddm diagnose).{_first_look(evidence)}"
        )
    test = deciding(evidence.tests)
    if test is not None and test in rejecting(evidence.tests):
        return f"disagree {_place(test, evidence)}: {_as_sentences(_reasons(evidence))}"
    if test is None or not _pinned(evidence):
        return (
            "cannot tell, because the boundary is not pinned down by these data: single choices "
            "leave it to the assumed shape of the population. Fit with a known boundary, or let "
            f"labelers repeat a comparison.{_first_look(evidence)}"
        )
    agreement = (
        f"agree: {test.estimator} and posterior differ by no more than chance "
        f"({agreeing_p(evidence.tests)})."
    )
    contradictions = [finding.text for finding in evidence.table.findings if finding.moves]
    if contradictions:
        agreement += " Both assume what these choices contradict: " + _as_sentences(contradictions)
    return agreement


def unconverged(convergence: Convergence) -> bool:
    """Whether a posterior is explored so poorly that it decides nothing."""
    return (
        convergence.r_hat > WORST_R_HAT
        or convergence.ess_bulk < LEAST_ESS
        or convergence.divergences > MOST_DIVERGENCES
    )


def cannot_tell(convergence: Convergence) -> str:
    """Return the verdict on chains that have not converged; empty where they decide."""
    if not unconverged(convergence):
        return ""
    return f"cannot tell, because the chains have not converged: {convergence.problems[0]}"


def _as_sentences(reasons: Sequence[str]) -> str:
    """Return reasons as sentences, the first of which has begun."""
    return ". Also: ".join(reasons) + "."


def _rows(evidence: Evidence) -> str:
    """What is said of rows that may be no decisions, and move the estimates."""
    return next((f.text for f in evidence.table.findings if f.about == ROWS and f.moves), "")


def _first_look(evidence: Evidence) -> str:
    rows = _rows(evidence)
    return f" Before any model is blamed: {rows}." if rows else ""


def p_text(p_value: float) -> str:
    """Return a p-value as words: below a millionth its Monte Carlo error is all there is to see."""
    return "< 1e-6" if p_value < 1e-6 else f"= {p_value:.2g}"


def agreeing_p(tests: Sequence[Test]) -> str:
    """Return the smallest p-value of tests that do not reject, and what it would have to be.

    Examples
    --------
    >>> agreeing_p([Test("consistent_conditional_boundary", 0.6, 1, 0.42)])
    'p = 0.42; below 0.05 they would disagree'
    """
    smallest = min(test.p_value for test in tests)
    return f"p {p_text(smallest)}; below {level(tests):.3g} they would disagree"


def rows_per_labeler(choices: Choices) -> float:
    """Median number of choices per known labeler."""
    if choices.summed is not None:
        return float(weighted_median(choices.summed.n.astype(float), choices.summed.weight))
    if choices.labeler is None:
        return 1.0
    return float(np.median(np.bincount(choices.labeler, weights=choices.count)))


def _pinned(evidence: Evidence) -> bool:
    """Whether something other than the population's assumed shape determines the boundary."""
    independent = {
        "consistent_known_boundary",
        "consistent_conditional_boundary",
        "bounded_labeler_boundary",
        "bounded_known_boundary",
    }
    if independent & {test.estimator for test in evidence.tests}:
        return True
    # more rows than preferences to learn: the labelers' own times identify the boundary
    return rows_per_labeler(evidence.choices) >= 2 * max(1, len(evidence.choices.feature_names))


def _place(test: Test, evidence: Evidence) -> str:
    rows, table = evidence.rows, evidence.table
    tested = [row for row in rows if row.estimator == test.estimator and row.p_value is not None]
    row = min(tested, key=lambda row: row.p_value or 0.0)
    name = called(row.parameter, table.features, table.units)
    return (
        f"on {name} (closed form {row.value:.3g}, posterior {row.posterior:.3g}; "
        f"{test.estimator}, p {p_text(test.p_value)}, level {level(evidence.tests):.3g})"
    )


def _reasons(evidence: Evidence) -> list[str]:
    """What may be behind a difference, the data's own faults first, then the largest first."""
    assumed = models.description(evidence.model).population
    no_spread = f"labelers differ, and the {evidence.model} model has no spread between them"
    causes = [(abs(f.z), f.text) for f in evidence.table.findings if f.moves and f.z is not None]
    rows = _rows(evidence)
    causes += _contradiction(evidence) + _unshared(evidence, rows_in=bool(rows))
    reasons = [text for _, text in sorted(causes, key=itemgetter(0), reverse=True)]
    if rows:
        reasons.insert(0, f"before any model is blamed, {rows}")
    if assumed is None:
        return [no_spread, *reasons]
    shape = f"the population's shape, which the model takes as {assumed}"
    if not reasons:
        other = "labelers who do not share one boundary and non-decision time"
        if {test.estimator for test in evidence.tests} == {"bounded_labeler_boundary"}:
            other = "a drift that the attributes do not make in a straight line (drift_curve)"
        return [f"this points to {shape}; else to {other}"]
    # the scores react to the shape as well
    only_scores = not rows and causes == _unshared(evidence, rows_in=False)
    return [f"{reasons[0]}; else to {shape}"] if only_scores else reasons


def _contradiction(evidence: Evidence) -> list[tuple[float, str]]:
    """Whether repeated comparisons contradict a given boundary, and how far."""
    boundaries = {b.method: b for b in evidence.table.boundaries if b.reliable}
    repeats, known = boundaries.get("conditional"), boundaries.get("known")
    if not repeats or not known:
        return []
    z = abs(repeats.boundary - known.boundary) / repeats.se[0]
    text = (
        f"repeated comparisons give a boundary of {repeats.boundary:.3g} (se "
        f"{repeats.se[0]:.2g}), not the given {known.boundary:.3g}"
    )
    return [(float(z), text)] if z > CLEARLY_OFF else []


def _unshared(evidence: Evidence, *, rows_in: bool) -> list[tuple[float, str]]:
    """Which parameters labelers do not share, though the model says so, and how clearly.

    Scores are those of the fit; ``rows_in`` says that rows are in it that may be no decisions.
    """
    unshared = {name: z for name, z in evidence.varying.items() if z > CLEARLY_VARYING}
    if not unshared:
        return []
    words = [f"{parameter_called(name).words} (z = {z:.1f})" for name, z in unshared.items()]
    lead = "with such rows in, the fit" if rows_in else "this"
    text = (
        f"{lead} points to labelers who do not share one {' or one '.join(words)}, as the model "
        f"assumes (allow for their own: {', '.join(f'{name}=by_labeler()' for name in unshared)})"
    )
    return [(max(unshared.values()), text)]
