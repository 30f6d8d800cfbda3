"""Defective densities and distribution functions of response times, with bands."""

from __future__ import annotations

from typing import Any, Protocol

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


class DrawnDensity(DrawnBand, Protocol):
    """Densities and distribution functions by choice (-1 first), with bands."""

    @property
    def time(self) -> FloatArray: ...
    @property
    def density_low(self) -> FloatArray: ...
    @property
    def density_high(self) -> FloatArray: ...
    @property
    def density_observed(self) -> FloatArray: ...


def rt_density(check: DrawnDensity, *, figure: Any = None) -> Figure:
    """Draw densities (+1 upwards, -1 downwards) and distribution functions of response times.

    Parameters
    ----------
    check : RtDensity
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Bands: 95 % of replications, point by point. Black: observed. Both choices together reach 1.
        Of prior predictions, whose densities are all spikes, a distribution function a panel.
    """
    if check.kind == "prior":
        return _by_choice(check, figure)
    figure, (density, distribution) = check_panels(figure, check, 2)
    plus, minus = check.options
    for c, (colour, sign, style) in enumerate(((NEGATIVE, -1, "--"), (POSITIVE, 1, "-"))):
        edges = check.time
        low, high = sign * check.density_low[c], sign * check.density_high[c]
        density.stairs(high, edges, baseline=low, fill=True, color=colour, alpha=0.3, lw=0)
        density.stairs(
            sign * check.density_observed[c], edges, baseline=None, color=OBSERVED, lw=1, ls=style
        )
        distribution.fill_between(edges, check.low[c], check.high[c], color=colour, alpha=0.3, lw=0)
        distribution.plot(edges, check.mean[c], color=colour, lw=1)
        distribution.plot(edges, check.observed[c], color=OBSERVED, lw=1.1, ls=style)
    density.axhline(0, color="0.6", lw=0.8)
    density.set_ylabel(f"share of choices per second\n({plus} up, {minus} down)")
    distribution.set_ylabel("share of choices made by then")
    distribution.set_ylim(0, None)
    for axis in (density, distribution):
        axis.set_xlabel("response time (s)")
    legend(
        distribution,
        handle("-", OBSERVED, f"{plus} observed"),
        handle("--", OBSERVED, f"{minus} observed"),
        band_handle(check, POSITIVE, plus),
        band_handle(check, NEGATIVE, minus),
    )
    return figure


def _by_choice(check: DrawnDensity, figure: Any) -> Figure:
    figure, axes = check_panels(figure, check, 2)
    for c, axis, colour in zip((1, 0), axes, (POSITIVE, NEGATIVE), strict=True):
        option = check.options[1 - c]
        axis.fill_between(check.time, check.low[c], check.high[c], color=colour, alpha=0.25, lw=0)
        axis.plot(check.time, check.mean[c], color=colour, lw=1.2)
        axis.plot(check.time, check.observed[c], color=OBSERVED, lw=1.2)
        axis.set_title(f"{option} choices", fontsize=9)
        axis.set_xlabel("response time (s)")
        # bands that reach the top leave no corner for a legend
        axis.set_ylim(0, 1.3 * float(check.high.max()))
        legend(
            axis, handle("-", OBSERVED, "observed"), band_handle(check, colour), loc="upper left"
        )
    axes[0].set_ylabel("share of choices made by then")
    axes[1].sharey(axes[0])
    return figure
