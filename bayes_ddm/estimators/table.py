"""All closed-form estimates of one table of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.condensing.condense import condensed_note, lossless
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.people import with_between
from bayes_ddm.display import Block, Stored, Table, Words, marked, number, numbered, plain, text
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest
from bayes_ddm.estimators.assumptions.finding import Finding, in_a_line
from bayes_ddm.estimators.assumptions.one_boundary import BoundaryTest
from bayes_ddm.estimators.bootstrap import replicated, summarised
from bayes_ddm.estimators.boundaries.known import check_ndt
from bayes_ddm.estimators.examined import closed_forms, examined
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.shares import shares_of
from bayes_ddm.estimators.sources import sources
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

SCHEMA_VERSION = 1
MOST_REPLICATIONS = 1_000_000
MOST_FAILED = 0.1  # of the bootstrap replicates


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
        }

    def to_frame(self) -> pd.DataFrame:
        """Return one row per estimator and parameter, with NaN where there is no number."""
        frame = pd.DataFrame(self._rows())
        numbers = ["value", "se", "low", "high"]
        return frame.astype(dict.fromkeys(numbers, float))

    def _rows(self) -> list[dict[str, Any]]:
        return [row | {"note": "; ".join(notes)} for row, notes in self._noted()]

    def _noted(self) -> list[tuple[dict[str, Any], list[str]]]:
        """Return one row per estimator and parameter, with the notes on it."""
        rows = []
        for i, e in enumerate(self.estimates):
            se, interval, against = e.se, e.interval(self.prob), self.against(e)
            failed = np.zeros(len(se))
            if self.replicates is not None:
                se, interval, failed = summarised(self.replicates[i], self.prob)
            for j, name in enumerate(e.parameters):
                notes = [note for note in (e.note, e.parameter_notes.get(name, "")) if note]
                notes += against
                value = number(e.values[j])
                if value is not None and failed[j] > MOST_FAILED:
                    notes.append(f"{failed[j]:.0%} of the bootstrap replicates have no value")
                known = value is not None
                row = {
                    "estimator": e.estimator,
                    "parameter": name,
                    "value": value,
                    "se": number(se[j]) if known else None,
                    "low": number(interval[j, 0]) if known else None,
                    "high": number(interval[j, 1]) if known else None,
                    "unit": e.unit,
                    "boundary_method": e.boundary.method if e.boundary else None,
                    "reliable": not notes,
                }
                rows.append((row, notes))
        return rows

    def title(self) -> str:
        """Return what the table is of, in a line."""
        who = "anonymous labelers" if self.n_labelers is None else f"{self.n_labelers} labelers"
        text = f"{self.n_choices:,} choices by {who}, {100 * self.prob:g} % intervals"
        if self.dropped:
            text += "; dropped " + ", ".join(f"{n} ({why})" for why, n in self.dropped.items())
        if self.shares:
            text += "; averages over " + ", ".join(f"{g} {x:.3g}" for g, x in self.shares.items())
        return text

    def boundary_table(self) -> Table:
        """Return the boundaries as a table; flags are spelled out with the estimates."""
        cells = any(b.by_cell for b in self.boundaries)
        rows = []
        for b in self.boundaries:
            flag = "" if b.reliable else "unreliable"
            for cell, *numbers in b.values:
                shown = (text(number(x), digits=5) for x in (*numbers, b.n_eff))
                rows.append((b.method, *([cell or "all"] if cells else []), *shown, flag))
        head = ("boundary from", *(["cell"] if cells else []), "boundary", "se", "ndt", "se")
        return Table(
            "Boundaries that the closed forms rest on (half the separation; ndt in seconds)",
            (*head, "n_eff", ""),
            tuple(rows),
            words=frozenset({0, len(head) + 1} | ({1} if cells else set())),
        )

    def pooled_line(self) -> str:
        """Return what the last two rows are, and whose ndt the ratio takes."""
        of = self.estimates[-1].boundary
        ndt = "" if of is None else f", at the {of.method} ndt"
        return (
            "For comparison only, since they take all labelers to be alike"
            f"{', whatever the shares' if self.shares else ''}: bradley_terry (log odds) and "
            f"speed_accuracy (drift / boundary{ndt})."
        )

    def tests_line(self) -> str:
        """Return the p-values of what the closed forms assume, in a line; empty without any."""
        found = []
        if self.choice_time is not None and np.isfinite(self.choice_time.p_value):
            found.append(f"choice and time are independent, p = {self.choice_time.p_value:.2g}")
        if self.boundary_test is not None:
            found.append(f"two boundaries are equal, p = {self.boundary_test.p_value:.2g}")
        elif self.untested:
            found.append(f"two boundaries are not compared, as {self.untested}")
        return f"Tests of what is assumed: {'; '.join(found)}." if found else ""

    def blocks(self) -> list[Block]:
        """Return the estimates, the boundaries that they rest on, and what is assumed."""
        rows, notes = [], list[str]()
        for row, on_row in self._noted():
            shown = (text(row[key]) for key in ("value", "se", "low", "high"))
            marks = "".join(marked(notes, note) for note in on_row)
            flag = ("" if row["reliable"] else "unreliable ") + marks
            rows.append((row["estimator"], row["parameter"], *shown, row["unit"], flag))
        estimates = Table(
            "",
            ("estimator", "parameter", "value", "se", "low", "high", "unit", ""),
            tuple(rows),
            words=frozenset({0, 1, 6, 7}),
            notes=numbered(notes),
        )
        said = [*self.notes, *(f"{f.text}." for f in self.findings if not f.moves)]
        last = [self.tests_line(), self.pooled_line(), *(f"Note: {note}" for note in said)]
        words = [Words(line) for line in last if line]
        return [Words(self.title()), estimates, self.boundary_table(), *words]


def estimate(
    choices: Choices,
    *,
    drift: str | None = None,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    collapse: float = 0.0,
    between: str | None = None,
    shares: Mapping[str, float] | str | Path | None = None,
    prob: float = 0.95,
    bootstrap: int = 0,
    seed: int | None = None,
    progress: bool = True,
) -> EstimateTable:
    """Every closed-form estimate that these choices allow.

    Parameters
    ----------
    choices : Choices or Condensed
        Many anonymous choices without features are condensed where that loses nothing.
    drift : str, optional
        Formula of the drift in covariates and features, such as ``"1 + np.log(amount) + delay"``;
        by default the features as they are.
    boundary : float or str, optional
        Half the boundary separation, where it is known; or a formula of the conditions that move
        it, such as ``"instruction"``: each of its cells has one of its own, to be learned.
    ndt : float or str, optional
        Non-decision time in seconds, where it is known (the three-scale row estimates its own); or
        a formula. Beside a formula, a number for the other of the two holds throughout.
    collapse : float
        Share of the boundary that is lost per second, where the bounds close in at a known rate
        from a known `boundary`, such as those of a fit.
    between : str, optional
        Formula of what differs between labelers and moves their preferences, such as
        ``"country + age"``: averages of groups, their differences, and slopes are added.
    shares : mapping of str to float, or path of a CSV file, optional
        Of groups in the population that averages are meant for, ``{"FR": 0.4, "JP": 0.6}``, or a
        file of two columns, group and share. By default they are the sample's.
    prob : float
        Probability of the intervals.
    bootstrap : int
        Number of bootstrap replications over labelers; 0 takes influence functions. Then standard
        errors are the replicates' standard deviations and intervals their percentiles.
    seed : int, optional
        Of the bootstrap.
    progress : bool
        Show a bar of the bootstrap, on a terminal.

    Returns
    -------
    EstimateTable

    Raises
    ------
    InputError
        If `boundary` is not positive, `ndt` not below the smallest response time, the bounds meet
        before the slowest response, `prob` is not between 0 and 1, a formula does not fit the
        choices, or shares do not fit the groups.

    Examples
    --------
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.5, 0.8, 0.6]})
    >>> table = estimate(Choices.from_frame(frame), boundary=1.25, ndt=0.1)
    >>> table.to_frame()["estimator"].unique().tolist()  # doctest: +NORMALIZE_WHITESPACE
    ['consistent_known_boundary', 'consistent_two_scale', 'consistent_three_scale',
     'bradley_terry', 'speed_accuracy']
    """
    choices = with_between(with_drift(expect_choices(choices), drift), between)
    weight = None if shares is None else shares_of(choices, shares)
    probability(prob)
    if bootstrap < 0 or bootstrap == 1:
        raise InputError(f"bootstrap must be 0 or at least 2 replications; got {bootstrap}.")
    if bootstrap > MOST_REPLICATIONS:
        raise InputError(f"bootstrap must be at most {MOST_REPLICATIONS:,}; got {bootstrap:,}.")
    trial = TrialDrift(collapse=_meeting(choices, collapse))
    table = tabulated(choices, boundary=boundary, ndt=ndt, trial=trial, shares=weight, prob=prob)
    if not bootstrap:
        return table

    def again(drawn: Choices) -> Sequence[Estimate]:
        drawn = lossless(drawn) if trial.steady else drawn
        return closed_forms(drawn, sources(drawn, boundary, ndt, trial), ndt, weight, trial)

    made = replicated(choices, again, table.estimates, bootstrap, seed, progress=progress)
    return replace(table, replicates=made)


def tabulated(
    choices: Choices,
    few: Choices | None = None,
    *,
    boundary: float | str | None = None,
    ndt: float | str | None = None,
    trial: TrialDrift = STEADY,
    shares: Mapping[str, float] | None = None,
    prob: float = 0.95,
) -> EstimateTable:
    """Make the table of `estimate` from choices that are coded already.

    Estimates are made of `few`, rows that say the same (by default those of `lossless`), and have
    the influence of these.
    """
    if ndt is not None and not isinstance(ndt, str):
        check_ndt(choices, ndt)  # which names the row
    notes = list(choices.notes)
    if few is None:
        few = lossless(choices) if trial.steady else choices
        notes += [] if few is choices else [f"{condensed_note(few, choices)}."]
    made = examined(choices, boundary, ndt, shares, trial, few=few)
    if boundary is not None and ndt is None and not isinstance(boundary, str):
        notes.append("the boundary was given without an ndt, which is taken as 0 s.")
    if not trial.steady:
        notes.append(
            f"the bounds lose {trial.collapse:.3g} of the boundary per second, and meet after "
            f"{1 / trial.collapse:.3g} s; learn how fast, and from where, with a fit (--learn "
            "collapse)."
        )
    elif "conditional" not in {b.method for b in made.boundaries}:
        where = " within each cell" if made.cells else ""
        why = "labelers are anonymous" if choices.anonymous else "no labeler repeats a comparison"
        notes.append(f"no boundary from repeated comparisons: {why}{where}.")
    if made.cells:
        notes.append(
            "the published two- and three-scale boundaries are of one condition: left out."
        )
    return EstimateTable(
        n_choices=choices.n_choices,
        n_labelers=choices.n_labelers,
        dropped=choices.dropped,
        boundaries=made.boundaries,
        estimates=made.estimates,
        prob=prob,
        notes=tuple(notes),
        choice_time=made.choice_time,
        boundary_test=made.boundary_test,
        untested=made.untested,
        findings=made.findings,
        shares=shares,
    )


def _meeting(choices: Choices, collapse: float) -> float:
    """Return a collapse, or refuse one that has the bounds meet before the slowest response."""
    if collapse:
        choices.refuse_condensed("an estimate at closing bounds")
    slowest = float(choices.rt.max())
    if not 0 <= collapse * slowest < 1:
        raise InputError(
            f"collapse must be at least 0 and below {1 / slowest:.3g} per second, where the bounds "
            f"meet at the slowest response, {slowest:.3g} s; got {collapse:g}. Leave slow rows out "
            "(--max-rt) to allow for more."
        )
    return collapse


def _as_dict(found: Any) -> dict[str, Any] | None:
    """Return a test or finding as JSON values."""
    return None if found is None else {key: plain(x) for key, x in asdict(found).items()}
