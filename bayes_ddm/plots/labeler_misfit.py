"""Each labeler's choice share and response-time quantiles, observed against predicted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm.plots.style import INSIDE, NEGATIVE, DrawnLabelers, check_panels, legend, shown

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
    inside, beyond = (_some(np.flatnonzero(m)) for m in (~check.outside, check.outside))
    for j, (axis, name) in enumerate(zip(axes, check.statistics, strict=True)):
        x, y = check.mean[:, j], check.observed[:, j]
        drawn = np.concatenate([inside, beyond])
        both = np.concatenate([x[drawn], y[drawn]])
        ends = (np.nanmin(both), np.nanmax(both)) if np.isfinite(both).any() else (0.0, 1.0)
        axis.plot(ends, ends, color="0.6", lw=0.8)
        axis.errorbar(
            x[drawn], y[drawn], xerr=1.96 * check.sd[drawn, j], fmt="none", ecolor="0.85", lw=0.8
        )
        axis.plot(x[inside], y[inside], "o", ms=3.5, mfc="white", mec=INSIDE)
        axis.plot(x[beyond], y[beyond], "D", ms=4, color=NEGATIVE)
        unit = " (s)" if j else ""
        axis.set_title(f"{name}{unit}", fontsize=9)
    figure.supxlabel("predicted", fontsize=9)
    figure.supylabel("observed", fontsize=9)
    legend(
        axes[0],
        shown("o", INSIDE, "inside", filled=False),
        shown("D", NEGATIVE, f"outside ({check.share_outside:.1%})"),
    )
    return figure


def _some(which: np.ndarray) -> np.ndarray:
    return which[:: max(1, -(-len(which) // MOST_SHOWN))]
