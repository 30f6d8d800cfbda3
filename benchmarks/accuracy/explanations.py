"""What explanations say where the fault is known: three simulated data sets, one fault each.

A skewed population; boundaries of the labelers' own; a lapse in twenty choices.  The normal model
is fitted to each, compared with the closed form, and its disagreement explained.

    python -m benchmarks explanations

Prints the verdict, the table and the text of each, and writes ``results/explanations.csv``.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment
from benchmarks.support.results import keep

KNOWN = {"boundary": 1.25, "ndt": 0.3, "seed": 1}
RUN = {"draws": 500, "tune": 500, "chains": 2, "cores": 1, "progress": False}


def data() -> dict[str, Choices]:
    """Choices by the fault that the normal model has with them."""
    boundary = 1.25 * np.exp(0.3 * np.random.default_rng(99).normal(size=200))
    return {
        "skewed population": experiment("skewed", labelers=1500, choices=2, **KNOWN),
        "own boundaries": experiment(
            "normal", labelers=200, choices=20, **KNOWN | {"boundary": boundary}
        ),
        "lapses": _with_guesses(0.05, labelers=300, choices=20),
    }


def _with_guesses(share: float, **design: int) -> Choices:
    """Choices some of which are guesses at any time, uniform from the fastest to the slowest."""
    rng = np.random.default_rng(KNOWN["seed"])
    choices = experiment("normal", **design, **KNOWN | {"seed": rng})
    choice, rt = choices.choice.copy(), choices.rt.copy()
    guess = rng.random(rt.size) < share
    choice[guess] = rng.choice(np.array([1, -1], dtype=np.int8), guess.sum())
    rt[guess] = rng.uniform(rt.min(), rt.max(), guess.sum())
    return replace(choices, choice=choice, rt=rt)


def main() -> None:
    """Print the explanations and write their tables to benchmarks/results/."""
    warnings.simplefilter("ignore", bd.ConvergenceWarning)
    tables = []
    for name, choices in data().items():
        started = time.process_time()
        comparison = bd.compare(bd.fit(choices, seed=1, **RUN))
        found = bd.explain(comparison, **RUN)
        seconds = time.process_time() - started
        print(f"--- {name}\n{comparison.verdict}\n\n{found}\n\n{seconds:.0f} s\n", flush=True)
        tables.append(found.table.assign(data=name, seconds=seconds))
    table = pd.concat(tables)
    table.insert(0, "data", table.pop("data"))
    keep(table, "explanations")


if __name__ == "__main__":
    main()
