"""Standard errors that `plan` predicts, against their spread over simulated experiments.

Normal drifts (mean 0.5, sd 1), boundary 1.25, ndt 0.3 s. The model is fitted by maximum likelihood,
written here from the densities alone. ``ratio`` is the simulated standard deviation of the average
drift over the predicted standard error, and ``error`` its Monte Carlo standard error; ``limit`` is
four of them, plus what small samples may add to the large-sample prediction: a twentieth.
Learned boundaries, which take longest, have a quarter of the replications.

    python -m benchmarks planning [--replications 800]
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from bayes_ddm import wiener
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import labeler_sums, sum_by_unit
from bayes_ddm.estimators import (
    conditional_boundary,
    consistent,
    known_boundary,
    semiparametric_boundary,
)
from bayes_ddm.estimators.planning.plan import plan
from bayes_ddm.simulate import experiment, population
from benchmarks.support.options import options
from benchmarks.support.results import keep

BOUNDARY, NDT = 1.25, 0.3
NORMAL = population("normal", mean=0.5, sd=1.0)
SMALL_SAMPLE = 0.05
# labelers, choices by each
DESIGNS = {
    "consistent_known_boundary": [(100, 1), (100, 4), (30, 10)],
    "consistent_conditional_boundary": [(1000, 2), (300, 4), (100, 10)],
    "semiparametric": [(2000, 1), (500, 2), (300, 4)],
    "hierarchical": [(2000, 1), (500, 2), (300, 4), (100, 10)],
}
SLOW = {"consistent_conditional_boundary", "semiparametric"}


def maximum_likelihood(choices: Choices) -> float:
    """Average drift of the normal model with ``sigma``, boundary and ndt estimated."""
    sums, smallest = labeler_sums(choices), float(choices.rt.min())
    sign, rt = sums.choice[:, 0], sums.rt_gram[:, 0, 0]

    def loss(x: np.ndarray) -> float:
        boundary, ndt = np.exp(x[2]), smallest - np.exp(x[3])
        at_rest = wiener.zero_drift_log_density(choices.rt - ndt, boundary)
        total = rt - ndt * sums.n
        tilt = wiener.random_drift_log_factor(boundary * sign, total, x[0], np.exp(2 * x[1]))
        return -float((sum_by_unit(choices, at_rest) + tilt).mean())

    start = [0.5, 0.0, np.log(BOUNDARY), np.log(smallest - NDT)]
    return float(minimize(loss, start, method="BFGS").x[0])


def estimated(method: str, choices: Choices) -> float:
    """Average drift by one method."""
    if method == "hierarchical":
        return maximum_likelihood(choices)
    if method == "consistent_known_boundary":
        return float(consistent(choices, known_boundary(choices, BOUNDARY, NDT)).values[0])
    learn = {"semiparametric": semiparametric_boundary}.get(method, conditional_boundary)
    boundary = learn(choices)
    assert boundary is not None
    return float(consistent(choices, boundary).values[0])


def run(method: str, labelers: int, choices: int, replications: int, seed: int) -> dict[str, float]:
    """Predicted and simulated standard error of one design."""
    known = ("boundary", "ndt") if method == "consistent_known_boundary" else ()
    assumed = {"population": NORMAL, "boundary": BOUNDARY, "ndt": NDT, "known": known}
    made = plan(**assumed, labelers=labelers, choices=choices, progress=False)
    (design,) = (d for d in made.designs if d.method == method)
    start = time.perf_counter()
    found = np.array(
        [
            estimated(
                method,
                experiment(
                    NORMAL,
                    labelers=labelers,
                    choices=choices,
                    boundary=BOUNDARY,
                    ndt=NDT,
                    anonymous=False,
                    seed=np.random.default_rng(child),
                ),
            )
            for child in np.random.SeedSequence(seed).spawn(replications)
        ]
    )
    ratio, error = found.std() / design.se[0], 1 / np.sqrt(2 * replications)
    limit = 4 * error + SMALL_SAMPLE
    return {
        "predicted": design.se[0],
        "simulated": found.std(),
        "ratio": ratio,
        "error": error,
        "limit": limit,
        "passed": abs(ratio - 1) <= limit,
        "bias": found.mean() - NORMAL.mean,
        "replications": replications,
        "seconds": time.perf_counter() - start,
    }


def main() -> int:
    """Print the table and write it to ``benchmarks/results``; exit status 1 if a limit is not met.

    How long the default plan takes is printed too.
    """
    arguments = options(__doc__, replications=800, seed=1).parse_args()
    rows = []
    for method, designs in DESIGNS.items():
        for labelers, choices in designs:
            replications = arguments.replications // (4 if method in SLOW else 1)
            found = run(method, labelers, choices, replications, arguments.seed + len(rows))
            rows.append({"method": method, "labelers": labelers, "choices": choices} | found)
    table = pd.DataFrame(rows)
    keep(table, "planning")
    print(table.to_string(index=False, float_format="{:.4f}".format))
    start = time.perf_counter()
    plan(mean=0.5, sd=1, boundary=BOUNDARY, ndt=NDT, target_se=0.05, progress=False)
    print(f"\nthe default plan takes {time.perf_counter() - start:.1f} s")
    return 0 if table["passed"].all() else 1


if __name__ == "__main__":
    sys.exit(main())
