"""Quantile-probability plot: how fast each choice is, by how often it is made."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import (
    NEGATIVE,
    OBSERVED,
    POSITIVE,
    DrawnBand,
    band_handle,
    check_panels,
    handle,
    legend,
)


class DrawnQuantiles(DrawnBand, Protocol):
    """Shares and quantiles by comparison, choice (-1 first) and probability."""

    @property
    def share(self) -> FloatArray: ...
    @property
    def predicted_share(self) -> FloatArray: ...


def quantile_probability(check: DrawnQuantiles, *, figure: Any = None) -> Figure:
    """Draw response-time quantiles .1 to .9 of either choice against the choice's share.

    Parameters
    ----------
    check : QuantileProbability
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Lines and bands: replications. Black: observed, a circle for +1 and a square for -1.

    References
    ----------
    Ratcliff & McKoon (2008), Neural Computation 20:873.
    """
    figure, axes = check_panels(figure, check, 2)
    for c, (axis, colour, marker) in enumerate(
        zip(axes, (NEGATIVE, POSITIVE), ("s", "o"), strict=True)
    ):
        order = np.argsort(check.predicted_share[:, c])
        groups = order[np.isfinite(check.observed[order, c]).any(axis=1)]
        x = check.predicted_share[groups, c]
        for q in range(check.mean.shape[2]):
            cell = (groups, c, q)
            if len(x) > 1:
                axis.fill_between(
                    x, check.low[cell], check.high[cell], color=colour, alpha=0.25, lw=0
                )
            else:
                axis.vlines(x, check.low[cell], check.high[cell], color=colour, alpha=0.35, lw=9)
            axis.plot(x, check.mean[cell], color=colour, lw=1.2, marker="_")
            axis.plot(check.share[groups, c], check.observed[cell], marker, ms=4, color=OBSERVED)
        axis.set_xlabel(f"share of {check.options[1 - c]}")
        axis.set_title(f"{check.options[1 - c]} choices", fontsize=9)
        legend(axis, handle(marker, OBSERVED, "observed"), band_handle(check, colour))
    axes[0].set_ylabel("response time, quantiles .1 to .9 (s)")
    axes[1].sharey(axes[0])
    axes[0].autoscale(axis="y")
    return figure
