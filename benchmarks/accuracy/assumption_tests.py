"""What the two tests of shared assumptions find, whatever the population and whatever is broken.

    python -m benchmarks assumption_tests [--replications 4000] [--boundary-replications 200]
    python -m benchmarks assumption_tests --table

`choice_time_test` and `boundary_test` in the worlds of `violations`, 500 labelers x 4
choices; weaker starts; and 15,000 labelers x 2 choices with nothing broken but the population's
shape. Where the assumption of a test holds, it should reject as often as its level says.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm.estimators import boundary_test, choice_time_test
from benchmarks.support.options import options
from benchmarks.support.populations import BOUNDARY, POPULATIONS, unseen
from benchmarks.support.results import keep, kept
from benchmarks.support.violations import CHOICES, LABELERS, NDT, VIOLATIONS, broken

STARTS = {"start 0.52": 0.52, "start 0.55": 0.55}
LARGE = {f"{name}, 15,000 x 2": name for name in (*POPULATIONS, "unseen")}
# worlds in which the assumption of each test does not hold
DEPENDENT = ("start bias", "lapses", "late lapses", "anticipations", *STARTS)
SEVERAL = (*DEPENDENT, "boundary varies", "ndt varies", "rounded", "slow missing")
SIZE = (0.04, 0.06)


def sample(world: str, seed: np.random.SeedSequence) -> bd.Choices:
    """One experiment of this world."""
    if world in VIOLATIONS:
        return broken(world, seed)[0]
    rng = np.random.default_rng(seed)
    name = LARGE.get(world, "normal")
    who = POPULATIONS[name] if name in POPULATIONS else unseen(rng)
    labelers, choices = (15_000, 2) if world in LARGE else (LABELERS, CHOICES)
    return bd.simulate.experiment(
        who,
        labelers=labelers,
        choices=choices,
        boundary=BOUNDARY,
        ndt=NDT,
        start=STARTS.get(world, 0.5),
        seed=rng,
    )


def run(test: str, world: str, replications: int, seed: int) -> pd.DataFrame:
    """One line: how often the test rejects, and which way."""
    run_test = {"choice_time": choice_time_test, "boundary": boundary_test}[test]
    children = np.random.SeedSequence(seed).spawn(replications)
    label = f"{test}, {world}"
    found = [
        run_test(sample(world, child))
        for child in track(children, label, disable=not sys.stderr.isatty(), transient=True)
    ]
    made = [each for each in found if each is not None and np.isfinite(each.p_value)]
    p = np.array([each.p_value for each in made])
    z = np.array([each.z_positive if test == "choice_time" else each.z for each in made])
    rejected = float((p < 0.05).mean()) if len(p) else np.nan
    se = np.sqrt(rejected * (1 - rejected) / max(1, len(p)))
    holds = world not in (DEPENDENT if test == "choice_time" else SEVERAL)
    line = {
        "test": test,
        "world": world,
        "below_.05": rejected,
        "se": se,
        "below_.01": float((p < 0.01).mean()) if len(p) else np.nan,
        "z": float(z.mean()) if len(z) else np.nan,
        # within the limits, or outside by no more than two standard errors
        "passed": str(SIZE[0] - 2 * se <= rejected <= SIZE[1] + 2 * se) if holds else "",
        "not_available": 1 - len(made) / replications,
        "replications": replications,
    }
    return pd.DataFrame([line])


def report() -> None:
    """Print what is kept."""
    print(kept("assumption_tests").to_string(index=False, float_format="{:.3f}".format))


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each world ends."""
    parser = options(__doc__, replications=4000, boundary_replications=200, seed=1)
    arguments = parser.parse_args()
    many = {"choice_time": arguments.replications, "boundary": arguments.boundary_replications}
    for test, replications in many.items():
        for world in [*VIOLATIONS, *STARTS, *LARGE] if replications else []:
            # so many labelers that a tenth of the data sets tells as much
            n = replications // 10 if test == "choice_time" and world in LARGE else replications
            made = run(test, world, n, arguments.seed)
            keep(made, "assumption_tests", ["test", "world"])
            print(f"{test}, {world}: {made['below_.05'][0]:.3f}", flush=True)
    report()


if __name__ == "__main__":
    main()
