"""Posterior and closed-form estimates of the average preference, on one scale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import ndtri

from bayes_ddm.plots.style import BLUE, GREY, ORANGE, panels

UNRELIABLE = "#999999"
Interval = tuple[float, float]


class DrawnRow(Protocol):
    """One closed form against the posterior, in drift units."""

    @property
    def estimator(self) -> str: ...
    @property
    def parameter(self) -> str: ...
    @property
    def value(self) -> float: ...
    @property
    def value_se(self) -> float: ...
    @property
    def p_value(self) -> float | None: ...
    @property
    def largest_bias(self) -> float: ...


class DrawnComparison(Protocol):
    """Rows in order of appearance, the posterior's table, and what to call each estimator."""

    @property
    def rows(self) -> Sequence[DrawnRow]: ...
    @property
    def posterior(self) -> pd.DataFrame: ...
    @property
    def prob(self) -> float: ...
    @property
    def labels(self) -> Mapping[str, str]: ...
    @property
    def unreliable(self) -> Collection[str]: ...


def forest(comparison: DrawnComparison, *, figure: Figure | None = None) -> Figure:
    """Draw the posterior interval and every closed-form interval, one panel per parameter.

    Parameters
    ----------
    comparison : Comparison
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Blue: posterior, with its interval shaded across. Filled orange: tested against it.
        Hollow grey: shown only; an arrow points to a value outside the panel.
    """
    parameters = dict.fromkeys(row.parameter for row in comparison.rows)
    names = [name for name in parameters if not name.startswith("sigma")]
    place = {estimator: y for y, estimator in enumerate(comparison.labels, start=1)}
    figure, axes = panels(
        figure,
        f"Population-average preference, {100 * comparison.prob:g} % intervals",
        len(names),
        size=(4.2, 1.6 + 0.36 * (len(place) + 1)),
        panel=(3.4, 0),
        left=False,
        sharey=True,
    )
    half = ndtri((1 + comparison.prob) / 2)
    for axis, name in zip(axes, names, strict=True):
        rows = [row for row in comparison.rows if row.parameter == name and np.isfinite(row.value)]
        reliable = [row for row in rows if row.estimator not in comparison.unreliable]
        mean, low, high = comparison.posterior.loc[name, ["mean", "low", "high"]]
        axis.axvspan(low, high, color=BLUE, alpha=0.12, lw=0)
        _point(axis, 0, mean, (low, high), BLUE, marker="s", filled=True)
        limits = _limits([(low, high), *(_interval(row, half) for row in reliable)])
        for row in rows:
            tested = row.p_value is not None
            colour = ORANGE if tested else GREY if row in reliable else UNRELIABLE
            y = place[row.estimator]
            if limits[0] <= row.value <= limits[1]:
                interval = _interval(row, half)
                _point(axis, y, row.value, interval, colour, marker="o", filled=tested)
            else:
                _outside(axis, y, row.value, limits, colour)
        axis.set_xlim(*limits)
        axis.set_xlabel(f"average drift per unit of {name}" if name != "mu" else "average drift mu")
        axis.grid(axis="x", color="0.9")
        axis.set_axisbelow(True)
        axis.tick_params(axis="y", length=0, pad=12)
    labels = ["posterior"] + [
        label + (" (unreliable)" if estimator in comparison.unreliable else "")
        for estimator, label in comparison.labels.items()
    ]
    axes[0].set_yticks(range(len(labels)), labels)
    axes[0].set_ylim(len(labels) - 0.4, -0.6)
    figure.supxlabel(
        "Shaded: posterior interval. Filled: tested against the posterior. Hollow: shown only.",
        x=0.01,
        ha="left",
        fontsize=8,
        color=GREY,
    )
    return figure


def _interval(row: DrawnRow, half: float) -> Interval:
    size = half * row.value_se + row.largest_bias
    return row.value - size, row.value + size


def _limits(intervals: Sequence[Interval]) -> Interval:
    """Ends of a panel: of what is reliable, lest the rest stretch it."""
    low, high = np.array([ends for ends in intervals if np.isfinite(ends).all()]).T
    margin = 0.12 * (high.max() - low.min())
    return low.min() - margin, high.max() + margin


def _point(
    axis: Any, y: float, value: float, ends: Interval, colour: str, *, marker: str, filled: bool
) -> None:
    if np.isfinite(ends).all():
        axis.plot(ends, [y, y], color=colour, lw=2, solid_capstyle="butt")
    face = colour if filled else "white"
    axis.plot([value], [y], marker=marker, ms=7, mec=colour, mfc=face, mew=1.5, ls="none")


def _outside(axis: Any, y: float, value: float, limits: Interval, colour: str) -> None:
    right = value > limits[1]
    x = limits[1] if right else limits[0]
    axis.plot([x], [y], marker=">" if right else "<", ms=8, color=colour, ls="none", clip_on=False)
    axis.annotate(
        f"{value:.3g}",
        (x, y),
        xytext=(-9 if right else 9, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="center",
        color=colour,
        fontsize=9,
    )
