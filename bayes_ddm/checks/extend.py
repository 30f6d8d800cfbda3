"""The groups that ArviZ's functions ask of a fit, added to a copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.replicate import (
    PLAIN,
    Replicate,
    as_replicate,
    checked_rows,
    posterior_replicates,
)
from bayes_ddm.checks.sensitivity import _log_prior, refuse_lost_priors
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import refuse_private
from bayes_ddm.errors import InputError, did_you_mean, whole_number
from bayes_ddm.fitting.likelihood import add_log_likelihood
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.progress import track

GROUPS = ("log_likelihood", "log_prior", "prior", "posterior_predictive")


def extend(
    fit: xr.DataTree,
    groups: Sequence[str] = GROUPS,
    *,
    model: pm.Model | None = None,
    draws: int = 200,
    seed: int = 0,
    progress: bool = True,
) -> xr.DataTree:
    """Return a fit with what ArviZ's functions ask of one; the fit itself stays as it was.

    Parameters
    ----------
    fit : DataTree
    groups : sequence of str
        ``"log_likelihood"`` (for `az.loo`, `az.compare`; one entry per labeler), ``"log_prior"``
        (`az.psense_summary`), ``"prior"`` (with ``prior_predictive``; `az.plot_prior_posterior`),
        ``"posterior_predictive"`` (`az.plot_ppc_dist`); all of them by default.
    model : pm.Model, optional
        Needed only for a model of the user's own, of which ``"log_likelihood"`` and
        ``"log_prior"`` can be had here, and the others of PyMC.
    draws : int
        Draws of the prior, and at most as many replications of the posterior.
    seed : int
    progress : bool
        Show a progress bar.

    Returns
    -------
    DataTree
        Predictions have the variables ``rt`` (seconds) and ``choice``, row by row beside those of
        ``observed_data``; known labelers answer again, anonymous ones are drawn anew. Where a
        deadline left answers out, they are of rows that were answered.

    Raises
    ------
    InputError
        If a group is unknown, the fit lost a prior, or it was made of condensed rows alone; if
        predictions are asked of private choices.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> more = extend(fit, ["posterior_predictive"], draws=20)
    >>> dict(more["posterior_predictive"].sizes)
    {'chain': 2, 'draw': 10, 'row': 200}
    >>> "posterior_predictive" in fit.children
    False
    """
    names = _checked(groups)
    draws, seed = whole_number("draws", draws, 1), whole_number("seed", seed)
    posterior = Posterior.of(fit, model)
    posterior.choices.refuse_condensed("what ArviZ asks of a fit")
    if model is None:
        refuse_lost_priors(posterior)
    if "posterior_predictive" in names or "prior" in names:
        refuse_private(posterior.choices)
    copy = fit.copy(deep=False)
    if "log_likelihood" in names:
        add_log_likelihood(copy, posterior, draws=None, progress=progress)
    if "log_prior" in names:
        copy["log_prior"] = xr.DataTree(_log_prior(posterior.program, posterior.draws))
    if "posterior_predictive" not in names and "prior" not in names:
        return copy
    if not posterior.of_family:
        raise InputError(
            "predictions of a model of your own are PyMC's: pm.sample_posterior_predictive and "
            "pm.sample_prior_predictive; ask for log_likelihood and log_prior here."
        )
    rows = replace(checked_rows(posterior.choices, seed), omitted=None)
    copy["observed_data"] = xr.DataTree(_observed(copy, rows))
    if "prior" in names:
        prior, predicted = _prior(posterior.on(rows).program, draws, seed)
        copy["prior"] = xr.DataTree(prior)
        copy["prior_predictive"] = xr.DataTree(_named(predicted, 1))
    if "posterior_predictive" in names:
        copy["posterior_predictive"] = xr.DataTree(_replicated(fit, rows, draws, seed, progress))
    return copy


def _checked(groups: Sequence[str]) -> tuple[str, ...]:
    names = (groups,) if isinstance(groups, str) else tuple(groups)
    for name in names:
        if name not in GROUPS:
            hint = did_you_mean(name, GROUPS, f"there are {', '.join(GROUPS)}.")
            raise InputError(f"no group {name!r} to extend a fit with; {hint}")
    return names


def _observed(fit: xr.DataTree, rows: Choices) -> xr.Dataset:
    """Observed choices and times, as predictions have them."""
    dataset = fit["observed_data"].to_dataset() if "observed_data" in fit.children else xr.Dataset()
    if dataset.sizes.get("row", len(rows)) != len(rows):
        # of trials that ran out of time too, or of more rows than are checked
        dataset = xr.Dataset()
    observed = _stacked([(rows.choice, rows.rt)])
    return dataset.drop_vars(["rt", "choice"], errors="ignore").assign(observed.isel(sample=0))


def _replicated(
    fit: xr.DataTree, rows: Choices, draws: int, seed: int, progress: bool
) -> xr.Dataset:
    """Replications of the rows, by chain and draw of the posterior."""
    sample = Posterior.of(fit).thinned(draws)
    thinned = fit.copy(deep=False)
    thinned["posterior"] = xr.DataTree(sample)
    chains, size = sample.sizes["chain"], sample.sizes["draw"]
    replicates = posterior_replicates(
        Posterior(thinned), draws=chains * size, seed=seed, observed=rows
    )
    replicates = track(replicates, "posterior predictions", total=chains * size, progress=progress)
    return _named(replicates, chains).assign_coords(chain=sample["chain"], draw=sample["draw"])


def _prior(program: pm.Model, draws: int, seed: int) -> tuple[xr.Dataset, list[Replicate]]:
    """Draw parameters and data from the prior, together."""
    (observed,) = program.observed_RVs
    quantities = [*program.free_RVs, *program.deterministics]
    with program:
        draw = pm.compile([], [*quantities, observed], random_seed=seed, mode=PLAIN)
    values: list[list[FloatArray]] = []
    predicted: list[Replicate] = []
    for _ in range(draws):
        *parameters, data = draw()
        values.append([np.asarray(value) for value in parameters])
        predicted.append(as_replicate(data))
    variables: dict[str, Any] = {}
    for j, rv in enumerate(quantities):
        dims = program.named_vars_to_dims.get(rv.name) or ()
        stacked = np.stack([row[j] for row in values])[None]
        axes = [name or f"{rv.name}_dim_{k}" for k, name in enumerate(dims)]
        axes = axes or [f"{rv.name}_dim_{k}" for k in range(stacked.ndim - 2)]
        variables[rv.name] = (("chain", "draw", *axes), stacked)
    used = {name for dims, _ in variables.values() for name in dims}
    coords = {
        name: list(labels) for name, labels in program.coords.items() if labels and name in used
    }
    return xr.Dataset(variables, coords), predicted


def _named(replicates: Iterable[Replicate], chains: int) -> xr.Dataset:
    """Give replications the dimensions chain, draw and row."""
    stacked = _stacked(replicates)
    size = stacked.sizes["sample"] // chains
    return xr.Dataset(
        {
            name: (("chain", "draw", "row"), values.values.reshape(chains, size, -1))
            for name, values in stacked.data_vars.items()
        },
        {"row": stacked["row"]},
    )


def _stacked(replicates: Iterable[Replicate]) -> xr.Dataset:
    """Choices and times, shape (sample, row); times only where there are any."""
    choices, times = zip(*replicates, strict=True)
    choice, rt = np.stack(choices), np.stack(times)
    variables = {"choice": (("sample", "row"), choice)}
    if not np.isnan(rt).all():
        variables = {"rt": (("sample", "row"), rt), **variables}
    return xr.Dataset(variables, {"row": np.arange(choice.shape[1])})
