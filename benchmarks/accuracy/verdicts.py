"""What the comparison says where the truth is known, and of real people.

1,000 x 10 choices from the normal population that the model assumes; 30,000 x 2 from a skewed one;
and, given its raw file, the real sample. For each: averages, published boundaries, verdict, and
the seconds from table to verdict (run it with an empty compile cache for cold times).

    python -m benchmarks verdicts [--real amasino2019_replication.csv]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

import bayes_ddm as bd
from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment, population
from benchmarks.support.options import options
from benchmarks.support.results import keep

KNOWN = {"boundary": 1.25, "ndt": 0.3, "seed": 1}


def row(name: str, choices: Choices, expected: str) -> dict[str, object]:
    """Fit, compare, and print the comparison."""
    start = time.perf_counter()
    comparison = bd.compare(bd.fit(choices, seed=1, progress=False))
    seconds = time.perf_counter() - start
    print(f"--- {name}\n{comparison}\n")
    average = comparison.table["parameter"].iloc[0]
    values = comparison.table.query("parameter == @average").set_index("estimator")
    published = ["consistent_two_scale", "consistent_three_scale"]
    return {
        "data": name,
        "parameter": average,
        "posterior": values["posterior"].iloc[0],
        "two_scale": values.loc[published[0], "value"],
        "three_scale": values.loc[published[1], "value"],
        "published_flagged": not values.loc[published, "reliable"].any(),
        "r_hat": comparison.convergence.r_hat,
        "seconds": seconds,
        "verdict": comparison.verdict,
        "passed": expected in comparison.verdict,
    }


def main() -> None:
    """Print the table and write it to benchmarks/results/."""
    parser = options(__doc__)
    parser.add_argument("--real", type=Path, help="raw file of the real sample")
    real = parser.parse_args().real
    normal, skewed = population("normal", mean=0.5, sd=1.0), population("skewed")
    rows = [
        row("normal 1,000 x 10", experiment(normal, labelers=1000, choices=10, **KNOWN), "agree:"),
        row(
            "skewed 30,000 x 2",
            experiment(skewed, labelers=30_000, choices=2, **KNOWN),
            "population's shape",
        ),
    ]
    if real is not None:
        rows.append(row("real sample", bd.datasets.amasino2019(real), "do not share one boundary"))
    table = pd.DataFrame(rows)
    print(table.drop(columns="verdict").to_string(index=False, float_format="{:.4g}".format))
    keep(table, "verdicts")
    sys.exit(0 if table["passed"].all() and table["published_flagged"].all() else 1)


if __name__ == "__main__":
    main()
