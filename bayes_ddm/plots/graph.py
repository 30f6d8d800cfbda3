"""A model as a graph: what depends on what, repeated variables in plates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, FancyBboxPatch, Rectangle

from bayes_ddm._typing import FloatArray
from bayes_ddm.plots.style import BLUE, GREY, NotebookFigure, titled

# inches
ACROSS, DOWN = 1.75, 1.05
RADII = 0.76, 0.3
TRIES = 400


class DrawnNode(Protocol):
    """A variable."""

    @property
    def name(self) -> str: ...
    @property
    def law(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def plate(self) -> str: ...


class DrawnGraph(Protocol):
    """Variables, and which are made from which."""

    @property
    def title(self) -> str: ...
    @property
    def nodes(self) -> Sequence[DrawnNode]: ...
    @property
    def parents(self) -> Mapping[str, Sequence[str]]: ...


Place = tuple[float, float]


def graph(drawn: DrawnGraph, *, figure: Any = None) -> Figure:
    """Draw a model's variables, what they are made from above them.

    Parameters
    ----------
    drawn : Graph
        Its nodes are ``"free"``, ``"observed"`` or ``"derived"``.
    figure : matplotlib Figure or SubFigure, optional
        Drawn into; by default a new one.

    Returns
    -------
    Figure
        Ellipses are sampled, filled ones observed, boxes derived; a plate around variables says
        how many there are of each.
    """
    place = _places(drawn)
    xs, ys = np.array(list(place.values())).T
    if figure is None:
        size = np.ptp(xs) + 2 * ACROSS, np.ptp(ys) + 2 * DOWN
        figure = NotebookFigure(figsize=size, layout="constrained")
    axis = figure.add_subplot()
    axis.set_axis_off()
    axis.set_aspect("equal")
    for name in dict.fromkeys(node.plate for node in drawn.nodes if node.plate):
        _plate(axis, name, [place[node.name] for node in drawn.nodes if node.plate == name])
    kinds = {node.name: node.kind for node in drawn.nodes}
    for node in drawn.nodes:
        for parent in drawn.parents[node.name]:
            _arrow(axis, place[parent], kinds[parent], place[node.name], node.kind)
        _node(axis, node, place[node.name])
    axis.set_xlim(xs.min() - ACROSS * 0.75, xs.max() + ACROSS * 0.75)
    axis.set_ylim(ys.min() - DOWN * 0.8, ys.max() + DOWN * 0.7)
    titled(figure, drawn.title)
    return figure


def _places(model: DrawnGraph) -> dict[str, Place]:
    """Place each variable: below all that it is made from, plates side by side.

    Of many orders within plates the one is taken whose arrows pass through the fewest variables,
    and cross each other least.
    """
    level = _levels(model)
    rng = np.random.default_rng(0)
    arrows = [(parent, child) for child, parents in model.parents.items() for parent in parents]
    best: tuple[float, dict[str, Place]] = (np.inf, {})
    for _ in range(TRIES):
        order = rng.permutation(len(model.nodes)).tolist()
        place = _arrange(model, level, order, float(rng.integers(-2, 3)) / 2)
        if (cost := _cost(place, arrows)) < best[0]:
            best = cost, place
    return best[1]


def _arrange(
    model: DrawnGraph, level: Mapping[str, int], order: Sequence[int], aside: float
) -> dict[str, Place]:
    """Place variables in an order within each row of a plate; what is observed, `aside`."""
    bottom, place, left = _bottom(model, level), dict[str, Place](), 0.0
    nodes = [model.nodes[k] for k in order if model.nodes[k].name not in bottom]
    for plate in dict.fromkeys(node.plate for node in model.nodes):
        rows: dict[int, list[str]] = {}
        for node in nodes:
            if node.plate == plate:
                rows.setdefault(level[node.name], []).append(node.name)
        width = max(map(len, rows.values()), default=0)
        for depth, names in rows.items():
            start = left + (width - len(names)) / 2
            for k, name in enumerate(names):
                place[name] = ((start + k) * ACROSS, -depth * DOWN * 1.35)
        left += width + (0.25 if rows else 0.0)
    centre = (left - 1.25) / 2 + aside
    for k, name in enumerate(bottom):
        x = (centre + k - (len(bottom) - 1) / 2) * ACROSS
        place[name] = (x, -level[name] * DOWN * 1.35)
    return place


def _cost(place: Mapping[str, Place], arrows: Sequence[tuple[str, str]]) -> float:
    """Variables that arrows pass through, each as bad as five crossings; then their length."""
    names, points = list(place), np.array(list(place.values())) / np.array(RADII)
    start, end = (np.array([points[names.index(arrow[k])] for arrow in arrows]) for k in (0, 1))
    direction = end - start
    length = np.hypot(*direction.T)
    # how far each variable is from each arrow, in radii
    position = np.einsum("ijk,ik->ij", points - start[:, None], direction) / length[:, None] ** 2
    gap = start[:, None] + np.clip(position, 0, 1)[..., None] * direction[:, None] - points
    inside = (position > 0.02) & (position < 0.98) & (np.hypot(gap[..., 0], gap[..., 1]) < 1.15)
    for row, arrow in enumerate(arrows):
        inside[row, [names.index(name) for name in arrow]] = False
    return float(5 * inside.sum() + _crossings(start, end) + 0.01 * length.sum())


def _crossings(start: FloatArray, end: FloatArray) -> int:
    def side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
        first, second = b - a, c - a
        return np.sign(first[..., 0] * second[..., 1] - first[..., 1] * second[..., 0])

    a, b, c, d = start[:, None], end[:, None], start[None], end[None]
    crossed = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return int(crossed.sum()) // 2


def _bottom(model: DrawnGraph, level: Mapping[str, int]) -> list[str]:
    """What is observed, where nothing else is as deep: it stands in the middle, below the rest."""
    deepest = [node for node in model.nodes if level[node.name] == max(level.values())]
    observed = all(node.kind == "observed" for node in deepest)
    return [node.name for node in deepest] if observed and len(model.nodes) > len(deepest) else []


def _levels(model: DrawnGraph) -> dict[str, int]:
    """Longest way from a variable made of no other; what is observed, below all."""
    level: dict[str, int] = {}

    def depth_of(name: str) -> int:
        if name not in level:
            level[name] = max((1 + depth_of(parent) for parent in model.parents[name]), default=0)
        return level[name]

    for node in model.nodes:
        depth_of(node.name)
    others = [level[node.name] for node in model.nodes if node.kind != "observed"]
    for node in model.nodes:
        if node.kind == "observed":
            level[node.name] = max([level[node.name], *(depth + 1 for depth in others)])
    return level


def _node(axis: Any, node: DrawnNode, place: Place) -> None:
    (x, y), (width, height) = place, RADII
    face = "#D9D9D9" if node.kind == "observed" else "white"
    if node.kind == "derived":
        corner = (x - width, y - height)
        axis.add_patch(
            Rectangle(corner, 2 * width, 2 * height, fc="white", ec=GREY, lw=1, zorder=3)
        )
    else:
        axis.add_patch(Ellipse(place, 2 * width, 2 * height, fc=face, ec=BLUE, lw=1.3, zorder=3))
    shift = 0.085 if node.law else 0
    axis.text(x, y + shift, node.name, ha="center", va="center", fontsize=8.5, zorder=4)
    if node.law:
        axis.text(
            x, y - 0.11, node.law, ha="center", va="center", fontsize=6.5, color=GREY, zorder=4
        )


def _plate(axis: Any, name: str, places: list[Place]) -> None:
    xs, ys = np.array(places).T
    width, height = RADII[0] + 0.1, RADII[1] + 0.1
    corner = xs.min() - width, ys.min() - height - 0.16
    size = np.ptp(xs) + 2 * width, np.ptp(ys) + 2 * height + 0.16
    round_box = "round,pad=0,rounding_size=0.12"
    axis.add_patch(FancyBboxPatch(corner, *size, boxstyle=round_box, fc="none", ec="0.6", zorder=1))
    axis.text(
        corner[0] + size[0] - 0.06, corner[1] + 0.05, name, ha="right", fontsize=7, color=GREY
    )


def _arrow(axis: Any, above: Place, kind: str, below: Place, kind_below: str) -> None:
    """From rim to rim."""
    start, end = np.array(above), np.array(below)
    direction = end - start
    axis.add_patch(
        FancyArrowPatch(
            tuple(start + _rim(direction, kind)),
            tuple(end - _rim(direction, kind_below)),
            arrowstyle="-|>",
            mutation_scale=9,
            color="0.35",
            lw=0.8,
            shrinkA=0,
            shrinkB=1,
            zorder=2,
        )
    )


def _rim(direction: FloatArray, kind: str) -> FloatArray:
    """Where a way from the middle of a variable leaves it."""
    ratio = np.abs(direction) / np.array(RADII)
    return np.asarray(direction / (ratio.max() if kind == "derived" else np.hypot(*ratio)))
