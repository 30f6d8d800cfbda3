"""What nutpie calls: C functions that pass a point on to compiled code, kept on disk.

nutpie's own hold all of the code that they call, and are compiled for every model.  These call it
by its address, which stands with the addresses of the data in the record that nutpie hands over:
one is compiled for each list of arguments, ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

import numba
import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from pytensor.link.numba.cache import compile_numba_function_src

# what they return is read by nuts-rs: above 0 the trajectory diverges, below 0 sampling ends
DENSITY = """
def density(dim, point, gradient, value, where):
    record = carray(where, (length,), np.int64)
    try:
        density, slope = call(record[0], {arguments})
    except Exception:
        return 1
    if slope.size != dim:
        return -1
    value[0] = density[()]
    finite = True
    for i in range(dim):
        gradient[i] = slope[i]
        finite = finite and np.isfinite(slope[i])
    if not finite:
        return 3
    return 0 if np.isfinite(value[0]) else 4
"""
VALUES = """
def values(dim, size, point, out, where):
    record = carray(where, (length,), np.int64)
    try:
        (value,) = call(record[1], {arguments})
    except Exception:
        return -2
    if value.size != size:
        return -1
    for i in range(size):
        out[i] = value[i]
    return 0
"""
_NUMBER, _NUMBERS = types.uint64, types.CPointer(types.double)
DENSITY_SIGNATURE = types.int64(_NUMBER, _NUMBERS, _NUMBERS, _NUMBERS, types.voidptr)
VALUES_SIGNATURE = types.int64(_NUMBER, _NUMBER, _NUMBERS, _NUMBERS, types.voidptr)


@dataclass(frozen=True)
class Stored:
    """Where the record holds an array: positions of its address and its shape; its type."""

    data: int
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def type(self) -> Any:
        """Numba's type of the array."""
        return types.Array(numba.from_dtype(self.dtype), len(self.shape), "C")

    @property
    def source(self) -> str:
        """Expression of the array, in a callback."""
        shape = "".join(f"record[{i}], " for i in self.shape)
        return f"carray(pointer(record[{self.data}]), ({shape}), np.{self.dtype.name})"


def density_callback(code: Any, arrays: Sequence[Stored], length: int) -> tuple[Any, int]:
    """C function of the log density and its gradient, and the address of the code it calls.

    Parameters
    ----------
    code : numba function
        Takes a point and the arrays; returns the log density and its gradient.
    arrays : sequence of Stored
    length : int
        Entries of the record, of 8 bytes.
    """
    return _callback(DENSITY, DENSITY_SIGNATURE, code, arrays, length)


def values_callback(code: Any, arrays: Sequence[Stored], length: int) -> tuple[Any, int]:
    """C function of the values that a draw is kept as, and the address of the code it calls."""
    return _callback(VALUES, VALUES_SIGNATURE, code, arrays, length)


def _callback(
    template: str, signature: Any, code: Any, arrays: Sequence[Stored], length: int
) -> tuple[Any, int]:
    point = types.Array(types.double, 1, "C")
    kinds = types.Tuple((point, *(array.type for array in arrays)))
    # PyTensor's functions take all of their arguments as one tuple
    code.compile((kinds,))
    compiled = code.overloads[(kinds,)]
    called = compiled.signature
    sources = ["carray(point, (dim,))", *(array.source for array in arrays)]
    # Python builds a longer tuple by way of a list, which Numba does not know
    parts = (", ".join(part) for part in batched(sources, 20))
    source = template.format(arguments=" + ".join(f"({part},)" for part in parts))
    function = compile_numba_function_src(
        source,
        template.split("(")[0].split()[-1],
        {
            "__name__": __name__,
            "np": np,
            "carray": numba.carray,
            "pointer": _pointer,
            "call": _caller(called),
            "length": length,
        },
        cache_key=hashlib.sha256(f"{source} {length} {called}".encode()).hexdigest(),
    )
    address = compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)
    return numba.cfunc(signature, cache=True)(function), address


@intrinsic
def _pointer(typing: Any, address: Any) -> Any:
    """Turn an address into a pointer."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.inttoptr(args[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


def _caller(called: Any) -> Any:
    """Return the numba function that calls code of this signature by its address."""

    @intrinsic
    def call(typing: Any, address: Any, arguments: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            convention, kinds = context.call_conv, (called.return_type, called.args)
            pointer = convention.get_function_type(*kinds).as_pointer()
            function = builder.inttoptr(args[0], pointer)
            status, result = convention.call_function(builder, function, *kinds, args[1:])
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return result

        return called.return_type(address, arguments), codegen

    return call
