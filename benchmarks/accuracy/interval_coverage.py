"""How often 95 % intervals of the average preference hold it.

    python -m benchmarks interval_coverage [--replications 2000] [--parts "known;conditional"]

Closed form at the known boundary (1,000 labelers x 1), at the boundary of repeated comparisons
(1,000 x 2), at the mixture's (3,000 x 1: normal and two groups, which are its class; skewed, with
an edge; and shapes drawn anew in every replication), and the posterior of the hierarchical model
under its own assumptions (300 x 2). Boundary 1.25, ndt 0.3, both estimated where not said
otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm.estimators import (
    Estimate,
    conditional_boundary,
    consistent,
    known_boundary,
    semiparametric,
)
from bayes_ddm.fitting.refit import CannotStart, compiled, refit
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import BOUNDARY, POPULATIONS, unseen
from benchmarks.support.results import keep

NDT = 0.3
PROB = 0.95
Interval = Callable[[bd.Choices, int], NDArray[np.float64]]


def of(estimator: Callable[[bd.Choices], Estimate | None]) -> Interval:
    """Interval of the first parameter."""

    def interval(choices: bd.Choices, seed: int) -> NDArray[np.float64]:
        made = estimator(choices)
        return np.full(2, np.nan) if made is None else made.interval(PROB)[0]

    return interval


def conditional(choices: bd.Choices) -> Estimate | None:
    """Closed form at the boundary of repeated comparisons."""
    boundary = conditional_boundary(choices)
    return None if boundary is None else consistent(choices, boundary)


def posterior(labelers: int, choices: int) -> Interval:
    """Central posterior interval of the hierarchical model, default priors, compiled once."""
    program = compiled(sample("normal", labelers, choices, 0)[0], "hierarchical", {})

    def interval(data: bd.Choices, seed: int) -> NDArray[np.float64]:
        observed = np.column_stack([data.rt, data.choice.astype(float)])
        try:
            made = refit(program, observed, draws=500, tune=300, chains=2, seed=seed)
        except CannotStart:
            return np.full(2, np.nan)
        return np.quantile(made.values["mu"], [(1 - PROB) / 2, (1 + PROB) / 2])

    return interval


def sample(name: str, labelers: int, choices: int, seed: int) -> tuple[bd.Choices, float]:
    """One experiment, and the true average."""
    rng = np.random.default_rng([7, seed])
    who = POPULATIONS[name] if name in POPULATIONS else unseen(rng)
    made = bd.simulate.experiment(
        who, labelers=labelers, choices=choices, boundary=BOUNDARY, ndt=NDT, seed=rng
    )
    return made, float(who.mean)


# name: population, labelers, choices, what makes intervals, lowest and highest coverage
PARTS: dict[str, tuple[str, int, int, Callable[[], Interval], float, float]] = {
    "known": (
        *("normal", 1_000, 1),
        lambda: of(lambda c: consistent(c, known_boundary(c, BOUNDARY, NDT))),
        *(0.94, 0.96),
    ),
    "known, skewed": (
        *("skewed", 1_000, 1),
        lambda: of(lambda c: consistent(c, known_boundary(c, BOUNDARY, NDT))),
        *(0.94, 0.96),
    ),
    "conditional": ("normal", 1_000, 2, lambda: of(conditional), 0.93, 0.97),
    "conditional, skewed": ("skewed", 1_000, 2, lambda: of(conditional), 0.93, 0.97),
    "hierarchical": ("normal", 300, 2, lambda: posterior(300, 2), 0.93, 0.97),
    "semiparametric": ("normal", 3_000, 1, lambda: of(semiparametric), 0.93, 0.97),
    "semiparametric, skewed": ("skewed", 3_000, 1, lambda: of(semiparametric), 0.92, 0.97),
    "semiparametric, drawn": ("unseen", 3_000, 1, lambda: of(semiparametric), 0.93, 0.97),
    "semiparametric, two groups": ("two groups", 3_000, 1, lambda: of(semiparametric), 0.93, 0.97),
}


def run(part: str, replications: int) -> pd.DataFrame:
    """One line: coverage, its Monte Carlo error, and the average width."""
    name, labelers, choices, make, low, high = PARTS[part]
    interval = make()
    seeds = track(range(1, replications + 1), part, disable=not sys.stderr.isatty())
    drawn = ((s, *sample(name, labelers, choices, s)) for s in seeds)
    each = np.array([[*interval(data, s), mean] for s, data, mean in drawn])
    ends, mean = each[:, :2], each[:, 2]
    # an interval that could not be computed does not hold the truth
    covered = (ends[:, 0] <= mean) & (mean <= ends[:, 1])
    share = covered.mean()
    line = {
        "intervals": part,
        "population": name,
        "design": f"{labelers:,} x {choices}",
        "coverage": share,
        "se": np.sqrt(share * (1 - share) / replications),
        "without": np.isnan(ends[:, 0]).mean(),
        "too low": (ends[:, 1] < mean).mean(),
        "too high": (ends[:, 0] > mean).mean(),
        "width": np.nanmean(ends[:, 1] - ends[:, 0]),
        "least": low,
        "most": high,
        "passed": low <= share <= high,
        "replications": replications,
    }
    return pd.DataFrame([line])


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each part ends."""
    parser = options(__doc__, replications=2000)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="a;b")
    arguments = parser.parse_args()
    for part in arguments.parts:
        made = run(part, arguments.replications)
        print(made.to_string(index=False, float_format="{:.4f}".format), flush=True)
        keep(made, "interval_coverage", ["intervals"])


if __name__ == "__main__":
    main()
