"""Numba source of a graph, written out as one function.

PyTensor compiles a function for each operation, and for each operation on numbers within; how many
there are decides how long that takes.  Here numbers are names, what is done to them is a line, and
elementwise operations are loops; what is not known here is called, as PyTensor compiles it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from hashlib import sha256
from typing import Any

import numpy as np
import pytensor.scalar.basic as ps
from numba import types
from numba.extending import intrinsic
from pytensor.compile.builders import OpFromGraph
from pytensor.graph.basic import Constant
from pytensor.link.numba.cache import compile_numba_function_src, hash_from_pickle_dump
from pytensor.link.numba.dispatch.basic import (
    numba_funcify_and_cache_key,
    numba_funcify_ensure_cache,
    numba_typify,
)
from pytensor.tensor.basic import Alloc, Join, MakeVector, ScalarFromTensor, TensorFromScalar
from pytensor.tensor.elemwise import DimShuffle, Elemwise
from pytensor.tensor.math import Sum
from pytensor.tensor.rewriting.fused_elemwise import FusedElemwise
from pytensor.tensor.rewriting.scalarize import ScalarizedElemwise, ScalarizedJoin
from pytensor.tensor.subtensor import Subtensor

from bayes_ddm.fitting.callbacks import Stored, stored_arrays

# of code on disk: another one where the same source comes to mean another program
VERSION = 1
OPERATORS = {
    ps.Add: "+",
    ps.Mul: "*",
    ps.Sub: "-",
    ps.TrueDiv: "/",
    ps.GE: ">=",
    ps.GT: ">",
    ps.LE: "<=",
    ps.LT: "<",
    ps.EQ: "==",
    ps.NEQ: "!=",
    ps.AND: "&",
    ps.OR: "|",
}
NUMBER = re.compile(r"\(-?\d+\)")
PLAIN = ("float64", "bool")
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
    names: dict[str, Any] = field(
        default_factory=lambda: {"__name__": __name__, "np": np, "choose": choose}
    )
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

    def held(self, value: Any, key: str | None) -> str:
        """Name a function or a constant."""
        if key is not None and key in self.keys:
            return f"held{self.keys.index(key)}"
        name = f"held{len(self.keys)}"
        self.names[name] = value
        self.keys.append(key)
        return name


Written = tuple[Callable[..., Any], str | None]


def returning(graph: Any) -> Written:
    """Python function for numba that takes a graph's inputs and returns its outputs; its key.

    Outputs without dimensions are numbers.  There is no key where numba cannot keep the code.
    """
    text = Text()
    return _function("program(*inputs)", graph, text, lambda x: [f"return ({', '.join(x)},)"])


def filling(graph: Any, stored: Sequence[Stored]) -> Written:
    """Python function for numba that `callbacks` call, and its key.

    The graph's inputs are a point, and arrays that a record holds; its last output is a vector,
    and what is before it a number.
    """
    text = Text()
    text.held(stored_arrays(stored), repr(stored))
    text.say("inputs = (point, *held0(record))" if stored else "inputs = (point,)")

    def ending(outputs: list[str]) -> list[str]:
        *value, vector = outputs
        return [
            f"if {vector}.size != out.size:",
            "    raise ValueError('sizes differ')",
            "for i in range(out.size):",
            f"    out[i] = {vector}[i]",
            f"return float({value[0]})" if value else "return 0.0",
        ]

    return _function("program(point, record, out)", graph, text, ending)


def _function(
    signature: str, graph: Any, text: Text, ending: Callable[[list[str]], list[str]]
) -> Written:
    given = {
        v: text.name(f"inputs[{i}]{'[()]' if _is_number(v) else ''}")
        for i, v in enumerate(graph.inputs)
    }
    text.say(*ending(_graph(graph, given, text)))
    source = "\n".join([f"def {signature}:", *text.lines])
    key = None
    if None not in text.keys:
        kinds = [str(v.type.dtype) for v in graph.inputs]
        key = sha256(repr((VERSION, source, text.keys, kinds)).encode()).hexdigest()
    return compile_numba_function_src(source, "program", text.names, cache_key=key), key


def _graph(graph: Any, given: dict[Any, str], text: Text) -> list[str]:
    """Write the nodes of a graph; its outputs."""

    def of(variable: Any) -> str:
        return _constant(variable, text) if isinstance(variable, Constant) else given[variable]

    for node in graph.toposort():
        outputs = _write(node.op, node, [of(v) for v in node.inputs], text)
        given.update(zip(node.outputs, outputs, strict=True))
    return [of(v) for v in graph.outputs]


def _constant(variable: Constant, text: Text) -> str:
    value: Any = variable.data
    if isinstance(value, np.ndarray | np.generic) and not value.ndim:
        return f"({value.item()})" if np.isfinite(value) else f"({SPECIAL[str(value)]})"
    return text.held(numba_typify(value, variable=variable), hash_from_pickle_dump(value))


@singledispatch
def _write(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    """Write what gives a node's outputs, whose names it returns."""
    return _called(op, node, given, text)


def _called(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    function, key = numba_funcify_ensure_cache(op, node=node)
    taken = [
        f"np.asarray({x})" if _is_number(v) else x for x, v in zip(given, node.inputs, strict=True)
    ]
    found = text.name(f"{text.held(function, key)}({', '.join(taken)})")
    parts = [found] if len(node.outputs) == 1 else _parts(found, len(node.outputs))
    return [f"{x}[()]" if _is_number(v) else x for x, v in zip(parts, node.outputs, strict=True)]


def _is_number(variable: Any) -> bool:
    """Whether it is an array without dimensions, for which a number stands here."""
    return not isinstance(variable.type, ps.ScalarType) and getattr(variable.type, "ndim", 1) == 0


def _parts(name: str, count: int) -> list[str]:
    return [f"{name}[{i}]" for i in range(count)]


@_write.register(OpFromGraph)
def _inner(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    return _graph(op.fgraph, dict(zip(op.fgraph.inputs, given, strict=True)), text)


@_write.register(ScalarFromTensor)
@_write.register(TensorFromScalar)
def _same(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    return given


@_write.register(ps.ScalarOp)
def _scalar(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    op = getattr(op, "composite", op)
    if isinstance(op, ps.Composite):
        return _graph(op.fgraph, dict(zip(op.fgraph.inputs, given, strict=True)), text)
    inline = _inline(op, node, given)
    if inline is not None:
        return [text.name(inline)]
    function, key = numba_funcify_and_cache_key(op, node=node)
    found = text.name(f"{text.held(function, key)}({', '.join(given)})")
    return [found] if len(node.outputs) == 1 else _parts(found, len(node.outputs))


def _inline(op: Any, node: Any, given: list[str]) -> str | None:
    """Return an expression of numbers, None where that of Python or NumPy might be another."""
    kinds = {v.type.dtype for v in node.inputs}
    if any(v.type.dtype not in PLAIN for v in node.outputs) or (
        type(op) in {ps.Sub} and "bool" in kinds
    ):
        return None
    if type(op) in OPERATORS:
        return f" {OPERATORS[type(op)]} ".join(given)
    if isinstance(op, ps.Switch):
        if node.outputs[0].type.dtype != "float64":
            return None
        test = given[0] if node.inputs[0].type.dtype == "bool" else f"{given[0]} != 0"
        return f"choose({test}, {given[1]}, {given[2]})"
    if kinds != {"float64"}:
        return None
    if isinstance(op, ps.Neg):
        return f"-{given[0]}"
    if isinstance(op, ps.Sqr):
        return f"{given[0]} * {given[0]}"
    spec = getattr(op, "nfunc_spec", None)
    if spec and "." not in spec[0] and type(op) in NUMPY:
        return f"np.{spec[0]}({', '.join(given)})"
    return None


NUMPY = {
    ps.Exp,
    ps.Log,
    ps.Log1p,
    ps.Expm1,
    ps.Sqrt,
    ps.Maximum,
    ps.Minimum,
    ps.Abs,
    ps.IsInf,
    ps.IsNan,
}


@intrinsic
def choose(typing: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Return one of two numbers, without a branch."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return types.float64(types.boolean, types.float64, types.float64), codegen


@_write.register(DimShuffle)
def _shuffled(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    (x,), shape = given, node.inputs[0].type.shape
    kept = [axis for axis in op.new_order if axis != "x"]
    dropped = [axis for axis in range(len(shape)) if axis not in kept]
    if kept != sorted(kept) or any(shape[axis] != 1 for axis in dropped):
        return _called(op, node, given, text)
    if not shape:
        ones = (1,) * len(op.new_order)
        return [_filled(ones, node.outputs[0], x, text)] if ones else given
    index, following = [], 0
    for axis in op.new_order:
        if axis == "x":
            index.append("None")
        else:
            index += ["0"] * (axis - following) + [":"]
            following = axis + 1
    index += ["0"] * (len(shape) - following)
    return [text.name(f"{x}[{', '.join(index)}]")]


def _filled(shape: Sequence[Any], variable: Any, value: str, text: Text) -> str:
    name = _empty(shape, variable.type.dtype, text)
    text.say(f"{name}[...] = {value}")
    return name


def _empty(shape: Iterable[Any], dtype: str, text: Text) -> str:
    kind = "bool_" if dtype == "bool" else dtype
    return text.name(f"np.empty(({''.join(f'{n}, ' for n in shape)}), np.{kind})")


@_write.register(Subtensor)
def _part(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    x, *places = given
    # constants that point into an array of known shape need no look whether they do
    known = None not in node.inputs[0].type.shape[: len(op.idx_list)]
    if not known or not all(map(NUMBER.fullmatch, places)):
        return _called(op, node, given, text)
    values = iter(places)

    def entry(index: Any) -> str:
        if not isinstance(index, slice):
            return next(values)
        ends = index.start, index.stop, index.step
        start, stop, step = ("" if end is None else next(values) for end in ends)
        return f"{start}:{stop}" + (f":{step}" if step else "")

    return [text.name(f"{x}[{', '.join(map(entry, op.idx_list))}]")]


@_write.register(MakeVector)
@_write.register(Join)
@_write.register(ScalarizedJoin)
def _joined(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    out = node.outputs[0].type
    if out.ndim != 1 or out.dtype != "float64":
        return _called(op, node, given, text)
    single = [not getattr(v.type, "ndim", 0) for v in node.inputs]
    sizes = ["1" if one else f"{x}.shape[0]" for x, one in zip(given, single, strict=True)]
    name = _empty([" + ".join(sizes)], out.dtype, text)
    place = text.name("0")
    for x, one, size in zip(given, single, sizes, strict=True):
        if one:
            text.say(f"{name}[{place}] = {x}")
        else:
            i = text.name()
            text.say(f"for {i} in range({size}):", f"    {name}[{place} + {i}] = {x}[{i}]")
        text.say(f"{place} += {size}")
    return [name]


@_write.register(Elemwise)
def _elementwise(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    return _loop(Loop(node), node, given, text)


@_write.register(ScalarizedElemwise)
@_write.register(FusedElemwise)
def _fused(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
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
        return _called(op, node, given, text)
    return _loop(Loop(inner, reads, writes, sums), node, given, text)


@dataclass(frozen=True)
class Loop:
    """Loop over an elementwise node.

    Attributes
    ----------
    node : Apply
        Of an `Elemwise`.
    reads : dict of input to (index, axis)
        Inputs that are read at an index, which is one of the inputs given.
    writes : dict of output to (index, "inc" or "set")
    sums : sequence of (Add, axes, identity, dtype) or None
        Of each output.
    """

    node: Any
    reads: dict[int, tuple[int, int]] = field(default_factory=dict)
    writes: dict[int, tuple[int, str]] = field(default_factory=dict)
    sums: Sequence[Any] = ()


def _loop(loop: Loop, node: Any, given: list[str], text: Text) -> list[str]:
    inner = loop.node
    numbers = inner.op.make_scalar_node(*inner.inputs)
    axes = range(inner.outputs[0].type.ndim)
    if not axes:
        return _scalar(numbers.op, numbers, given, text)
    at = [text.name() for _ in axes]
    lengths: list[list[tuple[str, int | None]]] = [[] for _ in axes]

    def along(k: int, dimension: int, axis: int) -> str:
        """Place of the loop in a dimension of an input, whose length is that of the loop."""
        if node.inputs[k].type.broadcastable[dimension]:
            return "0"
        lengths[axis].append(
            (f"{given[k]}.shape[{dimension}]", node.inputs[k].type.shape[dimension])
        )
        return at[axis]

    elements = []
    for k, variable in enumerate(inner.inputs):
        if isinstance(node.inputs[k].type, ps.ScalarType):
            elements.append(given[k])
            continue
        by, read = loop.reads.get(k, (None, None))
        where = [
            f"{given[by]}[{along(by, 0, axis)}]"
            if by is not None and axis == read
            else "0"
            if variable.type.broadcastable[axis]
            else along(k, axis, axis)
            for axis in axes
        ]
        elements.append(f"{given[k]}[{', '.join(where)}]")
    targets = iter(given[len(given) - len(loop.writes) :])
    places = {o: f"{given[by]}[{along(by, 0, 0)}]" for o, (by, _) in sorted(loop.writes.items())}
    sizes = [_length(found, text) for found in lengths]
    outputs, stored = [], []
    for o, variable in enumerate(inner.outputs):
        size = [
            "1" if one else n for one, n in zip(variable.type.broadcastable, sizes, strict=True)
        ]
        place = ["0" if one else i for one, i in zip(variable.type.broadcastable, at, strict=True)]
        total = loop.sums[o] if loop.sums else None
        if o in places:
            outputs.append(next(targets))
            sign = "+=" if loop.writes[o][1] == "inc" else "="
            stored.append(f"{outputs[-1]}[{places[o]}] {sign}")
        elif total is not None:
            kept = [axis for axis in axes if axis not in total[1]]
            zero = "0.0" if total[3] == "float64" else "0"
            if kept:
                outputs.append(_filled([size[a] for a in kept], node.outputs[o], zero, text))
                stored.append(f"{outputs[-1]}[{', '.join(place[a] for a in kept)}] +=")
            else:
                outputs.append(text.name(zero))
                stored.append(f"{outputs[-1]} +=")
        else:
            over = inner.op.inplace_pattern.get(o)
            made = _empty(size, variable.type.dtype, text) if over is None else given[over]
            outputs.append(made)
            stored.append(f"{made}[{', '.join(place)}] =")
    for i, n in zip(at, sizes, strict=True):
        text.say(f"for {i} in range({n}):")
        text.depth += 1
    values = _scalar(numbers.op, numbers, [text.name(x) if "[" in x else x for x in elements], text)
    text.say(*(f"{where} {value}" for where, value in zip(stored, values, strict=True)))
    text.depth -= len(at)
    return outputs


def _length(found: list[tuple[str, int | None]], text: Text) -> str:
    """Length of a loop, which is that of all that it goes through."""
    if not found:
        return "1"
    (first, known), *others = dict.fromkeys(found)
    name = text.name(first)
    for other, length in others:
        if length is None or length != known:
            text.say(f"if {other} != {name}:", "    raise ValueError('shapes differ')")
    return name


@_write.register(Sum)
def _summed(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    x, (variable,) = given[0], node.inputs
    if node.outputs[0].type.ndim or {variable.type.dtype, op.acc_dtype, op.dtype} != {"float64"}:
        return _called(op, node, given, text)
    total = text.name("0.0")
    at = [text.name() for _ in range(variable.type.ndim)]
    for axis, i in enumerate(at):
        text.say(f"for {i} in range({x}.shape[{axis}]):")
        text.depth += 1
    text.say(f"{total} += {x}[{', '.join(at)}]")
    text.depth -= len(at)
    return [total]


@_write.register(Alloc)
def _allocated(op: Any, node: Any, given: list[str], text: Text) -> list[str]:
    if node.inputs[0].type.ndim:
        return _called(op, node, given, text)
    return [_filled(given[1:], node.outputs[0], given[0], text)]
