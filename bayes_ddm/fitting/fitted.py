"""What a fit can be asked: its model, and how likely each labeler's choices are."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from bayes_ddm import models
from bayes_ddm.distributions.priors import from_code
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import thinned_draws
from bayes_ddm.fitting.save import choices_of
from bayes_ddm.progress import track

__all__ = ["log_likelihood", "model_of", "pointwise_of", "priors_not_kept"]


def model_of(fit: xr.DataTree) -> pm.Model:
    """Rebuild the model of a fit, with its priors, fixed parameters and options.

    Raises
    ------
    InputError
        For a model of the user's own: build it again and pass it where this was called; for a fit
        by a version that sampled other variables.
    """
    name = fit.attrs["model"]
    if name not in models.names():
        raise InputError(f"the fit's model {name!r} is not of the family; pass model=.")
    given = {key: from_code(code) for key, code in json.loads(fit.attrs["parameters"]).items()}
    known = {key: value for key, value in given.items() if value is not None}
    model = models.builder(name)(choices_of(fit), **known)
    drawn = fit["posterior"]
    for rv in model.free_RVs:
        own = f"labeler_{rv.name.removesuffix('_score')}"
        if rv.name.endswith("_score") and own in drawn and rv.name not in drawn:
            raise InputError(
                f"the fit has {own} but no {rv.name}, which {name} samples: another version of "
                "bayes-ddm made it; fit again."
            )
    return model


def priors_not_kept(fit: xr.DataTree) -> list[str]:
    """Names of parameters whose priors the fit holds by name only, so that `model_of` lost them."""
    given = json.loads(fit.attrs["parameters"])
    return [key for key, code in given.items() if code is not None and from_code(code) is None]


def pointwise_of(fit: xr.DataTree, model: pm.Model | None = None) -> Any:
    """Return the function from one posterior draw to the log-likelihood of each unit."""
    return pointwise(model or model_of(fit), fit)


def log_likelihood(
    fit: xr.DataTree,
    model: pm.Model | None = None,
    *,
    draws: int | None = None,
    progress: bool = True,
) -> xr.DataTree:
    """Add the group ``log_likelihood``: one entry per labeler, what is their own integrated out.

    Parameters
    ----------
    fit : DataTree
    model : pm.Model, optional
        Needed only for a model of the user's own.
    draws : int, optional
        At most as many posterior draws, evenly spaced. By default all of them, or 400 where
        labelers' own boundaries or preferences are integrated numerically.
    progress : bool
        Show a progress bar, on a terminal.

    Returns
    -------
    DataTree
        The same fit. The variable ``y`` has the dimension ``labeler``; anonymous rows that were
        grouped are repeated, one entry per labeler, as PSIS-LOO needs.
    """
    choices = choices_of(fit)
    evaluate = pointwise_of(fit, model)
    posterior = fit["posterior"].to_dataset()
    if draws is None and evaluate.sampled_latents:
        draws = 400
    posterior = thinned_draws(posterior, draws)
    flat = posterior.stack(sample=("chain", "draw"), create_index=False)
    steps = track(range(flat.sizes["sample"]), "labelers' log-likelihood", progress=progress)
    values = np.stack([evaluate(flat.isel(sample=s)) for s in steps])
    if values.shape[1:] != choices.unit_count.shape:
        raise InputError(
            f"the model's log-likelihood has shape {values.shape[1:]}, not one entry for each of "
            f"{len(choices.unit_count)} labelers; use pm.compute_log_likelihood."
        )
    names = choices.labeler_names
    if choices.anonymous:
        values = np.repeat(values / choices.count, choices.count, axis=1)
        names = np.arange(values.shape[1])
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    fit["log_likelihood"] = xr.DataTree(
        xr.Dataset(
            {"y": (("chain", "draw", "labeler"), values.reshape(shape))},
            coords={"chain": posterior.chain, "draw": posterior.draw, "labeler": names},
        )
    )
    return fit
