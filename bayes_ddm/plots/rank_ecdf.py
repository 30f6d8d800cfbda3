"""Ranks of simulation-based calibration against their simultaneous envelope."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.plots.style import BLUE, ORANGE, panels

ACROSS = 4


class DrawnRanks(Protocol):
    """Ranks of each parameter, and the band of uniform ones."""

    @property
    def names(self) -> tuple[str, ...]: ...
    @property
    def model(self) -> str: ...
    @property
    def ranks(self) -> IntArray: ...
    @property
    def draws(self) -> int: ...
    def envelope(self, prob: float) -> tuple[FloatArray, FloatArray]: ...


def rank_ecdf(
    calibration: DrawnRanks, *, prob: float = 0.99, figure: Figure | None = None
) -> Figure:
    """Draw each parameter's rank distribution, minus the uniform one, and its envelope.

    Parameters
    ----------
    calibration : Calibration
    prob : float
        Probability that uniform ranks stay inside the band, everywhere.
    figure : matplotlib Figure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        A panel per parameter: blue inside its band, orange if it leaves it. Above 0 on the left
        and below on the right: posteriors too narrow. Above 0 throughout: the truth is lower than
        the posterior.

    References
    ----------
    Säilynoja, Bürkner & Vehtari (2022), Statistics and Computing 32:32.
    """
    names, draws = calibration.names, calibration.draws
    n = len(calibration.ranks)
    title = f"{calibration.model}: {n} simulations, {100 * prob:g} % envelope"
    figure, axes = panels(
        figure,
        title,
        len(names),
        size=(0.8, 0.9),
        panel=(2.4, 1.9),
        across=ACROSS,
        sharex=True,
        sharey=True,
    )
    low, high = calibration.envelope(prob)
    grid = np.arange(draws + 2) / (draws + 1)
    uniform = grid[1:-1]
    for j, (axis, name) in enumerate(zip(axes, names, strict=True)):
        counts = np.cumsum(np.bincount(calibration.ranks[:, j], minlength=draws + 1))
        share = counts[:-1] / n
        outside = bool(((share < low) | (share > high)).any())
        band = [np.pad(edge - uniform, 1) for edge in (low, high)]
        axis.fill_between(grid, *band, color="#999999", alpha=0.3, lw=0)
        axis.plot(grid, np.pad(share - uniform, 1), color=ORANGE if outside else BLUE, lw=1.2)
        axis.set_title(name + (" (outside)" if outside else ""), fontsize=9)
        axis.set_xticks([0, 0.5, 1], ["0", ".5", "1"])
        axis.tick_params(labelbottom=j + ACROSS >= len(names))
    figure.supxlabel("rank of the truth among posterior draws, as a share", fontsize=9)
    figure.supylabel("share of ranks below, minus uniform", fontsize=9)
    return figure
