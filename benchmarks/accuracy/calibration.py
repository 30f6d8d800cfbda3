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
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.people import with_between
from bayes_ddm.distributions.priors import by_condition, by_labeler
from benchmarks.support.options import options, some_of
from benchmarks.support.results import RESULTS, keep, kept

RERUN, COVERAGE = 1000, 2000
# share of 90 % intervals that may hold the truth
COVERED = (0.88, 0.92)

BOUNDARY, NDT = pm.LogNormal.dist(0.2, 0.4), pm.HalfNormal.dist(0.3)
SHARED = {"boundary": BOUNDARY, "ndt": NDT}
MU = {"mu": pm.Normal.dist(0, 1)}
SCALAR = MU | {"sigma": pm.HalfNormal.dist(1)}
THETA = {"theta": pm.Normal.dist(0, 1), "Sigma": pm.HalfNormal.dist(1)}
SPREAD = pm.LogNormal.dist(-1.2, 0.5)
NOISE, CLOSING = pm.HalfNormal.dist(0.7), pm.LogNormal.dist(-2.3, 0.6)


@dataclass(frozen=True)
class Run:
    """A model, its priors (the others are its defaults), and a design.

    With a title it has a name of its own.  Then, but beside a deadline, every labeler answers under
    two instructions, with an attribute ``x``; labelers come from two countries.
    """

    model: str
    priors: dict[str, Any]
    labelers: int = 30
    choices: int = 8
    features: int = 0
    title: str = ""
    drift: str | None = None
    between: str | None = None
    deadline: float | None = None
    omissions: str = "rows"

    @property
    def name(self) -> str:
        """What tables call it."""
        return self.title or self.model

    def design(self) -> bd.Choices:
        """Return the design; its choices and times are replaced."""
        rng = np.random.default_rng(1)
        if self.title and self.deadline is None:
            who = np.repeat(np.arange(self.labelers), self.choices)
            frame = pd.DataFrame({"choice": 1, "rt": 1.0 + rng.random(len(who)), "labeler": who})
            frame["instruction"] = np.tile(["speed", "accuracy"], len(who) // 2)
            frame["x"] = rng.normal(size=len(who))
            frame["country"] = np.where(who % 3, "FR", "JP")
            kept = ["instruction", "x", "country"]
            choices = bd.Choices.from_frame(frame, labeler="labeler", covariates=kept)
            return with_between(with_drift(choices, self.drift), self.between)
        shape = (self.labelers * self.choices, self.features)
        return bd.simulate.experiment(
            "normal" if not self.features else lambda rng, n: np.zeros((n, self.features)),
            labelers=self.labelers,
            choices=self.choices,
            boundary=1.25,
            features=rng.normal(size=shape) if self.features else None,
            deadline=self.deadline,
            omissions=self.omissions,
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
    Run("contextual", THETA | SHARED, title="intercept", drift="1 + x"),
    Run(
        "hierarchical",
        SCALAR | {"boundary": by_condition("instruction", BOUNDARY), "ndt": NDT},
        title="boundary by condition",
    ),
    Run(
        "hierarchical",
        SCALAR | {"boundary": BOUNDARY, "ndt": by_condition("instruction", NDT)},
        title="ndt by condition",
    ),
    Run("hierarchical", SCALAR | SHARED, title="means by group", between="country"),
    Run(
        "labeler_boundary",
        SCALAR
        | {
            "boundary": by_labeler(by_condition("instruction", BOUNDARY), SPREAD),
            "ndt": by_labeler(by_condition("instruction", pm.LogNormal.dist(-1.2, 0.5)), SPREAD),
        },
        title="own boundary and ndt by condition",
    ),
    Run("hierarchical", SCALAR | SHARED | {"drift_noise": NOISE}, title="drift noise"),
    Run("hierarchical", SCALAR | SHARED | {"collapse": CLOSING}, title="closing bounds"),
    Run(
        "hierarchical",
        SCALAR | SHARED | {"drift_noise": NOISE, "collapse": by_labeler(CLOSING, SPREAD)},
        title="own closing bounds, drift noise",
    ),
    Run(
        "contextual",
        THETA | SHARED | {"drift_link": pm.LogNormal.dist(0, 0.4)},
        choices=12,
        title="saturating drift",
        drift="1 + x",
    ),
    Run("hierarchical", SCALAR | SHARED, title="omissions", deadline=1.5),
    Run(
        "hierarchical",
        SCALAR | SHARED,
        labelers=120,
        choices=1,
        title="anonymous omissions",
        deadline=1.5,
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
    lines.insert(0, "model", run.name)
    lines.insert(1, "run", kind)
    lines.insert(4, "inside", lines["p_value"] >= 0.01)
    old = kept("calibration")
    if len(old):
        # a rerun goes with the first run that called for it
        stale = {"first": ["first", "rerun"]}.get(kind, [kind])
        lines = pd.concat([old[(old["model"] != run.name) | ~old["run"].isin(stale)], lines])
    keep(lines, "calibration")
    made.plot().savefig(RESULTS / f"calibration_{run.name.replace(' ', '_')}.png", dpi=80)
    print(f"{made!r}\n{made.seconds:.2f} s a simulation, seed {made.seed}\n", flush=True)
    return made


def main() -> int:
    """Print and write everything; exit status 1 if a model fails."""
    names = [run.name for run in RUNS]
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
        (run,) = (run for run in RUNS if run.name == name)
        made = calibrated(run, arguments.simulations, arguments.seed, "first")
        if made.failed:
            made = calibrated(run, RERUN, arguments.seed + 1, "rerun")
        failed += [] if made.passed else [name]
    print(f"failed: {', '.join(failed)}" if failed else "every model passed")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
