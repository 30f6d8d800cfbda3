"""What a comparison of posterior and closed form holds, and how it is shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from bayes_ddm.comparison.drifts import Drifts
from bayes_ddm.comparison.verdict import ComparisonRow, Test, deciding, p_text
from bayes_ddm.comparison.would_change import WOULD_CHANGE, would_change
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
from bayes_ddm.estimators import EstimateTable
from bayes_ddm.estimators.result import LABELS
from bayes_ddm.estimators.units import called
from bayes_ddm.fitting.convergence import Convergence

# rows whose difference from the posterior is a test, the last where the fit gives labelers bounds
# of their own; the others are shown without a p-value
TESTED = (
    "consistent_known_boundary",
    "consistent_conditional_boundary",
    "consistent_model_boundary",
    "bounded_labeler_boundary",
)
# beside trials that ran out of time, which these count
TESTED_LATE = ("bounded_known_boundary", "bounded_model_boundary")
# what closed forms assume where the model gives labelers values of their own, and the row that
# takes those values over
ONE_FOR_ALL = "takes one boundary and ndt for all, while the model lets them vary"
AT_OWN = "at each labeler's own boundary and ndt, learned from the same choices: no test"

BASELINES = ("bradley_terry", "speed_accuracy")
CONTRADICTED = "these choices contradict what it assumes: see verdict and warnings"


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Stored):
    """What `compare` returns.

    Attributes
    ----------
    estimates : EstimateTable
        The closed-form estimates, in their own units.
    posterior : DataFrame
        One row per population parameter: mean, sd, low, high, ess_bulk, r_hat.
    rows : tuple of ComparisonRow
    tests : tuple of Test
        One joint test of the average preference per tested estimator.
    verdict : str
        Begins with "agree", "disagree" or "cannot tell".
    convergence : Convergence
    model : str
    fit : DataTree
        What was compared.
    untestable : str
        What the closed forms assume and the model does not; empty where the two can be tested.
    drifts : Drifts or None
        Of a drift that saturates: posterior and closed form by comparison.
    answer : str
        What the posterior average means for people, in a sentence; empty where it is unknown.
    untried : tuple of str
        What the model takes for granted, and could allow for.
    full : bool
        Whether all rows are printed, or only those that a verdict can rest on.
    """

    estimates: EstimateTable
    posterior: pd.DataFrame
    rows: tuple[ComparisonRow, ...]
    tests: tuple[Test, ...]
    verdict: str
    convergence: Convergence
    model: str
    fit: xr.DataTree
    untestable: str = ""
    drifts: Drifts | None = None
    answer: str = ""
    untried: tuple[str, ...] = ()
    full: bool = False

    @property
    def agrees(self) -> bool | None:
        """Whether they agree and may be right; None where one cannot tell."""
        if self.verdict.startswith("agree"):
            return not self.estimates.warning
        return False if self.verdict.startswith("disagree") else None

    @property
    def changed_by(self) -> tuple[str, ...]:
        """What would change the verdict, one thing each; nothing where there is none."""
        if self.verdict.startswith("cannot tell"):
            return ()
        n = self.estimates.n_labelers
        return would_change(self.tests, self.untried, self.estimates.n_choices if n is None else n)

    def said(self, label: str = "Verdict") -> Callout:
        """Return the verdict, each reason on a line of its own."""
        return Callout(label, self.verdict.replace(" Also: ", "\nAlso: "), self.agrees)

    @property
    def prob(self) -> float:
        """Probability of the intervals."""
        return self.estimates.prob

    @property
    def labels(self) -> dict[str, str]:
        """What each estimator of the rows is called, in the order of a figure."""
        names = dict.fromkeys(row.estimator for row in self.rows)
        return {e: e for e in [*(e for e in LABELS if e in names), *names]}

    @property
    def unreliable(self) -> frozenset[str]:
        """Estimators that cannot be relied on."""
        return frozenset(e.estimator for e in self.estimates.estimates if not e.reliable)

    @property
    def table(self) -> pd.DataFrame:
        """One row per estimator and parameter: value, its se, posterior, difference and its se."""
        return pd.DataFrame([dataclasses.asdict(row) for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values; None stands for what could not be computed."""
        main = deciding(self.tests)
        keys = ("estimator", "parameter", "difference", "se", "p_value")
        sampled = ("divergences", "r_hat", "ess_bulk", "ess_tail", "problems")
        return self.estimates.to_dict() | {
            "posterior": plain(
                self.posterior.rename_axis("parameter").reset_index().to_dict("records")
            ),
            "comparison": [{key: plain(getattr(row, key)) for key in keys} for row in self.rows],
            "specification_test": None if main is None else dataclasses.asdict(main),
            "specification_tests": [dataclasses.asdict(test) for test in self.tests],
            "verdict": self.verdict,
            **({} if self.drifts is None else {"drifts": self.drifts.to_dict()}),
            "diagnostics": {key: plain(getattr(self.convergence, key)) for key in sampled},
        }

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.forest`: posterior and closed forms on one scale."""
        from bayes_ddm.plots import forest

        return forest(self, **kwargs)

    def _warnings(self) -> list[str]:
        findings = [f.text for f in self.estimates.findings if f.text not in self.verdict]
        return [*self.convergence.problems, *findings]

    def called(self, parameter: str) -> str:
        """Name of a parameter in tables, with its unit."""
        return called(parameter, self.estimates.features, self.estimates.units)

    def _decisive_rows(self) -> Sequence[ComparisonRow]:
        """Rows that are tested, with the spread beside them; without any, those to rely on."""
        tested = {row.estimator for row in self.rows if row.p_value is not None}
        usable = {row.estimator for row in self.rows if row.reliable} - {*BASELINES}
        return [row for row in self.rows if row.estimator in (tested or usable)] or self.rows

    def interval(self, row: ComparisonRow) -> tuple[float, float]:
        """Interval of a row's closed form, whose difference from the posterior has its own se."""
        estimate = next(e for e in self.estimates.estimates if e.estimator == row.estimator)
        j = estimate.parameters.index(row.parameter)
        low, high = estimate.interval(self.prob)[j].tolist()
        se = float(estimate.se[j])
        # baselines are put in drift units
        half = (high - low) / 2 * (row.value_se / se if se > 0 else 1.0)
        return row.value - half, row.value + half

    def differences(self, *, full: bool = True) -> Table:
        """Return closed forms beside the posterior: all, or those that tell."""
        rows, notes = [], list[str]()
        head = ("closed form", "parameter", "value", "low", "high")
        head = (*head, *(("posterior",) if full else ()))
        for row in self.rows if full else self._decisive_rows():
            # the posterior stands above what is printed in short
            posterior = (row.posterior,) if full else ()
            values = (row.value, *self.interval(row), *posterior, row.difference, row.se)
            numbers = (text(number(x)) for x in values)
            p_value = "" if row.p_value is None else p_text(row.p_value).removeprefix("= ")
            flag = ("" if row.reliable else "unreliable ") + marked(notes, row.note)
            rows.append((row.estimator, self.called(row.parameter), *numbers, p_value, flag))
        return Table(
            "Closed form against posterior, in drift units",
            (*head, "difference", "its se", "p", ""),
            tuple(rows),
            words=frozenset({0, 1, len(head) + 3}),
            notes=numbered(notes),
        )

    def blocks(self) -> list[Block]:
        """Return the verdict, posterior and closed forms, and what the latter rest on."""
        title = f"Posterior, model {self.model}"
        formats = dict.fromkeys(("mean", "sd", "low", "high"), ".4g")
        head = ("parameter", "mean", "sd", "low", "high", "R-hat")
        tests, warnings = self.estimates.tests_line(), self._warnings()
        changes = self.changed_by
        blocks: list[Block] = [
            self.said(),
            *([Callout("Warning", "\n".join(warnings), False)] if warnings else []),
            *([Words(self.answer)] if self.answer and self.agrees else []),
            *([Words(f"{WOULD_CHANGE}: {'; '.join(changes)}.")] if changes else []),
            Words(self.estimates.title()),
            *([Words(account.sentence)] if (account := self.estimates.privacy) else []),
            Table.of(title, head, self.posterior.rename(self.called), **formats, r_hat=".3f"),
            self.differences(full=self.full),
            *([] if self.drifts is None else [self.drifts.block()]),
        ]
        if self.full:
            return [*blocks, self.estimates.boundary_table(), *([Words(tests)] if tests else [])]
        more = len(self.labels) - len({row.estimator for row in self._decisive_rows()})
        rest = f"{more} more closed forms, and the boundaries: --all (result.table)."
        return [*blocks, Words(rest)]
