"""The average over a population whose groups have other shares than the sample's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.shares import shares_of
from bayes_ddm.fitting.posterior import Posterior, summarised


def poststratify(
    fit: xr.DataTree, shares: Mapping[str, float] | str | Path, *, prob: float = 0.95
) -> pd.DataFrame:
    """Average preferences over groups weighted by their shares in a population.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit` with a formula `between` labelers.
    shares : mapping of str to float, or path of a CSV file
        Share of each group, ``{"FR": 0.4, "JP": 0.6}``; they sum to 1.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    DataFrame
        Indexed by preference: mean, sd, low, high.

    Raises
    ------
    InputError
        If the fit has no groups, a group is unknown or has no share, or shares do not sum to 1.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 40, "choices": 4, "boundary": 1.25, "seed": 1}
    >>> experiment["table"] = pd.DataFrame({"country": ["FR"] * 80 + ["JP"] * 80})
    >>> choices = bd.simulate.experiment(
    ...     "normal", between={"country": {"FR": 0.0, "JP": 1.0}}, **experiment
    ... )
    >>> fit = bd.fit(choices, ndt=0, between="country", draws=600, tune=500, chains=2, seed=1,
    ...     progress=False)
    >>> poststratify(fit, {"FR": 0.2, "JP": 0.8}).index.tolist()
    ['mu']
    """
    probability(prob)
    posterior = Posterior.of(fit)
    averages = named_averages(posterior, posterior.draws, weights(posterior, shares))
    return summarised(averages, prob)[["mean", "sd", "low", "high"]]


def weights(posterior: Posterior, shares: Mapping[str, float] | str | Path) -> dict[str, float]:
    """Shares by the names of a fit's groups.

    Raises
    ------
    InputError
        As `poststratify`.
    """
    if "group_average" not in posterior.draws:
        raise InputError('the fit has no groups to weight; fit with between="country".')
    return shares_of(posterior.choices, shares)


def entries_over(posterior: Posterior, weight: Mapping[str, float] | None) -> dict[str, FloatArray]:
    """Draws of every population parameter; averages are over shares, where there are any."""
    if weight is None:
        return posterior.entries
    return posterior.entries | named_averages(posterior, posterior.draws, weight)


def named_averages(
    posterior: Posterior, draws: xr.Dataset, weight: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Draws of average preferences over weighted groups, by their names."""
    over = averages_over(posterior, draws, weight)
    return dict(zip(posterior.averages, np.moveaxis(over, -1, 0), strict=True))


def averages_over(
    posterior: Posterior, draws: xr.Dataset, weight: Mapping[str, float]
) -> FloatArray:
    """Draws of average preferences over weighted groups, shape (chains, draws or samples, d)."""
    groups = draws["group_average"].sel(group=list(weight))
    over = xr.dot(groups, xr.DataArray(list(weight.values()), dims="group"), dim="group")
    if not posterior.choices.contextual:
        return over.values[..., None]
    return over.transpose(..., "feature").values
