"""Priors given as unnamed PyMC distributions: which they are, and where their support lies."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.distribution import SymbolicRandomVariable
from pymc.distributions.transforms import _default_transform
from pymc.logprob.transforms import IntervalTransform, LogOddsTransform, LogTransform
from pymc.pytensorf import constant_fold
from pytensor.tensor.random.op import RandomVariable

from bayes_ddm.errors import InputError

__all__ = [
    "POSITIVE_FAMILIES",
    "as_described",
    "bounds_of",
    "constant",
    "describe",
    "is_distribution",
    "unsuitable",
]

POSITIVE_FAMILIES = "HalfNormal, LogNormal, Gamma or Uniform"

Bounds = Callable[..., tuple[Any, Any]]


def is_distribution(value: Any) -> bool:
    """Whether it is an unnamed PyMC distribution, as ``pm.Normal.dist()`` makes."""
    owner = getattr(value, "owner", None)
    return owner is not None and isinstance(owner.op, RandomVariable | SymbolicRandomVariable)


def constant(value: Any) -> float | None:
    """Return the number that an expression always has, or None if it depends on anything."""
    (folded,) = constant_fold([pt.as_tensor(value)], raise_not_constant=False)
    return None if isinstance(folded, pt.TensorVariable) else float(folded)


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
            f"{name}: {describe(prior)} cannot be its prior, which must be between 0 and 1; use "
            "Beta or Uniform."
        )
    if (least is None or least >= 0) and not (scalar and prior.ndim):
        return None
    return InputError(
        f"{name}: {describe(prior)} cannot be its prior, which must be "
        f"{'a single number' if scalar and prior.ndim else 'on positive numbers'}; use "
        f"{POSITIVE_FAMILIES}."
    )


def describe(prior: Any) -> str:
    """Write a distribution out: its name and its parameters."""
    op = prior.owner.op
    name = op._print_name[0] if getattr(op, "_print_name", None) else type(op).__name__
    if not isinstance(op, RandomVariable):
        return str(name)
    values = [constant_fold([p], raise_not_constant=False)[0] for p in op.dist_params(prior.owner)]
    return f"{name}({', '.join(map(str, values))})"


def as_described(text: str) -> Any:
    """Return the distribution that `describe` wrote out, or None if it wrote a name only."""
    name, _, values = text.partition("(")
    op = getattr(getattr(pm, name, None), "rv_op", None)
    if not values or not isinstance(op, RandomVariable):
        return None
    given = ast.literal_eval(f"({values.removesuffix(')')},)")
    return op(*given, rng=pt.random.shared_rng(seed=None), return_next_rng=True)[1]
