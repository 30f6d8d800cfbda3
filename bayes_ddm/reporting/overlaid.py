"""Posteriors of several fits, laid over each other."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from scipy.stats import gaussian_kde

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import handle, panels
from bayes_ddm.reporting.figures import CHAINS as COLOURS

POINTS, MOST_DRAWS = 200, 2_000
LINES = ("-", "--", ":", "-.")
LONGEST_LINE = 30  # characters of a title


def overlaid(
    fits: Mapping[str, Mapping[str, FloatArray]],
    *,
    prob: float,
    titles: Mapping[str, str],
    across: int = 3,
) -> Figure:
    """Draw the density of each parameter, a line for each fit, with its mean and interval below.

    Parameters
    ----------
    fits : mapping of str to mapping of str to ndarray
        Draws of any shape, by the names of fits and of parameters.
    prob : float
        Probability of the intervals.
    titles : mapping of str to str
        What parameters are called, where not by their names.
    across : int
        Panels side by side.

    Returns
    -------
    Figure
        Parameters that are constant in every fit are left out.
    """
    names = _varying(fits)
    figure, axes = panels(
        None,
        "Posteriors of the population",
        len(names),
        size=(0.6, 0.9),
        panel=(2.5, 1.6),
        across=across,
        left=False,
    )
    for axis, name in zip(axes, names, strict=True):
        for i, draws in enumerate(fits.values()):
            if name in draws and np.ptp(draws[name]) > 0:
                values = np.ravel(draws[name])
                grid = np.linspace(values.min(), values.max(), POINTS)
                density = gaussian_kde(values[:: max(1, len(values) // MOST_DRAWS)])(grid)
                axis.plot(grid, density / density.max(), color=COLOURS[i % 4], ls=LINES[i % 4])
                ends = np.quantile(values, [(1 - prob) / 2, (1 + prob) / 2])
                axis.plot(ends, [-0.12 * (i + 1)] * 2, color=COLOURS[i % 4], lw=2)
                axis.plot(values.mean(), -0.12 * (i + 1), "o", ms=4, color=COLOURS[i % 4])
        axis.set_yticks([])
        axis.locator_params(axis="x", nbins=4)
        axis.set_title(textwrap.fill(titles.get(name, name), LONGEST_LINE), fontsize=9)
    lines = [handle(LINES[i % 4], COLOURS[i % 4], fit) for i, fit in enumerate(fits)]
    figure.legend(handles=lines, loc="outside lower left", ncols=3, frameon=False, fontsize=8)
    return figure


def _varying(fits: Mapping[str, Mapping[str, FloatArray]]) -> Sequence[str]:
    names = dict.fromkeys(name for draws in fits.values() for name in draws)
    return [n for n in names if any(n in d and np.ptp(d[n]) > 0 for d in fits.values())]
