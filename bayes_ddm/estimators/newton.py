"""Newton's method, for one function or for many at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray

# value at a point, and how to get the gradient and a curvature (minus the second derivatives, or
# a positive stand-in) there: points that are turned down are not asked for them
Derivatives = Callable[[], tuple[FloatArray, FloatArray]]
Function = Callable[[FloatArray], tuple[FloatArray | float, Derivatives]]

ROUNDING = 1e-11  # relative: so much less is not a descent
TRIALS = 40
TOWARDS = 0.8  # of the way to an upper bound, at most


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where `newton` ended.

    Attributes
    ----------
    point : ndarray, shape (..., p)
    step : ndarray, shape (..., p)
        The last one, which led there.
    curvature : ndarray, shape (..., p, p)
        As it was before that step.
    converged : bool
        Whether there was no more to gain; else the steps ran out.
    """

    point: FloatArray
    step: FloatArray
    curvature: FloatArray
    converged: bool


def newton(
    function: Function,
    start: FloatArray,
    precision: float,
    *,
    low: ArrayLike = -np.inf,
    high: ArrayLike = np.inf,
    longest: float = np.inf,
    damping: float = 0.0,
    singular: float = 1e-13,
    steps: int = 60,
    exact: Callable[[FloatArray], FloatArray] | None = None,
    easy: int = 0,
) -> Maximum:
    """Climb to a maximum by Newton steps, each cut until it does not descend.

    Parameters
    ----------
    function : callable
        Takes points of the shape of `start`; returns values of shape (...), and a callable for
        gradients, shape (..., p), and curvatures, shape (..., p, p).
    start : ndarray, shape (..., p)
        One point, or one for each of many functions.
    precision : float
        The climb ends with the step that promises, or brings, less than this to any value.
    low, high : array_like, broadcast to the shape of `start`
        Bounds; where they are equal a coordinate stays. A step may land on the lower one, and goes
        at most 0.8 of the way to the upper.
    longest : float
        Largest change of a coordinate in a step.
    damping : float
        0 halves a step that descends. Above 0, the Levenberg-Marquardt way: this share of its
        diagonal is added to the curvature, more after a step that descends, less after others.
    singular : float
        Directions with less curvature, relative to the largest, are left alone.
    steps : int
        The most to take.
    exact : callable, optional
        Second derivatives, with a minus, at a point: they take the place of the stand-in after
        `easy` steps, where they are positive.

    Examples
    --------
    >>> def sines(x):
    ...     return np.sin(x[:, 0]), lambda: (np.cos(x), np.sin(x)[:, :, None])
    >>> newton(sines, np.array([[1.0], [8.0]]), 1e-9).point.ravel() / np.pi
    array([0.5, 2.5])
    """
    low, high = np.broadcast_to(low, start.shape), np.broadcast_to(high, start.shape)
    identity = np.eye(start.shape[-1])
    halve = damping == 0
    point = start
    value, derivatives = function(point)
    for iteration in range(steps):
        gradient, curvature = derivatives()
        free = (low < high) & ~((point <= low) & (gradient <= 0))
        gradient = np.where(free, gradient, 0.0)
        both = free[..., :, None] & free[..., None, :]
        metric = np.where(both, curvature, identity)
        if exact is not None and iteration >= easy:
            second = np.where(both, exact(point), identity)
            metric = second if np.linalg.eigvalsh(second).min() > 0 else metric
        step = _solved(metric, gradient, damping, singular)
        promise = (gradient * step).sum(axis=-1)
        for _ in range(TRIALS):
            size = np.abs(step).max(axis=-1, keepdims=True)
            step = step * (longest / np.maximum(size, longest) if longest < np.inf else 1.0)
            moved = np.clip(point + step, low, point + TOWARDS * (high - point))
            if np.max(promise) < precision:
                return Maximum(moved, step, curvature, True)
            new, new_derivatives = function(moved)
            worse = ~np.asarray(new >= value - ROUNDING * np.abs(value))
            if not worse.any():
                break
            if halve:
                step = np.where(worse[..., None], step / 2, step)
            else:
                damping = max(4 * damping, 1e-4)
                step = _solved(metric, gradient, damping, singular)
        else:  # as high as rounding can tell
            step = np.where(worse[..., None], 0.0, step)
            moved = np.where(worse[..., None], point, moved)
            new, new_derivatives = function(moved)
        gain, damping = np.max(new - value), damping / 4
        point, value, derivatives = moved, new, new_derivatives
        if gain < precision:
            return Maximum(point, step, curvature, True)
    return Maximum(point, step, curvature, False)


def _solved(
    curvature: FloatArray, gradient: FloatArray, damping: float, singular: float
) -> FloatArray:
    diagonal = np.diagonal(curvature, axis1=-2, axis2=-1)
    if damping:
        lift = damping * (diagonal + 1e-9)
        curvature = curvature + lift[..., None] * np.eye(gradient.shape[-1])
    size, across = np.linalg.eigh(curvature)
    # where it curves upwards, the way up is that of as much curvature downwards
    size = np.abs(size)
    far = size > singular * size.max(axis=-1, keepdims=True)
    along = (across * gradient[..., :, None]).sum(axis=-2)
    return (across @ (np.where(far, along, 0.0) / np.where(far, size, 1.0))[..., None])[..., 0]
