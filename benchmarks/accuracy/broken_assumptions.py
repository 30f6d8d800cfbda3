"""What breaks what: every estimator and model where one assumption at a time is broken.

500 labelers choose 4 times; drifts are normal (0.5, 1), boundary 1.25, ndt 0.3, but for what
`violations` breaks. The target is always the true average drift. The same seeds serve
all cells; finished cells are kept, and skipped unless more replications are asked for.
What rests on a boundary that is learned is a row of `estimate`; ``contradicted`` is how often the
table's tests speak against it, and ``relied`` the coverage of the runs that nothing speaks against.

    python -m benchmarks broken_assumptions [--replications 200] [--models-replications 20]
    python -m benchmarks broken_assumptions --assumptions "lapses;rounded" --estimators "known"
    python -m benchmarks broken_assumptions --models-replications 0    # closed forms alone
    python -m benchmarks broken_assumptions --table                    # what there is
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.progress import track
from scipy.stats import binom

import bayes_ddm as bd
from bayes_ddm.display import Table, Words, as_text
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    Estimate,
    bounded,
    bradley_terry,
    consistent,
    known_boundary,
    speed_accuracy,
    three_scale,
    two_scale,
)
from bayes_ddm.estimators.sources import slower_than
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.plots.style import INSIDE, NEGATIVE, POSITIVE
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import BOUNDARY
from benchmarks.support.results import RESULTS, keep, kept
from benchmarks.support.violations import NDT, VIOLATIONS, broken

NAME = "broken_assumptions"
LEVEL = 0.95
# coverage outside is marked, unless chance brings exact intervals as far often enough
COVERED, UNLIKELY = (0.90, 0.98), 0.025
# of normal errors the RMSE is 1.5 times the median of their sizes
HEAVY = 5.0
DRAWS, CHAINS = 400, 2


# rows of `estimate`, which learn a boundary; then the one that it recommends
ROWS = {
    "conditional": "consistent_conditional_boundary",
    "semiparametric": "semiparametric",
    "bounded, conditional": "bounded_conditional_boundary",
    "bounded, semiparametric": "bounded_semiparametric",
    "recommended": "",
}
# a row, and what is held against it
Told = tuple[Estimate | None, str]


def _row(name: str, table: EstimateTable) -> Told:
    taken = ROWS[name] or (table.recommendation and table.recommendation.estimator)
    made = next((e for e in table.estimates if e.estimator == taken), None)
    return made, "; ".join(table.against(made)) if made else ""


def _bounded(choices: bd.Choices) -> Estimate:
    """At the known boundary, rows faster than the ndt counted as the fastest there can be."""
    slower = slower_than(choices, NDT)
    if slower is None:
        return bounded(choices, known_boundary(choices, BOUNDARY, NDT))
    return bounded(choices, slower.among_all(known_boundary(slower.rows, BOUNDARY, NDT)))


CLOSED: dict[str, Callable[[bd.Choices], Estimate | None]] = {
    "known": lambda choices: consistent(choices, known_boundary(choices, BOUNDARY, NDT)),
    "bounded, known": _bounded,
    "two scales": lambda choices: consistent(choices, two_scale(choices, NDT)),
    "three scales": lambda choices: consistent(choices, three_scale(choices)),
    "Bradley-Terry": bradley_terry,
    "ratio": lambda choices: speed_accuracy(choices, NDT),
}
LEARNED = ("known", "conditional", "semiparametric")
BOUNDED = ("bounded, known", "bounded, conditional", "bounded, semiparametric", "recommended")
ORDER = (*LEARNED, *BOUNDED, *(name for name in CLOSED if name not in (*LEARNED, *BOUNDED)))
# from native units to drifts
UNIT = {"Bradley-Terry": 0.5 / BOUNDARY, "ratio": BOUNDARY}
MODELS = (
    "hierarchical",
    "mixture",
    "student",
    "labeler_boundary",
    "contaminated",
    "start_bias",
)
GREY = "#C8C8C8"
COLUMNS = ["mean", "value", "low", "high", "sd", "flagged", "against", "why"]
# models that are compiled, by name
_programs: dict[str, Any] = {}


def closed_form(name: str, choices: bd.Choices, table: EstimateTable | None) -> dict[str, Any]:
    """Value and interval of one estimator; without them, why not."""
    try:
        made, against = _row(name, table) if table else (CLOSED[name](choices), "")
    except InputError as error:
        return {"why": str(error)}
    if made is None or not np.isfinite(made.values[0]):
        return {"why": made.note if made else "these choices do not allow it"}
    unit = UNIT.get(name, 1.0)
    low, high = made.interval(LEVEL)[0] * unit
    told = {"flagged": not made.reliable, "against": bool(against)}
    return {"value": made.values[0] * unit, "low": low, "high": high} | told


def posterior(name: str, choices: bd.Choices, seed: int) -> dict[str, Any]:
    """Posterior mean and interval of ``mu``; flagged if the sampler diverged or is slow."""
    from bayes_ddm.fitting.refit import ENOUGH_DRAWS, CannotStart, compiled, refit

    program = _programs.get(name)
    if program is None or not np.array_equal(program.template.labeler, choices.labeler):
        program = _programs[name] = compiled(choices, name, {})
    observed = np.column_stack([choices.rt, choices.choice.astype(float)])
    try:
        made = refit(program, observed, draws=DRAWS, tune=DRAWS, chains=CHAINS, seed=seed)
    except CannotStart as error:
        return {"why": str(error)}
    mu = made.values["mu"].ravel()
    low, high = np.quantile(mu, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], method="weibull")
    flagged = made.divergences > 0 or made.ess < ENOUGH_DRAWS
    return {"value": mu.mean(), "low": low, "high": high, "sd": mu.std(), "flagged": flagged}


def run(
    assumption: str, estimators: Sequence[str], replications: int, seed: int
) -> list[dict[str, Any]]:
    """A cell for each estimator: errors, coverage, and how many runs are flagged or lack a value.

    All take the same data sets.
    """
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in estimators}
    seconds = dict.fromkeys(estimators, 0.0)
    children = np.random.SeedSequence(seed).spawn(replications)
    for child in track(children, assumption, disable=not sys.stderr.isatty(), transient=True):
        choices, mean = broken(assumption, child)
        table = None
        for name in estimators:
            started = time.perf_counter()
            if name in MODELS:
                made = posterior(name, choices, int(child.generate_state(1)[0]))
            else:
                with warnings.catch_warnings():
                    warnings.simplefilter("error")
                    if name in ROWS and table is None:
                        table = bd.estimate(choices)
                    made = closed_form(name, choices, table if name in ROWS else None)
            runs[name].append({"mean": mean} | made)
            seconds[name] += (time.perf_counter() - started) / replications
    return [
        {"assumption": assumption, "estimator": name}
        | _summary(pd.DataFrame(made, columns=COLUMNS), name)
        | {"replications": replications, "seed": seed, "seconds": seconds[name]}
        for name, made in runs.items()
    ]


def _summary(table: pd.DataFrame, estimator: str) -> dict[str, Any]:
    valued = table.dropna(subset="value")
    within = valued.dropna(subset="low")
    error = valued["value"] - valued["mean"]
    covered = (within["low"] <= within["mean"]) & (within["mean"] <= within["high"])
    doubted = within["against"].eq(True)
    sd = valued["sd"] if estimator in MODELS else (valued["high"] - valued["low"]) / 3.92
    return {
        "bias": error.mean(),
        "bias_se": error.std() / np.sqrt(len(error)),
        "rmse": np.sqrt((error**2).mean()),
        "median_error": error.abs().median(),
        "coverage": covered.mean(),
        "relied": covered[~(doubted | within["flagged"].astype(bool))].mean(),
        "contradicted": doubted.mean() if estimator in ROWS else np.nan,
        "se": sd.median(),
        "flagged": valued["flagged"].astype(float).mean(),
        "no_interval": 1 - len(within) / len(table),
        "no_value": 1 - len(valued) / len(table),
        "why": next(iter(table["why"].dropna()), ""),
    }


def keep_cell(cell: dict[str, Any]) -> None:
    """Put a cell in its place in the table."""
    order = [*VIOLATIONS, *ORDER, *MODELS]
    keep(pd.DataFrame([cell]), NAME, ["assumption", "estimator"], order=order)


def finished(assumption: str, estimator: str, replications: int, seed: int) -> bool:
    """Whether the table has this cell, from as many replications."""
    table = kept(NAME)
    return len(table) > 0 and bool(
        (
            (table["assumption"] == assumption)
            & (table["estimator"] == estimator)
            & (table["replications"] >= replications)
            & (table["seed"] == seed)
        ).any()
    )


def missed(coverage: float, replications: float) -> bool:
    """Whether coverage is outside `COVERED`, and unlikely to be by chance."""
    held = round(coverage * replications)
    law = binom(replications, LEVEL)
    chance = min(law.cdf(held), law.sf(held - 1))
    return chance < UNLIKELY and not COVERED[0] <= coverage <= COVERED[1]


def printed(table: pd.DataFrame) -> str:
    """Assumptions down, estimators across; then what is flagged or without a value."""
    parts: list[Table | Words] = []
    for names in (ORDER, MODELS):
        names = [name for name in names if name in set(table["estimator"])]
        if not names:
            continue
        for title, shown in (
            ("bias / RMSE / coverage in %; * outside 90-98 %, ~ a few runs make the RMSE", _errors),
            ("runs flagged as unreliable / without a value, in %", _unreliable),
        ):
            cells = []
            for assumption in VIOLATIONS:
                rows = table[table["assumption"] == assumption].set_index("estimator")
                shown_row = [shown(rows.loc[n]) if n in rows.index else "." for n in names]
                cells.append((assumption, *shown_row))
            parts.append(Table(title, ("", *names), tuple(cells)))
    return as_text([*parts, *(Words(f"{name}: {v.strength}") for name, v in VIOLATIONS.items())])


def _errors(cell: pd.Series) -> str:
    if cell["no_value"] == 1:
        return "no value"
    n = round(cell["replications"] * (1 - cell["no_interval"]))
    mark = "*" if n and missed(cell["coverage"], n) else " "
    few = "~" if cell["rmse"] > HEAVY * cell["median_error"] else " "
    return f"{few}{cell['bias']:+.3f} / {cell['rmse']:.3f} / {100 * cell['coverage']:3.0f}{mark}"


def _unreliable(cell: pd.Series) -> str:
    flagged = 0.0 if np.isnan(cell["flagged"]) else cell["flagged"]
    return f"{100 * flagged:.0f} / {100 * cell['no_value']:.0f}"


def figure(table: pd.DataFrame) -> Figure:
    """Dots as large as the bias, in units of the error of the known boundary with nothing broken.

    Grey where it is within two Monte Carlo standard errors of none; a ring where intervals cover
    too rarely or too often; a cross where most runs have no value.
    """
    names = [name for name in (*ORDER, *MODELS) if name in set(table["estimator"])]
    at = table.set_index(["assumption", "estimator"])
    unit = at.loc[("none", "known"), "rmse"]
    made = Figure(figsize=(2.2 + 0.95 * len(names), 1.4 + 0.42 * len(VIOLATIONS)))
    axis = made.subplots()
    for (assumption, name), cell in at.iterrows():
        x, y = names.index(name), list(VIOLATIONS).index(assumption)
        if cell["no_value"] > 0.5:
            axis.plot(x - 0.2, y, "x", color=INSIDE)
            continue
        bias = cell["bias"] / unit
        colour = POSITIVE if bias > 0 else NEGATIVE
        colour = colour if abs(cell["bias"]) > 2 * cell["bias_se"] else GREY
        n = round(cell["replications"] * (1 - cell["no_interval"]))
        ring = "black" if missed(cell["coverage"], n) else "none"
        area = 12 + 60 * min(abs(bias), 8.0)
        axis.scatter(x - 0.2, y, area, colour, edgecolors=ring, linewidths=1.2)
        axis.text(x + 0.42, y, f"{bias:+.1f}", ha="right", va="center", fontsize=8)
    axis.set_xticks(range(len(names)), names, rotation=30, ha="left", fontsize=9)
    axis.set_yticks(range(len(VIOLATIONS)), list(VIOLATIONS), fontsize=9)
    axis.xaxis.tick_top()
    axis.set_xlim(-0.6, len(names) - 0.4)
    axis.set_ylim(len(VIOLATIONS) - 0.4, -0.6)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)
    axis.set_xlabel(
        f"Bias of the average drift, in units of {unit:.3f}: the RMSE at the known boundary with "
        "nothing broken.\nGrey: within two Monte Carlo errors of 0. Ring: 95 % intervals miss "
        "their coverage. Cross: most runs have no value.",
        fontsize=8,
    )
    made.tight_layout()
    return made


def main() -> None:
    """Run the cells that are missing, print the table and draw the figure."""
    parser = options(__doc__, replications=200, models_replications=20, seed=1)
    for option, known in {"assumptions": VIOLATIONS, "estimators": [*ORDER, *MODELS]}.items():
        parser.add_argument(f"--{option}", type=some_of(known), default=list(known), help="a;b")
    arguments = parser.parse_args()
    closed = [name for name in arguments.estimators if name not in MODELS]
    groups = [(closed, arguments.replications)]
    groups += [
        ([name], arguments.models_replications) for name in arguments.estimators if name in MODELS
    ]
    for names, replications in groups:
        for assumption in arguments.assumptions if replications else []:
            given = replications, arguments.seed
            missing = [name for name in names if not finished(assumption, name, *given)]
            for cell in run(assumption, missing, *given) if missing else []:
                keep_cell(cell)
                print(
                    f"{assumption}, {cell['estimator']}: {_errors(pd.Series(cell))}, "
                    f"{cell['seconds']:.2f} s a run",
                    flush=True,
                )
    report()


def report() -> None:
    """Print the table and draw the figure."""
    table = kept(NAME)
    print(printed(table))
    if not table.query("assumption == 'none' and estimator == 'known'").empty:
        figure(table).savefig(RESULTS / f"{NAME}.png", dpi=100)


if __name__ == "__main__":
    main()
