"""What each step towards what people do is worth, in every real sample: one ladder each.

    python -m benchmarks ladders [--sample cavanagh2011] [--folds 5] [--seed 0]

`bayes_ddm.explore` on each sample, its attributes to choose among; prints the ladders, writes
``results/ladders.csv``, a sample at a time, and draws what is there in ``results/ladders.png``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

import bayes_ddm as bd
from bayes_ddm.plots.style import NotebookFigure
from benchmarks.accuracy.real_samples import DRIFT, SAMPLES
from benchmarks.support.options import options
from benchmarks.support.results import RESULTS, keep, kept

NAME = "ladders"
# where attributes are categories
DECIDE = ("own", "start", "noise", "collapse")
# attributes as they are, those of the page on models, and what conditions move
GIVEN: dict[str, dict[str, Any]] = {
    "amasino2019": {"drift": ["1 + d_amount + d_delay", DRIFT["amasino2019"]]},
    "krajbich2010": {"drift": ["0 + d_rating", DRIFT["krajbich2010"]]},
    "cavanagh2011": {
        "drift": DRIFT["cavanagh2011"],
        "steps": ("own", "start", "noise", "collapse"),
    },
    "wagenmakers2008": {
        "drift": DRIFT["wagenmakers2008"],
        "steps": DECIDE,
        "boundary": "condition",
        "ndt": "condition",
    },
}
TITLES = {
    "amasino2019": "intertemporal choice",
    "krajbich2010": "snacks",
    "cavanagh2011": "conflict",
    "wagenmakers2008": "speed and accuracy",
}


@dataclass(frozen=True)
class Kept:
    """A ladder as results keep it, to be drawn."""

    table: pd.DataFrame


def report() -> None:
    """Print the ladders that are kept, and draw them."""
    rows = kept(NAME)
    samples = [sample for sample in TITLES if sample in set(rows["sample"])]
    parts = [rows[rows["sample"] == sample].set_index("step") for sample in samples]
    heights = [2.2 + 0.34 * len(part) for part in parts]
    figure = NotebookFigure(figsize=(7.2, sum(heights)), layout="constrained")
    below = figure.subfigures(len(parts), 1, height_ratios=heights, squeeze=False).ravel()
    for sample, part, panel in zip(samples, parts, below, strict=True):
        table = part.drop(columns="sample")
        print(f"{TITLES[sample]}\n{table.to_string(float_format='{:.4g}'.format)}\n")
        bd.plots.ladder(Kept(part), figure=panel)
        n = int(part["choices"].iloc[0])
        panel.suptitle(f"{TITLES[sample]}: {n:,} choices", x=0.01, ha="left", fontsize=11)
    figure.savefig(RESULTS / f"{NAME}.png", dpi=80)


def main() -> None:
    """Run the samples asked for."""
    parser = options(__doc__, folds=5, seed=0)
    parser.add_argument("--sample", choices=SAMPLES, help="only this one")
    run = parser.parse_args()
    for sample in [run.sample] if run.sample else GIVEN:
        choices = SAMPLES[sample]()
        made = bd.explore(choices, folds=run.folds, seed=run.seed, progress=False, **GIVEN[sample])
        print(f"{made}\n", flush=True)
        table = made.table.reset_index()[["step", "gain", "se", "kept", "finding"]]
        table.insert(0, "sample", sample)
        about = {"choices": made.choices, "labelers": made.labelers, "folds": made.folds}
        keep(table.assign(**about), NAME, ["sample"], order=list(TITLES))
    report()


if __name__ == "__main__":
    main()
