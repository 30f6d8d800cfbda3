"""Simulation-based calibration of every model: whether posteriors are as wide as they should be.

Each model is fitted to data sets simulated from its own prior, and the truth ranked among the
posterior draws. A parameter whose ranks leave their 99 % simultaneous envelope sends its model
through 1,000 fresh simulations. Designs and priors are in `RUNS`: moderate, so that data sets are
sane; rows, features and labelers as small as each model can do with.

    python -m benchmarks calibration [--models "hierarchical;mixture"] [--simulations 200]
    python -m benchmarks calibration --coverage     # 90 % intervals of mu, 2,000 simulations
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm

import bayes_ddm as bd
from bayes_ddm.distributions.priors import by_labeler
from benchmarks.support.kept import RESULTS, keep, kept
from benchmarks.support.options import options, some_of

RERUN, COVERAGE = 1000, 2000
# share of 90 % intervals that may hold the truth
COVERED = (0.88, 0.92)

BOUNDARY, NDT = pm.LogNormal.dist(0.2, 0.4), pm.HalfNormal.dist(0.3)
SHARED = {"boundary": BOUNDARY, "ndt": NDT}
MU = {"mu": pm.Normal.dist(0, 1)}
SCALAR = MU | {"sigma": pm.HalfNormal.dist(1)}
THETA = {"theta": pm.Normal.dist(0, 1), "Sigma": pm.HalfNormal.dist(1)}
SPREAD = pm.LogNormal.dist(-1.2, 0.5)


@dataclass(frozen=True)
class Run:
    """A model, its priors (the others are its defaults), and a design."""

    model: str
    priors: dict[str, Any]
    labelers: int = 30
    choices: int = 8
    features: int = 0

    def design(self) -> bd.Choices:
        """Return the design; its choices and times are replaced."""
        rng = np.random.default_rng(1)
        shape = (self.labelers * self.choices, self.features)
        return bd.simulate.experiment(
            "normal" if not self.features else lambda rng, n: np.zeros((n, self.features)),
            labelers=self.labelers,
            choices=self.choices,
            boundary=1.25,
            features=rng.normal(size=shape) if self.features else None,
            seed=1,
        )


RUNS = [
    Run("hierarchical", SCALAR | SHARED),
    Run("contextual", THETA | SHARED, features=2),
    Run("pooled", MU | SHARED),
    Run(
        "labeler_boundary",
        SCALAR
        | {
            "boundary": by_labeler(BOUNDARY, SPREAD),
            "ndt": by_labeler(pm.LogNormal.dist(-1.2, 0.5), SPREAD),
        },
    ),
    Run("mixture", MU | SHARED | {"type_spread": pm.LogNormal.dist(-0.7, 0.5)}, labelers=40),
    Run(
        "student",
        MU | SHARED | {"scale": pm.HalfNormal.dist(1), "heavy": pm.Gamma.dist(3, 0.5)},
        labelers=40,
    ),
    Run("start_bias", SCALAR | SHARED | {"start": pm.Beta.dist(5, 5)}),
    Run(
        "contaminated",
        SCALAR | SHARED | {"lapse": pm.Beta.dist(2, 20), "lapse_rt": pm.LogNormal.dist(0, 0.5)},
    ),
    Run("choice_only", SCALAR),
    Run(
        "anonymous_boundary",
        SCALAR | {"boundary": by_labeler(BOUNDARY, SPREAD), "ndt": NDT},
        labelers=120,
        choices=1,
    ),
]


def calibrated(run: Run, simulations: int, seed: int, kind: str) -> bd.Calibration:
    """Run one, write its lines to the table and draw its figure."""
    made = bd.calibrate(
        run.design(),
        run.model,
        simulations=simulations,
        seed=seed,
        progress=sys.stderr.isatty(),
        **run.priors,
    )
    counts = {name: getattr(made, name) for name in ("failed_fits", "divergent", "slow", "seconds")}
    lines = made.table.reset_index().assign(**counts)
    lines.insert(0, "model", run.model)
    lines.insert(1, "run", kind)
    lines.insert(4, "inside", lines["p_value"] >= 0.01)
    old = kept("calibration")
    if len(old):
        # a rerun goes with the first run that called for it
        stale = {"first": ["first", "rerun"]}.get(kind, [kind])
        lines = pd.concat([old[(old["model"] != run.model) | ~old["run"].isin(stale)], lines])
    keep(lines, "calibration")
    made.plot().savefig(RESULTS / f"calibration_{run.model}.png", dpi=80)
    print(f"{made!r}\n{made.seconds:.2f} s a simulation, seed {made.seed}\n", flush=True)
    return made


def main() -> int:
    """Print and write everything; exit status 1 if a model fails."""
    names = [run.model for run in RUNS]
    parser = options(__doc__, simulations=200, seed=1)
    parser.add_argument("--models", type=some_of(names), default=names, help="a;b")
    parser.add_argument("--coverage", action="store_true")
    arguments = parser.parse_args()
    if arguments.coverage:
        made = calibrated(RUNS[0], COVERAGE, arguments.seed + 2, "coverage")
        share = float(made.table.loc["mu", "cover_90"])
        print(
            f"90 % intervals of mu hold it in {share:.1%}, allowed {COVERED[0]:.0%} to "
            f"{COVERED[1]:.0%}"
        )
        return int(not COVERED[0] <= share <= COVERED[1])
    failed = []
    for name in arguments.models:
        (run,) = (run for run in RUNS if run.model == name)
        made = calibrated(run, arguments.simulations, arguments.seed, "first")
        if made.failed:
            made = calibrated(run, RERUN, arguments.seed + 1, "rerun")
        failed += [] if made.passed else [name]
    print(f"failed: {', '.join(failed)}" if failed else "every model passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
