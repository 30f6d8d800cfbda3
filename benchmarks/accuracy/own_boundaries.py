"""Average drift when labelers differ in boundary and ndt: one shared boundary, or each their own.

Boundaries are lognormal around 1.25, ndts around 0.3 s, both with a standard deviation of 0.2 of
the log. ``off`` is the mean difference from the same estimator with every labeler's true boundary
and ndt (the oracle): what not knowing them does to ``mu``, free of the choices' own noise.

    python -m benchmarks own_boundaries [--replications 20]
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from bayes_ddm.estimators import conditional_boundary, consistent_values, labeler_boundaries
from bayes_ddm.simulate import experiment, population
from benchmarks.support.kept import keep
from benchmarks.support.options import options

BOUNDARY, NDT, SPREAD = 1.25, 0.3, 0.2
POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}
DESIGNS = [(300, 20), (100, 100)]


def run(name: str, labelers: int, each: int, replications: int, seed: int) -> list[dict]:
    """Errors of ``mu`` over replications, a row for each boundary."""
    who = POPULATIONS[name]
    values, seconds, log_errors = [], [], []
    for child in np.random.SeedSequence(seed).spawn(replications):
        rng = np.random.default_rng(child)
        true = [at * np.exp(SPREAD * rng.standard_normal(labelers)) for at in (BOUNDARY, NDT)]
        choices = experiment(
            who, labelers=labelers, choices=each, boundary=true[0], ndt=true[1], seed=rng
        )
        start = time.perf_counter()
        shared = conditional_boundary(choices)
        shared_seconds = time.perf_counter() - start
        assert shared is not None
        start = time.perf_counter()
        own = labeler_boundaries(choices)
        seconds.append((0.0, shared_seconds, time.perf_counter() - start))
        log_errors.append(np.log([own.boundary / true[0], own.ndt / true[1]]))
        candidates = [
            (true[0][choices.unit], true[1][choices.unit]),
            (shared.boundary, shared.ndt),
            own.by_row(choices),
        ]
        values.append([consistent_values(choices, *at)[0] for at in candidates])
    found = np.array(values)
    off = found - found[:, :1]
    rows = []
    for j, boundary in enumerate(("oracle", "shared", "own, shrunk")):
        b_rmse, ndt_rmse = np.sqrt(np.mean(np.square(log_errors), axis=(0, 2)))
        mine = j == 2
        rows.append(
            {
                "labelers": labelers,
                "choices": each,
                "population": name,
                "boundary": boundary,
                "mu": who.mean,
                "bias": found[:, j].mean() - who.mean,
                "rmse": np.sqrt(np.mean((found[:, j] - who.mean) ** 2)),
                "off": off[:, j].mean(),
                "off_se": off[:, j].std(ddof=1) / np.sqrt(replications),
                "off_rmse": np.sqrt(np.mean(off[:, j] ** 2)),
                "log_b_rmse": b_rmse if mine else np.nan,
                "log_ndt_rmse": ndt_rmse if mine else np.nan,
                "seconds": np.mean(seconds, axis=0)[j],
                "replications": replications,
            }
        )
    return rows


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    arguments = options(__doc__, replications=20, seed=1).parse_args()
    rows = []
    for labelers, each in DESIGNS:
        for name in POPULATIONS:
            rows += run(name, labelers, each, arguments.replications, arguments.seed)
    table = pd.DataFrame(rows)
    keep(table, "own_boundaries")
    print(table.to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
