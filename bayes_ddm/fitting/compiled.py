"""A model compiled for nutpie, from code that is kept on disk by the form of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod
from threading import Lock
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import pytensor.tensor as pt
from numpy.typing import NDArray
from nutpie.compile_pymc import (
    CompiledPyMCModel,
    _prepare_dims_and_coords,
    update_user_data,
)
from pymc.initial_point import make_initial_point_fn
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Constant
from pytensor.graph.replace import clone_replace
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import ancestors

from bayes_ddm._typing import FloatArray
from bayes_ddm.distributions.covariance import MOST_CORRELATED
from bayes_ddm.fitting.callbacks import Stored, address, callbacks
from bayes_ddm.fitting.code import array, compiling, form, machine_code
from bayes_ddm.fitting.source.function import filling


def compiled(model: pm.Model, start: dict[str, Any] | None = None) -> CompiledPyMCModel:
    """Compile a model for `nutpie.sample`.

    Parameters
    ----------
    model : pm.Model
    start : dict, optional
        Values to start near, by variable.

    Notes
    -----
    `nutpie.compile_pymc_model` gives the same posterior; most of its time goes into functions that
    it compiles anew around each model's code.
    """
    with compiling():
        return _compiled(model, start or {})


def _compiled(model: pm.Model, start: dict[str, Any]) -> CompiledPyMCModel:
    values = [model.rvs_to_values[rv] for rv in model.free_RVs]
    initial = _initial(model, start)
    example = initial(0)
    rest = [v for v in model.unobserved_value_vars if v not in set(values)]
    names = [v.name for v in [*values, *rest]]
    shapes = [np.shape(example[v.name]) for v in values] + _shapes(rest, values, example)
    ends = accumulate(map(prod, shapes))
    slices = [slice(end - prod(s), end) for s, end in zip(shapes, ends, strict=True)]
    size = sum(map(prod, shapes[: len(values)]))

    (density, *rest), data = _data_apart([model.logp(), *rest])
    # of a point; where they begin is not of the program, which other numbers of labelers share
    parts = [pt.TensorType("float64", shape=s)() for s in shapes[: len(values)]]
    of_parts = {value: part.astype(value.dtype) for value, part in zip(values, parts, strict=True)}
    checks = {"check_bounds": model.check_bounds}
    flat = pt.concatenate([pt.as_tensor(v).ravel().astype("float64") for v in [*values, *rest]])
    forms = [
        form(parts, clone_replace(outputs, of_parts), data, **checks)
        for outputs in (_with_slope(density, values, **checks), [flat])
    ]
    arrays = list(dict.fromkeys(variable for program in forms for variable in program.data))
    keys = {variable: f"array {i}" for i, variable in enumerate(arrays)}
    shared = {key: array(variable) for variable, key in keys.items()}
    spans = list(zip(slices, shapes, strict=True))[: len(values)]
    record, stored = _record(spans, shared)
    record = update_user_data(record, shared)
    places = dict(zip([*parts, *arrays], stored, strict=True))
    codes: list[Code] = []
    for program, length in zip(forms, (size, sum(map(prod, shapes))), strict=True):
        call = machine_code(filling(program.graph, [places[v] for v in [*parts, *program.data]]))
        record["code"][len(codes)] = address(call)
        codes.append(Code(call, record, shared, keys, length))
    transformed = [
        model.rvs_to_values[rv].name for rv in model.free_RVs if model.rvs_to_transforms[rv]
    ]
    density_callback, values_callback = callbacks()
    shape_info = names, slices, shapes
    dims, coords = _prepare_dims_and_coords(model, shape_info, transformed)
    return CompiledPyMCModel(
        compiled_logp_func=density_callback,
        compiled_expand_func=values_callback,
        user_data=record,
        logp_func=codes[0],
        expand_func=codes[1],
        initial_point_func=_flat(initial),
        shared_data=shared,
        shared_var_keys={v: key for v, key in keys.items() if isinstance(v, SharedVariable)},
        n_expanded=sum(map(prod, shapes)),
        shape_info=shape_info,
        dims=dims,
        reparameterized_names=transformed,
        _n_dim=size,
        _shapes=dict(zip(names, shapes, strict=True)),
        _coords=coords,
    )


@dataclass(frozen=True)
class Code:
    """Compiled code, as a function of a point.

    Attributes
    ----------
    call : numba function
        Takes a point, the address of a record, and the vector that it fills.
    record : ndarray
        Where arrays are, as `callbacks` read it.
    shared : dict of str to ndarray
        Those arrays.
    keys : dict of variable to str
        What they are the values of.
    length : int
        Of the vector.
    """

    call: Any
    record: NDArray[Any]
    shared: dict[str, NDArray[Any]]
    keys: dict[Any, str]
    length: int

    def __call__(self, point: FloatArray) -> tuple[float, FloatArray]:
        """Return the number and the vector at a point, given the data as they are now."""
        now = {k: array(v) for v, k in self.keys.items() if isinstance(v, SharedVariable)}
        shared, out = self.shared | now, np.empty(self.length)
        record = update_user_data(self.record.copy(), shared)
        return self.call(np.array(point, dtype=float), record.ctypes.data, out), out


def _data_apart(outputs: list[Any]) -> tuple[list[Any], dict[Any, Any]]:
    """Put variables in the place of constants that say they are data; and the constants."""
    constants = [
        v
        for v in ancestors(outputs)
        if isinstance(v, Constant) and getattr(v.tag, "is_data", False)
    ]
    apart: dict[Any, Any] = {constant: constant.type() for constant in dict.fromkeys(constants)}
    return clone_replace(outputs, apart), {v: constant for constant, v in apart.items()}


def _with_slope(density: Any, values: Sequence[Any], *, check_bounds: bool) -> list[Any]:
    """Log density, in a stable form, and its gradient."""
    rewrites = ["canonicalize", "stabilize"]
    if not check_bounds:
        rewrites.append("local_remove_check_parameter")
    density = rewrite_graph(density, include=rewrites)
    slopes: Any = pt.grad(density, list(values))
    return [density, pt.concatenate([slope.ravel() for slope in slopes])]


def _shapes(
    variables: Sequence[Any], values: Sequence[Any], example: dict[str, NDArray[Any]]
) -> list[tuple[int, ...]]:
    """Shapes of what the sampler does not move."""
    static = [tuple(v.type.shape) for v in variables]
    if not any(None in shape for shape in static):
        return static
    function = pytensor.function(
        values,
        [pt.as_tensor(v).shape for v in variables],
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    return [tuple(map(int, shape)) for shape in function(*(example[v.name] for v in values))]


def _record(
    spans: Sequence[tuple[slice, tuple[int, ...]]], shared: dict[str, NDArray[Any]]
) -> tuple[NDArray[Any], list[Stored]]:
    """Record that nutpie hands to the callbacks, as its models have it; and where arrays stand.

    Two addresses of code, and the starts and shapes of the parts of a point, come before the
    addresses, sizes and shapes of the arrays.
    """
    parts = [entry for span, shape in spans for entry in (span.start, *shape)]
    fields = [
        ("data", [(key, np.uintp) for key in shared]),
        ("size", [(key, np.uintp) for key in shared]),
        ("shape", [(key, np.uint, (x.ndim,)) for key, x in shared.items()]),
    ]
    layout = [("code", np.uint, (2,)), ("parts", np.uint, (len(parts),)), ("shared", fields)]
    record = np.zeros((), dtype=layout)
    record["parts"] = parts
    following, stored = 2, []
    for _, shape in spans:
        places = range(following, following := following + 1 + len(shape))
        stored.append(Stored(places[0], tuple(places[1:]), np.dtype("float64"), of_point=True))
    shapes = following + 2 * len(shared)
    for i, x in enumerate(shared.values()):
        places = range(shapes, shapes := shapes + x.ndim)
        stored.append(Stored(following + i, tuple(places), x.dtype))
    return record, stored


def _initial(model: pm.Model, start: dict[str, Any]) -> Callable[[Any], dict[str, NDArray[Any]]]:
    """Points to start from, up to 1 from where they are told, by variable.

    Of many features all together: as far from it each, drifts would be so large that chains end in
    a mode far out.
    """
    wide = {
        rv: np.sqrt(len(model.coords["feature"]))
        for rv in model.free_RVs
        if "feature" in (model.named_vars_to_dims.get(rv.name) or ())
        and len(model.coords["feature"]) > MOST_CORRELATED
    }
    near = make_initial_point_fn(
        model=model,
        overrides=start,
        jitter_rvs=set(model.free_RVs) - set(wide),
        return_transformed=True,
    )
    if not wide:
        return near
    by_name = {model.rvs_to_values[rv].name: by for rv, by in wide.items()}

    def initial(seed: Any) -> dict[str, NDArray[Any]]:
        rng = np.random.default_rng(seed)
        return {
            name: x + rng.uniform(-1, 1, np.shape(x)) / by_name[name] if name in by_name else x
            for name, x in near(seed).items()
        }

    return initial


def _flat(initial: Callable[[Any], dict[str, NDArray[Any]]]) -> Callable[[Any], FloatArray]:
    """Points to start from, as vectors; chains ask for them at the same time."""
    lock = Lock()

    def flat(seed: Any) -> FloatArray:
        with lock:
            return np.concatenate([np.ravel(x) for x in initial(seed).values()], dtype=float)

    return flat
