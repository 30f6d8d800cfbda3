"""The non-decision time as a random variable that stays below the smallest response time."""

from __future__ import annotations

import warnings
from typing import Any

import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import Interval
from pytensor.tensor.random.op import RandomVariable

from bayes_ddm.errors import InputError
from bayes_ddm.priors import POSITIVE_FAMILIES, bounds_of, constant, describe, unsuitable

__all__ = ["NonDecisionTime"]

# Random draws run as Python inside compiled functions, on purpose; Numba warns of each
warnings.filterwarnings(
    "ignore", message="Numba will use object mode to run NonDecisionTime_", category=UserWarning
)


class NonDecisionTime:
    """A prior for the non-decision time, sampled below the smallest response time.

    The density is the prior's own, untruncated: the likelihood is zero from the smallest response
    time on, and the transform merely keeps the sampler below it.  The limit is an input of the
    variable, so that prior prediction, ``pm.do`` and ``pm.observe`` stay exact.

    Parameters
    ----------
    name : str
    prior : unnamed PyMC distribution
        On positive numbers, such as ``pm.HalfNormal.dist(0.5)``; its parameters broadcast with
        `upper`.
    upper : tensor_like, shape () or (labelers,)
        Smallest response time, in seconds: of all rows, or of each labeler's.

    Raises
    ------
    InputError
        If the prior may be negative, is no single number, or lies above the limit.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     ndt = NonDecisionTime("ndt", pm.HalfNormal.dist(0.5), 0.8)
    >>> {name: float(value) for name, value in model.initial_point().items()}
    {'ndt_interval__': 0.0}
    """

    def __new__(cls, name: str, prior: Any, upper: Any, **kwargs: Any) -> Any:
        """Register the variable in the model on the context."""
        op, state = prior.owner.op, prior.owner.inputs[:2]
        params = op.dist_params(prior.owner)
        upper = pt.as_tensor(upper)
        wrong = unsuitable(name, prior, scalar=upper.ndim == 0)
        ends = bounds_of(prior)
        if wrong or ends is None or not isinstance(op, RandomVariable):
            raise wrong or InputError(
                f"{name}: {describe(prior)} cannot be its prior; use {POSITIVE_FAMILIES}."
            )

        def bounds(rng: Any, size: Any, upper: Any, *params: Any) -> tuple[Any, Any]:
            low, high = ends(rng, size, *params)
            return low + pt.zeros_like(upper), upper if high is None else pt.minimum(high, upper)

        least = upper if upper.ndim == 0 else pt.min(upper)
        low, high = map(constant, bounds(*state, least, *params))
        if low is not None and high is not None and low >= high:
            raise InputError(
                f"{name}: {describe(prior)} starts at {low:g} s, but must be below the smallest "
                f"response time, {high:g} s; lower it."
            )
        return pm.CustomDist(
            name,
            upper,
            *params,
            logp=lambda x, upper, *params: pm.logp(op.make_node(*state, *params).outputs[1], x),
            random=lambda upper, *params, rng, size: op.rng_fn(rng, *params, size),
            support_point=lambda rv, size, *inputs: sum(bounds(None, size, *inputs)) / 2,
            default_transform=Interval(bounds_fn=bounds),
            class_name="NonDecisionTime",
            **kwargs,
        )
