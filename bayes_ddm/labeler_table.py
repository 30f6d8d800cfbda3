"""What a fit knows of each labeler."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm import models
from bayes_ddm.errors import InputError
from bayes_ddm.labeler_draws import preference_moments
from bayes_ddm.provenance import choices_of

__all__ = ["labelers"]


def labelers(fit: xr.DataTree, draws: int = 500) -> pd.DataFrame:
    """Posterior mean and standard deviation of each labeler's own preference.

    Parameters
    ----------
    fit : DataTree
        Of any model of the family but ``pooled``.
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
    """
    choices = choices_of(fit)
    name = fit.attrs["model"]
    if name == "pooled" or name not in models.names():
        raise InputError(f"model {name!r} has no labelers' preferences; fit the hierarchical one.")
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
