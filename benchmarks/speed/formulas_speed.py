"""What formulas cost: a boundary by condition, and a real sample with an intercept.

*Ratio*: the hierarchical model of 300 labelers x 20 under two instructions, boundary by instruction
over one for all, the same choices, seeds and number of draws, compiling included; pairs alternate.
*Real sample*: 98 people, 13,793 choices, own boundaries and non-decision times, an intercept and
four attributes, two chains of 500 + 400; it needs the raw file of ``shared/data``, or the folder
that ``BAYES_DDM_DATA`` names, and is skipped without.

    python -m benchmarks formulas_speed [--pairs 3]
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayes_ddm as bd
from benchmarks.support.options import options

RATIO, SECONDS = 1.5, 30.0
ATTRIBUTES = "1 + d_amount + I(1/(1+.003*d_delay)) + I(1/(1+.03*d_delay)) + I(d_amount*d_delay)"


def timed(choices: bd.Choices, model: str, **given: Any) -> float:
    """Seconds of one fit, compiling included."""
    start = time.perf_counter()
    bd.fit(choices, model, chains=2, seed=1, progress=False, **given)
    return time.perf_counter() - start


def by_condition(pairs: int) -> float:
    """Median ratio of fits with and without a boundary by condition."""
    table = pd.DataFrame({"instruction": ["speed", "accuracy"] * 10})
    boundary = {"instruction": {"speed": 0.8, "accuracy": 1.5}}
    settings = {"labelers": 300, "choices": 20, "ndt": 0.3, "table": table, "seed": 1}
    choices = bd.simulate.experiment("normal", boundary=boundary, **settings)
    ratios = []
    for _ in range(pairs):
        shared = timed(choices, "hierarchical", draws=1000, tune=1000)
        split = timed(choices, "hierarchical", draws=1000, tune=1000, boundary="instruction")
        ratios.append(split / shared)
        print(f"boundary by condition {split:.1f} s, one for all {shared:.1f} s", flush=True)
    return float(np.median(ratios))


def real_sample() -> float | None:
    """Seconds of the fit of the intertemporal sample; None without its file."""
    here = Path(__file__).resolve().parents[3] / "shared" / "data"
    path = Path(os.environ.get("BAYES_DDM_DATA", here)) / "amasino2019_replication.csv"
    if not path.is_file():
        return None
    choices = bd.datasets.amasino2019(path)
    return timed(choices, "labeler_boundary", drift=ATTRIBUTES, draws=400, tune=500)


def main() -> int:
    """Print both; exit status 1 beyond a limit."""
    parser = options(__doc__)
    parser.add_argument("--pairs", type=int, default=3)
    pairs = parser.parse_args().pairs
    warnings.simplefilter("ignore")
    ratio, seconds = by_condition(pairs), real_sample()
    print(f"ratio {ratio:.2f}                limit {RATIO}")
    if seconds is None:
        print("real sample skipped: its file is not there")
        return int(ratio > RATIO)
    print(f"real sample {seconds:.0f} s      limit {SECONDS:.0f} s")
    return int(ratio > RATIO or seconds > SECONDS)


if __name__ == "__main__":
    sys.exit(main())
