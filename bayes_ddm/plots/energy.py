"""Energy of the sampler: its marginal distribution against its steps."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import NEGATIVE, POSITIVE, NotebookFigure

__all__ = ["energy"]


def energy(values: FloatArray, *, figure: Figure | None = None) -> Figure:
    """Draw the distribution of the energy, and that of its change from draw to draw.

    Parameters
    ----------
    values : ndarray, shape (chains, draws)
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Steps much narrower than the whole: the sampler wanders, and may miss the tails.

    References
    ----------
    Betancourt (2016), arXiv 1604.00695.
    """
    if figure is None:
        figure = NotebookFigure(figsize=(4.8, 2.8), layout="constrained")
    axis = figure.subplots()
    whole = (values - values.mean(axis=1, keepdims=True)).ravel()
    steps = np.diff(values, axis=1).ravel()
    bins = np.histogram_bin_edges(np.concatenate([whole, steps]), 40).tolist()
    for part, colour, style, label in (
        (whole, POSITIVE, "-", "energy, centred"),
        (steps, NEGATIVE, "--", "change from draw to draw"),
    ):
        axis.hist(
            part, bins, density=True, histtype="step", color=colour, ls=style, lw=1.5, label=label
        )
    axis.set_xlabel("energy (log density units)")
    axis.set_yticks([])
    axis.spines[["top", "right", "left"]].set_visible(False)
    axis.legend(frameon=False, fontsize=8)
    figure.suptitle("Energy", x=0.01, ha="left", fontsize=11)
    return figure
