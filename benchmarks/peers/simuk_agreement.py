"""Calibration by another program: simuk's ranks of `hierarchical`, beside those of `calibrate`.

simuk draws from the prior, simulates and refits by PyMC alone; nothing of `calibrate` is
used but the test of uniform ranks.  It compiles anew for every data set, some seconds each.

    pip install simuk
    python -m benchmarks simuk_agreement [--simulations 100]
"""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.checks.uniform_ranks import p_value
from bayes_ddm.distributions import replaceable_rows
from benchmarks.accuracy.calibration import RUNS
from benchmarks.support.options import options
from benchmarks.support.results import keep, kept

DRAWS, CHAINS, RANKS = 500, 2, 99


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    parser = options(__doc__, simulations=100, seed=3)
    arguments = parser.parse_args()
    try:
        from simuk import SBC
    except ImportError:
        parser.error("simuk is not installed; pip install simuk")

    logging.getLogger("pymc").setLevel(logging.ERROR)
    run = RUNS[0]
    sampling = {"draws": DRAWS, "tune": DRAWS, "chains": CHAINS, "nuts_sampler": "nutpie"}
    # the upper limit of ndt has to follow the simulated rows
    with replaceable_rows():
        program = bd.models.builder(run.model)(run.design(), **run.priors)
    simulations = SBC(
        program,
        num_simulations=arguments.simulations,
        sample_kwargs=sampling | {"cores": CHAINS},
        seed=arguments.seed,
    )
    simulations.run_simulations()

    ours = kept("calibration").set_index(["model", "run", "parameter"]).loc[run.model, "first"]
    lines = []
    for name, below in simulations.simulations["prior_sbc"].items():
        # simuk ranks among all draws, which are correlated: fewer ranks lose nothing
        found = np.asarray(below).ravel() * (RANKS + 1) // (DRAWS * CHAINS + 1)
        share = float(((found >= 5) & (found < 95)).mean())
        lines.append(
            {
                "model": run.model,
                "parameter": name,
                "simulations": len(found),
                "p_value": p_value(found, RANKS),
                "cover_90": share,
                "se_90": np.sqrt(share * (1 - share) / len(found)),
                "ours_p_value": ours.loc[name, "p_value"],
                "ours_cover_90": ours.loc[name, "cover_90"],
            }
        )
    table = pd.DataFrame(lines)
    keep(table, "simuk_agreement")
    print(table.to_string(index=False, float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
