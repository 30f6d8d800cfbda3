"""Errors of the average preference, and coverage of its intervals, beside the oracle's.

    python -m benchmarks estimator_accuracy [--replications 50] [--designs "3,000 x 1;15,000 x 2"]

Boundary 1.25; populations: normal, two groups, skewed, and one drawn anew in every replication from
the seed. The oracle is the closed form at the true boundary and ndt; with ndt 0.3 all others
estimate it, with ndt 0 they know it. The contextual problem has four features; "twice": a labeler
answers each comparison twice, and so gives a conditional boundary.
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import numpy as np
import pandas as pd
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm.estimators import (
    Estimate,
    conditional_boundary,
    consistent,
    known_boundary,
    semiparametric,
    three_scale,
    two_scale,
)
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import BOUNDARY, POPULATIONS, unseen
from benchmarks.support.results import keep

PREFERENCES = np.array([0.6, -0.4, 0.3, 0.0])
LEVEL = 0.95
# how often in a row a labeler answers each comparison
FEATURES = {"four features": 1, "four features, twice": 2}

# labelers, choices each
DESIGNS = {
    "3,000 x 1": (3_000, 1),
    "30,000 x 1": (30_000, 1),
    "15,000 x 2": (15_000, 2),
    "1,500 x 20": (1_500, 20),
}
# largest error, in oracle's errors
LIMITS = {
    ("3,000 x 1", "known", "semiparametric"): {"skewed": 2.0, "": 1.3},
    ("30,000 x 1", "known", "semiparametric"): {"skewed": 2.0, "": 1.3},
    ("15,000 x 2", "known", "conditional"): {"": 1.15},
    ("15,000 x 2", "estimated", "conditional"): {"": 1.4},
    ("1,500 x 20", "known", "conditional"): {"": 1.15},
    ("1,500 x 20", "estimated", "conditional"): {"": 1.4},
}


def estimators(choices: bd.Choices, ndt: float, known: bool) -> dict[str, Estimate | None]:
    """All that apply, by name; the oracle first."""
    given = ndt if known else None
    made: dict[str, Estimate | None] = {
        "oracle": consistent(choices, known_boundary(choices, BOUNDARY, ndt))
    }
    each = conditional_boundary(choices, given)
    if each is not None:
        made["conditional"] = consistent(choices, each)
    made["semiparametric"] = semiparametric(choices, given)
    published = two_scale(choices, ndt) if known else three_scale(choices)
    made["published"] = consistent(choices, published)
    return made


def sample(name: str, design: str, ndt: float, rng: np.random.Generator) -> Any:
    """Choices, and the true average preference."""
    labelers, choices = DESIGNS[design]
    if name in FEATURES:
        covariance = np.diag([0.5, 0.4, 0.3, 0.3])
        who = bd.simulate.population("normal", mean=PREFERENCES, covariance=covariance)
        each = FEATURES[name]
        more = {"features": lambda rng, n: np.repeat(rng.normal(size=(n // each, 4)), each, axis=0)}
    else:
        who = POPULATIONS[name] if name in POPULATIONS else unseen(rng)
        more = {}
    made = bd.simulate.experiment(
        who, labelers=labelers, choices=choices, boundary=BOUNDARY, ndt=ndt, seed=rng, **more
    )
    return made, np.atleast_1d(who.mean)


def run(name: str, design: str, known: bool, replications: int, seed: int) -> pd.DataFrame:
    """One row per estimator: errors over replications, coverage, and how many are called reliable.

    With several parameters, errors are of the whole vector, and coverage averaged over them.
    """
    ndt = 0.0 if known else 0.3
    rows = []
    children = np.random.SeedSequence(seed).spawn(replications)
    label = f"{name}, {design}, ndt {'known' if known else 'estimated'}"
    for child in track(children, label, disable=not sys.stderr.isatty(), transient=True):
        choices, mean = sample(name, design, ndt, np.random.default_rng(child))
        started = time.perf_counter()
        for estimator, made in estimators(choices, ndt, known).items():
            if made is None:
                continue
            p = len(mean)
            low, high = made.interval(LEVEL)[:p].T
            error = made.values[:p] - mean
            boundary = made.boundary
            assert boundary is not None
            rows.append(
                {
                    "estimator": estimator,
                    "square": float((error**2).sum()),
                    "bias": float(error[0]),
                    "covered": float(((low <= mean) & (mean <= high)).mean()),
                    "reliable": made.reliable,
                    "boundary": (boundary.boundary - BOUNDARY) ** 2,
                    "ndt_": (boundary.ndt - ndt) ** 2,
                    "seconds": time.perf_counter() - started,
                }
            )
    mean = pd.DataFrame(rows).groupby("estimator", sort=False).mean(numeric_only=True)
    made = pd.DataFrame({"rmse": np.sqrt(mean["square"])})
    made["ratio"] = made["rmse"] / made["rmse"]["oracle"]
    # of a ratio of errors that hardly correlate
    made["ratio_se"] = made["ratio"] / np.sqrt(replications)
    made[["bias", "coverage", "reliable"]] = mean[["bias", "covered", "reliable"]]
    made["boundary_rmse"], made["ndt_rmse"] = np.sqrt(mean["boundary"]), np.sqrt(mean["ndt_"])
    head = {"population": name, "design": design, "ndt": "known" if known else "estimated"}
    made = made.reset_index()
    for column, value in reversed(head.items()):
        made.insert(0, column, value)
    made["limit"] = [limit(row) for _, row in made.iterrows()]
    made["passed"] = [
        "" if np.isnan(row["limit"]) else str(row["ratio"] <= row["limit"])
        for _, row in made.iterrows()
    ]
    made["replications"] = replications
    return made


def limit(row: pd.Series) -> float:
    """Largest ratio that is allowed; NaN where none is set."""
    bounds = LIMITS.get((row["design"], row["ndt"], row["estimator"]), {})
    if row["population"] in {*FEATURES, "unseen"} and "1" == row["design"][-1]:
        return float("nan")
    return bounds.get(row["population"], bounds.get("", float("nan")))


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each design ends."""
    names = [*POPULATIONS, "unseen", *FEATURES]
    parser = options(__doc__, replications=50, seed=1)
    parser.add_argument("--designs", type=some_of(DESIGNS), default=list(DESIGNS), help="a;b")
    parser.add_argument("--populations", type=some_of(names), default=names, help="a;b")
    parser.add_argument("--ndt", choices=["known", "estimated", "both"], default="both")
    arguments = parser.parse_args()
    kinds = {"known": [True], "estimated": [False], "both": [True, False]}[arguments.ndt]
    for design in arguments.designs:
        for known in kinds:
            for name in arguments.populations:
                if DESIGNS[design][1] % FEATURES.get(name, 1):
                    continue
                made = run(name, design, known, arguments.replications, arguments.seed)
                print(made.drop(columns=["ratio_se"]).to_string(float_format="{:.4f}".format))
                keep(made, "estimator_accuracy", ["population", "design", "ndt", "estimator"])


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
