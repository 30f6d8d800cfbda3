"""Size and power of the specification test: a normal population against the closed form.

    python -m benchmarks specification [--replications 2000] [--parts "300 x 2;power"]

Boundary 1.25 and ndt 0.3, both estimated; tests at 5 %.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from rich.progress import track

import bayes_ddm as bd
from bayes_ddm.estimators import specification_test
from benchmarks.support.options import options, some_of
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

NDT, LEVEL = 0.3, 0.05

# name: population, labelers, choices, features, share of replications, allowed rejections
PARTS = {
    "300 x 2": ("normal", 300, 2, 0, 1.0, (0.04, 0.06)),
    "3,000 x 2": ("normal", 3_000, 2, 0, 1.0, (0.04, 0.06)),
    "1,000 x 2, two features": ("normal", 1_000, 2, 2, 1.0, (0.04, 0.06)),
    "power": ("skewed", 15_000, 2, 0, 0.05, (0.8, 1.0)),
}


def sample(part: str, seed: int) -> bd.Choices:
    """One experiment; with features every labeler answers one comparison twice."""
    name, labelers, choices, features, *_ = PARTS[part]
    rng = np.random.default_rng([11, seed])
    who, psi = POPULATIONS[name], None
    if features:
        who = bd.simulate.population("normal", mean=[0.6, -0.4], sd=[0.6, 0.4])
        psi = np.repeat(rng.normal(size=(labelers, features)), choices, axis=0)
    return bd.simulate.experiment(
        who,
        labelers=labelers,
        choices=choices,
        boundary=BOUNDARY,
        ndt=NDT,
        features=psi,
        seed=rng,
    )


def run(part: str, replications: int) -> pd.DataFrame:
    """One line: share of rejections, and which boundary the closed form used."""
    name, *_, share, (low, high) = PARTS[part]
    n = max(1, round(share * replications))
    tests = [
        specification_test(sample(part, seed))
        for seed in track(range(1, n + 1), part, disable=not sys.stderr.isatty())
    ]
    p = np.array([test.p_value for test in tests])
    rejected = float((p < LEVEL).mean())
    line = {
        "design": part,
        "population": name,
        "rejected": rejected,
        "se": np.sqrt(rejected * (1 - rejected) / n),
        "without": np.isnan(p).mean(),
        "conditional": np.mean([test.boundary.method == "conditional" for test in tests]),
        "difference": np.mean([test.difference[0] for test in tests]),
        "least": low,
        "most": high,
        "passed": low <= rejected <= high,
        "replications": n,
    }
    return pd.DataFrame([line])


def main() -> None:
    """Print the table, and write it to ``benchmarks/results`` as each part ends."""
    parser = options(__doc__, replications=2000)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="a;b")
    arguments = parser.parse_args()
    for part in arguments.parts:
        made = run(part, arguments.replications)
        print(made.to_string(index=False, float_format="{:.4f}".format), flush=True)
        keep(made, "specification", ["design"])


if __name__ == "__main__":
    main()
