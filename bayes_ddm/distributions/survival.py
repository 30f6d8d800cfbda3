r"""Probability of no response by a deadline, in arrays and in graphs.

As a function of the drift ``v`` it is entire, and falls as :math:`e^{-v^2 t / 2}`.  So over normal
drifts, of mean ``m`` and variance ``V``, Gauss-Hermite quadrature of it times
:math:`e^{v^2 t / 2}` under the mean ``m / D`` and variance ``V / D``, ``D = 1 + V t``, is exact to
rounding with a few nodes.

``xp`` is the namespace: NumPy for arrays, PyTensor's ``tensor`` for graphs.
"""

from __future__ import annotations

import inspect
import sys
from hashlib import sha256
from typing import Any

import numba
import numpy as np
import pytensor.scalar as ps
from pytensor.link.numba.dispatch.basic import numba_njit, register_funcify_and_cache_key
from pytensor.scalar.basic import ScalarOp
from pytensor.tensor.elemwise import Elemwise

from bayes_ddm.wiener.survival import LEAST, TINY, survival_numbers

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
LOG_WEIGHTS = np.log(WEIGHTS / WEIGHTS.sum())
# places in what `survival_numbers` returns
LATER, BY_THEN, *SLOPES = range(5)


class _Number(ScalarOp):
    """One of the numbers that `survival_numbers` returns."""

    __props__ = ("place",)

    def __init__(self, place: int) -> None:
        self.place = place
        super().__init__(output_types_preference=ps.upgrade_to_float, name=f"survival_{place}")
        self.nin = 3

    def impl(self, *numbers: float) -> float:
        return survival_numbers(*map(float, numbers))[self.place]

    def c_code(self, *args: Any) -> str:
        raise NotImplementedError("machine code is made by Numba")

    def pullback(self, inputs: Any, outputs: Any, output_grads: Any) -> list[Any]:
        if self.place not in {LATER, BY_THEN}:
            raise NotImplementedError("a slope of survival is not differentiated any further")
        (slope,) = output_grads
        if self.place == BY_THEN:
            slope = -slope * ps.exp(_Number(LATER)(*inputs) - outputs[0])
        return [slope * _Number(place)(*inputs) for place in SLOPES]


@register_funcify_and_cache_key(_Number)
def _compiled(op: _Number, node: Any, **kwargs: Any) -> tuple[Any, str]:
    numbers, place = numba_njit(survival_numbers), op.place

    @numba_njit
    def number(u: float, a: float, y: float) -> float:
        return numbers(u, a, y)[place]

    source = inspect.getsource(sys.modules[survival_numbers.__module__])
    return number, sha256(f"{source}{place}".encode()).hexdigest()


_numbers = numba.njit(cache=True)(survival_numbers)


@numba.njit(cache=True)
def _of_arrays(u: Any, a: Any, y: Any) -> Any:
    """Both log probabilities at each entry of vectors, shape (2, entries)."""
    values = np.empty((2, u.size))
    for i in range(u.size):
        numbers = _numbers(u[i], a[i], y[i])
        values[0, i], values[1, i] = numbers[0], numbers[1]
    return values


def log_survival(
    t: Any, drift: Any, boundary: Any, start: Any = None, xp: Any = np
) -> tuple[Any, Any]:
    """Log probabilities that the decision comes after ``t``, and that it has come by then.

    Parameters
    ----------
    t : array or tensor
        Decision time in seconds; where it is not positive, nothing has come.
    drift, boundary : array or tensor
    start : array or tensor, optional
        Relative starting point; None for the middle.
    xp : namespace

    Examples
    --------
    >>> later, by_then = log_survival(1.0, 0.0, 1.0)
    >>> round(float(np.exp(later)), 6), round(float(np.exp(by_then)), 6)
    (0.370777, 0.629223)
    """
    scaled = t / boundary**2, drift * boundary, 0.0 if start is None else 2 * start - 1
    if xp is np:
        arrays = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in scaled))
        later, by_then = _of_arrays(*(x.ravel() for x in arrays))
        return later.reshape(arrays[0].shape), by_then.reshape(arrays[0].shape)
    scaled = tuple(xp.cast(x, "float64") for x in scaled)
    return Elemwise(_Number(LATER))(*scaled), Elemwise(_Number(BY_THEN))(*scaled)


def and_by_then(log_later: Any, xp: Any = np) -> tuple[Any, Any]:
    """Return a log probability, and that of the contrary; finite, with a gradient."""
    log_later = xp.minimum(log_later, np.log1p(-LEAST))
    return log_later, xp.log(-xp.expm1(log_later))


def log_survival_of_normal(
    t: Any, mean: Any, variance: Any, boundary: Any, start: Any = None, xp: Any = np
) -> tuple[Any, Any]:
    """Return `log_survival`, averaged over drifts that are normal; ``variance`` may be 0.

    Examples
    --------
    >>> later, _ = log_survival_of_normal(1.0, 0.0, 1.0, 1.0)
    >>> round(float(np.exp(later)), 6)
    0.27527
    """
    t = xp.maximum(t, 0)
    d = 1 + variance * t
    # a root has no slope at 0
    sd = xp.sqrt(xp.maximum(variance / d, TINY))
    t, mean, boundary, d, sd = (_last(x, xp) for x in (t, mean, boundary, d, sd))
    start = None if start is None else _last(start, xp)
    drift = mean / d + sd * NODES
    later, _ = log_survival(t, drift, boundary, start, xp)
    terms = LOG_WEIGHTS + later + (drift**2 - mean**2 / d) * t / 2 - 0.5 * xp.log(d)
    highest = xp.max(terms, axis=-1, keepdims=True)
    return and_by_then(xp.log(xp.exp(terms - highest).sum(axis=-1)) + highest[..., 0], xp)


def log_late(
    t: Any,
    mean: Any,
    variance: Any,
    boundary: Any,
    start: Any = None,
    drift_noise: Any = None,
    collapse: Any = None,
    xp: Any = np,
) -> tuple[Any, Any]:
    """Log probabilities that a decision comes after ``t``, and by then, in full.

    Parameters
    ----------
    t : array or tensor
        Decision time in seconds.
    mean : array or tensor
        Of the drift.
    variance : array or tensor, or None
        Of the drift between those who may decide; None where it is known.
    boundary : array or tensor
    start, drift_noise, collapse : array or tensor, or None
        As in `Wiener`; None for what there is not.
    xp : namespace

    Notes
    -----
    Noise of the drift adds to its variance, and so do bounds that close in, in their stretched
    time. Once the bounds have met every decision has come.

    Examples
    --------
    >>> later, _ = log_late(1.3, 0.6, None, 1.4, drift_noise=0.5, collapse=0.2)
    >>> round(float(np.exp(later)), 6)
    0.28304
    """
    noise = None if drift_noise is None else drift_noise**2
    spread = [x for x in (variance, noise, collapse) if x is not None]
    if not spread:
        return log_survival(t, mean, boundary, start, xp)
    met: Any = None
    if collapse is not None:
        left = 1 - collapse * xp.maximum(t, 0)
        met, t = left <= 1e-10, t / xp.maximum(left, 1e-10)
        if start is not None:
            mean = mean + collapse * boundary * (2 * start - 1)
    variance = sum(spread[1:], spread[0])
    later, by_then = log_survival_of_normal(t, mean, variance, boundary, start, xp)
    if met is None:
        return later, by_then
    return xp.where(met, -np.inf, later), xp.where(met, 0.0, by_then)


def _last(x: Any, xp: Any) -> Any:
    """Add a last axis, over nodes."""
    return (np.asarray(x) if xp is np else xp.as_tensor(x))[..., None]
