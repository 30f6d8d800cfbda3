"""What every compromise between two groups costs either of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import BLUE, GREY, legend, panels


class DrawnFrontier(Protocol):
    """Disagreement of two groups with each compromise, freed of chance and not."""

    @property
    def groups(self) -> Sequence[str]: ...
    @property
    def weight(self) -> FloatArray: ...
    @property
    def disagreement(self) -> FloatArray: ...
    @property
    def se(self) -> FloatArray: ...
    @property
    def plug_in(self) -> FloatArray: ...


def frontier(found: DrawnFrontier, *, figure: Any = None) -> Figure:
    """Draw one group's disagreement against the other's, a point per weight.

    Parameters
    ----------
    found : Frontier
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Bars are of one standard error; the ends are each group's own preferences.
    """
    first, second = found.groups
    title = f"Compromises between {first} and {second}"
    figure, (axis,) = panels(figure, title, 1, size=(5.6, 4.2))
    x, y = found.disagreement.T
    axis.axhline(0, color="0.85", lw=1)
    axis.axvline(0, color="0.85", lw=1)
    axis.plot(*found.plug_in.T, ls="--", lw=1, color=GREY, label="with what chance adds")
    axis.errorbar(x, y, found.se[:, 1], found.se[:, 0], fmt="none", color=BLUE, alpha=0.35, lw=1)
    axis.plot(x, y, "o-", ms=4, color=BLUE, label="freed of chance")
    for j in (0, len(x) // 2, len(x) - 1):
        label = f"{found.weight[j]:.2g}"
        axis.annotate(label, (x[j], y[j]), xytext=(5, 5), textcoords="offset points", fontsize=8)
    axis.set_xlabel(f"{first} disagrees by (squared drift)")
    axis.set_ylabel(f"{second} disagrees by")
    legend(axis)
    return figure
