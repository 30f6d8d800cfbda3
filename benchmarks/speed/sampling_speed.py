"""Speed of sampling: drifts integrated out against a plain program that samples every drift.

1,000 labelers x 10 choices, 2 chains x (1,000 + 1,000).  Both programs have the same priors and run
with the same sampler; the plain one is written centred and non-centred, and the better counts.
Seconds are those of the whole call with a warm compile cache: building, compiling from the cache,
sampling.  Then both samplers on our program, each in fresh processes with an empty cache (cold) and
again (warm).

    python -m benchmarks sampling_speed [--skip-latent]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import arviz as az
import pandas as pd
import pymc as pm
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.distributions import NonDecisionTime, Wiener, rows
from bayes_ddm.fitting.run import SAMPLERS
from benchmarks.support.options import options
from benchmarks.support.processes import measure_in_process
from benchmarks.support.results import keep

LIMIT = 60.0
PARAMETERS = ["mu", "sigma", "boundary", "ndt"]


def data() -> bd.Choices:
    """The data set of the comparison."""
    who = bd.simulate.population("normal", mean=0.5, sd=1.0)
    return bd.simulate.experiment(who, labelers=1000, choices=10, boundary=1.25, ndt=0.3, seed=1)


def latent(choices: bd.Choices, *, centred: bool) -> pm.Model:
    """The hierarchical model as one would write it: a drift per labeler, a density per trial."""
    with pm.Model(coords={"labeler": choices.labelers}) as model:
        mu, sigma = pm.Normal("mu", 0, 2), pm.HalfNormal("sigma", 2)
        boundary = pm.LogNormal("boundary", 0.5, 1.2)
        ndt = NonDecisionTime("ndt", pm.HalfNormal.dist(5), choices.rt.min())
        if centred:
            drift = pm.Normal("drift", mu, sigma, dims="labeler")
        else:
            drift = mu + sigma * pm.Normal("z", dims="labeler")
        Wiener("y", drift[choices.labeler], boundary, ndt, observed=rows(choices))
    return model


def run(program: str, sampler: str, draws: int, tune: int) -> xr.DataTree:
    """Sample 2 chains of a program."""
    chains = {"draws": draws, "tune": tune, "chains": 2, "cores": 2}
    if program == "integrated":
        # short runs warm the cache up: they need not converge
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        return bd.fit(data(), sampler=sampler, seed=1, progress=False, **chains)
    with latent(data(), centred=program == "latent, centred"):
        return pm.sample(
            **chains,
            nuts_sampler=sampler,
            random_seed=1,
            quiet=True,
            progressbar=False,
            compute_convergence_checks=False,
        )


def measure(program: str, sampler: str, draws: int = 1000) -> dict[str, Any]:
    """Time one run; effective draws are of the population's average drift."""
    start = time.perf_counter()
    posterior = run(program, sampler, draws, draws)["posterior"].to_dataset()
    seconds = time.perf_counter() - start
    effective = float(az.ess(posterior[["mu"]])["mu"])
    r_hat = az.rhat(posterior[PARAMETERS])
    return {
        "program": program,
        "sampler": sampler,
        "seconds": seconds,
        "ess_mu": effective,
        "ess_mu_per_second": effective / seconds,
        "r_hat": max(float(r_hat[name]) for name in PARAMETERS),
    }


def compare(sampler: str) -> list[dict[str, Any]]:
    """Our program and both plain ones, each run once before with few draws."""
    found = []
    for program in ("integrated", "latent, centred", "latent, non-centred"):
        run(program, sampler, 10, 10)
        found.append(measure(program, sampler) | {"cache": "warm, this process"})
        print(f"{program}: {found[-1]['seconds']:.1f} s", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Print the table, write it to ``benchmarks/results``; exit status 1 below the limit."""
    parser = options(__doc__)
    parser.add_argument("--skip-latent", action="store_true", help="only cold and warm times")
    parser.add_argument("--one", metavar="SAMPLER", help="time one run of ours, print JSON")
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure("integrated", arguments.one)))
        return 0
    found = [] if arguments.skip_latent else compare("nutpie")
    for sampler in SAMPLERS:
        with tempfile.TemporaryDirectory() as cache:
            for state in ("cold", "warm"):
                one = ["--one", sampler]
                measured = measure_in_process("sampling_speed", one, Path(cache))
                found.append(measured | {"cache": f"{state}, fresh process"})
    table = pd.DataFrame(found)
    keep(table, "sampling_speed")
    print(table.to_string(index=False, float_format="{:.3f}".format))
    if arguments.skip_latent:
        return 0
    ours, *plain = (row["ess_mu_per_second"] for row in found[:3])
    ratio = ours / max(plain)
    print(f"effective draws of mu per second, ours / the better plain: {ratio:.0f}", end="")
    print(f"     limit {LIMIT:g}")
    return 0 if ratio >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
