"""Accuracy of the average drift with the boundary learned from repeated comparisons.

15,000 labelers choose twice; populations are those of a normal, two groups, and a skewed law, with
boundary 1.25, ndt known (0) or estimated (0.3). The error of ``mu`` stands beside that of the same
estimator with the true boundary and ndt (the oracle).

    python -m benchmarks conditional_boundary [--replications 50]
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

from bayes_ddm.estimators import conditional_boundary, consistent, known_boundary
from bayes_ddm.simulate import experiment, population
from benchmarks.support.options import options
from benchmarks.support.results import keep

LABELERS = 15_000
BOUNDARY = 1.25
POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}
# (true ndt, is it known, largest ratio of the errors)
DESIGNS = [(0.0, True, 1.15), (0.3, False, 1.4)]


def run(name: str, ndt: float, known: bool, replications: int, seed: int) -> dict[str, float]:
    """Errors over replications, for one population."""
    who = POPULATIONS[name]
    made = []
    for child in np.random.SeedSequence(seed).spawn(replications):
        choices = experiment(
            who,
            labelers=LABELERS,
            choices=2,
            boundary=BOUNDARY,
            ndt=ndt,
            seed=np.random.default_rng(child),
        )
        start = time.perf_counter()
        boundary = conditional_boundary(choices, ndt if known else None)
        seconds = time.perf_counter() - start
        assert boundary is not None
        estimate = consistent(choices, boundary)
        oracle = consistent(choices, known_boundary(choices, BOUNDARY, ndt))
        low, high = estimate.interval(0.95)[0]
        oracle_low, oracle_high = oracle.interval(0.95)[0]
        made.append(
            {
                "oracle": (oracle.values[0] - who.mean) ** 2,
                "rmse": (estimate.values[0] - who.mean) ** 2,
                "boundary_rmse": (boundary.boundary - BOUNDARY) ** 2,
                "ndt_rmse": (boundary.ndt - ndt) ** 2,
                "coverage": low <= who.mean <= high,
                "oracle_coverage": oracle_low <= who.mean <= oracle_high,
                "reliable": boundary.reliable,
                "seconds": seconds,
            }
        )
    mean = pd.DataFrame(made).astype(float).mean()
    rooted = ["oracle", "rmse", "boundary_rmse", "ndt_rmse"]
    mean[rooted] = np.sqrt(mean[rooted])
    return mean.to_dict()


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    arguments = options(__doc__, replications=50, seed=1).parse_args()
    rows = []
    for ndt, known, limit in DESIGNS:
        for name in POPULATIONS:
            found = run(name, ndt, known, arguments.replications, arguments.seed)
            ratio = found["rmse"] / found["oracle"]
            head = {"population": name, "ndt": f"{ndt:g} {'known' if known else 'estimated'}"}
            summary = {
                "oracle": found.pop("oracle"),
                "rmse": found.pop("rmse"),
                "ratio": ratio,
                "limit": limit,
                "passed": ratio <= limit,
            }
            rows.append(head | summary | found | {"replications": arguments.replications})
    table = pd.DataFrame(rows)
    keep(table, "conditional_boundary")
    print(table.to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
