"""Posterior of each population parameter, with its prior."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import NEGATIVE, POSITIVE, NotebookFigure

__all__ = ["posterior_densities"]

MOST_PANELS = 16


def posterior_densities(
    draws: Mapping[str, FloatArray],
    prior: Mapping[str, FloatArray] | None = None,
    *,
    prob: float = 0.95,
    figure: Figure | None = None,
) -> Figure:
    """Draw the posterior of each parameter, its interval, and its prior where the two overlap.

    Parameters
    ----------
    draws, prior : mapping of str to ndarray
        Draws of each parameter, of any shape. Of more than 16 parameters, the first 16 are drawn.
    prob : float
        Probability of the intervals.
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        A prior that looks flat here is wide beside the posterior: the data decide.
    """
    shown = dict(list(draws.items())[:MOST_PANELS])
    across = min(len(shown), 3)
    down = -(-len(shown) // across)
    if figure is None:
        size = (0.6 + 2.4 * across, 0.9 + 1.5 * down)
        figure = NotebookFigure(figsize=size, layout="constrained")
    axes = figure.subplots(down, across, squeeze=False)
    for axis, (name, values) in zip(axes.flat, shown.items(), strict=False):
        _panel(axis, values.ravel(), None if prior is None else prior.get(name), prob)
        axis.set_title(name, fontsize=9)
    for axis in axes.flat[len(shown) :]:
        axis.remove()
    figure.suptitle("Posterior of the population", x=0.01, ha="left", fontsize=11)
    return figure


def _panel(axis: object, values: FloatArray, prior: FloatArray | None, prob: float) -> None:
    from matplotlib.axes import Axes

    assert isinstance(axis, Axes)
    ends = np.quantile(values, [(1 - prob) / 2, (1 + prob) / 2])
    heights, _, _ = axis.hist(values, 40, density=True, color=POSITIVE, alpha=0.35, lw=0)
    top = float(np.max(heights))
    axis.plot(ends, [-0.06 * top] * 2, color=POSITIVE, lw=3, solid_capstyle="butt")
    axis.plot([values.mean()], [-0.06 * top], "s", color=POSITIVE, ms=5)
    limits = axis.get_xlim()
    if limits[0] < 0 < limits[1]:
        axis.axvline(0, color="0.6", lw=0.8)
    if prior is not None and np.ptp(values) > 0:
        bins = np.linspace(*limits, 25)
        counts, _ = np.histogram(prior, bins)
        density = counts / (prior.size * np.diff(bins))
        axis.stairs(density, bins, color=NEGATIVE, ls="--", lw=1.2)
    axis.set_xlim(limits)
    axis.set_yticks([])
    axis.tick_params(labelsize=8)
    axis.locator_params(axis="x", nbins=4)
    axis.spines[["top", "right", "left"]].set_visible(False)
