"""What a trial says of its drift, as one node of a graph: values, and what slopes are made of."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytensor.scalar as ps
import pytensor.tensor as pt
from numba.extending import register_jitable
from pytensor.assumptions.core import UNIT_MAGNITUDE, FactState, register_assumption
from pytensor.gradient import DisconnectedType
from pytensor.link.numba.dispatch.basic import numba_funcify_and_cache_key, numba_njit
from pytensor.link.numba.dispatch.scalar import register_scalar_funcify
from pytensor.scalar.basic import Composite, ScalarOp
from pytensor.tensor.elemwise import Elemwise

from bayes_ddm._typing import FloatArray
from bayes_ddm.wiener import starting_point
from bayes_ddm.wiener.first_passage import first_passage_parts, log_first_passage_slope
from bayes_ddm.wiener.starting_point import passage_from
from bayes_ddm.wiener.trial_drift import trial_evidence


class _From(ScalarOp):
    """`passage_from`, which sums one of two series: a graph would sum both."""

    nin, nout = 5, 4

    def output_types(self, types: Any) -> list[Any]:
        return [ps.float64] * self.nout

    def impl(self, *inputs: Any) -> Any:
        return passage_from(*map(np.float64, inputs))

    def c_code(self, *args: Any) -> str:
        raise NotImplementedError("machine code is made by Numba")


@register_scalar_funcify(_From)
def _one_series(op: _From, node: Any, **kwargs: Any) -> tuple[Any, str]:
    source = inspect.getsource(starting_point)
    return numba_njit(passage_from, error_model="numpy"), sha256(source.encode()).hexdigest()


for _part in ("distances", "images_about_reached", "images_about_both", "sines", "sines_slopes"):
    register_jitable(getattr(starting_point, _part))


def _each_from(*rows: Any) -> Any:
    values = np.frompyfunc(_FROM.impl, _From.nin, _From.nout)(*rows)
    return [np.asarray(x, dtype=np.float64) for x in values]


_FROM = _From(name="passage_from")
# `xp` of the formulas in `bayes_ddm.wiener`, for symbols of numbers
NUMBERS = SimpleNamespace(
    where=ps.switch,
    maximum=ps.maximum,
    minimum=ps.minimum,
    exp=ps.exp,
    log=ps.log,
    passage_from=_FROM,
)
_PLAIN = ("where", "maximum", "minimum", "exp", "log")
ARRAYS = SimpleNamespace(passage_from=_each_from, **{name: getattr(np, name) for name in _PLAIN})
# without a slope: which bound was reached, and sine and cosine of pi times the start
SLOPELESS = ("choice", "sine", "cosine")
# nearer to 0, where there is no density, slopes are no longer finite
EARLIEST, LEAST = 1e-50, 1e-10


def trial(**rows: Any) -> tuple[Any, Any, Any]:
    """What trials say of their drift ``v``: ``exp(gathered v - time v^2 / 2 + rest)``.

    Drift noise is integrated out.

    Parameters
    ----------
    time, choice, boundary : tensor_like
        Decision time, above 0; the bound that was reached; half the boundary separation.
    start, sine, cosine : tensor_like, optional
        Relative starting point, and sine and cosine of ``pi start``; halfway by default.
    drift_noise, collapse : tensor_like, optional
        0 by default; the bounds have not met.

    Returns
    -------
    gathered, time, rest : tensor variables

    Notes
    -----
    Written out as ordinary operations it would be computed once for the value and again for the
    slopes, in four times as many divisions.
    """
    node = _Elementwise(_Trial(tuple(rows)))
    values: Any = node(*(pt.cast(pt.as_tensor(x), "float64") for x in rows.values()))
    gathered, time, rest, *_ = values
    return gathered, time, rest


def _before(rows: dict[str, Any], xp: Any) -> SimpleNamespace:
    """Decision time, what is left of the bounds then, distance of the start, evidence."""
    t, b = xp.maximum(rows["time"], EARLIEST), rows["boundary"]
    lean = 2 * rows["start"] - 1 if "start" in rows else 0.0
    collapse = rows.get("collapse", 0.0)
    left = xp.maximum(1 - collapse * t, LEAST) if "collapse" in rows else 1.0
    towards = rows["choice"] * left - lean
    return SimpleNamespace(t=t, left=left, lean=lean, collapse=collapse, towards=towards, b=b)


def _terms(rows: dict[str, Any], xp: Any) -> list[Any]:
    """Gathered evidence, time, rest; slopes of the density at drift 0 by time and by start."""
    by, choice = _before(rows, xp), rows["choice"]
    square = by.b * by.b * by.left
    u = xp.maximum(by.t / square, 1e-100)
    if "start" in rows:
        turn = rows["sine"], rows["cosine"]
        rest, size, *slopes = xp.passage_from(u, rows["start"], *turn, choice)
        size = size * size
    else:
        rest, size = first_passage_parts(u, xp)
        slopes = [log_first_passage_slope(u, xp)]
    gathered, time, divisor = by.b * by.towards, by.t, square * square
    if "collapse" in rows:
        divisor = divisor * by.left
        rest = rest + 0.5 * by.collapse * by.b * by.b * (by.left - by.lean * by.lean)
    if "drift_noise" in rows:
        variance = rows["drift_noise"] * rows["drift_noise"]
        gathered, time, exponent, d = trial_evidence(gathered, time, variance)
        rest, divisor = rest + exponent, divisor * d
    # one logarithm for what noise, closing bounds and the density at drift 0 divide by
    return [gathered, time, rest + 0.5 * xp.log(size / divisor), *slopes]


class _Trial(ScalarOp):
    """Of numbers, with its slopes; all of its outputs are kept, which a `Composite`'s are not."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(name="Trial")
        self.names, self.nin, self.nout = names, len(names), 5 if "start" in names else 4

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Trial) and other.names == self.names

    def __hash__(self) -> int:
        return hash((_Trial, self.names))

    def output_types(self, types: Any) -> list[Any]:
        return [ps.float64] * self.nout

    @property
    def composite(self) -> Composite:
        """Operations that it is made of."""
        return _values_node(self.names)

    def impl(self, *inputs: Any) -> Any:
        return _values(self.names, inputs)

    def connection_pattern(self, node: Any) -> list[list[bool]]:
        return [[name not in SLOPELESS] * self.nout for name in self.names]

    def pullback(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        grads = [
            ps.constant(np.float64(0)) if isinstance(g.type, DisconnectedType) else g
            for g in output_grads[:3]
        ]
        gathered, time, _, *by = outputs
        node = _slopes_node(self.names)
        slopes: Any = node(*inputs, gathered, time, *by, *grads, return_list=True)
        remaining = iter(slopes)
        return [
            DisconnectedType()() if name in SLOPELESS else next(remaining) for name in self.names
        ]

    def c_code(self, *args: Any) -> str:
        raise NotImplementedError("machine code is made by Numba")


@cache
def _values_node(names: tuple[str, ...]) -> Composite:
    numbers = _numbers(names)
    return Composite(numbers, _terms(dict(zip(names, numbers, strict=True)), NUMBERS))


@cache
def _slopes_node(names: tuple[str, ...]) -> Composite:
    numbers, grads = _numbers(names), _numbers(("gathered", "time", "rest"))
    terms = _numbers(("gathered", "time", "by_time", "by_start")[: 4 if "start" in names else 3])
    slopes = _pulled_back(dict(zip(names, numbers, strict=True)), terms, grads)
    return Composite([*numbers, *terms, *grads], [slopes[x] for x in names if x in slopes])


def _numbers(names: Sequence[str]) -> list[Any]:
    return [ps.float64(name) for name in names]


@register_scalar_funcify(_Trial)
def _machine_code(op: _Trial, node: Any, **kwargs: Any) -> Any:
    composite = op.composite
    return numba_funcify_and_cache_key(composite, composite.make_node(*node.inputs), **kwargs)


def _values(names: tuple[str, ...], inputs: Sequence[Any]) -> list[FloatArray]:
    with np.errstate(all="ignore"):
        values = _terms(dict(zip(names, inputs, strict=True)), ARRAYS)
    shape = np.broadcast_shapes(*map(np.shape, inputs))
    return [np.array(np.broadcast_to(value, shape), dtype=np.float64) for value in values]


class _Elementwise(Elemwise):
    """Evaluated by NumPy where PyTensor does in Python, as for constants beforehand."""

    def perform(self, node: Any, inputs: Any, output_storage: Any) -> None:
        for storage, value in zip(
            output_storage, _values(self.scalar_op.names, inputs), strict=True
        ):
            storage[0] = value


@register_assumption(UNIT_MAGNITUDE, _Elementwise)
def _unknown(key: Any, op: Any, feature: Any, graph: Any, node: Any, states: Any) -> list[Any]:
    """Say it of every output: PyTensor's rule says it of one, and logs that this was too few."""
    return [FactState.UNKNOWN] * len(node.outputs)


def _pulled_back(
    rows: dict[str, Any], terms: Sequence[Any], grads: Sequence[Any]
) -> dict[str, Any]:
    """Slopes of what has the slopes ``grads`` by gathered evidence, time and rest."""
    evidence, time, by_u, *by_start = terms
    of_gathered, of_time, of_rest = grads
    by, slopes = _before(rows, NUMBERS), {}
    if "drift_noise" in rows:
        variance = rows["drift_noise"] * rows["drift_noise"]
        inverse = 1 / (1 + variance * by.t)
        pull = variance * evidence
        of_variance = 0.5 * of_rest * (evidence * evidence - time)
        of_variance = of_variance - time * (of_gathered * evidence + of_time * time)
        slopes["drift_noise"] = 2 * rows["drift_noise"] * of_variance
        of_time = (of_time * inverse - of_gathered * pull) * inverse
        of_time = of_time - 0.5 * of_rest * (pull * pull + variance * inverse)
        of_gathered = of_gathered * inverse + of_rest * pull
    # of a time in units of the bounds', and of evidence in units of the boundary
    of_u, of_towards = of_rest * by_u / (by.b * by.b * by.left), of_gathered * by.b
    slopes["time"] = of_time + of_u
    slopes["boundary"] = of_gathered * by.towards - 2 * (of_rest + of_u * by.t) / by.b
    if "start" in rows:
        slopes["start"] = of_rest * by_start[0] - 2 * of_towards
    if "collapse" in rows:
        inverse = 1 / by.left
        half = 0.5 * of_rest * by.b * by.b
        of_left = of_towards * rows["choice"] + by.collapse * half
        of_left = of_left - (of_u * by.t + 1.5 * of_rest) * inverse
        reach = by.left - by.lean * by.lean
        slopes["time"] = slopes["time"] - by.collapse * of_left
        slopes["collapse"] = half * reach - by.t * of_left
        slopes["boundary"] = slopes["boundary"] + of_rest * by.collapse * by.b * reach
        if "start" in rows:
            slopes["start"] = slopes["start"] - 4 * half * by.collapse * by.lean
    return slopes
