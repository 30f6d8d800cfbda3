"""What fast answers to words are: how many are right, by instruction and by how fast they came.

    python -m benchmarks words

Each person's answers under each instruction, from their fastest to their slowest, in bins: median
time, share that is right, and share of "word".  A diffusion with a start that does not vary, and
nothing but decisions, has its fastest answers as often right as the others.  Writes
``results/words.csv``, and draws ``results/words.png``.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from bayes_ddm.plots.style import NotebookFigure
from benchmarks.accuracy.real_samples import SAMPLES
from benchmarks.support.options import options
from benchmarks.support.results import RESULTS, keep

NAME = "words"
FASTER = (0, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 1)


def binned() -> pd.DataFrame:
    """Shares by instruction and bin of each person's times."""
    rows = SAMPLES["wagenmakers2008"]().to_frame()
    word = rows["choice"] > 0
    rows = rows.assign(word=word, right=word == (rows["stim_cat"] == "word"))
    rank = rows.groupby(["labeler", "condition"])["rt"].rank(pct=True)
    rows["faster_than"] = pd.cut(rank, FASTER, labels=FASTER[1:]).astype(float)
    sums = {"rt": ("rt", "median"), "right": ("right", "mean"), "word": ("word", "mean")}
    return (
        rows.groupby(["condition", "faster_than"]).agg(answers=("rt", "size"), **sums).reset_index()
    )


def main() -> None:
    """Print, keep and draw."""
    options(__doc__).parse_args()
    table = binned()
    print(table.to_string(index=False, float_format="{:.3f}".format))
    keep(table, NAME)
    figure = NotebookFigure(figsize=(5.6, 3.2), layout="constrained")
    axes = figure.subplots()
    for instruction, mine in table.groupby("condition"):
        se = np.sqrt(mine["right"] * (1 - mine["right"]) / mine["answers"])
        axes.errorbar(mine["rt"], mine["right"], 2 * se, marker="o", ms=3, label=instruction)
    axes.set(xlabel="response time (s), median of the bin", ylabel="share that is right")
    axes.legend(frameon=False)
    figure.savefig(RESULTS / f"{NAME}.png", dpi=80)


if __name__ == "__main__":
    main()
