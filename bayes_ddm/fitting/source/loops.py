"""Elementwise operations, written as loops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytensor.scalar.basic as ps
from pytensor.tensor.elemwise import Elemwise
from pytensor.tensor.rewriting.fused_elemwise import FusedElemwise
from pytensor.tensor.rewriting.scalarize import ScalarizedElemwise

from bayes_ddm.fitting.source.arrays import empty, filled
from bayes_ddm.fitting.source.numbers import scalar
from bayes_ddm.fitting.source.text import Text, called, write


@write.register(Elemwise)
def _elementwise(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    return _loop(Loop(node), node, inputs, text)


@write.register(ScalarizedElemwise)
@write.register(FusedElemwise)
def _fused(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    (inner,) = (n for n in op.fgraph.apply_nodes if isinstance(n.op, Elemwise))
    count, dims = len(inner.inputs), inner.outputs[0].type.ndim
    reads: dict[int, tuple[int, int]] = {}
    writes: dict[int, tuple[int, str]] = {}
    simple = all(v.type.ndim == 1 for v in node.inputs[count:])
    for k, entry in enumerate(getattr(op, "indexed_inputs", ())):
        for source in entry[0] if entry else ():
            simple = simple and source not in reads
            reads[source] = count + k, entry[1]
    for k, entry in enumerate(getattr(op, "indexed_outputs", ())):
        for out in entry[0] if entry else ():
            plain = dims == 1 and not node.inputs[count + k].type.broadcastable[0]
            simple = simple and plain and out not in writes
            writes[out] = count + k, entry[2]
    sums = list(getattr(op, "reduced_outputs", ())) or [None] * len(inner.outputs)
    simple = simple and all(
        s is None
        or (type(s[0]) is ps.Add and s[3] == v.type.dtype and s[3] in {"float64", "int64"})
        for s, v in zip(sums, node.outputs, strict=True)
    )
    if not simple:
        return called(op, node, inputs, text)
    return _loop(Loop(inner, reads, writes, sums), node, inputs, text)


@dataclass(frozen=True)
class Loop:
    """Loop over an elementwise node.

    Attributes
    ----------
    node : Apply
        Of an `Elemwise`.
    reads : dict of input to (index, axis)
        Inputs that are read at an index, which is another input.
    writes : dict of output to (index, "inc" or "set")
    sums : sequence of (Add, axes, identity, dtype) or None
        Of each output.
    """

    node: Any
    reads: dict[int, tuple[int, int]] = field(default_factory=dict)
    writes: dict[int, tuple[int, str]] = field(default_factory=dict)
    sums: Sequence[Any] = ()


def _loop(loop: Loop, node: Any, inputs: list[str], text: Text) -> list[str]:
    inner = loop.node
    numbers = inner.op.make_scalar_node(*inner.inputs)
    axes = range(inner.outputs[0].type.ndim)
    if not axes:
        return scalar(numbers.op, numbers, inputs, text)
    at = [text.name() for _ in axes]
    lengths: list[list[tuple[str, int | None]]] = [[] for _ in axes]

    def along(k: int, dimension: int, axis: int) -> str:
        """Place of the loop in a dimension of an input, whose length is that of the loop."""
        if node.inputs[k].type.broadcastable[dimension]:
            return "0"
        lengths[axis].append(
            (f"{inputs[k]}.shape[{dimension}]", node.inputs[k].type.shape[dimension])
        )
        return at[axis]

    elements = []
    for k, variable in enumerate(inner.inputs):
        if isinstance(node.inputs[k].type, ps.ScalarType):
            elements.append(inputs[k])
            continue
        by, indexed_axis = loop.reads.get(k, (None, None))
        index = [
            f"{inputs[by]}[{along(by, 0, axis)}]"
            if by is not None and axis == indexed_axis
            else "0"
            if variable.type.broadcastable[axis]
            else along(k, axis, axis)
            for axis in axes
        ]
        elements.append(f"{inputs[k]}[{', '.join(index)}]")
    targets = iter(inputs[len(inputs) - len(loop.writes) :])
    places = {o: f"{inputs[by]}[{along(by, 0, 0)}]" for o, (by, _) in sorted(loop.writes.items())}
    sizes = [_length(axis_lengths, text) for axis_lengths in lengths]
    outputs, stored = [], []
    for o, variable in enumerate(inner.outputs):
        size = [
            "1" if single else n
            for single, n in zip(variable.type.broadcastable, sizes, strict=True)
        ]
        place = [
            "0" if single else i for single, i in zip(variable.type.broadcastable, at, strict=True)
        ]
        total = loop.sums[o] if loop.sums else None
        if o in places:
            outputs.append(next(targets))
            sign = "+=" if loop.writes[o][1] == "inc" else "="
            stored.append(f"{outputs[-1]}[{places[o]}] {sign}")
        elif total is not None:
            sum_axes = [axis for axis in axes if axis not in total[1]]
            zero = "0.0" if total[3] == "float64" else "0"
            if sum_axes:
                outputs.append(filled([size[a] for a in sum_axes], node.outputs[o], zero, text))
                stored.append(f"{outputs[-1]}[{', '.join(place[a] for a in sum_axes)}] +=")
            else:
                outputs.append(text.name(zero))
                stored.append(f"{outputs[-1]} +=")
        else:
            over = inner.op.inplace_pattern.get(o)
            target = empty(size, variable.type.dtype, text) if over is None else inputs[over]
            outputs.append(target)
            stored.append(f"{target}[{', '.join(place)}] =")
    for i, n in zip(at, sizes, strict=True):
        text.say(f"for {i} in range({n}):")
        text.depth += 1
    values = scalar(numbers.op, numbers, [text.name(x) if "[" in x else x for x in elements], text)
    text.say(*(f"{entry} {value}" for entry, value in zip(stored, values, strict=True)))
    text.depth -= len(at)
    return outputs


def _length(lengths: list[tuple[str, int | None]], text: Text) -> str:
    """Length of a loop, which is that of all that it goes through."""
    if not lengths:
        return "1"
    (first, length_known), *others = dict.fromkeys(lengths)
    name = text.name(first)
    for size, length in others:
        if length is None or length != length_known:
            text.say(f"if {size} != {name}:", "    raise ValueError('shapes differ')")
    return name
