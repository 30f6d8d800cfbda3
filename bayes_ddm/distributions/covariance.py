"""How many preferences differ between labelers: a diagonal covariance, perhaps plus a low rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.parameters import correlation_factor, parameter
from bayes_ddm.distributions.values import scales
from bayes_ddm.errors import InputError, whole_number

# above, a full covariance has more correlations than choices tell
MOST_CORRELATED = 8
SPREADS = ("full", "diagonal")


@dataclass(frozen=True)
class Covariance:
    """Parts of a population's covariance, as `Population` takes them; made by `covariance`.

    Attributes
    ----------
    chol : tensor, shape (d, d)
        Lower triangular factor.
    sd : tensor, shape (d,), or None
        Standard deviations of a diagonal one.
    loading : tensor, shape (d, rank), or None
        What preferences have in common.
    """

    chol: Any
    sd: Any = None
    loading: Any = None


def covariance(
    choices: Choices, prior: Any, eta: float, spread: str | None = None, rank: int = 0
) -> Covariance:
    """Add the covariance of preferences between labelers to the model on the context.

    Parameters
    ----------
    choices : Choices
    prior : unnamed PyMC distribution or number
        Of each feature's standard deviation, features scaled to rms 1; with `rank`, of what is its
        own.
    eta : float
        LKJ shape of the correlations of a full covariance.
    spread : {"full", "diagonal"}, optional
        By default full up to 8 features.
    rank : int
        Factors that preferences share beside a diagonal: their loadings are normal with the sd
        ``1 / sqrt(rank)`` (features scaled), and of no sign or order.

    Raises
    ------
    InputError
        If the spread is unknown, or a full one is asked for with a rank.
    """
    names = choices.feature_names
    if spread not in {None, *SPREADS}:
        raise InputError(f"spread must be 'full' or 'diagonal'; got {spread!r}.")
    rank = whole_number("rank", rank, 0)
    if rank and spread == "full":
        raise InputError("rank= goes with a diagonal spread; leave spread='full' out.")
    if rank >= len(names):
        raise InputError(f"rank must be below the number of features, {len(names)}; got {rank}.")
    sd = parameter("sigma_scaled", prior, dims="feature", nonnegative=True)
    full = spread == "full" or (spread is None and not rank and len(names) <= MOST_CORRELATED)
    if full or not rank:
        pm.Deterministic("sigma", sd / scales(choices), dims="feature")
    if full:
        return Covariance(sd[:, None] * correlation_factor(names, eta))
    if not rank:
        return Covariance(pt.diag(sd), sd)
    pm.modelcontext(None).add_coord("factor", range(1, rank + 1))
    loading = pm.Normal("loading_scaled", 0, 1 / np.sqrt(rank), dims=("feature", "factor"))
    common = loading @ loading.T
    variance = sd**2 + pt.diag(common)
    pm.Deterministic("sigma", pt.sqrt(variance) / scales(choices), dims="feature")
    return Covariance(pt.linalg.cholesky(common + pt.diag(sd**2)), sd, loading)
