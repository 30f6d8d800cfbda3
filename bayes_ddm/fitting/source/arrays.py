"""Operations on whole arrays: views of them, joined ones, and sums."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pytensor.tensor.basic import Alloc, Join, MakeVector
from pytensor.tensor.elemwise import DimShuffle
from pytensor.tensor.math import Sum
from pytensor.tensor.rewriting.scalarize import ScalarizedJoin
from pytensor.tensor.subtensor import Subtensor

from bayes_ddm.fitting.source.text import Text, called, write

NUMBER = re.compile(r"\(-?\d+\)")


@write.register(DimShuffle)
def _shuffled(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    (x,), shape = inputs, node.inputs[0].type.shape
    axes = [axis for axis in op.new_order if axis != "x"]
    dropped = [axis for axis in range(len(shape)) if axis not in axes]
    if axes != sorted(axes) or any(shape[axis] != 1 for axis in dropped):
        return called(op, node, inputs, text)
    if not shape:
        ones = (1,) * len(op.new_order)
        return [filled(ones, node.outputs[0], x, text)] if ones else inputs
    index, following = [], 0
    for axis in op.new_order:
        if axis == "x":
            index.append("None")
        else:
            index += ["0"] * (axis - following) + [":"]
            following = axis + 1
    index += ["0"] * (len(shape) - following)
    return [text.name(f"{x}[{', '.join(index)}]")]


def filled(shape: Sequence[Any], variable: Any, value: str, text: Text) -> str:
    """Write a new array of one value."""
    name = empty(shape, variable.type.dtype, text)
    text.say(f"{name}[...] = {value}")
    return name


def empty(shape: Iterable[Any], dtype: str, text: Text) -> str:
    """Write a new array."""
    kind = "bool_" if dtype == "bool" else dtype
    return text.name(f"np.empty(({''.join(f'{n}, ' for n in shape)}), np.{kind})")


@write.register(Subtensor)
def _part(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    x, *places = inputs
    # constants that point into an array of known shape need no look whether they do
    sized = None not in node.inputs[0].type.shape[: len(op.idx_list)]
    if not sized or not all(map(NUMBER.fullmatch, places)):
        return called(op, node, inputs, text)
    values = iter(places)

    def entry(index: Any) -> str:
        if not isinstance(index, slice):
            return next(values)
        ends = index.start, index.stop, index.step
        start, stop, step = ("" if end is None else next(values) for end in ends)
        return f"{start}:{stop}" + (f":{step}" if step else "")

    return [text.name(f"{x}[{', '.join(map(entry, op.idx_list))}]")]


@write.register(MakeVector)
@write.register(Join)
@write.register(ScalarizedJoin)
def _joined(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    out = node.outputs[0].type
    if out.ndim != 1 or out.dtype != "float64":
        return called(op, node, inputs, text)
    single = [not getattr(v.type, "ndim", 0) for v in node.inputs]
    sizes = ["1" if alone else f"{x}.shape[0]" for x, alone in zip(inputs, single, strict=True)]
    name = empty([" + ".join(sizes)], out.dtype, text)
    place = text.name("0")
    for x, alone, size in zip(inputs, single, sizes, strict=True):
        if alone:
            text.say(f"{name}[{place}] = {x}")
        else:
            i = text.name()
            text.say(f"for {i} in range({size}):", f"    {name}[{place} + {i}] = {x}[{i}]")
        text.say(f"{place} += {size}")
    return [name]


@write.register(Sum)
def _summed(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    x, (variable,) = inputs[0], node.inputs
    if node.outputs[0].type.ndim or {variable.type.dtype, op.acc_dtype, op.dtype} != {"float64"}:
        return called(op, node, inputs, text)
    total = text.name("0.0")
    at = [text.name() for _ in range(variable.type.ndim)]
    for axis, i in enumerate(at):
        text.say(f"for {i} in range({x}.shape[{axis}]):")
        text.depth += 1
    text.say(f"{total} += {x}[{', '.join(at)}]")
    text.depth -= len(at)
    return [total]


@write.register(Alloc)
def _allocated(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    if node.inputs[0].type.ndim:
        return called(op, node, inputs, text)
    return [filled(inputs[1:], node.outputs[0], inputs[0], text)]
