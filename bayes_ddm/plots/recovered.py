"""Parameter recovery: posterior intervals against the true values."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bayes_ddm.plots.style import NotebookFigure

__all__ = ["recovered"]

HIT, MISSED, TRUTH = "#0072B2", "#D55E00", "#595959"


class DrawnRecovery(Protocol):
    """Fits of simulated data: `fits` has parameter, truth, mean, low, high."""

    @property
    def fits(self) -> pd.DataFrame: ...
    @property
    def model(self) -> str: ...
    @property
    def prob(self) -> float: ...


def recovered(recovery: DrawnRecovery, *, figure: Figure | None = None) -> Figure:
    """Draw each fit's posterior mean and interval over the true value.

    Parameters
    ----------
    recovery : Recovery
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        A panel per parameter; on the dashed line the posterior mean is the truth. Orange:
        the interval misses it.  Fits of one true value stand side by side.
    """
    names = list(recovery.fits["parameter"].unique())
    across = min(len(names), 4)
    down = -(-len(names) // across)
    if figure is None:
        size = (0.8 + 2.6 * across, 0.9 + 2.3 * down)
        figure = NotebookFigure(figsize=size, layout="constrained")
    axes = figure.subplots(down, across, squeeze=False)
    for axis, name in zip(axes.flat, names, strict=False):
        rows = recovery.fits[recovery.fits["parameter"] == name]
        truth, mean = rows["truth"].to_numpy(), rows["mean"].to_numpy()
        # equal truths would hide one another
        width = np.ptp(truth) or np.ptp(mean) or 1.0
        place = rows.groupby("truth").cumcount().to_numpy()
        size = rows.groupby("truth")["truth"].transform("size").to_numpy()
        x = truth + 0.06 * width * (place - (size - 1) / 2) / np.maximum(size - 1, 1)
        hit = ((rows["low"] <= truth) & (truth <= rows["high"])).to_numpy()
        for which, colour in ((hit, HIT), (~hit, MISSED)):
            axis.vlines(x[which], rows["low"][which], rows["high"][which], color=colour, lw=1.2)
            axis.plot(x[which], mean[which], "o", ms=3, color=colour)
        if np.ptp(truth):
            ends = [x.min() - 0.03 * width, x.max() + 0.03 * width]
            axis.plot(ends, ends, "--", color=TRUTH, lw=1)
        else:
            axis.axhline(truth[0], ls="--", color=TRUTH, lw=1)
            axis.set_xticks(truth[:1], [f"{truth[0]:.4g}"])
        axis.set_title(name, fontsize=9)
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(names) :]:
        axis.remove()
    figure.suptitle(
        f"{recovery.model}: posterior means and {100 * recovery.prob:g} % intervals",
        x=0.01,
        ha="left",
        fontsize=11,
    )
    figure.supxlabel("truth", fontsize=9)
    figure.supylabel("posterior", fontsize=9)
    return figure
