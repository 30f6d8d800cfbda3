"""Ranks of each chain's draws among all draws: flat where chains agree."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import NotebookFigure

__all__ = ["chain_ranks"]

BINS = 20
MOST_PANELS, MOST_ACROSS = 16, 4
STYLES = ("-", "--", ":", "-.")

CHAINS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")


def chain_ranks(draws: Mapping[str, FloatArray], *, figure: Figure | None = None) -> Figure:
    """Draw a histogram of ranks for every chain, a panel per parameter.

    Parameters
    ----------
    draws : mapping of str to ndarray, shape (chains, draws)
        Of more than 16 parameters, the first 16 are drawn.
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        The band holds 99 % of the bars of chains that draw from one distribution, independently.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter & Bürkner (2021), Bayesian Analysis 16:667.
    """
    shown = dict(list(draws.items())[:MOST_PANELS])
    down = -(-len(shown) // MOST_ACROSS)
    across = -(-len(shown) // down)
    if figure is None:
        size = (0.9 + 1.9 * across, 1.0 + 1.5 * down)
        figure = NotebookFigure(figsize=size, layout="constrained")
    axes = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False)
    for j, (axis, (name, values)) in enumerate(zip(axes.flat, shown.items(), strict=False)):
        chains, n = values.shape
        bins = min(BINS, max(2, n // 10))
        rank = values.ravel().argsort().argsort().reshape(chains, n) / (chains * n)
        expected = n / bins
        half = 2.576 * np.sqrt(expected * (1 - 1 / bins))
        axis.axhspan(1 - half / expected, 1 + half / expected, color="0.9", lw=0)
        for chain in range(chains):
            counts, edges = np.histogram(rank[chain], bins, (0, 1))
            colour, style = CHAINS[chain % len(CHAINS)], STYLES[chain // len(CHAINS) % len(STYLES)]
            axis.stairs(counts / expected, edges, baseline=None, color=colour, ls=style, lw=1.1)
        axis.set_title(name, fontsize=8)
        axis.set_ylim(0, None)
        axis.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        axis.tick_params(labelbottom=j + across >= len(shown))
        axis.spines[["top", "right"]].set_visible(False)
    for axis in axes.flat[len(shown) :]:
        axis.remove()
    figure.suptitle("Ranks of each chain's draws", x=0.01, ha="left", fontsize=11)
    figure.supxlabel("rank among all draws, as a share", fontsize=9)
    figure.supylabel("draws, relative to expected", fontsize=9)
    return figure
