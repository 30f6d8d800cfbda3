"""Fit a model with Stan: run by `benchmarks.peers.stan_agreement` in an environment with PyStan.

    python stan_program.py JOB.json DRAWS.csv

The job has the program, its data, the arguments of Stan's sampler and the variables to keep. Draws
are written with columns ``chain`` and ``draw``; the last line printed is a JSON object: PyStan's
version, seconds to compile and to sample.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
import time
from importlib.metadata import version
from pathlib import Path


def main(job_path: str, draws_path: str) -> None:
    """Fit as the job says."""
    stan = importlib.import_module("stan")  # not installed where this file is type-checked
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    start = time.perf_counter()
    model = stan.build(job["program"], data=job["data"], random_seed=job["seed"])
    built = time.perf_counter()
    fit = model.sample(**job["sampling"])
    done = time.perf_counter()
    chains = job["sampling"]["num_chains"]
    columns = [fit[name].ravel() for name in job["keep"]]
    with open(draws_path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["chain", "draw", *job["keep"]])
        # draws of all chains come in turns
        for i, values in enumerate(zip(*columns, strict=True)):
            rows.writerow([i % chains, i // chains, *values])
    about = {"pystan": version("pystan"), "compiling": built - start, "sampling": done - built}
    print(json.dumps(about))


if __name__ == "__main__":
    main(*sys.argv[1:])
