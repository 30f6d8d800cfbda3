"""Choices and response times that a fit expects, along one variable."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bayes_ddm.plots.style import BLUE, GREY, ORANGE, legend, panels

COLOURS = BLUE, ORANGE, GREY, "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"
LINES = "-", "--", "-.", ":"


class DrawnResponseCurve(Protocol):
    """Expected choices and times along one variable."""

    @property
    def name(self) -> str: ...
    @property
    def by(self) -> str | None: ...
    @property
    def table(self) -> pd.DataFrame: ...
    @property
    def has_times(self) -> bool: ...
    @property
    def prob(self) -> float: ...


def response_curve(found: DrawnResponseCurve, *, figure: Any = None) -> Figure:
    """Draw the probability of +1, and the mean response time, with their intervals.

    Parameters
    ----------
    found : ResponseCurve
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
    """
    columns = ["p_positive", "rt"] if found.has_times else ["p_positive"]
    labels = {"p_positive": "probability of +1", "rt": "mean response time (s)"}
    figure, axes = panels(
        figure, "What the fit expects", len(columns), size=(0.6, 3.7), panel=(3.9, 0)
    )
    tables = [("", found.table)]
    if found.by is not None:
        tables = [(str(level), table) for level, table in found.table.groupby(found.by, sort=False)]
    numeric = pd.api.types.is_numeric_dtype(found.table[found.name])
    for axis, column in zip(axes, columns, strict=True):
        for k, (level, table) in enumerate(tables):
            colour, line = COLOURS[k % len(COLOURS)], LINES[k % len(LINES)]
            label = f"{found.by} = {level}" if level else None
            _curve(axis, table, found.name, column, numeric, colour, line, label, k)
        axis.set_xlabel(found.name)
        axis.set_ylabel(f"{labels[column]}, {found.prob:.0%} interval")
        axis.grid(color="0.93")
        axis.set_axisbelow(True)
    if found.by is not None:
        legend(axes[0])
    return figure


def _curve(
    axis: Any,
    table: pd.DataFrame,
    name: str,
    column: str,
    numeric: bool,
    colour: str,
    line: str,
    label: str | None,
    k: int,
) -> None:
    mean, low, high = (table[f"{column}{end}"].to_numpy() for end in ("", "_low", "_high"))
    if numeric:
        x = table[name].to_numpy()
        axis.fill_between(x, low, high, color=colour, alpha=0.2, lw=0)
        axis.plot(x, mean, ls=line, color=colour, label=label)
        return
    x = np.arange(len(table)) + 0.08 * k
    axis.errorbar(
        x,
        mean,
        [mean - low, high - mean],
        fmt="o",
        ms=5,
        color=colour,
        capsize=3,
        label=label,
    )
    axis.set_xticks(np.arange(len(table)), table[name].astype(str))
