"""Where the support of a prior lies, and which parameters it suits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from pymc.distributions.transforms import _default_transform
from pymc.logprob.transforms import IntervalTransform, LogOddsTransform, LogTransform

from bayes_ddm.distributions.prior_code import as_code, in_words
from bayes_ddm.distributions.priors import constant
from bayes_ddm.errors import InputError

POSITIVE_FAMILIES = "HalfNormal, LogNormal, Gamma or Uniform"

Bounds = Callable[..., tuple[Any, Any]]


def bounds_of(prior: Any) -> Bounds | None:
    """Return the function that gives the support's two ends, or None for all real numbers.

    It takes the inputs of the random variable; an end is None where the support has none.  PyMC
    states supports only through the transforms that it samples with.
    """
    transform = _default_transform(prior.owner.op, prior)
    if isinstance(transform, LogTransform):
        return lambda *inputs: (0.0, None)
    if isinstance(transform, LogOddsTransform):
        return lambda *inputs: (0.0, 1.0)
    return transform.args_fn if isinstance(transform, IntervalTransform) else None


def unsuitable(
    name: str, prior: Any, *, scalar: bool = False, share: bool = False
) -> InputError | None:
    """Return the error if a prior for positive numbers may fall below 0, or is no single number.

    A ``share`` must stay below 1 too.
    """
    bounds = bounds_of(prior)
    lower, upper = bounds(*prior.owner.inputs) if bounds else (None, None)
    least = -np.inf if lower is None else constant(lower)
    most = np.inf if upper is None else constant(upper)
    if share and not (least == 0 and most == 1):
        return InputError(
            f"{name}: {in_words(as_code(prior))} cannot be its prior, which must be between 0 and "
            "1; use Beta or Uniform."
        )
    if (least is None or least >= 0) and not (scalar and prior.ndim):
        return None
    return InputError(
        f"{name}: {in_words(as_code(prior))} cannot be its prior, which must be "
        f"{'a single number' if scalar and prior.ndim else 'on positive numbers'}; use "
        f"{POSITIVE_FAMILIES}."
    )
