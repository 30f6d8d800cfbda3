"""Posterior and closed-form estimates of the average preference, on one scale."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.special import ndtri

from bayes_ddm.plots.style import NotebookFigure

__all__ = ["forest"]

# Okabe & Ito's colours, told apart with any colour vision; shapes differ as well
POSTERIOR, TESTED, SHOWN, UNRELIABLE = "#0072B2", "#D55E00", "#595959", "#999999"


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
    order = list(comparison.labels)
    if figure is None:
        height = 1.6 + 0.36 * (len(order) + 1)
        figure = NotebookFigure(figsize=(4.2 + 3.4 * len(names), height), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(names), sharey=True))
    by_key = {(row.estimator, row.parameter): row for row in comparison.rows}
    intervals = _intervals(comparison)
    for axis, name in zip(axes, names, strict=True):
        row = comparison.posterior.loc[name]
        axis.axvspan(row["low"], row["high"], color=POSTERIOR, alpha=0.12, lw=0)
        _point(axis, 0, row["mean"], row["low"], row["high"], POSTERIOR, marker="s", filled=True)
        limits = _limits(comparison, name, intervals)
        for y, estimator in enumerate(order, start=1):
            if (estimator, name) not in intervals:
                continue
            value, low, high = intervals[estimator, name]
            tested = by_key[estimator, name].p_value is not None
            usable = estimator not in comparison.unreliable
            colour = TESTED if tested else SHOWN if usable else UNRELIABLE
            if not np.isfinite(value):
                continue
            if limits[0] <= value <= limits[1]:
                _point(axis, y, value, low, high, colour, marker="o", filled=tested)
            else:
                _outside(axis, y, value, limits, colour)
        axis.set_xlim(*limits)
        axis.set_xlabel(f"average drift per unit of {name}" if name != "mu" else "average drift mu")
        axis.grid(axis="x", color="0.9")
        axis.set_axisbelow(True)
        axis.spines[["top", "right", "left"]].set_visible(False)
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
        color=SHOWN,
    )
    figure.suptitle(
        f"Population-average preference, {100 * comparison.prob:g} % intervals",
        x=0.01,
        ha="left",
        fontsize=11,
    )
    return figure


def _intervals(comparison: DrawnComparison) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Value and interval of each row, in drift units."""
    half = ndtri((1 + comparison.prob) / 2)
    return {
        (row.estimator, row.parameter): (
            row.value,
            row.value - half * row.value_se,
            row.value + half * row.value_se,
        )
        for row in comparison.rows
    }


def _limits(
    comparison: DrawnComparison,
    name: str,
    intervals: dict[tuple[str, str], tuple[float, float, float]],
) -> tuple[float, float]:
    """Range of the posterior and of all reliable rows; unreliable ones do not stretch the axis."""
    row = comparison.posterior.loc[name]
    low, high = [row["low"]], [row["high"]]
    for (estimator, parameter), interval in intervals.items():
        usable = parameter == name and estimator not in comparison.unreliable
        if usable and np.isfinite(interval).all():
            low.append(interval[1])
            high.append(interval[2])
    margin = 0.12 * (max(high) - min(low))
    return min(low) - margin, max(high) + margin


def _point(
    axis: Any,
    y: float,
    value: float,
    low: float,
    high: float,
    colour: str,
    *,
    marker: str,
    filled: bool,
) -> None:
    if np.isfinite([low, high]).all():
        axis.plot([low, high], [y, y], color=colour, lw=2, solid_capstyle="butt")
    face = colour if filled else "white"
    axis.plot([value], [y], marker=marker, ms=7, mec=colour, mfc=face, mew=1.5, ls="none")


def _outside(axis: Any, y: float, value: float, limits: tuple[float, float], colour: str) -> None:
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
