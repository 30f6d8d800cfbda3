"""Model parameters given as arguments: a prior samples them, a number fixes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size

from bayes_ddm.choices import Choices
from bayes_ddm.distributions import NonDecisionTime
from bayes_ddm.errors import InputError

__all__ = ["fixed_value", "non_decision_time", "parameter", "scales"]


def fixed_value(name: str, prior: Any) -> np.ndarray | None:
    """Return the number that fixes a parameter, or None if it has a prior."""
    if isinstance(prior, pt.TensorVariable):
        return None
    try:
        value = np.asarray(prior, dtype=float)
    except (TypeError, ValueError):
        value = np.array(np.nan)
    if not np.isfinite(value).all():
        raise InputError(
            f"{name} must be a number or an unnamed distribution such as pm.HalfNormal.dist(1); "
            f"got {prior!r}."
        )
    return value


def parameter(name: str, prior: Any, *, dims: str | None = None, positive: bool = False) -> Any:
    """Add a parameter to the model on the context.

    Parameters
    ----------
    name : str
    prior : unnamed PyMC distribution, PreliZ distribution, number or array
        A distribution gives a random variable, a number ``pm.Data``: a fixed parameter is found
        in the fit's ``constant_data``.
    dims : str, optional
        Dimension along which a scalar prior or number is repeated.
    positive : bool
        Refuse a number that is not positive.

    Returns
    -------
    TensorVariable

    Examples
    --------
    >>> with pm.Model() as model:
    ...     mu, boundary = parameter("mu", pm.Normal.dist(0, 1)), parameter("boundary", 1.25)
    >>> model.free_RVs, model.data_vars
    ([mu], [boundary])
    """
    model = pm.modelcontext(None)
    length = () if dims is None else (len(model.coords[dims]),)
    prior = prior.to_pymc() if hasattr(prior, "to_pymc") else prior
    value = fixed_value(name, prior)
    if value is None:
        # resizing copies, so that a default in a signature serves many models
        variable = change_dist_size(prior, prior.shape if prior.ndim else length)
        return model.register_rv(variable, name, dims=dims)
    if positive and (value <= 0).any():
        raise InputError(f"{name} must be positive; got {value.min():g}.")
    return pm.Data(name, np.broadcast_to(value, length or value.shape), dims=dims)


def non_decision_time(prior: Any, choices: Choices) -> Any:
    """Add ``ndt`` to the model on the context, below the smallest response time.

    Raises
    ------
    InputError
        If a fixed value is negative, or not below the smallest response time.
    """
    smallest = float(choices.rt.min())
    prior = prior.to_pymc() if hasattr(prior, "to_pymc") else prior
    value = fixed_value("ndt", prior)
    if value is None:
        return NonDecisionTime("ndt", prior, smallest)
    if not 0 <= value < smallest:
        raise InputError(
            f"ndt = {value:g} s must be at least 0 and below the smallest response time, "
            f"{smallest:g} s; lower it, or screen fast guesses (bayes-ddm check)."
        )
    return pm.Data("ndt", value)


def scales(choices: Choices) -> np.ndarray:
    """Root mean square of each attribute difference: what features are divided by inside models."""
    return np.sqrt(np.average(choices.features**2, axis=0, weights=choices.count))
