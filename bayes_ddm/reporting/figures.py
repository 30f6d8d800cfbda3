"""ArviZ's figures of a fit's draws: ranks of the chains, energy, densities."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

import arviz as az
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import NEGATIVE, POSITIVE, titled

MOST_PANELS = 16
LONGEST_LINE = 36  # characters of a title
CHAINS = (POSITIVE, NEGATIVE, "#009E73", "#CC79A7")
SHOWN = ("dist", "face", "credible_interval", "point_estimate")
# points of a density: the page holds every one of them
GRID = {"dist": {"grid_len": 200}}


def chain_ranks(draws: Mapping[str, FloatArray]) -> Figure:
    """Draw how each chain's draws, shape (chains, draws), rank among all of them."""
    names = _varying(draws)
    rows = -(-len(names) // 4)
    columns = -(-len(names) // rows)
    chains = len(draws[names[0]])
    plot = az.plot_rank(
        _dataset(draws, {name: name for name in names}),
        color=[CHAINS[i % len(CHAINS)] for i in range(chains)],
        visuals={"xlabel": False, "title": {"size": 8}, "ecdf_lines": {"width": 1}},
        labeller=az.labels.NoVarLabeller(),
        col_wrap=columns,
        **_size(0.9 + 1.9 * columns, 1.0 + 1.5 * rows),
    )
    figure = titled(plot.viz["figure"].item(), "Ranks of each chain's draws")
    figure.supxlabel("rank among all draws, as a share", fontsize=9)
    return figure


def energy(fit: xr.DataTree) -> Figure:
    """Draw the distribution of a fit's energy, and of its change from draw to draw."""
    plot = az.plot_energy(
        fit,
        kind="kde",
        show_bfmi=False,
        color=[POSITIVE, NEGATIVE],
        visuals={"title": False, "legend": {"loc": "upper right", "frameon": False}},
        stats=GRID,
        **_size(4.8, 2.8),
    )
    figure = titled(plot.viz["figure"].item(), "Energy")
    figure.supxlabel("energy (log density units)", fontsize=9)
    return figure


def densities(
    draws: Mapping[str, FloatArray],
    prior: Mapping[str, FloatArray],
    prob: float,
    units: Mapping[str, str],
    *,
    across: int = 3,
) -> Figure:
    """Draw each posterior with its mean and interval, and its prior where it has one.

    Draws have shape (chains, draws), which may differ between `draws` and `prior`; at most `across`
    panels are side by side.
    """
    names = _varying(draws)
    titles = {name: f"{name} ({units[name]})" if units[name] else name for name in names}
    across = min(len(names), across)
    style: dict[str, Any] = {key: {"color": POSITIVE} for key in SHOWN}
    options = {"kind": "kde", "stats": GRID, "labeller": az.labels.NoVarLabeller()}
    plot = az.plot_dist(
        _dataset(draws, titles),
        ci_kind="eti",
        ci_prob=prob,
        point_estimate="mean",
        visuals=style | {"point_estimate_text": False, "title": {"size": 9}},
        col_wrap=across,
        **options,
        **_size(0.6 + 2.4 * across, 0.9 + 1.5 * -(-len(names) // across)),
    )
    figure = titled(plot.viz["figure"].item(), "Posterior of the population")
    # priors are often so wide that beside them a posterior is a spike
    limits = [axis.get_xlim() for axis in figure.axes]
    if prior_titles := {name: title for name, title in titles.items() if name in prior}:
        hidden: dict[str, Any] = dict.fromkeys((*SHOWN, "point_estimate_text", "title"), False)
        dashed = {"dist": {"color": NEGATIVE, "linestyle": "--"}}
        prior_draws = _dataset(prior, prior_titles)
        az.plot_dist(prior_draws, visuals=hidden | dashed, plot_collection=plot, **options)
    for axis, ends in zip(figure.axes, limits, strict=True):
        axis.set_xlim(ends)
        axis.locator_params(axis="x", nbins=4)
    return figure


def _varying(draws: Mapping[str, FloatArray]) -> list[str]:
    """Names of what is drawn: a constant has neither ranks nor a density."""
    return [name for name, values in draws.items() if np.ptp(values) > 0][:MOST_PANELS]


def _dataset(draws: Mapping[str, FloatArray], titles: Mapping[str, str]) -> xr.Dataset:
    """Draws as one variable, whose panels are titled with the parameters alone."""
    values = np.stack([draws[name] for name in titles], axis=-1)
    lines = [textwrap.fill(title, LONGEST_LINE) for title in titles.values()]
    coords = {"chain": range(len(values)), "parameter": lines}
    return xr.Dataset({"value": (("chain", "draw", "parameter"), values)}, coords)


def _size(width: float, height: float) -> dict[str, Any]:
    figure = {"figsize": (width, height), "layout": "constrained"}
    return {"backend": "matplotlib", "figure_kwargs": figure}
