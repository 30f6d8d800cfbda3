"""How long each model of the family takes to fit 20,000 rows, compiling included.

    python -m benchmarks family_speed [MODEL ...]

200 labelers with 100 choices each between bundles of two attributes (20,000 anonymous labelers for
`anonymous_boundary`), continuous clock, default sampling options (4 chains of 1,000 + 1,000).  The
limit is 10 minutes on two cores.  Beside the time by the clock stands the processor time shared by
two cores: what a run that had them for itself would take at least, however busy the machine.
"""

from __future__ import annotations

import sys
import time
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from benchmarks.support.results import keep

LIMIT = 600.0
CORES = 2


def experiment() -> bd.Choices:
    """Labelers who differ in preference, boundary and non-decision time, and sometimes lapse."""
    rng = np.random.default_rng(7)
    who = bd.simulate.population("normal", mean=[0.8, -0.5], sd=[0.5, 0.4])
    return bd.simulate.experiment(
        who,
        labelers=200,
        choices=100,
        boundary=1.25 * np.exp(0.2 * rng.normal(size=200)),
        ndt=0.3 * np.exp(0.2 * rng.normal(size=200)),
        features=lambda rng, n: rng.normal(size=(n, 2)),
        feature_names=("amount", "delay"),
        seed=rng,
    )


def main(names: list[str]) -> None:
    """Fit, print and keep the times."""
    known = experiment()
    anonymous = replace(known, labeler=None, labelers=None)
    print(f"{'model':20} seconds  processor / 2  limit  divergences   R-hat")
    for name in names:
        choices = anonymous if name == "anonymous_boundary" else known
        started, busy = time.perf_counter(), time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", bd.ConvergenceWarning)
            fit = bd.fit(choices, name, seed=1, progress=False)
        seconds = time.perf_counter() - started
        processor = (time.process_time() - busy) / CORES
        found = bd.check_convergence(fit)
        print(
            f"{name:20} {seconds:7.0f} {processor:14.0f} {LIMIT:6.0f} {found.divergences:12} "
            f"{found.r_hat:7.4f}",
            flush=True,
        )
        line = {"model": name, "seconds": round(seconds, 1), "processor": round(processor, 1)}
        line |= {"divergences": found.divergences, "r_hat": found.r_hat}
        keep(pd.DataFrame([line]), "family_speed", ["model"])


if __name__ == "__main__":
    main(sys.argv[1:] or [name for name in bd.models.names() if name != "hierarchical"])
