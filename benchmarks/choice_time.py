"""How often choice and time are found to depend on each other, whatever else is broken.

    python -m benchmarks.choice_time [--replications 4000]

The worlds of `benchmarks.violations`, 500 labelers x 4 choices, then weaker starts. Only a start
off the middle, lapses and anticipations break the independence; elsewhere as many tests as their
level says should reject.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm.estimators import choice_time_test
from benchmarks.kept import keep
from benchmarks.populations import BOUNDARY, POPULATIONS
from benchmarks.violations import CHOICES, LABELERS, NDT, VIOLATIONS, broken

RESULTS = Path(__file__).parent / "results" / "choice_time.csv"
DEPENDENT = ("start bias", "lapses", "late lapses", "anticipations")
STARTS = {"start 0.52": 0.52, "start 0.55": 0.55}
SIZE = (0.04, 0.06)


def sample(world: str, seed: np.random.SeedSequence) -> bd.Choices:
    """One experiment of a broken world, or with this start."""
    if world in VIOLATIONS:
        return broken(world, seed)[0]
    return bd.simulate.experiment(
        POPULATIONS["normal"],
        labelers=LABELERS,
        choices=CHOICES,
        boundary=BOUNDARY,
        ndt=NDT,
        start=STARTS[world],
        seed=np.random.default_rng(seed),
    )


def run(world: str, replications: int, seed: int) -> pd.DataFrame:
    """One line: shares of tests that reject, and what they find."""
    children = np.random.SeedSequence(seed).spawn(replications)
    tests = [
        found
        for child in track(children, world, disable=not sys.stderr.isatty(), transient=True)
        if (found := choice_time_test(sample(world, child))) is not None
    ]
    p = np.array([test.p_value for test in tests])
    rejected = float((p < 0.05).mean())
    line = {
        "world": world,
        "below_.05": rejected,
        "se": np.sqrt(rejected * (1 - rejected) / len(p)),
        "below_.01": (p < 0.01).mean(),
        "z_positive": np.mean([test.z_positive for test in tests]),
        "z_usual": np.mean([test.z_usual for test in tests]),
        "positive_faster": np.mean([test.positive_faster for test in tests]),
        "usual_faster": np.mean([test.usual_faster for test in tests]),
        "passed": ""
        if world in DEPENDENT or world in STARTS
        else str(SIZE[0] <= rejected <= SIZE[1]),
        "replications": len(tests),
    }
    return pd.DataFrame([line])


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each world ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for i, world in enumerate([*VIOLATIONS, *STARTS]):
        made = run(world, arguments.replications, arguments.seed)
        keep(made, RESULTS, ["world"])
        text = made.to_string(index=False, float_format="{:.3f}".format).split("\n")
        print("\n".join(text[min(i, 1) :]), flush=True)


if __name__ == "__main__":
    main()
