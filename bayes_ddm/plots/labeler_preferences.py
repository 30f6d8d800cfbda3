"""Labelers' preferences: their posterior beside what their own choices alone would say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import INSIDE, NEGATIVE, POSITIVE, legend, panels

MOST_LABELERS = 60
MOST_NAMED = 40
LONGEST_NAME = 16


def labeler_preferences(
    names: Sequence[Any],
    mean: FloatArray,
    sd: FloatArray,
    own: FloatArray | None = None,
    *,
    average: tuple[float, float, float] | None = None,
    label: str = "drift",
    figure: Figure | None = None,
) -> Figure:
    """Draw labelers in the order of their posterior means, with 95 % intervals.

    Parameters
    ----------
    names : sequence, length (labelers,)
    mean, sd : ndarray, shape (labelers,)
        Posterior mean and standard deviation of each labeler's preference.
    own : ndarray, shape (labelers,), optional
        Estimates from each labeler's own choices alone; NaN where there is none.
    average : tuple of float, optional
        Posterior mean of the population average, and the ends of its interval.
    label : str
        What the preference is, with its unit.
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Of more than 60 labelers, 60 evenly spaced by rank are drawn. Arrows: estimates beyond the
        panel.
    """
    order = np.argsort(mean, kind="stable")
    if len(order) > MOST_LABELERS:
        order = order[np.linspace(0, len(order) - 1, MOST_LABELERS).round().astype(int)]
    n = len(order)
    size = (6.2, 1.5 + 0.105 * max(n, 8))
    figure, (axis,) = panels(figure, "Labelers' preferences", size=size, left=False)
    low, high = mean[order] - 1.96 * sd[order], mean[order] + 1.96 * sd[order]
    margin = 0.15 * (high.max() - low.min())
    limits = (low.min() - margin, high.max() + margin)
    place = np.arange(n)
    if average is not None:
        axis.axvspan(average[1], average[2], color=POSITIVE, alpha=0.12, lw=0)
        axis.axvline(average[0], color=POSITIVE, lw=1, ls="--", label="population average")
    axis.hlines(place, low, high, color=POSITIVE, lw=1)
    axis.plot(mean[order], place, "o", ms=3, color=POSITIVE, label="posterior, 95 %")
    if own is not None:
        _own_estimates(axis, own[order], place, limits)
    axis.axvline(0, color="0.6", lw=0.8, zorder=0)
    axis.set_xlim(limits)
    axis.set_ylim(-1, n)
    labels = [str(names[i]) for i in order] if n <= MOST_NAMED else []
    axis.set_yticks(place if labels else [], [_shorten(name) for name in labels], fontsize=6)
    caption = "labelers" if n == len(mean) else f"{n} of {len(mean):,} labelers, evenly by rank"
    axis.set_ylabel(caption, fontsize=8)
    axis.set_xlabel(label)
    # labelers ascend, which leaves this corner free
    legend(axis, loc="lower right")
    return figure


def _own_estimates(
    axis: Any, own: FloatArray, place: NDArray[Any], limits: tuple[float, float]
) -> None:
    inside = (own >= limits[0]) & (own <= limits[1])
    axis.plot(
        own[inside], place[inside], "D", ms=3, mfc="white", mec=NEGATIVE, label="own choices alone"
    )
    for beyond, edge, marker in (
        (own < limits[0], limits[0], "<"),
        (own > limits[1], limits[1], ">"),
    ):
        if beyond.any():  # an empty unclipped line would claim room down to the figure's corner
            edges = np.full(beyond.sum(), edge)
            axis.plot(edges, place[beyond], marker, ms=4, color=INSIDE, clip_on=False)


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
