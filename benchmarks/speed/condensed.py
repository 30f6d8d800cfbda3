"""Condensed rows: their log likelihood against that of all rows, and the time that they save.

The log likelihood at the parameters of seven points, of 10^5 and 10^6 continuous rows (at most 1e-9
relative, or 1e-5 in all); ``bd.fit`` of a million rows against one of 1,000, both warm, 2 chains x
(1,000 + 1,000); ``bd.estimate`` of 20,000 single choices with 64 features and of 100,000 with 8;
with DuckDB installed, rows a second from Parquet files with a microsecond clock, and peak memory.

    python -m benchmarks condensed [--parquet-rows 10000000]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayes_ddm as bd
from benchmarks.support.options import options
from benchmarks.support.results import keep

# mean and sd of the drift, boundary, ndt; a negative one is so much below the smallest time
POINTS = [
    (0.5, 1.0, 1.25, 0.3),
    (0.5, 1.0, 1.25, -1e-4),
    (0.5, 1.0, 1.25, -1e-9),
    (0.0, 2.0, 0.8, 0.1),
    (-1.0, 0.3, 2.0, 0.25),
    (2.0, 3.0, 1.2, 0.0),
    (0.52, 1.01, 1.26, 0.301),
]
RELATIVE, ABSOLUTE = 1e-9, 1e-5
PART = 1_000_000  # rows of a Parquet file
Row = dict[str, Any]


def simulated(rows: int) -> bd.Choices:
    """Anonymous continuous choices."""
    who = bd.simulate.population("normal", mean=0.5, sd=1.0)
    return bd.simulate.experiment(who, labelers=rows, boundary=1.25, ndt=0.3, seed=1)


def likelihoods(rows: int) -> Iterator[Row]:
    """Largest error of the log likelihood over the points, as a share of its limit."""
    choices = simulated(rows)
    seconds, few = timed(lambda: bd.condense(choices))
    worst, relative = 0.0, 0.0
    for mean, sd, boundary, ndt in POINTS:
        at = {"mean": mean, "sd": sd, "boundary": boundary}
        at["ndt"] = ndt if ndt >= 0 else few.lo + ndt
        every, kept = (
            np.sum(x.count * bd.wiener.random_drift_log_density(x.rt, x.choice, **at))
            for x in (choices, few.choices)
        )
        error = abs(kept - every)
        worst = max(worst, min(error / ABSOLUTE, error / abs(every) / RELATIVE))
        relative = max(relative, error / abs(every))
    yield {"what": f"{rows:,} rows: relative error", "value": relative, "limit": RELATIVE}
    yield {"what": f"{rows:,} rows: error, of what is allowed", "value": worst, "limit": 1.0}
    yield {"what": f"{rows:,} rows: weighted rows", "value": len(few)}
    yield {"what": f"{rows:,} rows: seconds to condense", "value": seconds}


def fits() -> Iterator[Row]:
    """Time of a fit of a million rows over that of 1,000, the second of each."""
    sets = {rows: simulated(rows) for rows in (1_000, 1_000_000)}
    taken = {}
    for _ in range(2):
        for rows, choices in sets.items():
            taken[rows], _fit = timed(lambda c=choices: bd.fit(c, chains=2, seed=1, progress=False))
    for rows, seconds in taken.items():
        yield {"what": f"seconds to fit {rows:,} rows", "value": seconds}
    yield {
        "what": "the second over the first",
        "value": taken[1_000_000] / taken[1_000],
        "limit": 1.3,
    }


def estimates() -> Iterator[Row]:
    """Time of the closed forms with many features."""
    many = simulated(1_000_000)
    seconds, _table = timed(lambda: bd.estimate(many))
    yield {"what": "seconds to estimate 1,000,000 x 0", "value": seconds, "limit": 1.5}
    for rows, d, limit in ((20_000, 64, 3.0), (100_000, 8, 5.0)):
        theta = np.cos(np.arange(d)) * np.sqrt(2 / d)
        choices = bd.simulate.experiment(
            lambda rng, n, t=theta: t + 0.5 / np.sqrt(len(t)) * rng.normal(size=(n, len(t))),
            labelers=rows,
            features=lambda rng, n, k=d: rng.normal(size=(n, k)),
            boundary=1.0,
            ndt=0.3,
            seed=1,
        )
        seconds, table = timed(lambda c=choices: bd.estimate(c))
        yield {"what": f"seconds to estimate {rows:,} x {d}", "value": seconds, "limit": limit}
        yield {
            "what": f"boundary of {rows:,} x {d}, 1 in truth",
            "value": table.boundaries[0].boundary,
        }


def files(rows: int) -> Iterator[Row]:
    """Speed and memory of DuckDB."""
    choices = simulated(PART)
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        for part in range(max(1, rows // PART)):
            # other times in each file, of one law
            ms = np.round(choices.rt * 1e3 + rng.uniform(0, 0.05, PART), 3)
            frame = pd.DataFrame({"picked": np.where(choices.choice > 0, "A", "B"), "ms": ms})
            frame.to_parquet(Path(folder) / f"{part}.parquet", index=False)
        columns = {"choice": "picked", "rt": "ms", "rt_unit": "ms", "positive": "A"}
        busy = time.process_time()
        seconds, few = timed(lambda: bd.condense(folder, **columns))
        busy = time.process_time() - busy
    yield {"what": "million rows a second from Parquet", "value": few.n_choices / seconds / 1e6}
    yield {"what": "the same, a second of one processor", "value": few.n_choices / busy / 1e6}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield {"what": "peak memory of this process, MB", "value": peak}


def timed[T](work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that something takes, and its result."""
    start = time.perf_counter()
    made = work()
    return time.perf_counter() - start, made


def main() -> int:
    """Print the table, write it to ``benchmarks/results``; exit status 1 above a limit."""
    parser = options(__doc__, parquet_rows=10_000_000)
    arguments = parser.parse_args()
    found: list[Row] = []
    if find_spec("duckdb"):
        found += files(arguments.parquet_rows)
    for rows in (100_000, 1_000_000):
        found += likelihoods(rows)
    found += [*estimates(), *fits()]
    table = pd.DataFrame(found)
    keep(table, "condensed")
    print(table.to_string(index=False, float_format="{:.3g}".format, na_rep=""))
    return 0 if (table["value"] <= table["limit"].fillna(np.inf)).all() else 1


if __name__ == "__main__":
    sys.exit(main())
