"""What each step of a ladder of models is worth."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any, Protocol

import pandas as pd
from matplotlib.figure import Figure

from bayes_ddm.plots.style import BLUE, GREY, handle, legend, panels

# characters of a step's name
LONGEST = 44


class DrawnLadder(Protocol):
    """Steps in the order in which they were tried."""

    @property
    def table(self) -> pd.DataFrame: ...


def ladder(found: DrawnLadder, *, figure: Any = None) -> Figure:
    """Draw what each step adds to the log score of rows held out, with two standard errors.

    Parameters
    ----------
    found : Ladder
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Filled: steps that were kept. Hollow: steps that do not pay.
    """
    steps = found.table.iloc[1:]
    size = (7.2, 1.6 + 0.34 * max(1, len(steps)))
    figure, (axis,) = panels(figure, "What each step is worth", 1, size=size, left=False)
    axis.axvline(0, color="0.6", lw=1)
    for y, (gain, se, kept) in enumerate(
        zip(steps["gain"], steps["se"], steps["kept"], strict=True)
    ):
        colour = BLUE if kept else GREY
        axis.plot([gain - 2 * se, gain + 2 * se], [y, y], color=colour, lw=2)
        face = colour if kept else "white"
        axis.plot([gain], [y], "o", ms=7, mec=colour, mfc=face, mew=1.5)
    _symmetric_log(axis, steps["gain"].abs() + 2 * steps["se"])
    axis.set_yticks(
        range(len(steps)), [shorten(step, LONGEST, placeholder=" ...") for step in steps.index]
    )
    axis.set_ylim(len(steps) - 0.4, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="x", color="0.93")
    axis.set_axisbelow(True)
    axis.set_xlabel("gain in log score, ± 2 standard errors")
    legend(axis, handle("o", BLUE, "pays"), handle("o", GREY, "does not", filled=False))
    return figure


def _symmetric_log(axis: Any, reach: Sequence[float]) -> None:
    """Let steps worth hundreds and steps worth tens be seen side by side."""
    if max(reach, default=0) > 200:
        axis.set_xscale("symlog", linthresh=20)
        axis.xaxis.set_major_formatter("{x:g}")
