"""Parameter recovery: posterior intervals against the true values."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from bayes_ddm.plots.style import BLUE, GREY, ORANGE, panels


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
    title = f"{recovery.model}: posterior means and {100 * recovery.prob:g} % intervals"
    figure, axes = panels(figure, title, len(names), size=(0.8, 0.9), panel=(2.0, 2.0), across=3)
    for axis, name in zip(axes, names, strict=True):
        rows = recovery.fits[recovery.fits["parameter"] == name]
        truth, mean = rows["truth"].to_numpy(), rows["mean"].to_numpy()
        # equal truths would hide one another
        width = np.ptp(truth) or np.ptp(mean) or 1.0
        place = rows.groupby("truth").cumcount().to_numpy()
        size = rows.groupby("truth")["truth"].transform("size").to_numpy()
        x = truth + 0.06 * width * (place - (size - 1) / 2) / np.maximum(size - 1, 1)
        covered = ((rows["low"] <= truth) & (truth <= rows["high"])).to_numpy()
        for mask, colour in ((covered, BLUE), (~covered, ORANGE)):
            axis.vlines(x[mask], rows["low"][mask], rows["high"][mask], color=colour, lw=1.2)
            axis.plot(x[mask], mean[mask], "o", ms=3, color=colour)
        if np.ptp(truth):
            ends = [x.min() - 0.03 * width, x.max() + 0.03 * width]
            axis.plot(ends, ends, "--", color=GREY, lw=1)
        else:
            axis.axhline(truth[0], ls="--", color=GREY, lw=1)
            axis.set_xticks(truth[:1], [f"{truth[0]:.4g}"])
        axis.set_title(name, fontsize=9)
    figure.supxlabel("truth", fontsize=9)
    figure.supylabel("posterior", fontsize=9)
    return figure
