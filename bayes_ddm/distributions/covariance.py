"""How many preferences differ between labelers: a diagonal covariance, perhaps plus a low rank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.folded import folded
from bayes_ddm.distributions.parameters import correlation_factor, parameter
from bayes_ddm.distributions.values import scales
from bayes_ddm.errors import InputError, whole_number

# above, a full covariance has more correlations than choices tell
MOST_CORRELATED = 8
SPREADS = ("full", "diagonal")
# of a half-normal prior
SCALE = 2.0


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
    prior : unnamed PyMC distribution, number, "shared" or None
        Of each feature's standard deviation, features scaled to rms 1; with `rank`, of what is its
        own. "shared" learns that of a typical comparison's drift, and takes any shares of features
        in it as equally likely. None is "shared" above 8 features, and half-normal up to there.
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
    full = spread == "full" or (spread is None and not rank and len(names) <= MOST_CORRELATED)
    if prior is None:
        prior = "shared" if len(names) > MOST_CORRELATED else pm.HalfNormal.dist(SCALE)
    if isinstance(prior, str):
        sd = _shared(prior)
    else:
        # of many features each sd is told from 0 by little
        by = None if full else folded(prior)
        sd = parameter("sigma_scaled", prior, dims="feature", nonnegative=True, transform=by)
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


def _shared(prior: str) -> Any:
    """Standard deviations by that of a typical comparison's drift, and features' shares in it.

    Independent priors would say how much drifts differ in all: of d features about ``sqrt(d)``
    times their scale, and the boundary would follow.
    """
    if prior != "shared":
        raise InputError(f"Sigma must be a prior, numbers, or 'shared'; got {prior!r}.")
    typical = pm.HalfNormal("drift_spread", SCALE)
    of_one = pm.HalfNormal.dist(1)
    score = parameter("spread_score", of_one, dims="feature", transform=folded(of_one))
    sd = typical * score / pt.sqrt((score**2).sum())
    return pm.Deterministic("sigma_scaled", sd, dims="feature")
