"""What nutpie calls: C functions that pass a point on to compiled code, kept on disk.

nutpie's own hold all of the code that they call, and are compiled for every model.  These call it
by its address, which stands with those of the data in the record that nutpie hands over: they are
compiled once, ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

_VECTOR = types.Array(types.double, 1, "C")
_NUMBER, _NUMBERS = types.int64, types.CPointer(types.double)
# of the code: the point, the record's address, the vector that it fills; it returns a number
SIGNATURE = types.double(_VECTOR, _NUMBER, _VECTOR)


@dataclass(frozen=True)
class Stored:
    """Where the record holds an array: positions of its address and its shape; its type.

    Of a part of the point, it holds where that starts in place of an address.
    """

    data: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    of_point: bool = False

    @property
    def type(self) -> Any:
        """Numba's type of the array."""
        return types.Array(numba.from_dtype(self.dtype), len(self.shape), "C")


def stored_arrays(stored: Sequence[Stored]) -> Any:
    """Return the numba function of a point and a record's address that gives arrays as a tuple."""

    @intrinsic
    def arrays(typing: Any, point: Any, record: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            start = make_array(_VECTOR)(context, builder, args[0]).data
            parts = []
            for entry in stored:
                place, *shape = (
                    _entry(builder, args[1], place) for place in (entry.data, *entry.shape)
                )
                if entry.of_point:
                    place = builder.ptrtoint(builder.gep(start, [place]), place.type)
                parts.append(_array(context, builder, entry.type, place, shape))
            return context.make_tuple(builder, signature.return_type, parts)

        return types.Tuple([entry.type for entry in stored])(_VECTOR, _NUMBER), codegen

    return arrays


def address(code: Any) -> int:
    """Compile code that `callbacks` call, unless it is kept on disk; where it stands."""
    code.compile(SIGNATURE.args)
    compiled = code.overloads[SIGNATURE.args]
    assert compiled.signature.return_type == SIGNATURE.return_type
    return int(compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name))


@cache
def callbacks() -> tuple[Any, Any]:
    """C functions of the log density with its gradient, and of the values that a draw is kept as.

    They call the first and the second code of the record.
    """
    density = numba.cfunc(_NUMBER(_NUMBER, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBER), cache=True)
    values = numba.cfunc(_NUMBER(_NUMBER, _NUMBER, _NUMBERS, _NUMBERS, _NUMBER), cache=True)
    return density(_density), values(_values)


# what they return is read by nuts-rs: above 0 the trajectory diverges, below 0 sampling ends
def _density(dim: Any, point: Any, gradient: Any, value: Any, record: Any) -> int:
    failed, result = _run(record, 0, point, dim, gradient, dim)
    if failed:
        return 1
    value[0] = result
    for i in range(dim):
        if not isfinite(gradient[i]):
            return 3
    return 0 if isfinite(result) else 4


def _values(dim: Any, size: Any, point: Any, out: Any, record: Any) -> int:
    failed, _ = _run(record, 1, point, dim, out, size)
    return -2 if failed else 0


@intrinsic
def _run(typing: Any, record: Any, index: Any, point: Any, dim: Any, out: Any, size: Any) -> Any:
    """Call a code; whether it failed, and the number that it returns."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        record, index, point, dim, out, size = args
        convention, kinds = context.call_conv, (SIGNATURE.return_type, SIGNATURE.args)
        pointer = convention.get_function_type(*kinds).as_pointer()
        code = builder.inttoptr(_entry(builder, record, index), pointer)
        vectors = [
            _array(context, builder, _VECTOR, builder.ptrtoint(start, size.type), [length])
            for start, length in ((point, dim), (out, size))
        ]
        inputs = [vectors[0], record, vectors[1]]
        status, result = convention.call_function(builder, code, *kinds, inputs)
        return context.make_tuple(builder, signature.return_type, [status.is_error, result])

    numbers = (_NUMBER, _NUMBER, _NUMBERS, _NUMBER, _NUMBERS, _NUMBER)
    return types.Tuple((types.boolean, types.double))(*numbers), codegen


def _entry(builder: Any, record: Any, place: Any) -> Any:
    """Entry of a record of whole numbers."""
    numbers = builder.inttoptr(record, record.type.as_pointer())
    place = ir.Constant(record.type, place) if isinstance(place, int) else place
    return builder.load(builder.gep(numbers, [place]))


def _array(context: Any, builder: Any, kind: Any, address: Any, shape: list[Any]) -> Any:
    """Array at an address."""
    array = make_array(kind)(context, builder)
    width = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    size = context.get_constant(types.intp, width)
    strides = [size] if shape else []
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    populate_array(
        array,
        data=builder.inttoptr(address, array.data.type),
        shape=shape,
        strides=strides,
        itemsize=size,
        meminfo=None,
    )
    return array._getvalue()
