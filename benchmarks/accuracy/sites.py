"""Sites that share no rows: how far their combined posterior is from that of one table.

Five sites of 200 labelers, 10 choices each; normal drifts, boundary 1.25, ndt 0.3 s. The first site
asks in a box around its own posterior, ndt up to the fastest response of all. The posterior of all
rows in one place is integrated on a finer grid.

    python -m benchmarks sites [--replications 20]
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.privacy.federated.combine import Combined
from bayes_ddm.privacy.federated.question import Question
from benchmarks.support.options import options
from benchmarks.support.results import keep

SITES = 5
PEOPLE = {"labelers": 200, "choices": 10, "boundary": 1.25, "ndt": 0.3}
LIMIT = 0.001  # standard deviations of the posterior mean of mu
FINE = 11


def combined(sites: list[bd.Choices], question: Question) -> Combined:
    """All sites' answers to a question as one."""
    answers = [
        bd.federated.answer(choices, question, site=str(i)) for i, choices in enumerate(sites)
    ]
    return bd.federated.combine(answers)


def run(seed: int) -> list[dict[str, object]]:
    """Errors of one and of two rounds, in standard deviations."""
    seeds = np.random.SeedSequence(seed).spawn(SITES)
    sites = [
        bd.simulate.experiment("normal", **PEOPLE, seed=np.random.default_rng(child))
        for child in seeds
    ]
    own = bd.federated.ask(sites[0])
    top = min(float(choices.rt.min()) for choices in sites) - 1e-3
    first = combined(sites, replace(own, high=(*own.high[:3], min(own.high[3], top))))
    second = combined(sites, first.ask_again())
    frames = [choices.to_frame().assign(site=i) for i, choices in enumerate(sites)]
    table = pd.concat(frames, ignore_index=True)
    table["id"] = table["site"] * 10_000 + table["labeler"]
    rows = bd.Choices.from_frame(table, labeler="id")
    whole = combined([rows], replace(first.ask_again(), nodes=FINE)).posterior
    return [
        {"round": i, "said": made.error}
        | ((made.posterior["mean"] - whole["mean"]).abs() / whole["sd"]).to_dict()
        for i, made in enumerate((first, second), 1)
    ]


def main() -> int:
    """Print the largest errors and keep them; exit status 1 if that of mu is beyond the limit."""
    arguments = options(__doc__, replications=20, seed=1).parse_args()
    found = [row for i in range(arguments.replications) for row in run(arguments.seed + i)]
    table = pd.DataFrame(found).groupby("round", as_index=False).max()
    table["replications"] = arguments.replications
    keep(table, "sites")
    print(table.to_string(index=False, float_format="{:.2g}".format))
    return 0 if (table["mu"] < LIMIT).all() else 1


if __name__ == "__main__":
    sys.exit(main())
