"""The graph of a model: its variables, and which are made from which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pymc as pm
import xarray as xr
from pymc.model_graph import ModelGraph, NodeType, random_variable_symbol

from bayes_ddm.errors import InputError
from bayes_ddm.fitting.posterior import Posterior

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KINDS = {NodeType.FREE_RV: "free", NodeType.OBSERVED_RV: "observed"}


@dataclass(frozen=True)
class Node:
    """A variable: its law, its kind (free, observed or derived), and how many there are."""

    name: str
    law: str
    kind: str
    plate: str


@dataclass(frozen=True)
class Graph:
    """A model's variables, and of each the names of those it is made from."""

    title: str
    nodes: tuple[Node, ...]
    parents: Mapping[str, tuple[str, ...]]


def graph(fit: xr.DataTree | pm.Model) -> Figure:
    """Draw a fit's model as a graph with plates; preferences that are integrated out are not in it.

    Parameters
    ----------
    fit : DataTree or pm.Model

    Returns
    -------
    Figure
        Matplotlib's: ``graph(fit).savefig("model.svg")``.

    Raises
    ------
    InputError
        For a fit of a model of the user's own: give the model.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=50, choices=4, boundary=1.25, seed=1)
    >>> figure = graph(bd.models.builder("hierarchical")(choices))
    >>> {"mu", "sigma", "boundary", "ndt", "y"} <= {t.get_text() for t in figure.axes[0].texts}
    True
    """
    from bayes_ddm.plots.graph import graph as draw

    if isinstance(fit, pm.Model):
        return draw(graph_of(fit))
    posterior = Posterior.of(fit)
    return draw(graph_of(posterior.program, posterior.model))


def graph_of(model: pm.Model, name: str = "") -> Graph:
    """Read the graph of a model."""
    pymc_graph = ModelGraph(model)
    plates = {
        variable.var.name: (variable, _plate(plate.dim_info))
        for plate in pymc_graph.get_plates()
        for variable in plate.variables
        if variable.node_type not in (NodeType.DATA, NodeType.POTENTIAL)
    }
    if not plates:
        raise InputError("the model has no variables to draw.")
    nodes = tuple(
        Node(
            key,
            f"~ {_law(variable.var)}" if variable.node_type in KINDS else "derived",
            KINDS.get(variable.node_type, "derived"),
            plate,
        )
        for key, (variable, plate) in plates.items()
    )
    parents: dict[str, tuple[str, ...]] = {node.name: () for node in nodes}
    for child, parent in sorted(pymc_graph.edges()):
        if child in parents and parent in parents:
            parents[child] += (parent,)
    return Graph(f"Model {name}".rstrip(), nodes, parents)


def _law(variable: Any) -> str:
    name = getattr(variable.owner.op, "_print_name", None)
    return name[0] if name else random_variable_symbol(variable)


def _plate(info: object) -> str:
    """Name a plate: how many, of what; a pair of time and choice is one observation."""
    names, lengths = info.names, info.lengths  # type: ignore[attr-defined]
    pairs = [(n, k) for n, k in zip(names, lengths, strict=True) if n != "field"]
    return " × ".join(f"{int(k):,} {n}{'s' * (int(k) != 1)}" for n, k in pairs)
