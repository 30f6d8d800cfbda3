"""Private choices: bias, error and coverage of the closed form, and of a normal population's fit.

First 30,000 single choices at each level and population, boundary 1.25 and ndt 0.3 s known;
``as_sent`` is the average of one who does not know that choices were randomised. Then 1,000
labelers who choose 10 times at epsilon 1: the maximum of the exact likelihood (in place of the
posterior, whose mean and standard deviation it has at this size), its coverage, and the size of the
specification test.

    python -m benchmarks private_choices [--replications 200] [--fits 1000]
    python -m benchmarks private_choices --replications 0    # the 1,000 labelers alone
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.estimators import consistent, known_boundary
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.result import Influence
from benchmarks.support.options import options
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

N, NDT = 30_000, 0.3
LEVELS = {0.5: 0.043, 1.0: 0.024, 2.0: 0.014}  # and the error that is expected, of the normal one
SLACK = 0.1  # of that error


def single(name: str, epsilon: float, replications: int, seed: int) -> dict[str, object]:
    """Errors of the closed form over tables of single choices."""
    who, scheme, found = POPULATIONS[name], bd.privacy.choices(epsilon), []
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        given = {"boundary": BOUNDARY, "ndt": NDT, "anonymous": True}
        made = bd.simulate.experiment(who, labelers=N, seed=np.random.default_rng(child), **given)
        sent = bd.privacy.simulated(made, scheme, seed=seed + k).choices
        known = known_boundary(sent, BOUNDARY, NDT)
        row, naive = consistent(sent, known), consistent(replace(sent, flip=0.0), known)
        low, high = row.interval()[0]
        found.append((row.values[0] - who.mean, low <= who.mean <= high, naive.values[0]))
    off, covered, as_sent = np.array(found).T
    sd = off.std(ddof=1)
    z = off.mean() / sd * np.sqrt(replications)
    passed = abs(z) < 3
    if name == "normal":
        passed &= abs(sd / LEVELS[epsilon] - 1) < SLACK
    return {
        "population": name,
        "epsilon": epsilon,
        "mu": who.mean,
        "as_sent": as_sent.mean(),
        "bias": off.mean(),
        "bias_in_se": z,
        "sd": sd,
        "coverage": covered.mean(),
        "passed": passed,
        "replications": replications,
    }


def repeated(fits: int, seed: int) -> dict[str, object]:
    """Coverage of the likelihood's maximum, and size of the test, for 1,000 labelers x 10."""
    who, scheme, found = POPULATIONS["normal"], bd.privacy.choices(1.0), []
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(fits)):
        rng = np.random.default_rng(child)
        given = {"labelers": 1000, "choices": 10, "boundary": BOUNDARY, "ndt": NDT}
        sent = bd.privacy.simulated(bd.simulate.experiment(who, seed=rng, **given), scheme, seed=k)
        normal = drift_mixture(sent.choices, NDT, components=1, boundary=BOUNDARY)
        # as `specification_test`, which would fit the normal population once more
        closed = consistent(sent.choices, known_boundary(sent.choices, BOUNDARY, NDT))
        apart = closed.influence[:, :1] - normal.influence[:, 2:]
        gap = Influence(apart, closed.unit_count)
        p_value = gap.wald(closed.values[:1] - normal.mean)[1]
        z = (normal.mean[0] - who.mean) / normal.se[2]
        found.append((abs(z) < 1.96, p_value < 0.05, normal.mean[0] - who.mean))
    covered, rejected, off = np.array(found, dtype=float).T
    return {
        "labelers": 1000,
        "choices": 10,
        "epsilon": 1.0,
        "bias": off.mean(),
        "rmse": np.sqrt((off**2).mean()),
        "coverage": covered.mean(),
        "test_size": rejected.mean(),
        "replications": fits,
    }


def main() -> None:
    """Print both tables; write them to ``benchmarks/results``."""
    arguments = options(__doc__, replications=200, fits=1000, seed=1).parse_args()
    given = arguments.replications, arguments.seed
    rows = []
    for name in POPULATIONS if arguments.replications else ():
        for epsilon in LEVELS:
            rows.append(single(name, epsilon, *given))
            print(rows[-1], flush=True)
    if rows:
        keep(pd.DataFrame(rows), "private_choices")
    table = pd.DataFrame([repeated(arguments.fits, arguments.seed)])
    keep(table, "private_choices_repeated")
    print(table.to_string(index=False))


if __name__ == "__main__":
    main()
