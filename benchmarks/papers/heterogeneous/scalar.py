"""Error of the average drift against the number of choices: one each, anonymous, and two each."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit, logit

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.simulate import experiment, population
from benchmarks.papers.heterogeneous.estimators import BOUNDARY, SHOWN, SIZES, errors
from benchmarks.papers.heterogeneous.tables import Claims, claim, formatted, progressing, wide

__all__ = ["LAWS", "POPULATIONS", "expectation", "floors", "scalar", "with_wrong_boundary"]

POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}
# the same populations as weights and densities
LAWS: dict[str, list[tuple[float, Any]]] = {
    "normal": [(1.0, stats.norm(0.5, 1.0))],
    "two groups": [(0.7, stats.norm(1.2, 0.2)), (0.3, stats.norm(-1.5, 0.2))],
    "skewed": [(1.0, stats.expon(-0.5, 1.2))],
}
TAIL = 1e-14  # of the population, left out of quadrature at either end
# normal, two groups, skewed; measured earlier, independently, at 30,000 single choices: the oracle
# exactly, the plug-in over 150 replications, the others over 8 to 12
EARLIER = {
    "oracle": (0.0106, 0.0116, 0.0113),
    "plug-in": (0.058, 0.058, 0.104),
    "hierarchical normal, maximum likelihood": (0.011, 0.010, 0.077),
    "closed form, b from the hierarchical normal": (0.012, 0.147, 0.051),
    "closed form, b from a mixture of two normals": (0.011, 0.013, 0.023),
    "Bradley-Terry": (0.234, 0.105, 0.419),
    "ratio": (0.154, 0.082, 0.353),
}


def expectation(name: str, function: Callable[[float], float]) -> float:
    """Average of a function of the drift over a population, by adaptive quadrature."""
    total = 0.0
    for weight, law in LAWS[name]:
        low, high = law.ppf(TAIL), law.isf(TAIL)
        total += weight * float(law.expect(function, lb=low, ub=high, limit=200))
    return total


def floors(name: str) -> dict[str, float]:
    """Error left with infinitely many choices, of the estimators that have one.

    The plug-in has one where ``E cosh(b V)`` is infinite: a tail of exponential rate ``r < b``
    takes its boundary to ``b sqrt(1 - (1 - r / b)^2)``.
    """
    mean, b = POPULATIONS[name].mean, BOUNDARY
    positive = expectation(name, lambda v: float(expit(2 * b * v)))
    choice = expectation(name, lambda v: math.tanh(b * v))
    seconds = expectation(name, lambda v: float(wiener.decision_time_mean(v, b)))
    left = {
        "Bradley-Terry": abs(float(logit(positive)) / (2 * b) - mean),
        "ratio": abs(b * choice / seconds - mean),
    }
    if name == "skewed":
        rate = 1 / float(LAWS[name][0][1].std())
        limit = b * math.sqrt(1 - (1 - rate / b) ** 2)
        left["plug-in"] = abs(with_wrong_boundary(name, limit) - mean)
    return left


def with_wrong_boundary(name: str, boundary: float) -> float:
    """Limit of the closed form at another boundary than the true one."""
    log_t = np.linspace(math.log(1e-4), math.log(100.0), 4_000)
    t = np.exp(log_t)
    weight = t * wiener.drift_weight(t, boundary)

    def average(v: float) -> float:
        # given the drift the choice, tanh(b v) on average, does not depend on the time
        density = np.exp(wiener.log_density(t, 1, drift=abs(v), boundary=BOUNDARY))
        density = density * (1 + math.exp(-2 * BOUNDARY * abs(v)))
        return math.tanh(BOUNDARY * v) * float(np.trapezoid(weight * density, log_t))

    return expectation(name, average)


def plug_in_bias(name: str, n: int) -> float:
    """Bias of the plug-in at the scales of ``n`` choices, were ``L`` known without error."""
    lam = math.log(n) ** 1.5

    def log_laplace(s: float) -> float:
        return math.log(
            expectation(name, lambda v: float(wiener.laplace_transform(s, v, BOUNDARY)))
        )

    boundary = (log_laplace(lam) - log_laplace(4 * lam)) / math.sqrt(2 * lam)
    return with_wrong_boundary(name, boundary) - POPULATIONS[name].mean


def simulated(rng: np.random.Generator, *, name: str, n: int, each: int) -> bd.Choices:
    """Simulate a data set of ``n`` choices, ``each`` of them by one labeler."""
    return experiment(
        POPULATIONS[name], labelers=n // each, choices=each, boundary=BOUNDARY, seed=rng
    )


def scalar(replications: int) -> tuple[pd.DataFrame, Claims]:
    """Run, print, and judge the claims."""
    names = list(POPULATIONS)
    # the boundary from repeated comparisons is what takes time
    cells = [(1, p, n) for p in range(len(names)) for n in SIZES]
    cells += [(2, p, n) for p in range(len(names)) for n in SIZES if n <= SHOWN]
    left = {name: floors(name) for name in names}
    lines = []
    for each, p, n in progressing(cells, "scalar"):
        head = {"population": names[p], "choices_per_labeler": each, "n": n}
        draw = partial(simulated, name=names[p], n=n, each=each)
        truth = np.array([POPULATIONS[names[p]].mean])
        found = errors(head, draw, truth, [1, each, p, n], replications)
        for line in found:
            line["floor"] = left[names[p]].get(line["estimator"], math.nan)
            by_scales = line["estimator"] == "plug-in"
            line["bias_of_scales"] = plug_in_bias(names[p], n) if by_scales else math.nan
        lines += found
    table = pd.DataFrame(lines)

    print("\nRMSE of the average drift; floor: what infinitely many choices leave")
    for each, part in table.groupby("choices_per_labeler"):
        print(f"\nchoices per labeler: {each}; n counts choices")
        print(wide(part, ["population", "estimator"], "n", "rmse", "floor"))
    single = table[table["choices_per_labeler"] == 1]
    plug_in = single[single["estimator"] == "plug-in"]
    print("\nplug-in, one choice each: bias measured, and by quadrature at the scales of n")
    print(wide(plug_in, ["population"], "n", "bias"))
    print(wide(plug_in, ["population"], "n", "bias_of_scales"))
    at = single[single["n"] == SHOWN]
    before = pd.DataFrame(EARLIER, index=names).T
    parts = {
        title: at.pivot(index="estimator", columns="population", values=value)[names]
        for title, value in {"here": "rmse", "standard error": "rmse_se"}.items()
    }
    beside = pd.concat(parts | {"earlier": before}, axis=1).loc[before.index]
    print(f"\n{SHOWN:,} single choices, RMSE\n{formatted(beside)}")
    return table, scalar_claims(single)


def scalar_claims(single: pd.DataFrame) -> Claims:
    """What is claimed of single anonymous choices."""
    claims: Claims = []
    for name, rows in single.groupby("population", sort=False):
        rmse = rows.pivot(index="n", columns="estimator", values="rmse")
        floor = rows.groupby("estimator")["floor"].first()
        pooled, plug_in = rmse["Bradley-Terry"], rmse["plug-in"]
        last = rmse.index[-1]
        plateau = f"{pooled[last]:.3f} at {last:,}, floor {floor['Bradley-Terry']:.3f}"
        ratios = ", ".join(f"{r:.2f} at {n:,}" for n, r in (plug_in / pooled).items())
        falling = ", ".join(f"{e:.3f} at {n:,}" for n, e in plug_in.items())
        if not math.isnan(floor["plug-in"]):
            falling += f"; floor {floor['plug-in']:.3f}"
        rate = plug_in[last] / rmse["oracle"][last]
        claims += [
            claim(
                f"{name}: pooled Bradley-Terry plateaus at a bias floor",
                plateau,
                abs(pooled[last] / floor["Bradley-Terry"] - 1) < 0.05,
            ),
            claim(
                f"{name}: the plug-in beats pooled Bradley-Terry at every n",
                f"plug-in / Bradley-Terry {ratios}",
                bool((plug_in < pooled).all()),
            ),
            claim(
                f"{name}: the plug-in's error goes to 0",
                f"{falling}; {rate:.1f} times the oracle's at {last:,}",
                math.isnan(floor["plug-in"]) and plug_in[last] < plug_in.iloc[0] / 2,
            ),
        ]
    return claims
