"""All closed-form estimates of one table of choices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import (
    Block,
    Callout,
    Stored,
    Table,
    Words,
    marked,
    number,
    numbered,
    plain,
    text,
)
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest
from bayes_ddm.estimators.assumptions.finding import Finding, in_a_line
from bayes_ddm.estimators.assumptions.one_boundary import BoundaryTest
from bayes_ddm.estimators.bootstrap import summarised
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.recommend import Recommendation
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.units import called, in_units

SCHEMA_VERSION = 1
MOST_FAILED = 0.1  # of the bootstrap replicates
# as published: printed on request


class Promise(Protocol):
    """What labelers were promised; made by the room `privacy`."""

    @property
    def sentence(self) -> str:
        """How much, of what, against whom."""

    def to_dict(self) -> dict[str, Any]:
        """Return the promise as JSON values."""


@dataclass(frozen=True, eq=False, repr=False)
class EstimateTable(Stored):
    """Closed-form estimates side by side; made by `estimate`.

    Attributes
    ----------
    n_choices : int
    n_labelers : int or None
        None when labelers are anonymous.
    dropped : mapping of str to int
        Rows left out of the table, by reason.
    boundaries : tuple of Boundary
    estimates : tuple of Estimate
    prob : float
        Probability of the intervals.
    notes : tuple of str
        What applies to the whole table.
    replicates : tuple of ndarray, or None
        With a bootstrap, the replicates of each estimate, shape (replications, parameters).
    choice_time : ChoiceTimeTest or None
        Whether choice and time are independent within labelers.
    boundary_test : BoundaryTest or None
        Whether repeated comparisons and a smooth population give one boundary.
    untested : str
        Why they are not compared; empty where they are, or where nobody repeats a comparison.
    findings : tuple of Finding
        All that these choices hold against the estimates, largest first; rows that may be no
        decisions before any other.
    shares : mapping of str to float, or None
        Of the groups that averages are over; None where they are the sample's.
    recommendation : Recommendation or None
        The row to take, and why.
    published : bool
        Whether all rows are printed, the published two- and three-scale ones too.
    answer : str
        What the recommended row means, in a sentence; empty without one.
    units : mapping of str to float
        What numbers are per, by feature; per 1 where it is not named.
    features : tuple of str
        Names of the features.
    privacy : Promise or None
        What the labelers were promised, where their answers are private.
    """

    n_choices: int
    n_labelers: int | None
    dropped: Mapping[str, int]
    boundaries: tuple[Boundary, ...]
    estimates: tuple[Estimate, ...]
    prob: float
    notes: tuple[str, ...]
    replicates: tuple[FloatArray, ...] | None = None
    choice_time: ChoiceTimeTest | None = None
    boundary_test: BoundaryTest | None = None
    untested: str = ""
    findings: tuple[Finding, ...] = ()
    shares: Mapping[str, float] | None = None
    recommendation: Recommendation | None = None
    published: bool = False
    answer: str = ""
    units: Mapping[str, float] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    privacy: Promise | None = None

    @property
    def warning(self) -> str:
        """Why no consistent estimate can be relied on; empty when nothing is found.

        It is every finding that moves estimates, in a line, and makes the table show all in drift
        units as unreliable.
        """
        return in_a_line(self.findings)

    def against(self, estimate: Estimate) -> list[str]:
        """Return what these choices hold against an estimate; nothing against the baselines."""
        if estimate.unit != "drift":
            return []
        return [f.text for f in self.findings if f.moves and f.about not in estimate.allows]

    def per(self, units: Mapping[str, float]) -> EstimateTable:
        """Return the table, which is per 1, per these units of its features."""
        estimates = tuple(in_units(e, self.features, units) for e in self.estimates)
        return replace(self, estimates=estimates, units=units)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON values; None stands for what could not be computed."""
        return {
            "schema_version": SCHEMA_VERSION,
            "prob": self.prob,
            "n_choices": self.n_choices,
            "n_labelers": self.n_labelers,
            "dropped": dict(self.dropped),
            "shares": None if self.shares is None else dict(self.shares),
            "boundary": [
                {
                    "method": b.method,
                    "cell": cell,
                    "boundary": number(value),
                    "ndt": number(ndt),
                    "n_eff": plain(b.n_eff),
                    "reliable": b.reliable,
                    "boundary_se": number(se),
                    "ndt_se": number(ndt_se),
                }
                for b in self.boundaries
                for cell, value, se, ndt, ndt_se in b.values
            ],
            "estimates": self._rows(),
            "tests": {
                "choice_time": _as_dict(self.choice_time),
                "boundary": _as_dict(self.boundary_test),
                "boundary_untested": self.untested or None,
            },
            "findings": [_as_dict(finding) for finding in self.findings],
            **({"units": dict(self.units)} if self.units else {}),
            "privacy": None if self.privacy is None else self.privacy.to_dict(),
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row per estimator and parameter, with NaN where there is no number."""
        frame = pd.DataFrame(self._rows())
        numbers = ["value", "se", "low", "high"]
        return frame.astype(dict.fromkeys(numbers, float))

    def _rows(self) -> list[dict[str, Any]]:
        return [row | {"note": "; ".join(notes)} for row, notes in self._noted(self.estimates)]

    def _noted(self, estimates: Sequence[Estimate]) -> list[tuple[dict[str, Any], list[str]]]:
        """Return one row per estimator and parameter, with the notes on it."""
        rows = []
        for e in estimates:
            se, interval, against = e.se, e.interval(self.prob), self.against(e)
            failed = np.zeros(len(se))
            if self.replicates is not None:
                replicates = self.replicates[self.estimates.index(e)]
                se, interval, failed = summarised(replicates, self.prob)
                if e.largest_bias is not None:
                    interval += np.outer(e.largest_bias, [-1, 1])
            for j, name in enumerate(e.parameters):
                notes = [note for note in (e.note, e.parameter_notes.get(name, "")) if note]
                notes += against
                value = number(e.values[j])
                if value is not None and failed[j] > MOST_FAILED:
                    notes.append(f"{failed[j]:.0%} of the bootstrap replicates have no value")
                finite = value is not None
                row = {
                    "estimator": e.estimator,
                    "parameter": name,
                    "value": value,
                    "se": number(se[j]) if finite else None,
                    "low": number(interval[j, 0]) if finite else None,
                    "high": number(interval[j, 1]) if finite else None,
                    "unit": e.unit,
                    "boundary_method": e.boundary.method if e.boundary else None,
                    "reliable": not notes,
                }
                rows.append((row, [*notes, e.remark] if e.remark else notes))
        return rows

    def title(self) -> str:
        """Return what the table is of, in a line."""
        labelers = (
            "anonymous labelers" if self.n_labelers is None else f"{self.n_labelers} labelers"
        )
        text = f"{self.n_choices:,} choices by {labelers}, {100 * self.prob:g} % intervals"
        if self.dropped:
            text += "; dropped " + ", ".join(
                f"{n} ({reason})" for reason, n in self.dropped.items()
            )
        if self.shares:
            text += "; averages over " + ", ".join(f"{g} {x:.3g}" for g, x in self.shares.items())
        return text

    def boundary_table(self) -> Table:
        """Return the boundaries as a table; flags are spelled out with the estimates."""
        cells = any(b.by_cell for b in self.boundaries)
        rows = []
        for b in self._printed(self.boundaries):
            flag = "" if b.reliable else "unreliable"
            for cell, *numbers in b.values:
                figures = (text(number(x), digits=5) for x in (*numbers, b.n_eff))
                rows.append((b.method, *([cell or "all"] if cells else []), *figures, flag))
        head = ("boundary from", *(["cell"] if cells else []), "boundary", "se", "ndt", "se")
        return Table(
            "Boundaries that the closed forms rest on (half the separation; ndt in seconds)",
            (*head, "n_eff", ""),
            tuple(rows),
            words=frozenset({0, len(head) + 1} | ({1} if cells else set())),
        )

    def pooled_line(self) -> str:
        """Return what the last two rows are, and whose ndt the ratio takes; empty without them."""
        if self.estimates[-1].unit == "drift":
            return ""
        boundary = self.estimates[-1].boundary
        ndt = "" if boundary is None else f", at the {boundary.method} ndt"
        return (
            "For comparison only, since they take all labelers to be alike"
            f"{', whatever the shares' if self.shares else ''}: bradley_terry (log odds) and "
            f"speed_accuracy (drift / boundary{ndt})."
        )

    def tests_line(self) -> str:
        """Return the p-values of what the closed forms assume, in a line; empty without any."""
        tests = []
        if self.choice_time is not None and np.isfinite(self.choice_time.p_value):
            tests.append(f"choice and time are independent, p = {self.choice_time.p_value:.2g}")
        if self.boundary_test is not None:
            tests.append(f"two boundaries are equal, p = {self.boundary_test.p_value:.2g}")
        elif self.untested:
            tests.append(f"two boundaries are not compared, as {self.untested}")
        return f"Tests of what is assumed: {'; '.join(tests)}." if tests else ""

    def _printed(self, boundaries: Iterable[Boundary]) -> list[Boundary]:
        return [b for b in boundaries if self.published or not METHODS[b.method].published]

    def _ordered(self) -> list[Estimate]:
        """Return the estimates that are printed, the recommended one first."""
        printed = [e for e in self.estimates if not e.boundary or self._printed([e.boundary])]
        return sorted(printed, key=lambda e: e.estimator != self._recommended)

    @property
    def _recommended(self) -> str | None:
        """The recommended estimator."""
        return self.recommendation.estimator if self.recommendation else None

    def blocks(self) -> list[Block]:
        """Return which row to take, the estimates, what they rest on, and what is assumed."""
        rows, notes = [], list[str]()
        brief = self._recommended is not None and not self.published
        ordered, unit_head = self._ordered(), () if brief else ("unit",)
        for row, on_row in self._noted(ordered[:1] if brief else ordered):
            figures = (text(row[key]) for key in ("value", "se", "low", "high"))
            marks = "".join(marked(notes, note) for note in on_row)
            flag = ("" if row["reliable"] else "unreliable ") + marks
            name = called(row["parameter"], self.features, self.units)
            unit = [] if brief else [row["unit"]]
            rows.append((row["estimator"], name, *figures, *unit, flag))
        estimates = Table(
            "",
            (*("estimator", "parameter", "value", "se", "low", "high"), *unit_head, ""),
            tuple(rows),
            words=frozenset({0, 1, 6, 7} if unit_head else {0, 1, 6}),
            notes=numbered(notes),
            strong=frozenset(i for i, row in enumerate(rows) if row[0] == self._recommended),
        )
        remarks = [*self.notes, *(f"{f.text}." for f in self.findings if not f.moves)]
        last = [self.tests_line(), *(f"Note: {note}" for note in remarks)]
        more: list[Block] = []
        if brief:
            rest = f"{len(self.estimates) - 1} more estimators, and the boundaries that all rest on"
            last.append(f"{rest}: --all (published=True).")
        else:
            last.insert(1, self.pooled_line())
            more = [self.boundary_table()]
        words = [Words(line) for line in last if line]
        head: list[Block] = [Callout("", self.answer)] if self.answer else []
        advice = self.recommendation
        if advice is not None and advice.estimator is None:
            head = [Callout("", advice.sentence, False)]
        reason = [Words(advice.sentence)] if advice is not None and advice.estimator else []
        promise = [Words(self.privacy.sentence)] if self.privacy else []
        return [*head, Words(self.title()), *promise, *reason, estimates, *more, *words]


def _as_dict(value: Any) -> dict[str, Any] | None:
    """Return a test or finding as JSON values."""
    return None if value is None else {key: plain(x) for key, x in asdict(value).items()}
