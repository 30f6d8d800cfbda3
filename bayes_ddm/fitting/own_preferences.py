"""Each labeler's own preference: posterior mean and standard deviation."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr
from scipy.special import logsumexp

from bayes_ddm import models
from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.labelers import labeler_data, refuse_without_clock, single_choices
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import population_draws


def labelers(fit: xr.DataTree, draws: int = 500) -> pd.DataFrame:
    """Posterior mean and standard deviation of each labeler's own preference.

    Parameters
    ----------
    fit : DataTree
        Of a model of the family in which labelers differ.
    draws : int
        Posterior draws averaged over. Given a draw, a labeler's mean and sd are exact wherever
        the model integrates preferences out.

    Returns
    -------
    DataFrame
        Indexed by labeler (by row when anonymous): columns ``mean`` and ``sd``, per feature where
        there are features, in drift per unit of the feature.

    Raises
    ------
    InputError
        If the model gives labelers no preferences of their own.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> labelers(fit).round(1).head(2)
             mean   sd
    labeler
    0         1.5  0.6
    1         0.8  0.5
    """
    posterior = Posterior.of(fit)
    choices, name = posterior.choices, posterior.model
    if not posterior.of_family or models.description(name).population is None:
        other = models.default_model(choices)
        raise InputError(f"model {name!r} has no labelers' preferences; fit the {other} one.")
    moments = preference_moments(posterior, draws)
    mean, variance = next(moments)
    total, square, within, count = mean.copy(), mean**2, variance.copy(), 1
    for mean, variance in moments:
        total += mean
        square += mean**2
        within += variance
        count += 1
    average = total / count
    sd = np.sqrt(np.maximum(square / count - average**2, 0) + within / count)
    index = pd.Index(choices.labeler_names, name="labeler")
    if not choices.contextual:
        return pd.DataFrame({"mean": average[:, 0], "sd": sd[:, 0]}, index=index)
    return pd.concat(
        {
            name: pd.DataFrame({"mean": average[:, j], "sd": sd[:, j]}, index=index)
            for j, name in enumerate(choices.feature_names)
        },
        axis=1,
    )


def preference_moments(
    posterior: Posterior, draws: int = 500
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean and variance of each unit's preferences given one posterior draw after the other.

    Yields
    ------
    mean, variance : ndarray, shape (units, d)
        In the user's units. Exact, with variance from the conditional distribution, wherever
        the model integrates preferences out; else drawn, with variance 0.
    """
    data = labeler_data(posterior, posterior.choices)
    choices = data.choices
    rng = np.random.default_rng(0)
    for numbers in population_draws(posterior, draws):
        data = data.at(numbers)
        scale = data.scale
        if numbers.preference is not None:
            yield numbers.preference / scale, np.zeros_like(numbers.preference)
        elif choices.anonymous and (numbers.boundary_spread or numbers.lapse):
            _, drawn = single_choices(data, numbers, rng)
            yield drawn / scale, np.zeros_like(drawn)
        else:
            refuse_without_clock(numbers)
            log_weight, mean, root = data.conditional(numbers)
            share = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))[..., None]
            middle = (share * mean).sum(axis=1)
            second = (share * ((root**2).sum(axis=-1) + mean**2)).sum(axis=1)
            yield middle / scale, np.maximum(second - middle**2, 0) / scale**2
