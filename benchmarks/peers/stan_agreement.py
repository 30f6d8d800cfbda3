"""Agreement with Stan, and its speed: the hierarchical model with its ``wiener`` density.

Stan samples a drift per labeler, centred; here drifts are integrated out.  The same data (40
labelers x 20 choices) and priors: posterior means of the population's parameters should differ by
Monte Carlo error only.  Effective draws of ``mu`` a second are of both programs, one after the
other, without and with what compiling takes (a fresh process of ours has its cache warm).  Unless
``--stan-python`` names one, an environment with PyStan, which brings Stan, is made on first use, in
the user's cache folder; it needs a compiler of C++.

    python -m benchmarks stan_agreement [--stan-python PATH]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

import bayes_ddm as bd
from benchmarks.peers.hssm_agreement import SHARED_OPTIONS, described, environment
from benchmarks.support.options import options
from benchmarks.support.results import keep

REQUIREMENTS = ("pystan==3.14.0", "setuptools")
LABELERS, CHOICES = 40, 20
DRAWS, CHAINS = 1000, 2
LIMIT = 3.0  # combined Monte Carlo standard errors
PARAMETERS = ["mu", "sigma", "boundary", "ndt"]
PROGRAM = Path(__file__).parent / "stan_program.py"
# Stan's boundary separation is twice ours
MODEL = """
data {
  int<lower=1> labelers;
  int<lower=0> n_plus;
  int<lower=0> n_minus;
  array[n_plus] int<lower=1> who_plus;
  array[n_minus] int<lower=1> who_minus;
  vector[n_plus] rt_plus;
  vector[n_minus] rt_minus;
  real fastest;
}
parameters {
  real mu;
  real<lower=0> sigma;
  real<lower=0> boundary;
  real<lower=0, upper=fastest> ndt;
  vector[labelers] drift;
}
model {
  mu ~ normal(0, 2);
  sigma ~ normal(0, 2);
  boundary ~ lognormal(0.5, 1.2);
  ndt ~ normal(0, 5);
  drift ~ normal(mu, sigma);
  rt_plus ~ wiener(2 * boundary, ndt, 0.5, drift[who_plus]);
  rt_minus ~ wiener(2 * boundary, ndt, 0.5, -drift[who_minus]);
}
"""


def stan_draws(python: Path, choices: bd.Choices, seed: int) -> tuple[xr.Dataset, dict[str, Any]]:
    """Draws by Stan; PyStan's version, seconds to compile and to sample."""
    who, plus = choices.unit + 1, choices.choice > 0
    data: dict[str, Any] = {"labelers": LABELERS, "fastest": float(choices.rt.min())}
    for name, side in (("plus", plus), ("minus", ~plus)):
        data |= {f"n_{name}": int(side.sum()), f"who_{name}": who[side].tolist()}
        data[f"rt_{name}"] = choices.rt[side].tolist()
    sampling = {"num_chains": CHAINS, "num_samples": DRAWS, "num_warmup": DRAWS}
    job = {"program": MODEL, "data": data, "seed": seed, "sampling": sampling, "keep": PARAMETERS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run(
            [str(python), str(PROGRAM), str(folder / "job.json"), str(folder / "draws.csv")],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"Stan's program failed:\n{done.stderr[-2000:]}")
        draws = pd.read_csv(folder / "draws.csv").set_index(["chain", "draw"]).to_xarray()
    return draws, json.loads(done.stdout.splitlines()[-1])


def main() -> int:
    """Print and keep the table; exit status 1 beyond the limit."""
    parser = options(__doc__, seed=1)
    parser.add_argument("--stan-python", type=Path, help="Python of an environment with PyStan")
    arguments = parser.parse_args()
    python = arguments.stan_python or environment(REQUIREMENTS)
    made = {"labelers": LABELERS, "choices": CHOICES, "boundary": 1.25, "ndt": 0.3}
    choices = bd.simulate.experiment("normal", **made, seed=arguments.seed)
    start = time.perf_counter()
    run = {"draws": DRAWS, "tune": DRAWS, "chains": CHAINS, "cores": CHAINS}
    fit = bd.fit(choices, seed=arguments.seed, progress=False, **run, **SHARED_OPTIONS)
    whole = time.perf_counter() - start
    draws, about = stan_draws(python, choices, arguments.seed)
    ours = fit["posterior"].to_dataset()[PARAMETERS]
    table = described(ours, "ours").join(described(draws[PARAMETERS], "stan"))
    error = (table["ours_mcse"] ** 2 + table["stan_mcse"] ** 2) ** 0.5
    table.insert(0, "difference_in_mcse", (table["ours"] - table["stan"]) / error)
    table = table.rename_axis("parameter").reset_index()
    per_second = {
        "ours, compiling included": table["ours_ess"][0] / whole,
        f"Stan (PyStan {about['pystan']}), sampling": table["stan_ess"][0] / about["sampling"],
        "Stan, compiling included": table["stan_ess"][0] / (about["sampling"] + about["compiling"]),
    }
    shown = ["parameter", "ours", "stan", "ours_mcse", "stan_mcse", "difference_in_mcse"]
    print(table[shown].to_string(index=False, float_format="{:.5f}".format))
    print(f"seconds: ours {whole:.1f}; Stan {about['compiling']:.1f} + {about['sampling']:.1f}")
    for name, value in per_second.items():
        print(f"effective draws of mu a second, {name}: {value:.3g}")
    kept = table.assign(
        ours_seconds=whole, stan_compiling=about["compiling"], stan_sampling=about["sampling"]
    )
    keep(kept, "stan_agreement", digits=6)
    worst = table["difference_in_mcse"].abs().max()
    print(f"worst difference {worst:.2f} combined Monte Carlo standard errors     limit {LIMIT:g}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
