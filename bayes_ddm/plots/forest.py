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
    def called(self, parameter: str, /) -> str: ...


def forest(
    comparison: DrawnComparison,
    *,
    of: str = "",
    beside: Mapping[str, pd.DataFrame] | None = None,
    narrow: bool = False,
    figure: Figure | None = None,
) -> Figure:
    """Draw the posterior interval and every closed-form interval, one panel per parameter.

    Parameters
    ----------
    comparison : Comparison
    of : str
        Name of its fit, where there are others.
    beside : mapping of str to DataFrame, optional
        Posterior tables of other fits, by their names: columns mean, low, high.
    narrow : bool
        For a telephone: panels below each other, and what a row is above it.
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
    fits = {f"posterior, {of}" if of else "posterior": comparison.posterior}
    fits |= {f"posterior, {other}": table for other, table in (beside or {}).items()}
    place = {estimator: y for y, estimator in enumerate(comparison.labels, start=len(fits))}
    labels = [*fits] + [
        label + (" (unreliable)" if estimator in comparison.unreliable else "")
        for estimator, label in comparison.labels.items()
    ]
    rows = len(labels)
    title = f"Population-average preference, {100 * comparison.prob:g} % intervals"
    figure, axes = panels(
        figure,
        "Average preference" if narrow else title,
        len(names),
        size=(3.6, 0.9) if narrow else (3.4, 1.4 + 0.34 * rows),
        panel=(0, 0.9 + 0.42 * rows) if narrow else (2.9, 0),
        across=1 if narrow else None,
        left=False,
        sharey=True,
    )
    for axis, name in zip(axes, names, strict=True):
        _panel(axis, comparison, name, fits, place)
        axis.locator_params(axis="x", nbins=4 if narrow else 6, min_n_ticks=3)
        if narrow:
            axis.set_yticks([])
            for y, label in enumerate(labels):
                axis.text(
                    *(0, y - 0.3, label),
                    transform=axis.get_yaxis_transform(),
                    **{"fontsize": 7.5, "va": "center", "color": GREY},
                )
    if not narrow:
        axes[0].set_yticks(range(rows), labels)
    axes[0].set_ylim(rows - 0.4, -0.6)
    figure.supxlabel(
        "Shaded: posterior interval. Filled: tested against it. Hollow: shown only.",
        **{"x": 0.01, "ha": "left", "fontsize": 7 if narrow else 8, "color": GREY},
    )
    return figure


def _panel(
    axis: Any,
    comparison: DrawnComparison,
    name: str,
    fits: Mapping[str, pd.DataFrame],
    place: Mapping[str, int],
) -> None:
    """Draw one parameter: its posteriors, then the closed forms."""
    half = ndtri((1 + comparison.prob) / 2)
    rows = [row for row in comparison.rows if row.parameter == name and np.isfinite(row.value)]
    reliable = [row for row in rows if row.estimator not in comparison.unreliable]
    ends = []
    for y, table in enumerate(fits.values()):
        if name in table.index:
            mean, low, high = table.loc[name, ["mean", "low", "high"]]
            ends.append((low, high))
            _point(axis, y, mean, (low, high), BLUE, marker="s", filled=not y)
    axis.axvspan(*ends[0], color=BLUE, alpha=0.12, lw=0)
    limits = _limits([*ends, *(_interval(row, half) for row in reliable)])
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
    per = comparison.called(name).partition(", ")[2] or "per unit"
    axis.set_xlabel(f"average drift {per} of {name}" if name != "mu" else "average drift mu")
    axis.grid(axis="x", color="0.9")
    axis.set_axisbelow(True)
    axis.tick_params(axis="y", length=0, pad=12)


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
