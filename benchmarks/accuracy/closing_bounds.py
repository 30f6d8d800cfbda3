"""Bounds that close in: density, pseudo-label, draws, the average, and what they cost.

    python -m benchmarks closing_bounds [--parts "density;draws;average;cost;steps"]

``density``: the integral of the density, and the mean pseudo-label, over boundaries .3 to 3, bounds
that meet after .5 to 50 s, drifts to 6: largest errors. ``draws``: Kolmogorov-Smirnov p-values of
50,000 draws. ``average``: closed form at known boundary, ndt and collapse, 30,000 single choices:
root mean squared error over its standard error. ``cost``: an evaluation of the log density with its
gradient, over that with bounds that stay, in one run.  ``steps``: evaluations that a draw takes,
over those with bounds that stay.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise, product
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
from numpy.typing import NDArray
from pymc.blocking import DictToArrayBijection
from scipy.integrate import cumulative_trapezoid, quad
from scipy.stats import kstest

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.simulate import first_passage
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import POPULATIONS
from benchmarks.support.results import keep

PARTS = ("density", "draws", "average", "cost", "steps")
REPLICATIONS, LABELERS = 400, 30_000
ROUNDS, EVALUATIONS = 40, 20
LENGTH: dict[str, Any] = {"chains": 2, "draws": 200, "tune": 300, "seed": 1, "progress": False}


def integral(function: Callable[[float], float], meet: float) -> float:
    """Integral over decision times until the bounds meet."""
    parts = meet * np.array([0, 1e-3, 0.01, 0.05, 0.2, 0.5, 1])
    exact = {"epsabs": 1e-13, "epsrel": 1e-12, "limit": 400}
    return float(sum(quad(function, a, b, **exact)[0] for a, b in pairwise(parts)))


def density() -> pd.DataFrame:
    """Largest errors of the total probability and of the mean pseudo-label."""
    errors = []
    for b, meet, v in product((0.3, 1.0, 2.0, 3.0), (0.5, 3.0, 50.0), (0.0, 0.7, 3.0, 6.0)):
        by = {"drift": v, "boundary": b, "collapse": 1 / meet}

        def each(t: float, by: dict[str, float] = by) -> NDArray[np.float64]:
            return np.exp(wiener.log_density(t, np.array([1, -1]), **by))

        def label(t: float, by: dict[str, float] = by, meet: float = meet) -> float:
            if not 0 < t < meet:
                return 0.0
            up, down = each(t, by)
            stretched = wiener.stretched_time(t, by["collapse"])
            return float((up - down) * wiener.drift_weight(stretched, by["boundary"]))

        total = integral(lambda t, by=by: float(each(t, by).sum()), meet)
        errors.append((abs(total - 1), abs(integral(label, meet) - v)))
    worst = np.max(errors, axis=0)
    rows = [("integral", worst[0]), ("mean pseudo-label", worst[1])]
    return pd.DataFrame(rows, columns=["what", "value"])


def draws() -> pd.DataFrame:
    """P-values of the time of either choice against the density."""
    rows = []
    for b, c, v, start in ((1.3, 0.3, 0.7, 0.5), (0.8, 0.8, -1.5, 0.35), (2.0, 0.1, 0.2, 0.6)):
        rng = np.random.default_rng(1)
        z, t = first_passage(np.full(50_000, v), b, rng, start, collapse=c)
        grid = np.linspace(1e-5, 1 / c - 1e-9, 20_001)
        for choice in (1, -1):
            by = {"drift": v, "boundary": b, "start": start, "collapse": c}
            law = cumulative_trapezoid(
                np.exp(wiener.log_density(grid, choice, **by)), grid, initial=0
            )
            test = kstest(t[z == choice], partial(np.interp, xp=grid, fp=law / law[-1]))
            rows.append((f"p, boundary {b}, collapse {c}, choice {choice:+d}", test.pvalue))
    return pd.DataFrame(rows, columns=["what", "value"])


def average() -> pd.DataFrame:
    """Root mean squared error of the closed form over its standard error, and its coverage."""
    rows = []
    known = {"boundary": 1.25, "ndt": 0.3, "collapse": 0.15}
    for name, population in POPULATIONS.items():
        errors, sizes = [], []
        for seed in range(REPLICATIONS):
            data = bd.simulate.experiment(population, labelers=LABELERS, **known, seed=seed)
            found = bd.estimate(data, **known).to_frame().iloc[0]
            errors.append(found["value"] - population.mean)
            sizes.append(found["se"])
        ratio = np.sqrt(np.mean(np.square(errors))) / np.mean(sizes)
        bias = np.mean(errors) / (np.std(errors) / np.sqrt(REPLICATIONS))
        covered = np.mean(np.abs(errors) < 1.96 * np.array(sizes))
        rows += [
            (f"rmse / se, {name}", ratio),
            (f"bias in standard errors, {name}", bias),
            (f"covered, {name}", covered),
        ]
    return pd.DataFrame(rows, columns=["what", "value"])


def designs() -> tuple[bd.Choices, dict[str, tuple[dict[str, Any], dict[str, Any]]]]:
    """Choices, and the priors of models without and with a collapse."""
    true = {"boundary": 1.5, "ndt": 0.3, "collapse": 0.15}
    data = bd.simulate.experiment("normal", labelers=200, choices=20, **true, seed=1)
    own = {"boundary": bd.by_labeler(), "ndt": bd.by_labeler()}
    closing = {"collapse": pm.HalfNormal.dist(0.2)}
    return data, {
        "shared": ({}, closing),
        "own boundary and ndt": (own, own | closing),
        "all three own": (own, own | {"collapse": bd.by_labeler()}),
    }


def cost() -> pd.DataFrame:
    """Time of an evaluation with gradient over that without a collapse, programs taken in turn."""
    data, tried = designs()
    rows = []
    for name, both in tried.items():
        ready = [compiled(data, options) for options in both]
        best = np.full(2, np.inf)
        for _ in range(ROUNDS):
            for j, evaluate in enumerate(ready):
                started = time.process_time()
                for _ in range(EVALUATIONS):
                    evaluate()
                best[j] = min(best[j], time.process_time() - started)
        rows.append((f"time with collapse / without, {name}", best[1] / best[0]))
    return pd.DataFrame(rows, columns=["what", "value"])


def steps() -> pd.DataFrame:
    """Evaluations of a draw over those without a collapse."""
    data, tried = designs()
    rows = []
    for name, both in tried.items():
        taken = [evaluations(data, options) for options in both]
        rows.append((f"evaluations with collapse / without, {name}", taken[1] / taken[0]))
    return pd.DataFrame(rows, columns=["what", "value"])


def evaluations(data: bd.Choices, priors: dict[str, Any]) -> float:
    """Mean evaluations of a draw."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", bd.ConvergenceWarning)
        fit = bd.fit(data, "hierarchical", **LENGTH, **priors)
    return float(fit["sample_stats"]["n_steps"].mean())


def compiled(data: bd.Choices, priors: dict[str, Any]) -> Callable[[], object]:
    """An evaluation of a model's log density and gradient."""
    model = bd.models.builder("hierarchical")(data, **priors)
    function = model.logp_dlogp_function(ravel_inputs=True)
    function.set_extra_values({})
    point = DictToArrayBijection.map(model.initial_point())
    function(point)
    return lambda: function(point)


def main() -> None:
    """Run the parts asked for."""
    parser = options(__doc__)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="a;b")
    arguments = parser.parse_args()
    run = {"density": density, "draws": draws, "average": average, "cost": cost, "steps": steps}
    for part in arguments.parts:
        made = run[part]().assign(part=part)[["part", "what", "value"]]
        print(made.to_string(index=False, float_format="{:.3g}".format), flush=True)
        keep(made, "closing_bounds", ["part"], order=PARTS)


if __name__ == "__main__":
    main()
