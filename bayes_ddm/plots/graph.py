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
    return figure  # type: ignore[no-any-return]


def _places(drawn: DrawnGraph) -> dict[str, Place]:
    """Place each variable: below all that it is made from, plates side by side.

    Of many orders within plates the one is taken whose arrows pass through the fewest variables,
    and cross each other least.
    """
    level = _levels(drawn)
    rng = np.random.default_rng(0)
    arrows = [(parent, child) for child, made in drawn.parents.items() for parent in made]
    best: tuple[float, dict[str, Place]] = (np.inf, {})
    for _ in range(TRIES):
        order = rng.permutation(len(drawn.nodes)).tolist()
        place = _placed(drawn, level, order, float(rng.integers(-2, 3)) / 2)
        if (cost := _cost(place, arrows)) < best[0]:
            best = cost, place
    return best[1]


def _placed(
    drawn: DrawnGraph, level: Mapping[str, int], order: Sequence[int], aside: float
) -> dict[str, Place]:
    """Place variables in an order within each row of a plate; what is observed, `aside`."""
    under, place, first = _bottom(drawn, level), dict[str, Place](), 0.0
    nodes = [drawn.nodes[k] for k in order if drawn.nodes[k].name not in under]
    for plate in dict.fromkeys(node.plate for node in drawn.nodes):
        rows: dict[int, list[str]] = {}
        for node in nodes:
            if node.plate == plate:
                rows.setdefault(level[node.name], []).append(node.name)
        wide = max(map(len, rows.values()), default=0)
        for depth, names in rows.items():
            start = first + (wide - len(names)) / 2
            for k, name in enumerate(names):
                place[name] = ((start + k) * ACROSS, -depth * DOWN * 1.35)
        first += wide + (0.25 if rows else 0.0)
    middle = (first - 1.25) / 2 + aside
    for k, name in enumerate(under):
        across = (middle + k - (len(under) - 1) / 2) * ACROSS
        place[name] = (across, -level[name] * DOWN * 1.35)
    return place


def _cost(place: Mapping[str, Place], arrows: Sequence[tuple[str, str]]) -> float:
    """Variables that arrows pass through, each as bad as five crossings; then their length."""
    names, at = list(place), np.array(list(place.values())) / np.array(RADII)
    start, end = (np.array([at[names.index(arrow[k])] for arrow in arrows]) for k in (0, 1))
    way = end - start
    length = np.hypot(*way.T)
    # how far each variable is from each arrow, in radii
    part = np.einsum("ijk,ik->ij", at - start[:, None], way) / length[:, None] ** 2
    near = start[:, None] + np.clip(part, 0, 1)[..., None] * way[:, None] - at
    inside = (part > 0.02) & (part < 0.98) & (np.hypot(near[..., 0], near[..., 1]) < 1.15)
    for row, arrow in enumerate(arrows):
        inside[row, [names.index(name) for name in arrow]] = False
    return float(5 * inside.sum() + _crossings(start, end) + 0.01 * length.sum())


def _crossings(start: FloatArray, end: FloatArray) -> int:
    def side(a: FloatArray, b: FloatArray, c: FloatArray) -> FloatArray:
        one, two = b - a, c - a
        return np.sign(one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0])

    a, b, c, d = start[:, None], end[:, None], start[None], end[None]
    apart = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return int(apart.sum()) // 2


def _bottom(drawn: DrawnGraph, level: Mapping[str, int]) -> list[str]:
    """What is observed, where nothing else is as deep: it stands in the middle, below the rest."""
    deepest = [node for node in drawn.nodes if level[node.name] == max(level.values())]
    alone = all(node.kind == "observed" for node in deepest)
    return [node.name for node in deepest] if alone and len(drawn.nodes) > len(deepest) else []


def _levels(drawn: DrawnGraph) -> dict[str, int]:
    """Longest way from a variable made of no other; what is observed, below all."""
    level: dict[str, int] = {}

    def down(name: str) -> int:
        if name not in level:
            level[name] = max((1 + down(parent) for parent in drawn.parents[name]), default=0)
        return level[name]

    for node in drawn.nodes:
        down(node.name)
    others = [level[node.name] for node in drawn.nodes if node.kind != "observed"]
    for node in drawn.nodes:
        if node.kind == "observed":
            level[node.name] = max([level[node.name], *(depth + 1 for depth in others)])
    return level


def _node(axis: Any, node: DrawnNode, at: Place) -> None:
    (x, y), (wide, high) = at, RADII
    face = "#D9D9D9" if node.kind == "observed" else "white"
    if node.kind == "derived":
        corner = (x - wide, y - high)
        axis.add_patch(Rectangle(corner, 2 * wide, 2 * high, fc="white", ec=GREY, lw=1, zorder=3))
    else:
        axis.add_patch(Ellipse(at, 2 * wide, 2 * high, fc=face, ec=BLUE, lw=1.3, zorder=3))
    lift = 0.085 if node.law else 0
    axis.text(x, y + lift, node.name, ha="center", va="center", fontsize=8.5, zorder=4)
    if node.law:
        axis.text(
            x, y - 0.11, node.law, ha="center", va="center", fontsize=6.5, color=GREY, zorder=4
        )


def _plate(axis: Any, name: str, inside: list[Place]) -> None:
    xs, ys = np.array(inside).T
    wide, high = RADII[0] + 0.1, RADII[1] + 0.1
    corner = xs.min() - wide, ys.min() - high - 0.16
    size = np.ptp(xs) + 2 * wide, np.ptp(ys) + 2 * high + 0.16
    round_box = "round,pad=0,rounding_size=0.12"
    axis.add_patch(FancyBboxPatch(corner, *size, boxstyle=round_box, fc="none", ec="0.6", zorder=1))
    axis.text(
        corner[0] + size[0] - 0.06, corner[1] + 0.05, name, ha="right", fontsize=7, color=GREY
    )


def _arrow(axis: Any, above: Place, kind: str, below: Place, kind_below: str) -> None:
    """From rim to rim."""
    start, end = np.array(above), np.array(below)
    way = end - start
    axis.add_patch(
        FancyArrowPatch(
            tuple(start + _rim(way, kind)),
            tuple(end - _rim(way, kind_below)),
            arrowstyle="-|>",
            mutation_scale=9,
            color="0.35",
            lw=0.8,
            shrinkA=0,
            shrinkB=1,
            zorder=2,
        )
    )


def _rim(way: FloatArray, kind: str) -> FloatArray:
    """Where a way from the middle of a variable leaves it."""
    part = np.abs(way) / np.array(RADII)
    return np.asarray(way / (part.max() if kind == "derived" else np.hypot(*part)))
