"""Time to fit 100,000 anonymous choices, with a millisecond clock and with a continuous one.

``bd.fit``, 2 chains x (1,000 + 1,000), each in fresh processes: with an empty compile cache (cold),
and again (warm).  Identical rows are grouped, which coarse clocks make many of.

    python -m benchmarks many_rows [--rows 100000]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.fitting.posterior import choices_of
from benchmarks.support.options import options
from benchmarks.support.processes import measure_in_process
from benchmarks.support.results import keep

# largest number of seconds, by clock
LIMITS = {"millisecond": 60.0, "continuous": 130.0}
PARAMETERS = ["mu", "sigma", "boundary", "ndt"]


def measure(clock: str, rows: int) -> dict[str, Any]:
    """Time one fit."""
    who = bd.simulate.population("normal", mean=0.5, sd=1.0)
    choices = bd.simulate.experiment(who, labelers=rows, boundary=1.25, ndt=0.3, seed=1)
    if clock == "millisecond":
        choices = replace(choices, rt=np.round(choices.rt, 3))
    start = time.perf_counter()
    fit = bd.fit(choices, chains=2, seed=1, progress=False)
    seconds = time.perf_counter() - start
    posterior = fit["posterior"].to_dataset()[PARAMETERS]
    r_hat, effective = az.rhat(posterior), az.ess(posterior)
    return {
        "clock": clock,
        "rows": rows,
        "distinct_rows": len(choices_of(fit)),
        "seconds": seconds,
        "limit": LIMITS[clock],
        "r_hat": max(float(r_hat[name]) for name in PARAMETERS),
        "ess_bulk": min(float(effective[name]) for name in PARAMETERS),
        "mu": float(posterior["mu"].mean()),
        "mu_sd": float(posterior["mu"].std()),
    }


def main() -> int:
    """Print the table, write it to ``benchmarks/results``; exit status 1 above a limit."""
    parser = options(__doc__, rows=100_000)
    parser.add_argument("--one", metavar="CLOCK", choices=LIMITS, help="time one fit, print JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.rows)))
        return 0
    found = []
    for clock in LIMITS:
        with tempfile.TemporaryDirectory() as cache:
            for state in ("cold", "warm"):
                one = ["--one", clock, "--rows", str(arguments.rows)]
                measured = measure_in_process("many_rows", one, Path(cache))
                found.append({"cache": state} | measured)
    table = pd.DataFrame(found)
    keep(table, "many_rows")
    print(table.to_string(index=False, float_format="{:.3f}".format))
    return 0 if (table["seconds"] <= table["limit"]).all() else 1


if __name__ == "__main__":
    sys.exit(main())
