"""Many features: an embedding column in closed form, and 64 features by MCMC.

``bd.estimators.embedded`` of 100,000 choices between embeddings of 256 entries, in Parquet: a
tenth of what is to take 60 s and 2 GB. ``bd.fit`` of 20,000 single choices with 64 features and a
diagonal spread, 2 chains x (400 + 500): at most 120 s, R-hat at most 1.01.

    python -m benchmarks many_features [--rows 100000]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import bayes_ddm as bd
from bayes_ddm.estimators.embedded import embedded
from bayes_ddm.fitting.posterior import Posterior
from benchmarks.support.options import options
from benchmarks.support.results import keep

SIZE, PART = 256, 20_000
FEATURES, LABELERS = 64, 20_000
SECONDS, GIGABYTES = 60.0, 2.0  # of a million choices
SECONDS_MCMC, R_HAT = 120.0, 1.01
Row = dict[str, Any]


def people(d: int) -> Any:
    """Labelers with preferences of as many features, whose drifts are of like size whatever d."""
    theta = np.cos(np.arange(d)) * np.sqrt(2 / d)
    return lambda rng, n: theta + 0.7 / np.sqrt(d) * rng.normal(size=(n, d))


def compared(rows: int, d: int, seed: int) -> bd.Choices:
    """Single choices between options of normal attributes."""
    return bd.simulate.experiment(
        people(d),
        features=lambda rng, n: rng.normal(size=(n, d)),
        labelers=rows,
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=seed,
    )


def embedding(rows: int) -> Iterator[Row]:
    """Time and memory of the closed form over an embedding column."""
    with tempfile.TemporaryDirectory() as folder:
        for part in range(max(1, rows // PART)):
            made = compared(PART, SIZE, part)
            lists = pa.FixedSizeListArray.from_arrays(made.features.astype("f4").ravel(), SIZE)
            table = pa.table({"choice": made.choice, "rt": made.rt, "embedding": lists})
            pq.write_table(table, Path(folder) / f"{part}.parquet")
        start = time.perf_counter()
        found = embedded(folder, "embedding")
        seconds = time.perf_counter() - start
    share = found.n_choices / 1e6
    yield {"what": f"seconds of {rows:,} x {SIZE}", "value": seconds, "limit": SECONDS * share}
    z = (found.theta - np.cos(np.arange(SIZE)) * np.sqrt(2 / SIZE)) / found.se
    yield {"what": "errors over standard errors, root mean square", "value": np.sqrt(np.mean(z**2))}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    yield {"what": "peak memory of this process, GB", "value": peak, "limit": GIGABYTES}


def sampled() -> Iterator[Row]:
    """Time and convergence of MCMC."""
    choices = compared(LABELERS, FEATURES, 1)
    start = time.perf_counter()
    fit = bd.fit(choices, draws=500, tune=400, chains=2, seed=1, spread="diagonal", progress=False)
    seconds = time.perf_counter() - start
    worst = Posterior.of(fit).table()["r_hat"].max()
    yield {"what": f"seconds of {LABELERS:,} x {FEATURES}", "value": seconds, "limit": SECONDS_MCMC}
    yield {"what": "largest R-hat", "value": worst, "limit": R_HAT}


def main() -> int:
    """Print the table, write it to ``benchmarks/results``; exit status 1 above a limit."""
    arguments = options(__doc__, rows=100_000).parse_args()
    table = pd.DataFrame([*embedding(arguments.rows), *sampled()])
    keep(table, "many_features")
    print(table.to_string(index=False, float_format="{:.3g}".format, na_rep=""))
    return 0 if (table["value"] <= table["limit"].fillna(np.inf)).all() else 1


if __name__ == "__main__":
    sys.exit(main())
