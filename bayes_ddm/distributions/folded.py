"""Standard deviations that may well be 0, sampled as numbers of either sign."""

from __future__ import annotations

from typing import Any

import pytensor.tensor as pt
from pymc.distributions.transforms import Transform
from pytensor.tensor.random.basic import HalfNormalRV


class _Folded(Transform):
    """A variable on positive numbers is the size of one whose sign is of no matter.

    Where data hardly tell it from 0, the logarithm has a tail without end; folded it is nearly
    normal. That both signs stand for one value is a constant factor of the density.
    """

    name = "folded"
    ndim_supp = 0

    def backward(self, value: Any, *inputs: Any) -> Any:
        return pt.abs(value)

    def forward(self, value: Any, *inputs: Any) -> Any:
        return value

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.zeros_like(value)


def folded(prior: Any) -> Transform | None:
    """Return the transform of a half-normal prior, whose fold is smooth at 0; None of others."""
    owner = getattr(prior, "owner", None)
    half_normal = owner is not None and isinstance(owner.op, HalfNormalRV)
    return _Folded() if half_normal else None
