"""Model parameters given as arguments: a prior samples them, a number fixes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.shape_utils import change_dist_size
from pymc.distributions.transforms import Transform

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions import NonDecisionTime
from bayes_ddm.distributions.non_decision_time import below
from bayes_ddm.distributions.prior_support import unsuitable
from bayes_ddm.distributions.priors import is_distribution
from bayes_ddm.distributions.rows import observed_rows
from bayes_ddm.errors import MOST, InputError


def fixed_value(name: str, prior: Any) -> np.ndarray | None:
    """Return the number that fixes a parameter, or None if it has a prior."""
    if isinstance(prior, pt.TensorConstant):
        prior = prior.data
    elif is_distribution(prior):
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


def parameter(
    name: str,
    prior: Any,
    *,
    dims: str | tuple[str, ...] | None = None,
    positive: bool = False,
    nonnegative: bool = False,
    share: bool = False,
    transform: Transform | None = None,
) -> Any:
    """Add a parameter to the model on the context.

    Parameters
    ----------
    name : str
    prior : unnamed PyMC distribution, PreliZ distribution, number or array
        A distribution gives a random variable, a number ``pm.Data``: a fixed parameter is found
        in the fit's ``constant_data``.
    dims : str or tuple of str, optional
        Dimensions along which a scalar prior or number is repeated.
    positive, nonnegative, share : bool
        Refuse a number, or a prior, that is not; a share is between 0 and 1.
    transform : Transform, optional
        By which a distribution is sampled, in place of PyMC's own.

    Returns
    -------
    TensorVariable

    Raises
    ------
    InputError
        If it is neither a number nor a distribution, of the wrong shape, or may be negative where
        it must not.

    Examples
    --------
    >>> with pm.Model() as model:
    ...     mu, boundary = parameter("mu", pm.Normal.dist(0, 1)), parameter("boundary", 1.25)
    >>> model.free_RVs, model.data_vars
    ([mu], [boundary])
    """
    model = pm.modelcontext(None)
    dims = (dims,) if isinstance(dims, str) else dims
    length = tuple(len(model.coords[dim]) for dim in dims or ())
    prior = prior.to_pymc() if hasattr(prior, "to_pymc") else prior
    value = fixed_value(name, prior)
    shape = prior.type.shape if value is None else value.shape
    if shape not in {(), length}:
        raise InputError(f"{name} must be one number{_or_one_per(dims, length)}; got {shape}.")
    if value is None:
        wrong = unsuitable(name, prior, share=share) if positive or nonnegative or share else None
        if wrong:
            raise wrong
        # resizing copies, so that a default in a signature serves many models
        variable = change_dist_size(prior, prior.shape if prior.ndim else length)
        by = {} if transform is None else {"default_transform": transform}
        return model.register_rv(variable, name, dims=dims, **by)
    if (positive and (value <= 0).any()) or (nonnegative and (value < 0).any()):
        least = "positive" if positive else "at least 0"
        raise InputError(f"{name} must be {least}; got {value.min():g}.")
    if positive and ((value > MOST) | (value < 1 / MOST)).any():
        raise InputError(f"{name} must be from {1 / MOST:g} to {MOST:g}; got {value.max():g}.")
    if share and not ((value > 0) & (value < 1)).all():
        raise InputError(f"{name} must be between 0 and 1; got {value.min():g}.")
    return pm.Data(name, np.broadcast_to(value, length), dims=dims)


def _or_one_per(dims: tuple[str, ...] | None, length: tuple[int, ...]) -> str:
    shape = " x ".join(map(str, length))
    return "" if dims is None else f", or {shape}, one per {' and '.join(dims)}"


def non_decision_time(prior: Any, choices: Choices, *, bounded: bool = True) -> Any:
    """Add ``ndt`` to the model on the context, below the smallest response time.

    Without the bound (a model with lapses, whose responses may come earlier) it is only positive.

    Raises
    ------
    InputError
        If a fixed value is negative, or not below the smallest response time.
    """
    smallest = float(choices.rt.min())
    prior = prior.to_pymc() if hasattr(prior, "to_pymc") else prior
    value = fixed_value("ndt", prior)
    if value is None and not bounded:
        return parameter("ndt", prior, positive=True)
    if value is None:
        rt = observed_rows(choices)[:, 0]
        return NonDecisionTime("ndt", prior, rt.min())
    if value.ndim:
        raise InputError(f"ndt must be one number; got {value.tolist()}.")
    if not 0 <= value < (smallest if bounded else np.inf):
        raise InputError(
            f"ndt = {value:g} s must be at least 0 and below the smallest response time, "
            f"{smallest:g} s; lower it, or screen fast guesses (bayes-ddm check)."
        )
    return pm.Data("ndt", value)


def collapse(prior: Any, choices: Choices, limit: Any = None) -> Any:
    """Add ``collapse`` to the model on the context: bounds that meet after the slowest decision.

    Parameters
    ----------
    prior : unnamed PyMC distribution or number
        Share of the boundary lost per second.
    choices : Choices
    limit : tensor, optional
        Where the bounds would meet too soon; None in a model with lapses, which may be as slow.

    Raises
    ------
    InputError
        If a fixed value has the bounds meet before the slowest response.
    """
    prior = prior.to_pymc() if hasattr(prior, "to_pymc") else prior
    value = fixed_value("collapse", prior)
    if value is None and limit is not None:
        return below("collapse", prior, limit)
    slowest = float(choices.rt.max())
    if value is not None and limit is not None and value.max() * slowest >= 1:
        raise InputError(
            f"collapse = {value.max():g} per second has the bounds meet after {1 / value.max():g} "
            f"s, but there are responses after {slowest:g} s; give one below {1 / slowest:g}, or "
            "leave slow rows out (--max-rt)."
        )
    return parameter("collapse", prior, positive=True)


def correlation_factor(features: Sequence[str], eta: float) -> Any:
    """Add an LKJ-distributed correlation matrix to the model on the context.

    The sampled variable ``partial`` holds partial correlations on (0, 1), independent Beta
    variables under LKJ; ``correlation`` holds the correlations, one per pair of features.

    Parameters
    ----------
    features : sequence of str
    eta : float
        1 is uniform over correlation matrices, larger values prefer weak correlations.

    Returns
    -------
    TensorVariable, shape (d, d)
        Lower triangular factor with unit rows.

    References
    ----------
    Lewandowski, Kurowicka & Joe (2009), J. Multivariate Analysis 100:1989.
    """
    d = len(features)
    if d == 1:
        return pt.ones((1, 1))
    pairs = [(i, j) for i in range(d) for j in range(i)]
    pm.modelcontext(None).add_coord("pair", [f"{features[j]}, {features[i]}" for i, j in pairs])
    shape = np.array([eta + (d - 2 - j) / 2 for _, j in pairs])
    correlations = 2 * pm.Beta("partial", shape, shape, dims="pair") - 1
    partial = {pair: correlations[k] for k, pair in enumerate(pairs)}
    entries = [[pt.zeros(())] * d for _ in range(d)]
    for i in range(d):
        rest = pt.ones(())
        for j in range(i):
            entries[i][j] = partial[i, j] * pt.sqrt(rest)
            rest = rest * (1 - partial[i, j] ** 2)
        entries[i][i] = pt.sqrt(rest)
    factor = pt.stack([pt.stack(row) for row in entries])
    products = [(factor[i] * factor[j]).sum() for i, j in pairs]
    pm.Deterministic("correlation", pt.stack(products), dims="pair")
    return factor
