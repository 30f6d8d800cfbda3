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
def _shuffled(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    (x,), shape = given, node.inputs[0].type.shape
    kept = [axis for axis in op.new_order if axis != "x"]
    dropped = [axis for axis in range(len(shape)) if axis not in kept]
    if kept != sorted(kept) or any(shape[axis] != 1 for axis in dropped):
        return called(op, node, given, text)
    if not shape:
        ones = (1,) * len(op.new_order)
        return [filled(ones, node.outputs[0], x, text)] if ones else given
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
def _part(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    x, *places = given
    # constants that point into an array of known shape need no look whether they do
    known = None not in node.inputs[0].type.shape[: len(op.idx_list)]
    if not known or not all(map(NUMBER.fullmatch, places)):
        return called(op, node, given, text)
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
def _joined(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    out = node.outputs[0].type
    if out.ndim != 1 or out.dtype != "float64":
        return called(op, node, given, text)
    single = [not getattr(v.type, "ndim", 0) for v in node.inputs]
    sizes = ["1" if one else f"{x}.shape[0]" for x, one in zip(given, single, strict=True)]
    name = empty([" + ".join(sizes)], out.dtype, text)
    place = text.name("0")
    for x, one, size in zip(given, single, sizes, strict=True):
        if one:
            text.say(f"{name}[{place}] = {x}")
        else:
            i = text.name()
            text.say(f"for {i} in range({size}):", f"    {name}[{place} + {i}] = {x}[{i}]")
        text.say(f"{place} += {size}")
    return [name]


@write.register(Sum)
def _summed(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    x, (variable,) = given[0], node.inputs
    if node.outputs[0].type.ndim or {variable.type.dtype, op.acc_dtype, op.dtype} != {"float64"}:
        return called(op, node, given, text)
    total = text.name("0.0")
    at = [text.name() for _ in range(variable.type.ndim)]
    for axis, i in enumerate(at):
        text.say(f"for {i} in range({x}.shape[{axis}]):")
        text.depth += 1
    text.say(f"{total} += {x}[{', '.join(at)}]")
    text.depth -= len(at)
    return [total]


@write.register(Alloc)
def _allocated(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    if node.inputs[0].type.ndim:
        return called(op, node, given, text)
    return [filled(given[1:], node.outputs[0], given[0], text)]
