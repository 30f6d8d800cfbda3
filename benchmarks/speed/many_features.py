"""Many features: closed forms, an embedding column, and MCMC; how long, and how far off.

The closed forms of 100,000 x 8 and of 20,000 x 64, at most 5 and 3 s; their error over that at the
true boundary and ndt, at most 1.05. ``bd.estimators.embedded`` of choices between embeddings of 256
entries, in Parquet: a million in 60 s and 2 GB. ``bd.fit`` of 20,000 single choices with 64
features and a diagonal spread, and of 100,000 labelers who choose 10 times with three: 2 chains x
(400 + 500), at most 120 s, R-hat at most 1.01. Beside seconds stand processor seconds, and of
closed forms how many times those of a plain NumPy least squares over the same rows they are.

    python -m benchmarks many_features [--rows 100000] [--replications 6] [--parts "closed;oracle"]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import bayes_ddm as bd
from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators import consistent, known_boundary
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.embedded import embedded
from bayes_ddm.fitting.posterior import Posterior
from benchmarks.support.options import options, some_of
from benchmarks.support.results import keep

SIZE, PART = 256, 20_000
FEATURES, LABELERS = 64, 20_000
BOUNDARY, NDT = 1.25, 0.3
CLOSED = {(100_000, 8): 5.0, (LABELERS, FEATURES): 3.0}  # seconds
ORACLE = {(LABELERS, FEATURES): 1.05, (30_000, 4): 1.05}
SECONDS, GIGABYTES = 60.0, 2.0  # of a million choices
SECONDS_MCMC, R_HAT = 120.0, 1.01
SAMPLED: dict[str, Any] = {"draws": 500, "tune": 400, "chains": 2, "seed": 1, "progress": False}
Row = dict[str, Any]


def average(d: int) -> FloatArray:
    """Average preference for as many features, of like size whatever d."""
    return np.asarray(np.cos(np.arange(d)) * np.sqrt(2 / d))


def compared(
    labelers: int, d: int, seed: int, choices: int = 1, anonymous: bool = True
) -> bd.Choices:
    """Choices between options of normal attributes."""
    return bd.simulate.experiment(
        lambda rng, n: average(d) + 0.7 / np.sqrt(d) * rng.normal(size=(n, d)),
        features=lambda rng, n: rng.normal(size=(n, d)),
        labelers=labelers,
        choices=choices,
        boundary=BOUNDARY,
        ndt=NDT,
        anonymous=anonymous,
        seed=seed,
    )


def timed[T](what: str, limit: float, work: Callable[[], T]) -> tuple[T, Row]:
    """Result of some work, and the row that says how long it took."""
    start, processor = time.perf_counter(), time.process_time()
    made = work()
    seconds, processor = time.perf_counter() - start, time.process_time() - processor
    return made, {"what": what, "value": seconds, "limit": limit, "processor": processor}


def least_squares(choices: bd.Choices) -> FloatArray:
    """One plain pass over the rows."""
    psi = choices.features
    return np.asarray(np.linalg.solve(psi.T @ psi, psi.T @ choices.choice.astype(float)))


def closed(arguments: Any) -> Iterator[Row]:
    """Time of every closed form of a table."""
    for (n, d), limit in CLOSED.items():
        choices = compared(n, d, 1)
        _, plain = timed("", 0.0, partial(least_squares, choices))
        _, row = timed(f"estimate, {n:,} x {d}", limit, partial(bd.estimate, choices))
        yield row | {"least squares": row["processor"] / plain["processor"]}


def oracle(arguments: Any) -> Iterator[Row]:
    """Error of the average over that at the true boundary and ndt."""
    for (n, d), limit in ORACLE.items():
        errors = []
        for seed in range(arguments.replications):
            choices = compared(n, d, seed)
            known = known_boundary(choices, BOUNDARY, NDT)
            learned = semiparametric_boundary(choices)
            errors.append(
                [consistent(choices, b).values[:d] - average(d) for b in (learned, known)]
            )
        ratio = np.divide(*np.sqrt(np.mean(np.square(errors), axis=(0, 2))))
        yield {"what": f"error over the oracle's, {n:,} x {d}", "value": ratio, "limit": limit}


def embedding(arguments: Any) -> Iterator[Row]:
    """Time and memory of the closed form over an embedding column."""
    rows = arguments.rows
    with tempfile.TemporaryDirectory() as folder:
        for part in range(max(1, rows // PART)):
            made = compared(PART, SIZE, part)
            lists = pa.FixedSizeListArray.from_arrays(made.features.astype("f4").ravel(), SIZE)
            table = pa.table({"choice": made.choice, "rt": made.rt, "embedding": lists})
            pq.write_table(table, Path(folder) / f"{part}.parquet")

        def plain() -> None:
            gram, sums = np.zeros((SIZE, SIZE)), np.zeros(SIZE)
            for path in Path(folder).iterdir():
                read = pq.read_table(path, columns=["choice", "embedding"])
                psi = read["embedding"].combine_chunks().flatten().to_numpy().reshape(-1, SIZE)
                psi = psi.astype(float)
                gram += psi.T @ psi
                sums += psi.T @ read["choice"].to_numpy().astype(float)
            np.linalg.solve(gram, sums)

        _, least = timed("", 0.0, plain)
        limit = SECONDS * rows / 1e6
        what = f"embedding, {rows:,} x {SIZE}"
        found, row = timed(what, limit, lambda: embedded(folder, "embedding", progress=False))
    yield row | {"least squares": row["processor"] / least["processor"]}
    z = (found.theta - average(SIZE)) / found.se
    yield {"what": "errors over standard errors, root mean square", "value": np.sqrt(np.mean(z**2))}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    yield {"what": "peak memory of this process, GB", "value": peak, "limit": GIGABYTES}


def sampled(what: str, choices: bd.Choices, **options: Any) -> Iterator[Row]:
    """Time and convergence of MCMC."""
    fit, row = timed(what, SECONDS_MCMC, lambda: bd.fit(choices, **SAMPLED, **options))
    yield row
    worst = Posterior.of(fit).table()["r_hat"].max()
    yield {"what": f"largest R-hat, {what}", "value": worst, "limit": R_HAT}


def single(arguments: Any) -> Iterator[Row]:
    """Single choices with 64 features."""
    what = f"contextual, {LABELERS:,} x {FEATURES}"
    yield from sampled(what, compared(LABELERS, FEATURES, 1), spread="diagonal")


def known(arguments: Any) -> Iterator[Row]:
    """Labelers who choose ten times, with three features."""
    what = f"contextual, {arguments.labelers:,} labelers x 10, 3 features"
    yield from sampled(what, compared(arguments.labelers, 3, 1, 10, anonymous=False))


PARTS = {f.__name__: f for f in (closed, oracle, embedding, single, known)}


def main() -> int:
    """Print the table, write it to ``benchmarks/results``; exit status 1 above a limit."""
    parser = options(__doc__, rows=100_000, labelers=100_000, replications=6)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="some of them")
    arguments = parser.parse_args()
    within = True
    for name in arguments.parts:
        table = pd.DataFrame(PARTS[name](arguments))
        table.insert(0, "part", name)
        keep(table, "many_features", ["part", "what"])
        print(table.to_string(index=False, float_format="{:.3g}".format, na_rep=""), flush=True)
        within &= bool((table["value"] <= table["limit"].fillna(np.inf)).all())
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
