"""Observed choice shares against replicated ones: by comparison, and labeler by labeler."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import (
    INSIDE,
    NEGATIVE,
    OBSERVED,
    POSITIVE,
    DrawnBand,
    DrawnLabelers,
    band_handle,
    check_panels,
    handle,
    legend,
)


class DrawnComparisonShare(DrawnBand, Protocol):
    """Share of +1 by comparison, with its band."""

    @property
    def labels(self) -> Sequence[str]: ...
    @property
    def axis(self) -> str: ...


class DrawnLabelerSpread(DrawnBand, Protocol):
    """Distribution function of labelers' shares, with its band."""

    @property
    def share(self) -> FloatArray: ...


def comparison_share(check: DrawnComparisonShare, *, figure: Any = None) -> Figure:
    """Draw the share of +1 in each comparison, with the 95 % interval of its replications.

    Parameters
    ----------
    check : ComparisonShare
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
    """
    figure, (axis,) = check_panels(figure, check)
    x = np.arange(len(check.labels))
    axis.vlines(x, check.low, check.high, color=POSITIVE, alpha=0.35, lw=9)
    axis.plot(x, check.mean, ls="none", marker="_", ms=11, mew=2, color=POSITIVE)
    axis.plot(x, check.observed, ls="none", marker="o", ms=5, color=NEGATIVE)
    axis.set_xticks(x, check.labels, rotation=45 if len(x) > 6 else 0)
    axis.set_xlim(-0.6, len(x) - 0.4)
    axis.set_xlabel(check.axis)
    axis.set_ylabel(f"share of {check.options[0]}")
    legend(axis, handle("o", NEGATIVE, "observed"), band_handle(check))
    return figure


def labeler_share(check: DrawnLabelers, *, figure: Any = None) -> Figure:
    """Draw each labeler's share of +1, in the order of the predicted shares.

    Parameters
    ----------
    check : LabelerShare
        Of more than 300 labelers, 300 are drawn, evenly spaced in that order.
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
    """
    figure, (axis,) = check_panels(figure, check)
    order = np.argsort(check.mean)
    order = order[np.isfinite(check.observed[order])]
    order = order[np.unique(np.linspace(0, len(order) - 1, 300).round().astype(int))]
    x, mean, half = np.arange(len(order)), check.mean[order], 1.96 * check.sd[order]
    low, high = np.clip(mean - half, 0, 1), np.clip(mean + half, 0, 1)
    axis.fill_between(x, low, high, color=POSITIVE, alpha=0.25, lw=0, step="mid")
    axis.plot(x, mean, color=POSITIVE, lw=1.2, drawstyle="steps-mid")
    outside = check.outside[order]
    axis.plot(x[~outside], check.observed[order][~outside], "o", ms=3.5, mfc="white", mec=INSIDE)
    axis.plot(x[outside], check.observed[order][outside], "D", ms=4.5, color=NEGATIVE)
    axis.set_ylim(-0.03, 1.03)
    axis.set_xlabel("labelers, by predicted share")
    axis.set_ylabel(f"share of {check.options[0]}")
    legend(
        axis,
        handle("o", INSIDE, "observed", filled=False),
        handle("D", NEGATIVE, f"outside its range ({check.share_outside:.1%})"),
        band_handle(check),
    )
    return figure


def labeler_spread(check: DrawnLabelerSpread, *, figure: Any = None) -> Figure:
    """Draw how many labelers choose +1 at most so often, with the band of new people.

    Parameters
    ----------
    check : LabelerSpread
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
    """
    figure, (axis,) = check_panels(figure, check)
    axis.fill_between(
        check.share, check.low, check.high, color=POSITIVE, alpha=0.25, lw=0, step="post"
    )
    axis.step(check.share, check.mean, where="post", color=POSITIVE, lw=1)
    axis.step(check.share, check.observed, where="post", color=OBSERVED, lw=1.2)
    axis.set_xlabel(f"share of {check.options[0]}")
    axis.set_ylabel("share of labelers at or below")
    legend(axis, handle("-", OBSERVED, "observed"), band_handle(check))
    return figure
