"""What is written so far, and how a graph is: node by node, by the operation.

Numbers and arrays have names.  An operation that nobody writes out is called, as PyTensor compiles
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import singledispatch
from typing import Any

import numpy as np
import pytensor.scalar.basic as ps
from pytensor.compile.builders import OpFromGraph
from pytensor.graph.basic import Constant
from pytensor.link.numba.cache import hash_from_pickle_dump
from pytensor.link.numba.dispatch.basic import numba_funcify_ensure_cache, numba_typify

SPECIAL = {"inf": "np.inf", "-inf": "-np.inf", "nan": "np.nan"}


@dataclass
class Text:
    """What is written so far.

    Attributes
    ----------
    lines : list of str
    depth : int
        How many loops stand around the next line.
    names : dict
        What the source names: functions and constants.
    keys : list
        What tells those functions and constants from others; None where nothing does.
    count : int
        Names given to numbers and arrays.
    """

    lines: list[str] = field(default_factory=list)
    depth: int = 1
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": __name__, "np": np})
    keys: list[str | None] = field(default_factory=list)
    count: int = 0

    def say(self, *lines: str) -> None:
        """Write lines."""
        self.lines += ["    " * self.depth + line for line in lines]

    def name(self, expression: str | None = None) -> str:
        """Give a name, to what an expression gives if there is one."""
        self.count += 1
        name = f"v{self.count}"
        if expression is not None:
            self.say(f"{name} = {expression}")
        return name

    def call(self, function: tuple[Any, str | None], inputs: list[str]) -> str:
        """Call a function, of which PyTensor says its key; the name of what it returns."""
        called, key = function
        # sums of two and of three numbers have the same
        return self.name(
            f"{self.bind(called, key and f'{key} {len(inputs)}')}({', '.join(inputs)})"
        )

    def bind(self, value: Any, key: str | None) -> str:
        """Name a function or a constant."""
        if key is not None and key in self.keys:
            return f"held{self.keys.index(key)}"
        name = f"held{len(self.keys)}"
        self.names[name] = value
        self.keys.append(key)
        return name


def nodes(graph: Any, names: dict[Any, str], text: Text) -> list[str]:
    """Write the nodes of a graph; its outputs."""

    def name_of(variable: Any) -> str:
        return _constant(variable, text) if isinstance(variable, Constant) else names[variable]

    for node in graph.toposort():
        outputs = write(node.op, node, [name_of(v) for v in node.inputs], text)
        names.update(zip(node.outputs, outputs, strict=True))
    return [name_of(v) for v in graph.outputs]


def _constant(variable: Constant, text: Text) -> str:
    value: Any = variable.data
    if isinstance(value, np.ndarray | np.generic) and not value.ndim:
        return f"({value.item()})" if np.isfinite(value) else f"({SPECIAL[str(value)]})"
    return text.bind(numba_typify(value, variable=variable), hash_from_pickle_dump(value))


@singledispatch
def write(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    """Write what gives a node's outputs, whose names it returns."""
    return called(op, node, inputs, text)


def called(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    """Write a call of what PyTensor compiles."""
    arrays = [
        f"np.asarray({x})" if is_number(v) else x for x, v in zip(inputs, node.inputs, strict=True)
    ]
    result = text.call(numba_funcify_ensure_cache(op, node=node), arrays)
    outputs = parts(result, len(node.outputs))
    return [f"{x}[()]" if is_number(v) else x for x, v in zip(outputs, node.outputs, strict=True)]


def is_number(variable: Any) -> bool:
    """Whether it is an array without dimensions, for which a number stands here."""
    return not isinstance(variable.type, ps.ScalarType) and getattr(variable.type, "ndim", 1) == 0


def parts(name: str, count: int) -> list[str]:
    """What a function returned: its entries, where they are several."""
    return [f"{name}[{i}]" for i in range(count)] if count > 1 else [name]


@write.register(OpFromGraph)
def _inner(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    return nodes(op.fgraph, dict(zip(op.fgraph.inputs, inputs, strict=True)), text)
