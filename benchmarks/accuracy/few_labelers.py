"""How often 95 % intervals of the average preference hold it with 5, 10 or 20 labelers.

    python -m benchmarks few_labelers [--replications 4000] [--parts "scalar;two features"]

Closed form at the known boundary, where so few labelers are far from a normal limit: Student's t,
its degrees of freedom the labelers less one, beside the normal interval that it replaces. Scalar
(20 choices each; normal and skewed populations), and two features (40 choices each).
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from rich.progress import track
from scipy.special import ndtri

import bayes_ddm as bd
from bayes_ddm.estimators import consistent, known_boundary
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

NDT = 0.3
LABELERS = (5, 10, 20)
PREFERENCES = np.array([0.6, -0.4])
COVARIANCE = np.array([[0.3, -0.1], [-0.1, 0.2]])
PARTS = ("scalar", "scalar, skewed", "two features")
# of what is symmetric; an average of five is not normal where people are not
HELD_TO = {"scalar": (0.94, 0.96), "scalar, skewed": (0.88, 0.97), "two features": (0.94, 0.96)}


def sample(part: str, labelers: int, seed: int) -> bd.Choices:
    """One experiment."""
    random = np.random.default_rng([11, labelers, seed])
    common = {"labelers": labelers, "boundary": BOUNDARY, "ndt": NDT, "seed": random}
    if part != "two features":
        who = POPULATIONS["skewed" if "skewed" in part else "normal"]
        return bd.simulate.experiment(who, choices=20, **common)
    return bd.simulate.experiment(
        bd.simulate.population("normal", mean=PREFERENCES, covariance=COVARIANCE),
        choices=40,
        features=lambda rng, n: rng.normal(size=(n, 2)),
        feature_names=("x", "y"),
        **common,
    )


def run(part: str, labelers: int, replications: int) -> pd.DataFrame:
    """One line: coverage by Student's t and by the normal, of the first preference."""
    name = "skewed" if "skewed" in part else "normal"
    mean = float(PREFERENCES[0] if part == "two features" else POPULATIONS[name].mean)
    held = np.zeros((replications, 2), dtype=bool)
    each = track(range(replications), f"{part}, {labelers}", disable=not sys.stderr.isatty())
    for seed in each:
        choices = sample(part, labelers, seed)
        made = consistent(choices, known_boundary(choices, BOUNDARY, NDT))
        low, high = made.interval()[0]
        off = abs(made.values[0] - mean) / made.se[0]
        held[seed] = low <= mean <= high, off <= ndtri(0.975)
    student, normal = held.mean(axis=0)
    low, high = HELD_TO[part]
    line = {
        "intervals": part,
        "labelers": labelers,
        "coverage": student,
        "se": np.sqrt(student * (1 - student) / replications),
        "by the normal": normal,
        "least": low,
        "most": high,
        "passed": low <= student <= high,
        "replications": replications,
    }
    return pd.DataFrame([line])


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each line ends."""
    parser = options(__doc__, replications=4000)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="a;b")
    arguments = parser.parse_args()
    for part in arguments.parts:
        for labelers in LABELERS:
            made = run(part, labelers, arguments.replications)
            print(made.to_string(index=False, float_format="{:.4f}".format), flush=True)
            keep(made, "few_labelers", ["intervals", "labelers"])


if __name__ == "__main__":
    main()
