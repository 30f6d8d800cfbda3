"""Replicated data, exact, one data set at a time: nothing is kept of the one before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from numpy.typing import NDArray
from pytensor.compile.mode import Mode

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.condensed import repeated
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import refuse_private
from bayes_ddm.data.people import coded_people
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.labelers import Labelers, fitted_labelers, new_labelers
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import pick
from bayes_ddm.fitting.rows import rows_of

Replicate = tuple[NDArray[np.int8], FloatArray]

# not worth compiling for a few hundred draws
PLAIN = Mode(linker="py", optimizer=None)  # type: ignore[arg-type]
# larger tables are checked on a random part of their labelers
MOST_ROWS = 1_000_000
# of whom one is drawn for each anonymous answer that was in time
CANDIDATES = 8


def same_people(choices: Choices, labelers: str | None) -> bool:
    """Whether the fitted labelers answer again (the default where they are known).

    Raises
    ------
    InputError
        If `labelers` is neither "same" nor "new", or anonymous labelers are asked for again.
    """
    if labelers not in {None, "same", "new"}:
        raise InputError(f"labelers must be 'same' or 'new'; got {labelers!r}.")
    if labelers == "same" and choices.anonymous:
        raise InputError("anonymous labelers cannot be asked again; use labelers='new'.")
    return not choices.anonymous if labelers is None else labelers == "same"


def checked_rows(choices: Choices, seed: int = 0) -> Choices:
    """Return one row per choice, at most a million: of all labelers, or of a random part of them.

    Labelers keep their index. Of condensed choices: see `repeated`.

    Raises
    ------
    InputError
        If choices are private, since replications are of true ones, or summed by labeler.
    """
    choices.refuse_summed("a predictive check")
    refuse_private(choices)
    if choices.condensed:
        return repeated(choices)
    rng = np.random.default_rng(seed)
    if choices.n_choices <= MOST_ROWS:
        return choices.expanded()
    if choices.labeler is None:
        return choices._at_random(MOST_ROWS, rng)
    choices = choices.expanded()
    assert choices.labeler is not None and choices.labelers is not None
    order = rng.permutation(len(choices.labelers))
    total = np.bincount(choices.labeler, minlength=len(order))[order].cumsum()
    keep = np.zeros(len(order), dtype=bool)
    keep[order[: max(1, int(np.searchsorted(total, MOST_ROWS, side="right")))]] = True
    return choices._take(np.flatnonzero(keep[choices.labeler]))


def posterior_replicates(
    fit: xr.DataTree | Posterior,
    *,
    draws: int = 200,
    labelers: str | None = None,
    seed: int = 0,
    observed: Choices | None = None,
) -> Iterator[Replicate]:
    """Simulate the experiment anew, once for each of some posterior draws.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    draws : int
    labelers : {"same", "new"}, optional
        Whether the fitted labelers answer again, or new people from the population in their place.
        By default the same ones where they are known, else new ones.
    seed : int
    observed : Choices, optional
        The rows to replicate: by default those of `checked_rows`.

    Yields
    ------
    choice : ndarray of int8, shape (rows,)
    rt : ndarray, shape (rows,)
        Seconds; NaN for a model without times.

    Raises
    ------
    InputError
        If the model is not of the family, or anonymous labelers are asked for again.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> [len(rt) for choice, rt in posterior_replicates(fit, draws=2)]
    [200, 200]
    """
    posterior = Posterior.of(fit)
    same = same_people(posterior.choices, labelers)
    rows = checked_rows(posterior.choices, seed) if observed is None else observed
    return _simulated(posterior, people(posterior, same, rows, draws, seed), rows, seed)


def people(
    posterior: Posterior, same: bool, observed: Choices, draws: int, seed: int
) -> Iterator[Labelers]:
    """Give those who answer in each replication: as many as `observed` has units."""
    if same:
        return fitted_labelers(posterior, draws, seed)
    n = len(observed) if observed.labelers is None else len(observed.labelers)
    covariates = coded_people(posterior.choices, observed)
    if observed.anonymous and observed.deadline is not None and posterior.has_times:
        # those who take long are late, and then somebody else is in their place
        rng = np.random.default_rng([seed, 2])
        return (
            _in_time(candidates, posterior, observed, rng)
            for candidates in new_labelers(posterior, CANDIDATES * n, draws, seed)
        )
    return new_labelers(posterior, n, draws, seed, covariates)


def _in_time(
    candidates: Labelers, posterior: Posterior, observed: Choices, rng: np.random.Generator
) -> Labelers:
    """For each row one of those who may answer it, as likely as they are to be in time."""
    n = len(observed)
    rows = rows_of(posterior, observed)
    chances = np.stack(
        [
            1 - candidates.late(rows.take(np.arange(n), np.arange(n) + k * n))
            for k in range(CANDIDATES)
        ]
    )
    picks = pick(np.log(np.maximum(chances.T, 1e-300)), rng)
    return candidates.take(picks * n + np.arange(n))


def _simulated(
    posterior: Posterior, draws: Iterator[Labelers], observed: Choices, seed: int
) -> Iterator[Replicate]:
    rng = np.random.default_rng([seed, 1])
    rows = rows_of(posterior, observed)
    for labelers in draws:
        if posterior.has_times:
            yield labelers.simulate(rows, rng)
        else:
            positive = rng.random(len(rows)) < labelers.probability(rows)
            yield np.where(positive, 1, -1).astype(np.int8), np.full(len(rows), np.nan)


def prior_replicates(
    model: str | Callable[..., pm.Model] | pm.Model,
    choices: Choices,
    *,
    draws: int = 200,
    seed: int = 0,
    **parameters: Any,
) -> Iterator[Replicate]:
    """Simulate the experiment from the prior: what the model expects before it sees any data.

    Parameters
    ----------
    model : str, build function or pm.Model
        A name of the family, as `bayes_ddm.fit` takes it, or a model built on these choices.
    choices : Choices
        The design: labelers, rows and attribute differences.
    draws : int
    seed : int
    **parameters
        Priors, or numbers that fix a parameter, as `bayes_ddm.fit` takes them.

    Yields
    ------
    choice : ndarray of int8, shape (rows,)
    rt : ndarray, shape (rows,)
        Seconds; NaN for a model without times.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=50, choices=4, boundary=1, seed=1)
    >>> [len(rt) for choice, rt in prior_replicates("hierarchical", choices, draws=2)]
    [200, 200]
    """
    # those who answered are compared: given that they do in time
    rows = replace(choices.expanded(), omitted=None)
    if isinstance(model, pm.Model):
        program = model
    else:
        from bayes_ddm import models

        build = models.builder(model) if isinstance(model, str) else model
        program = build(rows, **parameters)
    (observed,) = program.observed_RVs
    # draw by draw, where PyMC's own would hold all at once
    draw = pm.compile([], [observed], random_seed=seed, mode=PLAIN)
    return (as_replicate(draw()[0]) for _ in range(draws))


def as_replicate(values: Any) -> Replicate:
    """Read what was drawn from a program's observed variable."""
    array = np.asarray(values, dtype=float)
    if array.ndim == 1:
        return np.where(array > 0, 1, -1).astype(np.int8), np.full(len(array), np.nan)
    return array[:, 1].astype(np.int8), array[:, 0]
