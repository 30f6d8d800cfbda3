"""A table of the fit's labelers: what each prefers, and what else is their own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm import models
from bayes_ddm.distributions.vocabulary import DIFFUSION
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.own_preferences import preference_moments
from bayes_ddm.fitting.posterior import Posterior


def labelers(fit: xr.DataTree, draws: int = 500) -> pd.DataFrame:
    """Posterior mean and standard deviation of what is each labeler's own.

    Parameters
    ----------
    fit : DataTree
        Of a model of the family in which labelers differ.
    draws : int
        Posterior draws that preferences are averaged over. Given a draw, a labeler's mean and sd
        are exact wherever the model integrates preferences out.

    Returns
    -------
    DataFrame
        Indexed by labeler (by row when anonymous): columns ``mean`` and ``sd`` of the preference,
        per feature where there are features, in drift per unit of the feature. Where labelers have
        a boundary, ndt, start, drift_noise or collapse of their own, those too: ``boundary`` and
        ``boundary_sd``, with features ``("boundary", "mean")`` and ``("boundary", "sd")``; in the
        middle of conditions.

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
        default = models.default_model(choices)
        raise InputError(f"model {name!r} has no labelers' preferences; fit the {default} one.")
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
    own = {
        name: posterior.draws[f"labeler_{name}"].stack(sample=("chain", "draw")).values
        for name in DIFFUSION
        if f"labeler_{name}" in posterior.draws
    }
    values = {name: (x.mean(axis=1), x.std(axis=1, ddof=1)) for name, x in own.items()}
    if not choices.contextual:
        table = pd.DataFrame({"mean": average[:, 0], "sd": sd[:, 0]}, index=index)
        for name, (middle, spread) in values.items():
            table[name], table[f"{name}_sd"] = middle, spread
        return table
    values = {
        feature: (average[:, j], sd[:, j]) for j, feature in enumerate(choices.feature_names)
    } | values
    return pd.concat(
        {
            name: pd.DataFrame({"mean": middle, "sd": spread}, index=index)
            for name, (middle, spread) in values.items()
        },
        axis=1,
    )
