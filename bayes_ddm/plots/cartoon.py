"""What a diffusion is: paths of evidence between two bounds, and when they reach them."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from bayes_ddm.plots.style import INSIDE, NEGATIVE, POSITIVE, panels
from bayes_ddm.wiener._regimes import at_least_0
from bayes_ddm.wiener.density import log_density
from bayes_ddm.wiener.distribution import choice_probability
from bayes_ddm.wiener.paths import diffusion_paths

POINTS = 400


def cartoon(
    drift: float = 1.0,
    boundary: float = 1.25,
    *,
    start: float = 0.5,
    ndt: float = 0.0,
    collapse: float = 0.0,
    paths: int = 12,
    seed: int = 1,
    figure: Any = None,
) -> Figure:
    """Draw paths of evidence, the bounds that end them, and the densities of response times.

    Parameters
    ----------
    drift, boundary : float
        Drift in 1/sqrt(s), and half the boundary separation.
    start : float
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    ndt : float
        Non-decision time in seconds, before which evidence stays where it starts.
    collapse : float
        Share of the boundary that is lost per second.
    paths : int
        How many are drawn.
    seed : int
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Above and below the bounds the density of response times that end there, upwards and
        downwards on one scale, with the share of choices; dashed, where the drift alone would lead.

    Raises
    ------
    InputError
        If the drift is not finite, the boundary not positive, the starting point not between 0 and
        1, the ndt or collapse negative, or there is less than one path.

    Examples
    --------
    >>> figure = cartoon(drift=1.0, boundary=1.25, start=0.6, ndt=0.3)
    >>> [text.get_text() for axis in figure.axes for text in axis.texts]
    ['density of +1: 96 %', 'ndt', 'density of -1: 4 %']
    """
    delay = float(at_least_0("ndt", ndt))
    bounds = {"boundary": boundary, "start": start, "collapse": collapse}
    rng = np.random.default_rng(seed)
    seconds, evidence = diffusion_paths(drift, rng=rng, paths=paths, **bounds)
    values = {
        "drift": drift,
        "boundary": boundary,
        "start": start,
        "ndt": ndt,
        "collapse": collapse,
    }
    figure, (above, middle, below) = panels(
        figure,
        ", ".join(
            f"{name} {value:g}" for name, value in values.items() if value or name == "drift"
        ),
        3,
        size=(6.5, 4.5),
        across=1,
        height_ratios=[1, 2, 1],
        sharex=True,
    )
    # a little beyond the last path
    time = np.linspace(0, 1.05 * seconds[-1], POINTS)
    bound = boundary * np.maximum(1 - collapse * time, 0)
    mean = boundary * (2 * start - 1) + drift * time
    middle.plot(delay + time, np.where(np.abs(mean) < bound, mean, np.nan), "--", color=INSIDE)
    for path in evidence:
        steps = np.isfinite(path)
        end = path[steps][-1]
        colour = POSITIVE if end > 0 else NEGATIVE
        middle.plot(delay + seconds[steps], path[steps], color=colour, lw=0.6)
        middle.plot(delay + seconds[steps][-1], end, "o", color=colour, ms=4)
    plus = float(choice_probability(drift, **bounds))
    highest = 0.0
    for axis, z, share, colour in ((above, 1, plus, POSITIVE), (below, -1, 1 - plus, NEGATIVE)):
        density = np.exp(log_density(time, z, drift=drift, **bounds))
        highest = max(highest, 1.05 * density.max())
        middle.plot(delay + time, z * bound, color=colour)
        axis.fill_between(delay + time, density, color=colour, alpha=0.5, lw=0)
        words = f"density of {z:+d}: {100 * share:.0f} %"
        axis.annotate(words, (0.98, 0.5), xycoords="axes fraction", ha="right")
        axis.set_ylabel("1/s")
    if delay:
        middle.axvspan(0, delay, color="0.93", lw=0)
        middle.annotate("ndt", (delay / 2, 0.03), xycoords=("data", "axes fraction"), ha="center")
    above.set(ylim=(0, highest), xlim=(0, delay + time[-1]))
    below.set(ylim=(highest, 0), xlabel="response time (s)")
    middle.set_ylabel("evidence (√s)")
    return figure
