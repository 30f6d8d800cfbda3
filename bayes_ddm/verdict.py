"""One line that sums a comparison up: agree, disagree (and where), or cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayes_ddm.choices import Choices
from bayes_ddm.convergence import Convergence
from bayes_ddm.estimators import Boundary, EstimateTable

__all__ = ["Evidence", "Test", "rows_per_labeler", "verdict"]

LEVEL = 0.05
# Score statistics stay below 3 at 300 x 10 and 98 x 100 simulated choices that share a boundary
CLEARLY_VARYING = 4.0
# With fewer rows per labeler the score test reacts to the population's shape as well
MANY_ROWS = 10


@dataclass(frozen=True)
class Test:
    """Wald test that a closed form and the posterior mean estimate the same average preference."""

    __test__ = False  # not a test case, whatever pytest makes of the name

    estimator: str
    statistic: float
    df: int
    p_value: float


class _Row(Protocol):
    @property
    def estimator(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def posterior(self) -> float: ...
    @property
    def p_value(self) -> float | None: ...


@dataclass(frozen=True)
class Evidence:
    """What the verdict rests on.

    ``varying`` holds the score statistics of `bayes_ddm.shared_boundary`, where labelers have
    enough rows for them.
    """

    choices: Choices
    model: str
    tests: Sequence[Test]  # the more independent of the model first
    rows: Sequence[_Row]
    table: EstimateTable
    fitted: Boundary
    varying: Mapping[str, float]


def verdict(evidence: Evidence, convergence: Convergence) -> str:
    """Say whether closed form and posterior agree, and if not, where.

    Each test of the average preference counts at 5 % divided by their number.
    """
    if not convergence.ok:
        return "cannot tell, because the chains have not converged: " + convergence.problems[0]
    tests = evidence.tests
    rejected = [test for test in tests if test.p_value < LEVEL / len(tests)]
    if rejected:
        return f"disagree {_where(rejected[0], evidence.rows)}: {_reason(evidence, rejected)}."
    if not tests or not _pinned(evidence):
        return (
            "cannot tell, because the boundary is not pinned down by these data: single choices "
            "leave it to the assumed shape of the population. Give a known boundary, or let "
            "labelers repeat a comparison."
        )
    smallest = min(test.p_value for test in tests)
    return f"agree: closed form and posterior differ by no more than chance (p = {smallest:.2g})."


def rows_per_labeler(choices: Choices) -> float:
    """Median number of choices per known labeler."""
    if choices.labeler is None:
        return 1.0
    return float(np.median(np.bincount(choices.labeler, weights=choices.count)))


def _pinned(evidence: Evidence) -> bool:
    """Whether something other than the population's assumed shape determines the boundary."""
    if any(b.method in {"known", "conditional"} and b.reliable for b in evidence.table.boundaries):
        return True
    # more rows than preferences to learn: the labelers' own times identify the boundary
    return rows_per_labeler(evidence.choices) >= 2 * max(1, len(evidence.choices.feature_names))


def _where(test: Test, rows: Sequence[_Row]) -> str:
    mine = [
        row
        for row in rows
        if row.estimator == test.estimator and not row.parameter.startswith("sigma")
    ]
    row = min(mine, key=lambda r: 1.0 if r.p_value is None else r.p_value)
    return (
        f"on {row.parameter} (closed form {row.value:.3g}, posterior {row.posterior:.3g}; "
        f"{test.estimator}, p = {test.p_value:.2g})"
    )


def _reason(evidence: Evidence, rejected: Sequence[Test]) -> str:
    if evidence.model == "pooled":
        return "labelers differ, and the pooled model has no spread between them"
    varying = [
        f"{label} (z = {evidence.varying[name]:.1f})"
        for name, label in (("boundary", "boundary"), ("ndt", "non-decision time"))
        if evidence.varying.get(name, 0.0) > CLEARLY_VARYING
    ]
    if varying:
        return f"labelers do not share one {' or one '.join(varying)}, as the model assumes"
    assumed = "normal one" if evidence.model in {"hierarchical", "contextual"} else "one"
    shape = f"the population's shape is not the {assumed} that the model assumes"
    if any(test.estimator != "consistent_conditional_boundary" for test in rejected):
        return shape
    (boundary,) = (b for b in evidence.table.boundaries if b.method == "conditional")
    return (
        f"{shape}, or the boundary is not shared (repeated comparisons give "
        f"{boundary.boundary:.3g} and ndt {boundary.ndt:.3g} s, the fit "
        f"{evidence.fitted.boundary:.3g} and {evidence.fitted.ndt:.3g} s)"
    )
