"""Variables that the sampler keeps below a limit, such as the smallest response time."""

from __future__ import annotations

import warnings
from typing import Any

import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import Interval, Transform
from pytensor.tensor.random.op import RandomVariable

from bayes_ddm.distributions.prior_code import as_code, in_words
from bayes_ddm.distributions.prior_support import POSITIVE_FAMILIES, bounds_of, unsuitable
from bayes_ddm.distributions.priors import constant
from bayes_ddm.errors import InputError

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
        return below(name, prior, upper, **kwargs)


def below(name: str, prior: Any, upper: Any, **kwargs: Any) -> Any:
    """Add a variable that the sampler keeps below a limit, as `NonDecisionTime` says."""
    op, state = prior.owner.op, prior.owner.inputs[:2]
    params = op.dist_params(prior.owner)
    upper = pt.as_tensor(upper)
    # not of the program: the same code serves other rows (fitting/code.py)
    upper.tag.is_data = True
    wrong = unsuitable(name, prior, scalar=upper.ndim == 0)
    ends = bounds_of(prior)
    if wrong or ends is None or not isinstance(op, RandomVariable):
        raise wrong or InputError(
            f"{name}: {in_words(as_code(prior))} cannot be its prior; use {POSITIVE_FAMILIES}."
        )

    def bounds(rng: Any, size: Any, upper: Any, *params: Any) -> tuple[Any, Any]:
        low, high = ends(rng, size, *params)
        return low + pt.zeros_like(upper), upper if high is None else pt.minimum(high, upper)

    least = upper if upper.ndim == 0 else pt.min(upper)
    low, high = map(constant, bounds(*state, least, *params))
    if low is not None and high is not None and low >= high:
        limit, unit = (
            ("the largest that meets after the slowest decision", " per second")
            if "collapse" in name
            else ("the smallest response time", " s")
        )
        raise InputError(
            f"{name}: {in_words(as_code(prior))} starts at {low:g}{unit}, but must be below "
            f"{limit}, {high:g}{unit}; lower it."
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


class _Below(Transform):
    """Keeps a variable below its parameter, and hardly moves it where that is far above.

    So a normal variable stays nearly normal for the sampler. The distance to the limit is
    ``exp(arcsinh(w / 2))`` where `w` is what it would be without one: nearly `w` if that is
    large, nearly ``-1 / w`` if it is far below 0, about the mean distance of a normal's tail.
    """

    name = "below"

    def backward(self, value: Any, rng: Any, size: Any, upper: Any) -> Any:
        return upper - pt.exp(pt.arcsinh((upper - value) / 2))

    def forward(self, value: Any, rng: Any, size: Any, upper: Any) -> Any:
        return value + 1 / (upper - value)

    def log_jac_det(self, value: Any, rng: Any, size: Any, upper: Any) -> Any:
        without = upper - value
        return pt.arcsinh(without / 2) - pt.log(without**2 + 4) / 2


def score_below(name: str, upper: Any, **kwargs: Any) -> Any:
    """Add a standard normal variable that the sampler keeps below a limit.

    The density is the normal's own, untruncated, as for `NonDecisionTime`: of a non-decision time
    ``exp(log(median) + spread * score)`` with the limit ``(log(smallest) - log(median)) / spread``.

    Parameters
    ----------
    name : str
    upper : tensor_like, shape (labelers,)
        The limit, in standard deviations; may depend on other variables.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     score = score_below("ndt_score", [2.0, -1.0])
    >>> model.initial_point()["ndt_score_below__"].round(6)
    array([0., 0.])
    """
    return pm.CustomDist(
        name,
        pt.as_tensor(upper),
        logp=lambda x, upper: pm.logp(pm.Normal.dist(pt.zeros_like(upper)), x),
        random=lambda upper, rng, size: rng.normal(size=size if size is not None else upper.shape),
        support_point=lambda rv, size, upper: upper - pt.exp(pt.arcsinh(upper / 2)),
        default_transform=_Below(),
        class_name="NonDecisionTime",
        **kwargs,
    )
