"""Boundary from one, two and three scales ``s`` of ``L(s) = mean(exp(-s rt))``.

As ``E exp(-s T) = E[cosh(b V) / cosh(b sqrt(2 s + V^2))]`` is about
``2 E[cosh(b V)] exp(-b sqrt(2 s))`` for large ``s``, one scale ``lam = (log n)^1.5`` gives
``-log L / sqrt(2 lam)``, or ``(log 2 - log L) / sqrt(2 lam)`` with the constant that is known. What
is left, ``log E cosh(b V)``, only differences between scales cancel. Both are shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.special import logsumexp

import bayes_ddm as bd
from bayes_ddm.estimators import Boundary, consistent_values, three_scale, two_scale
from bayes_ddm.simulate import experiment
from benchmarks.papers.heterogeneous.estimators import BOUNDARY, SHOWN, SIZES
from benchmarks.papers.heterogeneous.scalar import POPULATIONS, floors
from benchmarks.papers.heterogeneous.tables import Claims, below, claim, progressing, summary, wide

__all__ = ["ablation", "one_scale"]

DELAYS = (0.0, 0.3)


def one_scale(choices: bd.Choices, constant: float) -> tuple[float, float]:
    """Boundary from one scale, and an ndt of 0."""
    lam = math.log(choices.n_choices) ** 1.5
    log_laplace = float(logsumexp(-lam * choices.rt, b=choices.count / choices.n_choices))
    return (constant - log_laplace) / math.sqrt(2 * lam), 0.0


def both(made: Boundary) -> tuple[float, float]:
    """Boundary and ndt."""
    return made.boundary, made.ndt


# each is given the true ndt, for those that may know it
BOUNDARIES: dict[str, Callable[[bd.Choices, float], tuple[float, float]]] = {
    "one scale": lambda c, ndt: one_scale(c, 0.0),
    "one scale, with log 2": lambda c, ndt: one_scale(c, math.log(2)),
    "two scales": lambda c, ndt: both(two_scale(c)),
    "two scales, ndt known": lambda c, ndt: both(two_scale(c, ndt)),
    "three scales": lambda c, ndt: both(three_scale(c)),
    "true boundary and ndt": lambda c, ndt: (BOUNDARY, ndt),
}


def ablation(replications: int) -> tuple[pd.DataFrame, Claims]:
    """Run, print, and judge the claims."""
    names = list(POPULATIONS)
    cells = [(ndt, p, n) for ndt in DELAYS for p in range(len(names)) for n in SIZES]
    lines = []
    for ndt, p, n in progressing(cells, "ablation"):
        who = POPULATIONS[names[p]]
        truth = {"b": BOUNDARY, "ndt": ndt or 1.0, "mu": who.mean}
        made: dict[str, list[list[float]]] = {}
        for child in np.random.SeedSequence([3, round(10 * ndt), p, n]).spawn(replications):
            rng = np.random.default_rng(child)
            choices = experiment(who, labelers=n, boundary=BOUNDARY, ndt=ndt, seed=rng)
            for method, boundary in BOUNDARIES.items():
                if method == "two scales, ndt known" and ndt == 0:
                    continue
                b, delay = boundary(choices, ndt)
                mu = float(consistent_values(choices, b, delay)[0])
                made.setdefault(method, []).append([b - BOUNDARY, delay - ndt, mu - who.mean])
        for method, missed in made.items():
            line = {"population": names[p], "ndt": ndt, "n": n, "scales": method}
            for j, of in enumerate(truth):
                part = summary(np.array(missed)[:, [j]], np.array([truth[of]]))
                line |= {f"{of}_{k}": part[k] for k in ("rmse", "rmse_se", "bias")}
            # of mu: there is none where b is not positive, or ndt not below every response time
            line |= {"mu_relative": part["relative"], "mu_failed": part["failed"]}
            lines.append(line | {"replications": replications})
    table = pd.DataFrame(lines)
    for ndt, part in table.groupby("ndt"):
        estimated = part[part["scales"] != "true boundary and ndt"]
        for of, rows in {"b": estimated, "mu": part}.items():
            print(f"\nndt {ndt:g} s: RMSE of {of}")
            print(wide(rows, ["population", "scales"], "n", f"{of}_rmse"))
        if part["mu_failed"].any():
            print(f"\nndt {ndt:g} s: of {replications}, without a value of mu and left out")
            failed = part.groupby(["population", "scales"])["mu_failed"].transform("max") > 0
            print(wide(part[failed], ["population", "scales"], "n", "mu_failed", digits=0))
    return table, ablation_claims(table[table["n"] == SHOWN])


def ablation_claims(table: pd.DataFrame) -> Claims:
    """Which of the scales should win: two without, three with a non-decision time."""
    claims: Claims = []
    for (name, ndt), rows in table.groupby(["population", "ndt"], sort=False):
        mu, se = (rows.set_index("scales")[k] for k in ("mu_rmse", "mu_rmse_se"))
        wanted = "three scales" if ndt else "two scales"
        rivals = mu.drop(
            [wanted, "two scales, ndt known", "true boundary and ndt"], errors="ignore"
        )
        rivals.loc["Bradley-Terry's floor"] = floors(name)["Bradley-Terry"]
        best = rivals.idxmin()
        claims.append(
            claim(
                f"{name}, ndt {ndt:g}: mu from {wanted} beats other scales and Bradley-Terry",
                f"{mu[wanted]:.3f} against {rivals[best]:.3f}, {best}",
                below(mu[wanted], se[wanted], rivals[best], se.get(best, 0.0)),
            )
        )
    return claims
