"""Machine code of a graph whose data are arguments: one for all data sets of one form.

PyTensor writes constants into the code, and its cache on disk then knows only the very same data
again.  Here constants become arguments once the graph is rewritten, so that what can be computed
of them beforehand still is.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytensor
import pytensor.tensor as pt
import xarray as xr
from numpy.typing import NDArray
from pytensor.compile.io import In
from pytensor.compile.maker import add_supervisor_to_fgraph
from pytensor.compile.mode import Mode, get_mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace
from pytensor.graph.traversal import ancestors
from pytensor.link.numba.dispatch.basic import numba_njit
from pytensor.tensor.basic import Alloc

from bayes_ddm.fitting.source.function import Written, returning

# shapes, axes and what else of integers belongs to a program are shorter
FEW = 16


@dataclass(frozen=True)
class Form:
    """A graph whose data are inputs.

    Attributes
    ----------
    graph : FunctionGraph
        Of the inputs that it was asked for, and of `data`.
    data : tuple of variables
        Constants and shared variables.
    """

    graph: FunctionGraph
    data: tuple[Any, ...]


def form(
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    data: Mapping[Any, Any] | None = None,
    *,
    check_bounds: bool = True,
) -> Form:
    """Rewrite outputs as a function of inputs, and part what is of the data from it.

    Parameters
    ----------
    inputs : sequence of TensorVariable
    outputs : sequence of TensorVariable
    data : mapping of variable to constant, optional
        What stands in the graph in place of a constant.
    check_bounds : bool
        Whether a parameter out of its bounds has density 0; else it is not looked at.
    """
    shared = [v for v in ancestors(outputs) if isinstance(v, SharedVariable)]
    used = set(ancestors(outputs))
    data = {v: c for v, c in (data or {}).items() if v in used}
    data |= {v.type(): v for v in shared}
    outputs = clone_replace(outputs, {v: stand_in for stand_in, v in data.items() if v in shared})
    graph = FunctionGraph([*inputs, *data], outputs, clone=True)
    add_supervisor_to_fgraph(graph, [In(v) for v in graph.inputs])
    numba = get_mode("NUMBA")
    rewrites = numba.provided_optimizer.including(
        "random_make_inplace",
        "local_check_parameter_to_ninf_switch" if check_bounds else "local_remove_check_parameter",
    )
    Mode(linker=numba.linker, optimizer=rewrites).optimizer(graph)
    constants = list(dict.fromkeys(_constants(graph)))
    for constant in constants:
        argument = constant.type()
        graph.add_input(argument)
        graph.replace(constant, argument)
    lengths: dict[Any, Any] = {}
    for node, i, length in list(_lengths(graph)):
        # whatever its size, of one type
        if (number := pt.constant(int(length.data), dtype="int64")) not in lengths:
            lengths[number] = number.type()
            graph.add_input(lengths[number])
        graph.change_node_input(node, i, lengths[number], check=False)
    return Form(graph, (*data.values(), *constants, *lengths))


def machine_code(source: Written) -> Any:
    """Numba function of what was written, which is compiled when it is called."""
    function, key = source
    options = {"final_function": True, "no_cfunc_wrapper": True, "cache": key is not None}
    return numba_njit(function, error_model="numpy", **options)


def _constants(graph: FunctionGraph) -> Iterator[Constant]:
    """Constants that are data, in an order that the form of the graph decides."""
    for node in graph.toposort():
        for v in node.inputs:
            if isinstance(v, Constant) and isinstance(v.data, np.ndarray) and v.data.ndim:
                if v.data.dtype.kind == "f" or v.data.size > FEW:
                    yield v


def _lengths(graph: FunctionGraph) -> Iterator[tuple[Any, int, Constant]]:
    """Constants that say how long an array is made, as of labelers: node, position, constant."""
    for node in graph.toposort():
        for i, v in enumerate(node.inputs):
            if isinstance(node.op, Alloc) and i and isinstance(v, Constant) and v.data > 1:
                yield node, i, v


def at_arrays(
    inputs: Sequence[Any], outputs: Sequence[Any], *, check_bounds: bool
) -> Callable[..., tuple[Any, ...]]:
    """Compile outputs as a function of arrays; what it returns are arrays too."""
    with compiling():
        graph = form(inputs, outputs, check_bounds=check_bounds)
        call = machine_code(returning(graph.graph))
    data = [array(variable) for variable in graph.data]
    dtypes = [v.dtype for v in inputs]

    def evaluate(*values: Any) -> tuple[Any, ...]:
        arrays = (np.array(x, dtype, order="C") for x, dtype in zip(values, dtypes, strict=True))
        return tuple(map(np.asarray, call(*arrays, *data)))

    return evaluate


def at_draws(
    inputs: Sequence[Any], outputs: Sequence[Any], *, check_bounds: bool
) -> Callable[[xr.Dataset], tuple[Any, ...]]:
    """Compile outputs as a function of a posterior draw, which holds the inputs by name."""
    function = at_arrays(inputs, outputs, check_bounds=check_bounds)
    return lambda draw: function(*(draw[v.name].values for v in inputs))


@contextmanager
def compiling() -> Iterator[None]:
    """Leave out of PyTensor's work what serves nobody here.

    Traces of where variables were made take an eighth of the time, collecting garbage a fifth.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with pytensor.config.change_flags(traceback__limit=0):
            yield
    finally:
        if collecting:
            gc.enable()


def array(variable: Any) -> NDArray[Any]:
    """Value of a constant or shared variable, as the code takes it."""
    value = variable.data if isinstance(variable, Constant) else variable.get_value(borrow=True)
    return np.array(value, order="C", copy=True)
