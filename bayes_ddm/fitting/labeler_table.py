"""What a fit knows of each labeler."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm import models
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.labelers import preference_moments
from bayes_ddm.fitting.save import choices_of

__all__ = ["labelers"]


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
    choices = choices_of(fit)
    name = fit.attrs["model"]
    if name not in models.names() or models.description(name).population is None:
        other = models.default_model(choices)
        raise InputError(f"model {name!r} has no labelers' preferences; fit the {other} one.")
    moments = preference_moments(fit, draws)
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
