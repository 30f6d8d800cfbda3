"""Agreement with HSSM 0.5.0 where conditions move drift and boundary: two published data sets.

The same formulas and priors, on people's real choices: *Cavanagh et al. (2011)*, drift by pair,
boundary by frontal theta and conflict; *Wagenmakers et al. (2008)*, boundary by instruction, drift
by type of word, six people.  Posterior means of the population should differ by Monte Carlo error
only; effective draws a second count compiling.  Both need the raw files of ``shared/data``, or the
folder that ``BAYES_DDM_DATA`` names; HSSM's environment is made on first use, as by
``hssm_agreement``.

    python -m benchmarks hssm_conditions [--studies cavanagh2011 wagenmakers2008] [--draws 500]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.distributions.priors import by_condition
from bayes_ddm.fitting.posterior import Posterior
from benchmarks.peers.hssm_agreement import LIMIT, described, environment, run_hssm
from benchmarks.support.options import options
from benchmarks.support.results import keep

FASTER = 50  # effective draws of the average preferences a second, against HSSM's
PEOPLE, FASTEST = 6, 0.33  # seconds: 99.5 % of responses
# of a standard deviation of each attribute; HSSM takes it in the attribute's own unit
THETA, SIGMA, SLOPE = 2.0, 2.0, 0.5


@dataclass(frozen=True)
class Study:
    """One data set in both programs.

    Attributes
    ----------
    choices : Choices
    ours : mapping
        Arguments of `bayes_ddm.fit`.
    table : DataFrame
        As HSSM takes it.
    theirs : mapping
        Arguments of ``hssm.HSSM``.
    names : mapping of str to str
        Our parameters, and HSSM's variables; a logarithm is written ``log NAME``.
    """

    choices: bd.Choices
    ours: Mapping[str, Any]
    table: pd.DataFrame
    theirs: Mapping[str, Any]
    names: Mapping[str, str]


def _raw(name: str) -> Path:
    here = Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(os.environ.get("BAYES_DDM_DATA", here)) / name


def normal(mu: float, sigma: float) -> dict[str, Any]:
    """Return a normal prior as HSSM writes it."""
    return {"name": "Normal", "mu": mu, "sigma": sigma}


def drift_by_type(kind: pd.Series) -> tuple[pd.DataFrame, dict[str, Any], dict[str, str]]:
    """A preference per type of comparison: columns, HSSM's formula, names."""
    columns = pd.get_dummies(kind).astype(float)
    scale = np.sqrt((columns**2).mean())
    terms = " + ".join([*columns, *(f"(0 + {c}|labeler)" for c in columns)])
    prior: dict[str, Any] = {c: normal(0, THETA / scale[c]) for c in columns}
    for c in columns:
        spread = {"name": "HalfNormal", "sigma": SIGMA / scale[c]}
        prior[f"{c}|labeler"] = {"name": "Normal", "mu": 0, "sigma": spread}
    names = {f"{kind.name}[{c}]": f"v_{c}" for c in columns}
    names |= {f"sigma[{kind.name}[{c}]]": f"v_{c}|labeler_sigma" for c in columns}
    formula = {"name": "v", "formula": f"v ~ 0 + {terms}", "prior": prior, "link": "identity"}
    return columns, formula, names


def cavanagh2011() -> Study:
    """Drift by pair, boundary by theta in high and in low conflict."""
    frame = pd.read_csv(_raw("cavanagh2011_conflict.csv"))
    choices = bd.Choices.from_frame(
        frame, choice="response", labeler="subj_idx", covariates=["stim", "theta", "conf"]
    )
    columns, drift, names = drift_by_type(frame["stim"])
    theta = pd.DataFrame({c: frame["theta"] * (frame["conf"] == c) for c in ("HC", "LC")})
    theta -= theta.mean()
    boundary = {
        "name": "a",
        "formula": "a ~ 1 + HC + LC",
        "link": "log",
        "prior": {
            "Intercept": normal(0.5, 1.2),
            **{c: normal(0, SLOPE / theta[c].std(ddof=0)) for c in theta},
        },
    }
    names |= {"boundary": "log a_Intercept", "ndt": "t"}
    names |= {f"boundary:theta:conf[{c}]": f"a_{c}" for c in theta}
    return Study(
        choices,
        {"drift": "0 + stim", "boundary": "1 + theta:conf"},
        _table(frame, "subj_idx", frame["response"], columns, theta),
        {"include": [drift, boundary], "t": {"name": "HalfNormal", "sigma": 5.0}, "z": 0.5},
        names,
    )


def wagenmakers2008() -> Study:
    """Boundary by instruction, drift by type of word; six people."""
    frame = pd.read_csv(_raw("wagenmakers2008_speed_accuracy.txt"), sep=r"\s+")
    frame = frame[(frame["censor"].astype(str) == "FALSE") | (frame["censor"].eq(False))]
    frame = frame[frame["response"].isin(["word", "nonword"])]
    people = sorted(frame["id"].unique())[:PEOPLE]
    # HSSM gives what comes before ndt a constant, and so may leave out the fastest; ours does not
    frame = frame[frame["id"].isin(people) & (frame["rt"] >= FASTEST)].reset_index(drop=True)
    frame["type"] = frame["frequency"].where(frame["stim_cat"] == "word", "nonword")
    choices = bd.Choices.from_frame(
        frame,
        choice="response",
        positive="word",
        labeler="id",
        covariates=["type", "condition"],
    )
    columns, drift, names = drift_by_type(frame["type"])
    told = pd.get_dummies(frame["condition"]).astype(float)
    boundary = {
        "name": "a",
        "formula": f"a ~ 0 + {' + '.join(told)}",
        "link": "log",
        "prior": {c: normal(0.5, 1.2) for c in told},
    }
    names |= {f"boundary[{c}]": f"log a_{c}" for c in told} | {"ndt": "t"}
    return Study(
        choices,
        {"drift": "0 + type", "boundary": by_condition("condition")},
        _table(frame, "id", np.where(frame["response"] == "word", 1, -1), columns, told),
        {"include": [drift, boundary], "t": {"name": "HalfNormal", "sigma": 5.0}, "z": 0.5},
        names,
    )


def _table(frame: pd.DataFrame, who: str, response: Any, *columns: pd.DataFrame) -> pd.DataFrame:
    signs = np.where(np.asarray(response) > 0, 1, -1)
    rows = {"rt": frame["rt"], "response": signs, "labeler": frame[who]}
    return pd.concat([pd.DataFrame(rows), *columns], axis=1)


STUDIES = {"cavanagh2011": cavanagh2011, "wagenmakers2008": wagenmakers2008}


def compared(name: str, python: Path, seed: int, sampling: dict[str, Any]) -> pd.DataFrame:
    """Fit one study with both programs: a row per population parameter."""
    study = STUDIES[name]()
    start = time.perf_counter()
    # HSSM's coefficients are independent across labelers: correlations are all but 0 here
    fit = bd.fit(
        study.choices,
        "contextual",
        seed=seed,
        progress=False,
        eta=1e6,
        theta=pm.Normal.dist(0, THETA),
        Sigma=pm.HalfNormal.dist(SIGMA),
        **sampling,
        **study.ours,
    )
    middle = time.perf_counter()
    entries = Posterior.of(fit).entries
    ours = xr.Dataset({key: (("chain", "draw"), entries[key]) for key in study.names})
    theirs, about = run_hssm(
        python, study.table, study.theirs, study.names, sampling | {"random_seed": seed}
    )
    end = time.perf_counter()
    table = described(ours, "ours").join(described(theirs, "hssm"))
    error = np.hypot(table["ours_mcse"], table["hssm_mcse"])
    table.insert(0, "difference_in_mcse", (table["ours"] - table["hssm"]) / error)
    table.insert(0, "study", name)
    averages = [key for key in study.names if key in fit["choices"]["feature"]]
    seconds = {"ours": middle - start, "hssm": end - middle}
    rate = {p: table.loc[averages, f"{p}_ess"].min() / seconds[p] for p in seconds}
    table["faster"] = rate["ours"] / rate["hssm"]
    print(
        f"{name}: ours {seconds['ours']:.0f} s, {rate['ours']:.2f} effective draws a second; HSSM "
        f"{about['hssm']} {seconds['hssm']:.0f} s, {rate['hssm']:.3f}, {about['divergences']} "
        f"divergences; ratio {rate['ours'] / rate['hssm']:.0f}",
        flush=True,
    )
    return table.rename_axis("parameter").reset_index()


def main() -> int:
    """Print and keep the table; exit status 1 beyond a limit."""
    parser = options(__doc__, seed=1)
    parser.add_argument("--studies", nargs="+", choices=STUDIES, default=list(STUDIES))
    parser.add_argument("--draws", type=int, default=500)
    arguments = parser.parse_args()
    sampling = {"draws": arguments.draws, "tune": 500, "chains": 2, "cores": 2}
    python = environment()
    table = pd.concat(
        [compared(name, python, arguments.seed, sampling) for name in arguments.studies]
    )
    shown = ["study", "parameter", "ours", "hssm", "ours_mcse", "hssm_mcse", "difference_in_mcse"]
    print(table[shown].to_string(index=False, float_format="{:.5f}".format))
    keep(table, "hssm_conditions", ["study"], order=list(STUDIES), digits=6)
    worst, slowest = table["difference_in_mcse"].abs().max(), table["faster"].min()
    print(f"worst difference {worst:.2f} combined Monte Carlo standard errors     limit {LIMIT:g}")
    print(f"smallest ratio of effective draws a second {slowest:.0f}              limit {FASTER}")
    return 0 if worst <= LIMIT and slowest >= FASTER else 1


if __name__ == "__main__":
    sys.exit(main())
