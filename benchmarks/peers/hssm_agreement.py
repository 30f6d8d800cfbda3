"""Agreement with an independent program: HSSM 0.5.0 on the same data, with the same priors.

HSSM samples a drift per labeler and has a likelihood of its own; here drifts are integrated out.
Posterior means of the population's parameters should differ by Monte Carlo error only.  HSSM needs
an older NumPy and so an environment of its own: unless ``--hssm-python`` names one, it is made on
first use, with ``python -m venv`` and pip, in the user's cache folder.

    python -m benchmarks hssm_agreement [--hssm-python PATH] [--models NAME ...]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pooch
import pymc as pm
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.distributions.priors import by_labeler
from benchmarks.support.options import options
from benchmarks.support.results import keep

REQUIREMENTS = ("hssm==0.5.0", "nutpie")
LABELERS, CHOICES = 40, 40
LIMIT = 3.0  # combined Monte Carlo standard errors
SAMPLING: dict[str, Any] = {"draws": 2000, "tune": 1000, "chains": 4, "cores": 2}
PROGRAM = Path(__file__).parent / "hssm_program.py"

Prior = dict[str, Any]

# as HSSM writes priors; `ours` makes PyMC's of them
MU: Prior = {"name": "Normal", "mu": 0.0, "sigma": 2.0}
SIGMA: Prior = {"name": "HalfNormal", "sigma": 2.0}
BOUNDARY: Prior = {"name": "LogNormal", "mu": 0.5, "sigma": 1.2}
NDT: Prior = {"name": "HalfNormal", "sigma": 5.0}
START: Prior = {"name": "Beta", "alpha": 5.0, "beta": 5.0}
# a median that varies by labeler must be log-normal: HSSM's prior is of its logarithm
NDT_MEDIAN: Prior = {"name": "LogNormal", "mu": -1.5, "sigma": 1.0}
SPREAD: Prior = {"name": "LogNormal", "mu": -1.2, "sigma": 0.7}


def ours(prior: Prior) -> Any:
    """Return the prior as an unnamed PyMC distribution."""
    numbers = {key: value for key, value in prior.items() if key != "name"}
    return getattr(pm, prior["name"]).dist(**numbers)


def of_logarithm(prior: Prior) -> Prior:
    """Return the law of a log-normal variable's logarithm."""
    return {**prior, "name": "Normal"}


def varying(parameter: str, center: Prior, spread: Prior, link: str = "identity") -> Prior:
    """HSSM's formula for a parameter that is normal across labelers, after the link."""
    law = {"name": "Normal", "mu": center, "sigma": spread}
    formula = f"{parameter} ~ 0 + (1|labeler)"
    return {"name": parameter, "formula": formula, "link": link, "prior": {"1|labeler": law}}


@dataclass(frozen=True)
class Comparison:
    """One model in both programs.

    Attributes
    ----------
    options : mapping
        Keyword arguments of our model.
    hssm : mapping
        Keyword arguments of ``hssm.HSSM``.
    names : mapping of str to str
        Our parameters, and HSSM's variables that are the same; a logarithm is written ``log NAME``.
    own_boundary, start
        Whether boundary and ndt differ between the simulated labelers; their starting point.
    """

    options: Mapping[str, Any]
    hssm: Mapping[str, Any]
    names: Mapping[str, str]
    own_boundary: bool = False
    start: float = 0.5
    initvals: Mapping[str, Any] = field(default_factory=dict)


DRIFT = varying("v", MU, SIGMA)
DRIFT_OPTIONS = {"mu": ours(MU), "sigma": ours(SIGMA)}
DRIFT_NAMES = {"mu": "v_1|labeler_mu", "sigma": "v_1|labeler_sigma"}
SHARED_OPTIONS = DRIFT_OPTIONS | {"boundary": ours(BOUNDARY), "ndt": ours(NDT)}
SHARED_NAMES = DRIFT_NAMES | {"boundary": "a", "ndt": "t"}

COMPARISONS = {
    "hierarchical": Comparison(
        options=SHARED_OPTIONS,
        hssm={"include": [DRIFT], "a": BOUNDARY, "t": NDT, "z": 0.5},
        names=SHARED_NAMES,
    ),
    "labeler_boundary": Comparison(
        options={
            **DRIFT_OPTIONS,
            "boundary": by_labeler(ours(BOUNDARY), ours(SPREAD)),
            "ndt": by_labeler(ours(NDT_MEDIAN), ours(SPREAD)),
        },
        hssm={
            "include": [
                DRIFT,
                varying("a", of_logarithm(BOUNDARY), SPREAD, "log"),
                varying("t", of_logarithm(NDT_MEDIAN), SPREAD, "log"),
            ],
            "z": 0.5,
        },
        names={
            **DRIFT_NAMES,
            "boundary": "log a_1|labeler_mu",
            "boundary_spread": "a_1|labeler_sigma",
            "ndt": "log t_1|labeler_mu",
            "ndt_spread": "t_1|labeler_sigma",
        },
        own_boundary=True,
        # below every labeler's smallest response time, beyond which HSSM's likelihood is flat
        initvals={"t_1|labeler_mu": -3.0, "t_1|labeler": [-3.0] * LABELERS},
    ),
    "start_bias": Comparison(
        options=SHARED_OPTIONS | {"start": ours(START)},
        hssm={"include": [DRIFT], "a": BOUNDARY, "t": NDT, "z": START},
        names=SHARED_NAMES | {"start": "z"},
        start=0.6,
    ),
}


def simulated(comparison: Comparison, seed: int) -> bd.Choices:
    """Drifts Normal(0.5, 1); boundary 1.25 and ndt 0.3 s, or these as medians."""
    rng = np.random.default_rng(seed)
    spread = np.array([0.25, 0.3]) if comparison.own_boundary else np.zeros(2)
    boundary, ndt = (np.array([1.25, 0.3]) * np.exp(spread * rng.normal(size=(LABELERS, 2)))).T
    return bd.simulate.experiment(
        bd.simulate.population("normal", mean=0.5, sd=1.0),
        labelers=LABELERS,
        choices=CHOICES,
        boundary=boundary,
        ndt=ndt,
        start=comparison.start,
        seed=rng,
    )


def hssm_draws(
    python: Path, comparison: Comparison, choices: bd.Choices, seed: int
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Draws of the population's parameters by HSSM, under our names; its version, divergences."""
    table = choices.to_frame().rename(columns={"choice": "response"})
    sampling = SAMPLING | {"random_seed": seed}
    return run_hssm(python, table, comparison.hssm, comparison.names, sampling, comparison.initvals)


def run_hssm(
    python: Path,
    table: pd.DataFrame,
    model: Mapping[str, Any],
    names: Mapping[str, str],
    sampling: Mapping[str, Any],
    initvals: Mapping[str, Any] | None = None,
) -> tuple[xr.Dataset, dict[str, Any]]:
    """Draws of HSSM's variables under our names, logarithms undone; its version, divergences."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "choices.csv"
        table.to_csv(path, index=False)
        job = {
            "table": str(path),
            "model": model,
            "initvals": initvals or {},
            "sampling": sampling,
            "keep": [theirs.removeprefix("log ") for theirs in names.values()],
        }
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        done = subprocess.run(
            [str(python), str(PROGRAM), str(folder / "job.json"), str(folder / "draws.csv")],
            env=os.environ | {"PYTENSOR_FLAGS": f"base_compiledir={folder / 'pytensor'}"},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"HSSM's program failed:\n{done.stderr[-2000:]}")
        draws = pd.read_csv(folder / "draws.csv").set_index(["chain", "draw"]).to_xarray()
    logarithms = {name for name, theirs in names.items() if theirs.startswith("log ")}
    found = {key: draws[theirs.removeprefix("log ")] for key, theirs in names.items()}
    renamed = {key: np.exp(x) if key in logarithms else x for key, x in found.items()}
    return xr.Dataset(renamed), json.loads(done.stdout.splitlines()[-1])


def described(draws: xr.Dataset, program: str) -> pd.DataFrame:
    """Posterior mean, its Monte Carlo standard error, posterior sd, ESS and R-hat."""
    measures = {
        "": draws.mean(),
        "_mcse": az.mcse(draws, method="mean"),
        "_sd": draws.std(),
        "_ess": az.ess(draws, method="mean"),
        "_r_hat": az.rhat(draws),
    }
    return pd.DataFrame(
        {
            f"{program}{measure}": {str(name): float(found[name]) for name in draws.data_vars}
            for measure, found in measures.items()
        }
    )


def compared(name: str, python: Path, seed: int) -> pd.DataFrame:
    """Fit one model with both programs: a row per population parameter."""
    comparison = COMPARISONS[name]
    choices = simulated(comparison, seed)
    start = time.perf_counter()
    fit = bd.fit(choices, name, seed=seed, progress=False, **SAMPLING, **comparison.options)
    posterior = fit["posterior"].to_dataset()[list(comparison.names)]
    middle = time.perf_counter()
    draws, about = hssm_draws(python, comparison, choices, seed)
    end = time.perf_counter()
    print(
        f"{name}: ours {middle - start:.0f} s; HSSM {about['hssm']} {end - middle:.0f} s, "
        f"{about['divergences']} divergences",
        flush=True,
    )
    table = described(posterior, "ours").join(described(draws, "hssm"))
    error = np.hypot(table["ours_mcse"], table["hssm_mcse"])
    table.insert(0, "difference_in_mcse", (table["ours"] - table["hssm"]) / error)
    table.insert(0, "model", name)
    return table.rename_axis("parameter").reset_index()


def environment(requirements: Sequence[str] = REQUIREMENTS) -> Path:
    """Python of the environment that has HSSM, or another program; made on first use."""
    folder = Path(pooch.os_cache("bayes_ddm")) / requirements[0].replace("==", "-")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    ready = folder / "installed"
    if not ready.exists():
        print(f"making an environment for {requirements[0]} in {folder}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *requirements], check=True)
        ready.touch()
    return python


def main() -> int:
    """Print and keep the table; exit status 1 beyond the limit."""
    parser = options(__doc__, seed=1)
    parser.add_argument("--models", nargs="+", choices=COMPARISONS, default=list(COMPARISONS))
    parser.add_argument("--hssm-python", type=Path, help="Python of an environment with HSSM")
    arguments = parser.parse_args()
    python = arguments.hssm_python or environment()
    table = pd.concat([compared(name, python, arguments.seed) for name in arguments.models])
    shown = ["model", "parameter", "ours", "hssm", "ours_mcse", "hssm_mcse", "difference_in_mcse"]
    print(table[shown].to_string(index=False, float_format="{:.5f}".format))
    print(f"least effective draws {table.filter(like='_ess').min(axis=None):.0f}", end=", ")
    print(f"largest R-hat {table.filter(like='_r_hat').max(axis=None):.4f}")
    keep(table, "hssm_agreement", ["model"], order=list(COMPARISONS), digits=6)
    worst = table["difference_in_mcse"].abs().max()
    print(f"worst difference {worst:.2f} combined Monte Carlo standard errors     limit {LIMIT:g}")
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
