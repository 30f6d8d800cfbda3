"""What was published, whether it was found, and both in a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from benchmarks.papers.general_framework.real import PUBLISHED, PUBLISHED_MISS, Lines
from benchmarks.papers.general_framework.streams import CHECKPOINTS
from benchmarks.papers.heterogeneous.tables import claim

NEAR = 0.002


def claims(table: pd.DataFrame) -> Lines:
    """What was published, judged at the plain setting: the first of its kind in the table.

    The span over all settings stands beside it; that one of many comes near shows little.
    """

    def of(part: str, method: str | None = None) -> pd.DataFrame:
        mine = table[(table["part"] == part) & table["published"].notna()]
        return mine if method is None else mine[mine["method"] == method]

    def plainly(mine: pd.DataFrame) -> str:
        values = mine["measured"]
        return (
            f"{values.iloc[0]:.4f} ({mine['setting'].iloc[0]}); {values.min():.4f} to "
            f"{values.max():.4f} over {len(mine)} settings"
        )

    found = []
    for method, published in PUBLISHED.items():
        mine = of("held-out choice error", method)
        near = abs(mine["measured"].iloc[0] - published) < NEAR
        found.append(claim(f"{method}: error {published}, to {NEAR}", plainly(mine), bool(near)))
    less = table[table["part"] == "error of choice and time less that of"]
    for method in ("choice only", "log-normal race"):
        mine = less[less["method"] == method]
        text = ", ".join(
            f"{line.measured:+.4f} (se {line.se:.4f}; {line.setting})" for line in mine.itertuples()
        )
        first = mine.iloc[0]
        title = f"choice and time errs less than {method}, by two standard errors"
        found.append(claim(title, text, bool(first["measured"] < -2 * first["se"])))
    mine = of("rt outside mean +- 1 sd")
    near = abs(mine["measured"].iloc[0] - PUBLISHED_MISS) < NEAR
    title = f"mean +- 1 sd misses {PUBLISHED_MISS} of response times, to {NEAR}"
    found.append(claim(title, plainly(mine), bool(near)))
    mine = of("discount factor larger with time")
    title = "discount factor larger with time for almost 90 %: for 85 at least"
    found.append(claim(title, plainly(mine), bool(mine["measured"].iloc[0] >= 0.85)))
    for line in of("slope of log squared error").itertuples():
        title = f"squared error falls as 1/n, to three standard errors: {line.method}"
        text = f"slope {line.measured:.3f} (se {line.se:.3f})"
        holds = bool(abs(line.measured + 1) < 3 * line.se)
        found.append(claim(f"{title}, {line.setting}", text, holds))
    grown = table[table["part"].str.contains("peak memory over")]["measured"].max()
    title = "a million rows at constant memory"
    found.append(claim(title, f"{grown:.3f} times that of 100,000 rows", bool(grown < 1.05)))
    far = table[table["part"].str.contains("distance from")]["measured"].max()
    title = "after a million rows within one standard error of the minimiser"
    found.append(claim(title, f"{far:.2f} at most", bool(far < 1)))
    return found


def figure(table: pd.DataFrame, factors: FloatArray, paths: pd.DataFrame) -> Figure:
    """Errors, missed response times, discount factors, and the rate."""
    made = Figure(figsize=(13, 10), layout="constrained")
    left, right = made.subplots(2, 2, width_ratios=(1.1, 1), height_ratios=(1.5, 1)).T
    colours = {"choice only": "#D55E00", "choice and time": "#0072B2", "log-normal race": "#009E73"}
    for axis, part in zip(left, ("held-out choice error", "rt outside mean +- 1 sd"), strict=True):
        mine = table[table["part"] == part].iloc[::-1].reset_index(drop=True)
        for i, line in mine.iterrows():
            colour = colours[line["method"]]
            bar = {"xerr": line["se"], "fmt": "o", "color": colour, "ms": 4, "lw": 1}
            axis.errorbar(line["measured"], i, **bar)
            axis.plot(line["published"], i, "|", color=colour, ms=11, mew=2)
        axis.set_yticks(range(len(mine)), mine["method"] + ": " + mine["setting"], fontsize=7)
        axis.set_title(f"{part}: measured (± se), published (bar)", fontsize=9)
        axis.set_xlim(left=0)
    axis = right[0]
    loss = -365 * np.log(factors)
    axis.plot(*loss, "o", color="#0072B2", ms=4)
    axis.axline((0, 0), slope=1, color="#595959", lw=1)
    axis.set_xscale("symlog", linthresh=1)
    axis.set_yscale("symlog", linthresh=1)
    axis.set_xlabel("choice only")
    axis.set_ylabel("choice and time")
    axis.set_title("-log discount factor, per year; below the line: larger with time", fontsize=9)
    axis = right[1]
    by_way = paths.groupby(["ratio", "method"], sort=False)
    styles = zip(by_way, ("o-", "s--", "^-", "v-"), strict=True)
    for ((ratio, method), path), style in styles:
        axis.loglog(
            path["rows"], path["squared_error"], style, ms=4, lw=1, label=f"{ratio}; {method}"
        )
    guide = paths["squared_error"].max() * CHECKPOINTS[0] / CHECKPOINTS
    axis.loglog(CHECKPOINTS, guide, ":", color="#595959", label="1/n")
    axis.set_xlabel("rows")
    axis.set_title("squared error, attributes of unit size", fontsize=9)
    axis.set_ylim(bottom=paths["squared_error"].min() / 8)
    axis.legend(fontsize=6, loc="lower left")
    return made
