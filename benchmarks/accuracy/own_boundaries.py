"""Average drift when labelers differ in boundary and ndt: one shared boundary, or each their own.

Boundaries are lognormal around 1.25, ndts around 0.3 s, both with a standard deviation of 0.2 of
the log. ``off`` is the mean difference from the same estimator with every labeler's true boundary
and ndt (the oracle): what not knowing them does to ``mu``, free of the choices' own noise.
``bounded, own`` is the bounded closed form at labelers' own, and what `compare` holds against the
posterior of ``labeler_boundary``: how far apart they are, and how often the test rejects at 5 %.

    python -m benchmarks own_boundaries [--replications 20]
    python -m benchmarks own_boundaries --fits 20         # posterior against closed form
    python -m benchmarks own_boundaries --real            # the same on the intertemporal sample
    python -m benchmarks own_boundaries --gaps            # and why they differ there
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.comparison.result import Comparison
from bayes_ddm.data.design import with_drift
from bayes_ddm.estimators import (
    LabelerBoundaries,
    bounded_own,
    conditional_boundary,
    consistent_values,
    labeler_boundaries,
)
from bayes_ddm.simulate import experiment, population
from bayes_ddm.wiener.sampling import first_passage
from benchmarks.support.options import options
from benchmarks.support.results import DATA, keep

BOUNDARY, NDT, SPREAD = 1.25, 0.3, 0.2
POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}
DESIGNS = [(300, 20), (100, 100)]
FITTED = (60, 30)
SAMPLE = "amasino2019_replication.csv"
ROW = "bounded_labeler_boundary"
WORLDS, SATURATION, NOISE, COLLAPSE = 4, 1.6, 0.4, 0.08
STARTS = 0.2, 0.8
DISCOUNTED = (
    "1 + I((10 - d_amount) / 10) + I(1 / (1 + 0.003 * d_delay)) + I(1 / (1 + 0.03 * d_delay)) "
    "+ I((10 - d_amount) / 10 * np.log1p(d_delay))"
)


def own_bounds(labelers: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Boundary and ndt of each labeler."""
    return [at * np.exp(SPREAD * rng.standard_normal(labelers)) for at in (BOUNDARY, NDT)]


def run(name: str, labelers: int, each: int, replications: int, seed: int) -> list[dict]:
    """Errors of ``mu`` over replications, a row for each boundary."""
    who = POPULATIONS[name]
    values, seconds, log_errors, held = [], [], [], []
    for child in np.random.SeedSequence(seed).spawn(replications):
        rng = np.random.default_rng(child)
        true = own_bounds(labelers, rng)
        choices = experiment(
            who, labelers=labelers, choices=each, boundary=true[0], ndt=true[1], seed=rng
        )
        start = time.perf_counter()
        shared = conditional_boundary(choices)
        shared_seconds = time.perf_counter() - start
        assert shared is not None
        start = time.perf_counter()
        own = labeler_boundaries(choices)
        own_seconds = time.perf_counter() - start
        seconds.append((0.0, shared_seconds, own_seconds, own_seconds))
        log_errors.append(np.log([own.boundary / true[0], own.ndt / true[1]]))
        candidates = [
            (true[0][choices.unit], true[1][choices.unit]),
            (shared.boundary, shared.ndt),
            own.by_row(choices),
        ]
        within = bounded_own(choices, own)
        low, high = within.interval()[0]
        held.append(low <= who.mean <= high)
        plain = [consistent_values(choices, *at)[0] for at in candidates]
        values.append([*plain, within.values[0]])
    found = np.array(values)
    off = found - found[:, :1]
    rows = []
    for j, boundary in enumerate(("oracle", "shared", "own, shrunk", "bounded, own")):
        b_rmse, ndt_rmse = np.sqrt(np.mean(np.square(log_errors), axis=(0, 2)))
        mine = j >= 2
        rows.append(
            {
                "labelers": labelers,
                "choices": each,
                "population": name,
                "boundary": boundary,
                "mu": who.mean,
                "bias": found[:, j].mean() - who.mean,
                "rmse": np.sqrt(np.mean((found[:, j] - who.mean) ** 2)),
                "off": off[:, j].mean(),
                "off_se": off[:, j].std(ddof=1) / np.sqrt(replications),
                "off_rmse": np.sqrt(np.mean(off[:, j] ** 2)),
                "coverage": np.mean(held) if j == 3 else np.nan,
                "log_b_rmse": b_rmse if mine else np.nan,
                "log_ndt_rmse": ndt_rmse if mine else np.nan,
                "seconds": np.mean(seconds, axis=0)[j],
                "replications": replications,
            }
        )
    return rows


def compared(choices: bd.Choices, seed: int) -> Comparison:
    """Posterior of labelers' own boundaries, against the closed forms."""
    settings = {"draws": 500, "tune": 500, "chains": 2, "seed": seed, "progress": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        return bd.compare(bd.fit(choices, "labeler_boundary", **settings), progress=False)


def against_fits(replications: int, seed: int) -> pd.DataFrame:
    """Differences of the bounded row from the posterior, and the test's p-values."""
    rows = []
    for name, who in POPULATIONS.items():
        for child in np.random.SeedSequence(seed).spawn(replications):
            rng = np.random.default_rng(child)
            true = own_bounds(FITTED[0], rng)
            given = {"labelers": FITTED[0], "choices": FITTED[1], "seed": rng}
            made = compared(experiment(who, boundary=true[0], ndt=true[1], **given), seed)
            row = made.table.query("estimator == @ROW and parameter == 'mu'").iloc[0]
            rows.append({"population": name} | row[["difference", "se", "p_value"]].to_dict())
            print(rows[-1], flush=True)
    found = pd.DataFrame(rows)
    found["z"] = found["difference"] / found["se"]
    found["rejected"] = found["p_value"].astype(float) < 0.05
    by = found.groupby("population", sort=False)
    made = by[["difference", "se", "z", "rejected"]].mean()
    return made.assign(z_sd=by["z"].std(), replications=replications).reset_index()


def by_time(choices: bd.Choices, made: LabelerBoundaries) -> np.ndarray:
    """Each labeler's ``b (sum t psi psi')^-1 sum z psi`` at their own boundary and ndt.

    It is as consistent as pseudo-labels where evidence starts halfway, and weighs times as the
    likelihood does: slow answers count more, where pseudo-labels lean on the fast ones.
    """
    each = []
    for u in range(len(made.labelers)):
        rows = choices.labeler == u
        psi, time = choices.features[rows], choices.rt[rows] - made.ndt[u]
        gathered = made.boundary[u] * psi.T @ choices.choice[rows]
        each.append(np.linalg.solve((psi.T * time) @ psi, gathered))
    return np.array(each)


def gaps(seed: int) -> pd.DataFrame:
    """Bounded row less `by_time`, in the sample and in worlds that are like it but for one thing.

    Labelers' preferences, boundaries, ndts and comparisons are the sample's; ``se`` is of the mean
    over worlds. "all of it" is as the model that passes most checks on that sample.
    """
    choices = with_drift(bd.datasets.amasino2019(DATA / SAMPLE), "1 + d_amount + d_delay")
    made = labeler_boundaries(choices, progress=False)
    theta = by_time(choices, made)
    drift = (choices.features * theta[choices.labeler]).sum(axis=1)
    b, ndt = made.by_row(choices)
    discounted = with_drift(bd.datasets.amasino2019(DATA / SAMPLE), DISCOUNTED)
    curved = (discounted.features * by_time(discounted, made)[choices.labeler]).sum(axis=1)
    flat, both = (SATURATION * np.tanh(x / SATURATION) for x in (drift, curved))
    worlds = {
        "as the model has it": (drift, 0.5, 0.0, 0.0),
        "start of 0.55": (drift, 0.55, 0.0, 0.0),
        "drift saturates at 1.6": (flat, 0.5, 0.0, 0.0),
        "both, and noise and closing bounds": (flat, 0.55, NOISE, COLLAPSE),
        "delays are discounted": (curved, 0.5, 0.0, 0.0),
        "all of it": (both, 0.55, NOISE, COLLAPSE),
        "starts vary from trial to trial": (drift, None, 0.0, 0.0),
    }
    own = bounded_own(choices, made)
    nothing = np.full(len(own.values), np.nan)
    rows = [("sample", own.values - theta.mean(axis=0), nothing)]
    for k, (name, (true, start, noise, collapse)) in enumerate(worlds.items()):
        found, rng = [], np.random.default_rng([seed, k])
        for _ in range(WORLDS):
            begin = rng.uniform(*STARTS, len(b)) if start is None else start
            # in the stretched time of bounds that close in, drifts vary and lean to the start
            leaning = true + (2 * begin - 1) * b * collapse
            vary = np.sqrt(noise**2 + collapse) * rng.standard_normal(len(b))
            choice, time = first_passage(leaning + vary, b, rng, begin)
            rt = time / (1 + collapse * time) + ndt
            world = replace(choices, choice=choice.astype(np.int8), rt=rt)
            again = labeler_boundaries(world, progress=False)
            off = bounded_own(world, again).values - by_time(world, again).mean(axis=0)
            found.append(off)
        rows.append((name, np.mean(found, axis=0), np.std(found, axis=0, ddof=1) / WORLDS**0.5))
    return pd.DataFrame(
        [
            {"world": name, "parameter": parameter, "gap": gap[j], "se": se[j]}
            for name, gap, se in rows
            for j, parameter in enumerate(own.parameters)
        ]
    )


def real(seed: int) -> pd.DataFrame:
    """The intertemporal sample: own boundaries in closed form, and in the posterior."""
    choices = bd.datasets.amasino2019(DATA / SAMPLE)
    made = compared(choices, seed)
    print(made.verdict)
    columns = ["parameter", "value", "value_se", "posterior", "difference", "se", "p_value"]
    return made.table.query("estimator == @ROW")[columns]


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    parser = options(__doc__, replications=20, seed=1)
    parser.add_argument("--fits", type=int, default=0, help="replications of each population")
    parser.add_argument("--real", action="store_true", help="the intertemporal sample instead")
    parser.add_argument("--gaps", action="store_true", help="worlds that are like that sample")
    arguments = parser.parse_args()
    seed = arguments.seed
    parts: dict[str, Callable[[], pd.DataFrame]] = {
        "gaps": lambda: gaps(seed),
        "real": lambda: real(seed),
        "fits": lambda: against_fits(arguments.fits, seed),
    }
    for part, made in parts.items():
        if getattr(arguments, part):
            table = made()
            keep(table, f"own_boundaries_{part}")
            print(table.to_string(index=False, float_format="{:.4g}".format))
            return
    rows = []
    for labelers, each in DESIGNS:
        for name in POPULATIONS:
            rows += run(name, labelers, each, arguments.replications, seed)
    table = pd.DataFrame(rows)
    keep(table, "own_boundaries")
    print(table.to_string(index=False, float_format="{:.4f}".format))


if __name__ == "__main__":
    main()
