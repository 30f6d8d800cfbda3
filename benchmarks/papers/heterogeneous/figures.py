"""Figures: error or cosine against the number of choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

__all__ = ["ablation", "contextual", "real", "scalar"]

# Okabe & Ito's colours; lines of a figure take them in this order
STYLES = [
    ("#D55E00", "s"),
    ("#E69F00", "^"),
    ("#0072B2", "o"),
    ("#009E73", "D"),
    ("#000000", "v"),
    ("#CC79A7", "P"),
    ("#56B4E9", "X"),
]
GREY = "#595959"
N = "number of choices n"


def scalar(table: pd.DataFrame) -> Figure:
    """Root mean square error of the average drift; floors dashed."""
    names, kinds = table["population"].unique(), sorted(table["choices_per_labeler"].unique())
    drawing = Drawing(len(kinds), len(names), table["estimator"], sharey=True)
    for row, each in zip(drawing.axes, kinds, strict=True):
        for axis, name in zip(row, names, strict=True):
            part = table[(table["population"] == name) & (table["choices_per_labeler"] == each)]
            drawing.lines(axis, part, "estimator", "rmse", error="rmse_se", floor="floor")
            each_one = "one choice each" if each == 1 else "two choices each"
            axis.set_title(f"{name}, {each_one}", fontsize=9)
    title = "Error of the average drift, boundary 1.25, non-decision time 0"
    floor = Line2D([], [], color=GREY, ls="--", lw=0.9, label="left when n → ∞")
    return drawing.finished(title, N, ["RMSE of mu (1/√s)"] * len(kinds), floor)


def contextual(table: pd.DataFrame) -> Figure:
    """Error and angle of the average preference vector; floors dashed."""
    names = table["population"].unique()
    drawing = Drawing(2, len(names), table["estimator"], sharey="row")
    angle = table.assign(angle=1 - table["cosine"], angle_floor=1 - table["cosine_floor"])
    # by symmetry some floors are 0, up to the quadrature's error
    angle.loc[angle["angle_floor"] < 1e-5, "angle_floor"] = np.nan
    for above, under, name in zip(*drawing.axes, names, strict=True):
        part = angle[angle["population"] == name]
        drawing.lines(above, part, "estimator", "rmse", error="rmse_se", floor="floor")
        drawing.lines(under, part, "estimator", "angle", error="cosine_se", floor="angle_floor")
        above.set_title(name, fontsize=9)
    title = "Average preference over four attributes, one anonymous choice each"
    floor = Line2D([], [], color=GREY, ls="--", lw=0.9, label="Bradley-Terry, n → ∞")
    return drawing.finished(title, N, ["RMSE of theta (1/√s)", "1 - mean cosine"], floor)


def ablation(table: pd.DataFrame) -> Figure:
    """Errors of boundary and average drift, without and with a non-decision time."""
    names, delays = table["population"].unique(), sorted(table["ndt"].unique())
    rows = [(ndt, of) for ndt in delays for of in ("b", "mu")]
    drawing = Drawing(len(rows), len(names), table["scales"], sharey="row", height=2.2)
    # the truth's own error of b is 0
    table = table.assign(b_rmse=table["b_rmse"].where(table["b_rmse"] > 0))
    for row, (ndt, of) in zip(drawing.axes, rows, strict=True):
        for axis, name in zip(row, names, strict=True):
            part = table[(table["population"] == name) & (table["ndt"] == ndt)]
            drawing.lines(axis, part, "scales", f"{of}_rmse", error=f"{of}_rmse_se")
            axis.set_title(f"{name}, ndt {ndt:g} s", fontsize=9)
    labels = ["RMSE of b (√s)" if of == "b" else "RMSE of mu (1/√s)" for _, of in rows]
    return drawing.finished("Boundary from scales of the response times", N, labels)


def real(table: pd.DataFrame) -> Figure:
    """1 - cosine in subsamples of the real rows, by units and target; published ones hollow."""
    # its cosines are negative, or have no sign
    table = table[table["estimator"] != "plug-in, three scales"]
    units, targets = table["unit"].unique(), table["target"].unique()
    drawing = Drawing(len(targets), len(units), table["estimator"], sharey="col")
    table = table.assign(angle=1 - table["cosine"])
    for row, target in zip(drawing.axes, targets, strict=True):
        for axis, unit in zip(row, units, strict=True):
            part = table[(table["unit"] == unit) & (table["target"] == target)]
            drawing.lines(axis, part, "estimator", "angle")
            for line in part[part["published"].notna()].itertuples():
                colour, marker = drawing.styles[line.estimator]
                at = line.n, 1 - line.published
                axis.plot(*at, marker, ms=8, mew=1.4, mfc="none", mec=colour, zorder=9)
            axis.set_title(f"{unit}; target: {target}", fontsize=9)
    title = "Amasino et al. (2019): direction of the average preference, in subsamples of rows"
    published = Line2D([], [], ls="none", marker="o", ms=8, mew=1.4, mfc="none", mec=GREY)
    published.set_label("published")
    return drawing.finished(title, "rows", ["1 - mean cosine"] * len(targets), published)


class Drawing:
    """Panels on logarithmic axes in the style of the package's figures; a colour per line.

    Parameters
    ----------
    down, across : int
    names : Series
        Names of the lines, repeated or not.
    sharey : bool or str
        As for ``Figure.subplots``.
    height : float
        Of a panel, in inches.
    """

    def __init__(
        self, down: int, across: int, names: pd.Series, *, sharey: Any, height: float = 2.5
    ) -> None:
        size = (0.9 + 2.7 * across, 1.3 + height * down)
        self.figure = Figure(figsize=size, layout="constrained")
        self.axes = self.figure.subplots(down, across, squeeze=False, sharex=True, sharey=sharey)
        self.styles = {name: STYLES[i % len(STYLES)] for i, name in enumerate(names.unique())}
        for axis in self.axes.flat:
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.spines[["top", "right"]].set_visible(False)
            axis.grid(color="0.93")
            axis.set_axisbelow(True)
            axis.tick_params(labelsize=8)

    def lines(
        self,
        axis: Any,
        table: pd.DataFrame,
        by: str,
        value: str,
        *,
        error: str | None = None,
        floor: str | None = None,
    ) -> None:
        """Draw a line per name with bars of one standard error, and its floor."""
        for i, (name, rows) in enumerate(table.groupby(by, sort=False)):
            colour, marker = self.styles[name]
            bars = None if error is None else rows[error]
            # later ones lie under earlier ones, and stick out
            size = {"ms": 3.5 + 0.6 * i, "lw": 1.0 + 0.3 * i, "zorder": 4 - 0.1 * i}
            axis.errorbar(rows["n"], rows[value], yerr=bars, color=colour, marker=marker, **size)
            if floor is not None and np.isfinite(rows[floor].iloc[0]):
                axis.axhline(rows[floor].iloc[0], color=colour, ls="--", lw=0.9)

    def finished(self, title: str, x: str, y: list[str], *marks: Line2D) -> Figure:
        """Label the axes and add the legend, with further marks."""
        drawn = [line for axis in self.axes.flat for line in axis.get_lines()]
        sizes = sorted({n for line in drawn for n in sizes_of(line)})
        for axis in self.axes.flat:
            axis.set_xticks(sizes, [short(n) for n in sizes])
            axis.xaxis.set_minor_formatter(NullFormatter())
            axis.minorticks_off()
            low, high = axis.get_ylim()
            steps = (1, 2, 5) if high / low < 300 else (1,)
            axis.yaxis.set_major_locator(LogLocator(subs=steps, numticks=20))
            axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        for axis in self.axes[-1]:
            axis.set_xlabel(x, fontsize=9)
        for row, label in zip(self.axes, y, strict=True):
            row[0].set_ylabel(label, fontsize=9)
        known = [
            Line2D([], [], color=colour, marker=marker, ms=4, lw=1.2, label=name)
            for name, (colour, marker) in self.styles.items()
        ]
        self.figure.suptitle(title, x=0.01, ha="left", fontsize=11)
        style = {"ncols": 4, "fontsize": 8, "frameon": False}
        self.figure.legend(handles=[*known, *marks], loc="outside lower center", **style)
        return self.figure


def sizes_of(line: Line2D) -> list[float]:
    """Numbers of choices of a line; a floor has none."""
    return [n for n in np.asarray(line.get_xdata(), dtype=float).tolist() if n > 1]


def short(n: float) -> str:
    """Label of a number of choices."""
    return f"{n:g}" if n < 1_000 else f"{n / 1_000:.3g}k"
