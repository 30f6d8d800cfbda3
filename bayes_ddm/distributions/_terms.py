"""Terms of the log densities: the bound reached, lapses, mixtures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytensor.tensor as pt
from pytensor.gradient import disconnected_grad

from bayes_ddm.distributions._custom import at
from bayes_ddm.distributions._trial import trial
from bayes_ddm.wiener import random_drift_log_factor
from bayes_ddm.wiener.density import random_drift_parts
from bayes_ddm.wiener.first_passage import first_passage_parts
from bayes_ddm.wiener.starting_point import turned

# for a boundary that varies between labelers; the trapezoidal rule, since Gauss-Hermite's nodes lie
# too far apart where the spread is wide (benchmarks/accuracy/quadrature.py has the error)
NODES = np.linspace(-5, 5, 21)
NODE_WEIGHTS = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
FARTHEST = 20.0  # logarithm of a boundary at a node over the median: beyond, powers overflow


class Start(NamedTuple):
    """Relative starting points of rows, with sine and cosine of pi times each."""

    start: Any
    sine: Any
    cosine: Any


def starts(start: Any, group: Any = None) -> Start | None:
    """Starting points of rows, given those of their groups; sines are taken once a group."""
    if start is None or isinstance(start, Start):
        return start
    values = (start, *turned(start, pt))
    return Start(*(x if group is None else at(x, group) for x in values))


def passage(t: Any, z: Any, boundary: Any, start: Any = None, collapse: Any = None) -> Any:
    """Log density of (bound z, decision time t) at drift 0; finite gradient where it is zero."""
    _, _, rest = trial_terms(t, z, boundary, start, collapse=collapse)
    return rest


def evidence(z: Any, n: Any, boundary: Any, start: Any = None) -> Any:
    """Evidence gathered in ``n`` choices that sum to ``z``: from the start to the bound, each."""
    return boundary * z if start is None else boundary * (z - (2 * start - 1) * n)


def reached(total: Callable[[Any], Any], z: Any, rt: Any, ndt: Any, collapse: Any) -> Any:
    """Sum of choices, each times what is left of the bounds then, of sums that are data's."""
    choice_sum = total(z)
    if collapse is None:
        return choice_sum
    return choice_sum - collapse * (total(z * rt) - ndt * choice_sum)


def at_nodes(boundary: Any, spread: Any) -> Any:
    """Boundaries at the nodes of their law, given medians, over a last axis."""
    return boundary * pt.exp(pt.clip(spread[..., None] * NODES, -FARTHEST, FARTHEST))


def trial_terms(
    t: Any,
    z: Any,
    boundary: Any,
    start: Any = None,
    drift_noise: Any = None,
    collapse: Any = None,
) -> tuple[Any, Any, Any]:
    """What trials say of their drift ``v``: ``exp(gathered v - time v^2 / 2 + rest)``.

    Drift noise is integrated out.
    """
    more = {"drift_noise": drift_noise, "collapse": collapse}
    more = {name: x for name, x in more.items() if x is not None}
    turn = starts(start)
    more |= {} if turn is None else turn._asdict()
    gathered, time, rest = trial(time=t, choice=z, boundary=boundary, **more)
    possible = t > 0
    if collapse is not None:
        # before the bounds meet; what comes later has no density, and keeps a gradient
        possible = possible & (collapse * t < 1)
    return gathered, time, pt.switch(possible, rest, -np.inf)


def log_mean_factor(gathered: Any, time: Any, mean: Any, variance: Any, weight: Any) -> Any:
    """Log of the random drift's factor; with weights, over a last axis of Gaussian components."""
    if weight is None:
        return random_drift_log_factor(gathered, time, mean, variance, pt)
    factor = random_drift_log_factor(gathered[..., None], time[..., None], mean, variance, pt)
    return log_sum(pt.log(weight) + factor)


def log_sum(x: Any) -> Any:
    """Log of the sum of exponentials over the last axis."""
    # what is subtracted comes back: its gradients cancel
    highest = disconnected_grad(pt.max(x, axis=-1, keepdims=True))
    return pt.log(pt.exp(x - highest).sum(axis=-1)) + highest[..., 0]


def with_flips(kept: Any, turned: Any, flip: Any) -> Any:
    """Log of a term of a choice as it was sent, mixed with that of the other one."""
    return log_sum(pt.stack([pt.log1p(-flip) + kept, pt.log(flip) + turned], axis=-1))


def with_lapses(log_density: Any, rt: Any, lapse: Any, lapse_rt: Any) -> Any:
    """Mix in lapses: either choice by chance, after a time exponential from 0 on."""
    if lapse is None:
        return log_density
    guess = -rt / lapse_rt - pt.log(2 * lapse_rt)
    # a lapse never has density 0, whatever the diffusion says
    attentive, lapsed = pt.log1p(-lapse) + log_density, pt.log(lapse) + guess
    return pt.maximum(attentive, lapsed) + pt.log1p(pt.exp(-pt.abs(attentive - lapsed)))


def single_choice(
    value: Any,
    mean: Any,
    variance: Any,
    weight: Any,
    boundary: Any,
    ndt: Any,
    boundary_spread: Any = None,
    lapse: Any = None,
    lapse_rt: Any = None,
    flip: Any = None,
    **path: Any,
) -> Any:
    """Log density of rows by labelers who choose once; mean and variance of each row's drift.

    With probability ``flip`` a choice is the other one; evidence then starts in the middle. `path`
    is what else `trial_terms` takes.
    """
    rt, z = value[..., 0], value[..., 1]
    t = rt - ndt
    if boundary_spread is not None:
        boundary = at_nodes(boundary[..., None], boundary_spread)
        # above 0, so that every node has a gradient; what comes too early is told below
        t, z = pt.maximum(t, 1e-50)[..., None], z[..., None]
        inner = (lambda x: x[..., None]) if weight is None else (lambda x: x[..., None, :])
        mean, variance = inner(mean), inner(variance)
    plain = weight is None and flip is None and not path
    if boundary_spread is not None and plain:
        gathered = evidence(z, 1, boundary)
        density = pt.switch(rt > ndt, _over_nodes(t, boundary, gathered, mean, variance), -np.inf)
        return with_lapses(density, rt, lapse, lapse_rt)
    if boundary_spread is not None:
        path = {name: x[..., None] for name, x in path.items()}
        flip = flip if flip is None else flip[..., None]
    gathered, time, rest = trial_terms(t, z, boundary, **path)
    factor = log_mean_factor(gathered, time, mean, variance, weight)
    if flip is not None:
        turned = log_mean_factor(-gathered, time, mean, variance, weight)
        factor = with_flips(factor, turned, flip)
    density = rest + factor
    if boundary_spread is not None:
        mixed = log_sum(np.log(NODE_WEIGHTS) + density)
        density = pt.switch(rt > ndt, mixed, -np.inf)
    return with_lapses(density, rt, lapse, lapse_rt)


def _over_nodes(t: Any, boundary: Any, gathered: Any, mean: Any, variance: Any) -> Any:
    """Log of the mean density over nodes of the boundary, without a logarithm at each."""
    passed, square = first_passage_parts(t / boundary**2, pt)
    drifted, spread = random_drift_parts(gathered, t, mean, variance)
    exponent = passed + drifted
    highest = disconnected_grad(pt.max(exponent, axis=-1, keepdims=True))
    size = NODE_WEIGHTS * pt.sqrt(square / spread) / boundary**2
    return pt.log((size * pt.exp(exponent - highest)).sum(axis=-1)) + highest[..., 0]
