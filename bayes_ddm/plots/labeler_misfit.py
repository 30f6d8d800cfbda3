"""Each labeler's choice share and response-time quantiles, observed against predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm.plots.style import INSIDE, NEGATIVE, DrawnLabelers, check_panels, handle, legend

MOST_SHOWN = 500


class DrawnMisfit(DrawnLabelers, Protocol):
    """Statistics of each labeler, observed and predicted."""

    @property
    def statistics(self) -> Sequence[str]: ...


def labeler_misfit(check: DrawnMisfit, *, figure: Any = None) -> Figure:
    """Draw observed against predicted statistics, a point per labeler; on the line they agree.

    Parameters
    ----------
    check : LabelerMisfit
        Of more than 500 labelers inside their range, or outside it, 500 are drawn.
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Diamonds: labelers outside the joint 95 % range of the four statistics.
    """
    figure, axes = check_panels(figure, check, len(check.statistics))
    inside, outside = (_thin(np.flatnonzero(m)) for m in (~check.outside, check.outside))
    for j, (axis, name) in enumerate(zip(axes, check.statistics, strict=True)):
        x, y = check.mean[:, j], check.observed[:, j]
        rows = np.concatenate([inside, outside])
        values = np.concatenate([x[rows], y[rows]])
        ends = (np.nanmin(values), np.nanmax(values)) if np.isfinite(values).any() else (0.0, 1.0)
        axis.plot(ends, ends, color="0.6", lw=0.8)
        axis.errorbar(
            x[rows], y[rows], xerr=1.96 * check.sd[rows, j], fmt="none", ecolor="0.85", lw=0.8
        )
        axis.plot(x[inside], y[inside], "o", ms=3.5, mfc="white", mec=INSIDE)
        axis.plot(x[outside], y[outside], "D", ms=4, color=NEGATIVE)
        unit = " (s)" if j else ""
        axis.set_title(f"{name}{unit}", fontsize=9)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("observed", fontsize=9)
    legend(
        axes[0],
        handle("o", INSIDE, "inside", filled=False),
        handle("D", NEGATIVE, f"outside ({check.share_outside:.1%})"),
    )
    return figure


def _thin(rows: np.ndarray) -> np.ndarray:
    return rows[:: max(1, -(-len(rows) // MOST_SHOWN))]
