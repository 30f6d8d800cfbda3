"""Operations on numbers, written as expressions."""

from __future__ import annotations

from typing import Any

import pytensor.scalar.basic as ps
from numba import types
from numba.extending import intrinsic
from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key
from pytensor.tensor.basic import ScalarFromTensor, TensorFromScalar

from bayes_ddm.fitting.source.text import Text, nodes, parts, write

PLAIN = ("float64", "bool")
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

# with a function of NumPy's that does the same
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


@write.register(ScalarFromTensor)
@write.register(TensorFromScalar)
def _same(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    return inputs


@write.register(ps.ScalarOp)
def scalar(op: Any, node: Any, inputs: list[str], text: Text) -> list[str]:
    """Write an operation on numbers; one that is made of others by those."""
    op = getattr(op, "composite", op)
    if isinstance(op, ps.Composite):
        return nodes(op.fgraph, dict(zip(op.fgraph.inputs, inputs, strict=True)), text)
    inline = _inline(op, node, inputs, text)
    if inline is not None:
        return [text.name(inline)]
    result = text.call(numba_funcify_and_cache_key(op, node=node), inputs)
    return parts(result, len(node.outputs))


def _inline(op: Any, node: Any, inputs: list[str], text: Text) -> str | None:
    """Return an expression of numbers, None where that of Python or NumPy might be another."""
    kinds = {v.type.dtype for v in node.inputs}
    if node.outputs[0].type.dtype not in PLAIN:
        return None
    if type(op) in OPERATORS:
        return f" {OPERATORS[type(op)]} ".join(inputs)
    if isinstance(op, ps.Switch):
        if node.outputs[0].type.dtype != "float64":
            return None
        test = inputs[0] if node.inputs[0].type.dtype == "bool" else f"{inputs[0]} != 0"
        return f"{text.bind(_choose, 'choose')}({test}, {inputs[1]}, {inputs[2]})"
    if kinds != {"float64"}:
        return None
    if isinstance(op, ps.Neg):
        return f"-{inputs[0]}"
    if isinstance(op, ps.Sqr):
        return f"{inputs[0]} * {inputs[0]}"
    return f"np.{op.nfunc_spec[0]}({', '.join(inputs)})" if type(op) in NUMPY else None


@intrinsic
def _choose(typing: Any, condition: Any, yes: Any, no: Any) -> Any:
    """Return one of two numbers, without a branch."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.select(*args)

    return types.float64(types.boolean, types.float64, types.float64), codegen
