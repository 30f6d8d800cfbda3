"""What a comparison of posterior and closed form holds, and how it is shown."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from bayes_ddm.comparison.verdict import ComparisonRow, Test, deciding, p_text
from bayes_ddm.display import aligned, html_paragraph, html_table, marked, number, numbered, text
from bayes_ddm.estimators import EstimateTable
from bayes_ddm.estimators.result import LABELS
from bayes_ddm.fitting.convergence import Convergence

__all__ = ["AT_OWN", "ONE_FOR_ALL", "TESTED", "Comparison", "ComparisonRow", "as_json"]

# rows whose difference from the posterior is a test; the others are shown without a p-value
TESTED = (
    "consistent_known_boundary",
    "consistent_conditional_boundary",
    "consistent_model_boundary",
)
# what closed forms assume where the model gives labelers values of their own, and the row that
# takes those values over
ONE_FOR_ALL = "takes one boundary and ndt for all, while the model lets them vary"
AT_OWN = "at each labeler's own boundary and ndt, learned from the same choices: no test"


@dataclass(frozen=True, eq=False)
class Comparison:
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
    """

    estimates: EstimateTable
    posterior: pd.DataFrame
    rows: tuple[ComparisonRow, ...]
    tests: tuple[Test, ...]
    verdict: str
    convergence: Convergence
    model: str
    fit: xr.DataTree = field(repr=False)
    untestable: str = ""

    @property
    def agrees(self) -> bool | None:
        """Whether they agree and may be right; None where one cannot tell."""
        if self.verdict.startswith("agree"):
            return not self.estimates.warning
        return False if self.verdict.startswith("disagree") else None

    @property
    def prob(self) -> float:
        """Probability of the intervals."""
        return self.estimates.prob

    @property
    def labels(self) -> dict[str, str]:
        """What each estimator of the rows is called, in the order of a figure."""
        names = dict.fromkeys(row.estimator for row in self.rows)
        return {e: LABELS[e] for e in LABELS if e in names} | {
            e: e for e in names if e not in LABELS
        }

    @property
    def unreliable(self) -> frozenset[str]:
        """Estimators that cannot be relied on."""
        return frozenset(e.estimator for e in self.estimates.estimates if not e.reliable)

    @property
    def table(self) -> pd.DataFrame:
        """One row per estimator and parameter: value, its se, posterior, difference."""
        return pd.DataFrame([dataclasses.asdict(row) for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values; None stands for what could not be computed."""
        main = deciding(self.tests)
        return self.estimates.to_dict() | {
            "posterior": [
                {"parameter": name} | {key: number(value) for key, value in row.items()}
                for name, row in self.posterior.iterrows()
            ],
            "comparison": [
                {
                    "estimator": row.estimator,
                    "parameter": row.parameter,
                    "difference": number(row.difference),
                    "se": number(row.se),
                    "p_value": number(row.p_value),
                }
                for row in self.rows
            ],
            "specification_test": None if main is None else dataclasses.asdict(main),
            "verdict": self.verdict,
            "diagnostics": {
                "divergences": self.convergence.divergences,
                "r_hat": number(self.convergence.r_hat),
                "ess_bulk": number(self.convergence.ess_bulk),
                "ess_tail": number(self.convergence.ess_tail),
                "problems": list(self.convergence.problems),
            },
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the comparison as JSON text, written to `path` too when one is given."""
        made = as_json(self.to_dict())
        if path is not None:
            Path(path).write_text(made + "\n", encoding="utf-8")
        return made

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.forest`: posterior and closed forms on one scale."""
        from bayes_ddm.plots import forest

        return forest(self, **kwargs)

    def _warnings(self) -> list[str]:
        warning = self.estimates.warning
        said = not warning or warning in self.verdict
        return [*self.convergence.problems, *([] if said else [warning])]

    def _cells(self) -> tuple[list[list[str]], list[list[str]], list[str]]:
        posterior = [["parameter", "mean", "sd", "low", "high", "R-hat"]]
        for name, row in self.posterior.iterrows():
            shown = [text(row[key]) for key in ("mean", "sd", "low", "high")]
            posterior.append([str(name), *shown, f"{row['r_hat']:.3f}"])
        notes: list[str] = []
        rows = [["closed form", "parameter", "value", "posterior", "difference", "se", "p", ""]]
        for row in self.rows:
            shown = [text(number(x)) for x in (row.value, row.posterior, row.difference, row.se)]
            p = "" if row.p_value is None else p_text(row.p_value).removeprefix("= ")
            flag = ("" if row.reliable else "unreliable ") + marked(notes, row.note)
            rows.append([row.estimator, row.parameter, *shown, p, flag])
        return posterior, rows, notes

    def __repr__(self) -> str:
        posterior, rows, notes = self._cells()
        lines = [self.estimates.title(), "", f"Posterior, model {self.model}"]
        lines += aligned(posterior, left={0})
        lines += ["", "Closed form against posterior, in drift units"]
        lines += [*aligned(rows, {0, 1, 7}), *numbered(notes)]
        lines += ["", *aligned(self.estimates.boundary_cells(), left={0, 6})]
        lines += [line for line in [self.estimates.tests_line()] if line]
        lines += [f"Warning: {problem}" for problem in self._warnings()]
        return "\n".join([*lines, "", f"Verdict: {self.verdict}"])

    def _repr_html_(self) -> str:
        posterior, rows, notes = self._cells()
        parts = [html_paragraph(f"Verdict: {self.verdict}")]
        parts += [html_paragraph(f"Warning: {problem}") for problem in self._warnings()]
        parts += [html_table(rows), *(html_paragraph(note) for note in numbered(notes))]
        parts += [html_table(self.estimates.boundary_cells())]
        parts += [html_paragraph(line) for line in [self.estimates.tests_line()] if line]
        parts += [html_paragraph(f"Posterior, model {self.model}"), html_table(posterior)]
        return "".join(parts)


def as_json(contents: Mapping[str, Any]) -> str:
    """Return JSON text as all results are written."""
    return json.dumps(contents, indent=2, allow_nan=False, ensure_ascii=False)
