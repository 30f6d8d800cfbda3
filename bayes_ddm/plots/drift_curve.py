"""The drift against a score, by bins, beside the straight line that a linear model takes."""

from __future__ import annotations

from typing import Any, Protocol

from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import BLUE, GREY, legend, panels


class DrawnDriftCurve(Protocol):
    """Mean drift by bins of a score."""

    @property
    def by(self) -> str: ...
    @property
    def score(self) -> FloatArray: ...
    @property
    def drift(self) -> FloatArray: ...
    @property
    def se(self) -> FloatArray: ...
    @property
    def straight(self) -> FloatArray: ...


def drift_curve(found: DrawnDriftCurve, *, figure: Any = None) -> Figure:
    """Draw mean drifts with a band of two standard errors.

    Parameters
    ----------
    found : DriftCurve
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
    """
    figure, (axis,) = panels(figure, "Is the drift linear?", 1, size=(5.6, 4.0))
    low, high = found.drift - 2 * found.se, found.drift + 2 * found.se
    axis.axhline(0, color="0.85", lw=1)
    axis.plot(found.score, found.straight, ls="--", lw=1, color=GREY, label="straight line")
    axis.fill_between(found.score, low, high, color=BLUE, alpha=0.2, lw=0)
    axis.plot(found.score, found.drift, "o-", ms=4, color=BLUE, label="mean pseudo-label")
    axis.set_xlabel(found.by)
    axis.set_ylabel("drift (1/√s), ± 2 standard errors")
    legend(axis)
    return figure
