"""Run MCMC on a model and keep what is needed to understand the fit alone."""

from __future__ import annotations

import difflib
import inspect
import os
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
import xarray as xr
from pymc.pytensorf import constant_fold

from bayes_ddm import models
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.data.condensing.condense import MANY_ROWS, lossless, lossless_by_labelers
from bayes_ddm.data.design import with_drift
from bayes_ddm.data.grouping import n_distinct
from bayes_ddm.data.learned_values import valued_design
from bayes_ddm.data.people import with_between
from bayes_ddm.distributions.covariance import MOST_CORRELATED
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.distributions.program import experiment_of
from bayes_ddm.errors import InputError, a_seed
from bayes_ddm.estimators.assumptions.decisions import SuspiciousRowsWarning, suspects
from bayes_ddm.estimators.rowless import Rowless
from bayes_ddm.fitting.checkpoint import described_fit, opened, resumed
from bayes_ddm.fitting.convergence import check_convergence
from bayes_ddm.fitting.interrupted import interruption, refuse_partial
from bayes_ddm.fitting.named_models import naming_models
from bayes_ddm.fitting.nuts import nuts_options, started_from
from bayes_ddm.fitting.observed import repeat_observed
from bayes_ddm.fitting.private_rows import fit_rows
from bayes_ddm.fitting.released import fit_release
from bayes_ddm.fitting.sampler import Run, sample
from bayes_ddm.fitting.save import attach
from bayes_ddm.fitting.spellings import refuse_spellings
from bayes_ddm.privacy import PrivateRows
from bayes_ddm.progress import in_terminal_or_notebook
from bayes_ddm.wiener import drift_weight

SAMPLERS = ("nutpie", "pymc")

# what no machine holds
MOST_RUN = {"draws": 10_000_000, "tune": 10_000_000, "chains": 1000}

Builder = Callable[..., pm.Model]


@naming_models
def fit(
    choices: Choices | Rowless,
    model: str | Builder | pm.Model | None = None,
    *,
    drift: str | None = None,
    between: str | None = None,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    cores: int | None = None,
    seed: int | None = None,
    sampler: str = "nutpie",
    progress: bool = True,
    target_accept: float | None = None,
    max_treedepth: int | None = None,
    init: str | Mapping[str, Any] | None = None,
    checkpoint: str | Path | None = None,
    resume: str | Path | xr.DataTree | None = None,
    **parameters: Any,
) -> xr.DataTree:
    """Fit a hierarchical diffusion model by MCMC (NUTS).

    Parameters
    ----------
    choices : Choices or Condensed, private ones, or a release of `bayes_ddm.release`
        Many anonymous choices without features are condensed where that loses nothing; the fit
        keeps all rows.
    model : str, build function or pm.Model, optional
        By default ``"hierarchical"``, or ``"contextual"`` when there are features.
    drift : str, optional
        Formula of the drift in covariates and features, such as ``"1 + np.log(amount) + delay"``:
        every coefficient is a preference. By default the features as they are.
    between : str, optional
        Formula of what differs between labelers only, such as ``"country + age"``: it moves the
        average of every preference.
    draws, tune, chains : int
        Draws kept and tuning steps per chain; number of chains.
    cores : int, optional
        Chains run at the same time; by default as many as there are processors.
    seed : int, optional
        The same seed gives the same draws, but for rounding: code fresh from the compiler and
        code out of its cache may differ in the last digit. Drawn, and recorded, if not given.
    sampler : {"nutpie", "pymc"}
    progress : bool
        Show a progress bar.
    target_accept : float, optional
        Acceptance that step sizes are adapted to; nearer to 1 against divergences.
    max_treedepth : int, optional
        A draw takes at most 2 to this power steps.
    init : dict or str, optional
        Values to start near, by variable; or, with ``sampler="pymc"``, one of its methods.
    checkpoint : str or Path, optional
        File that is written every few seconds while nutpie samples, for `resume`; it stays.
        A file of this name is refused, unless it is a checkpoint without draws or of what is
        resumed.
    resume : str, Path or DataTree, optional
        A checkpoint, or a fit, of the same call: its draws are kept, and chains go on until they
        have `draws` of them. Each is tuned anew from its last draw (tuning steps are not kept),
        so the posterior is the same and the draws are others than without the break.
    **parameters
        Passed to the model: a prior (``sigma=pm.HalfNormal.dist(1)``), a number that fixes the
        parameter (``boundary=1.25``), or for boundary, ndt and start a formula
        (``boundary="instruction"``).

    Returns
    -------
    xarray.DataTree
        What ArviZ takes, with the choices (group ``choices``) and the provenance (``attrs``).

    Raises
    ------
    InputError
        If the model is unknown or does not fit the choices, what is resumed is another fit, or the
        checkpoint would replace a file.
    KeyboardInterrupt
        If interrupted; a partial posterior is never returned.

    Warns
    -----
    ConvergenceWarning
        On divergences, R-hat above 1.01 or a low effective sample size, of any parameter or
        derived quantity.
    SuspiciousRowsWarning
        On response times that stand apart (`bayes_ddm.check`), where the model has no lapses.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> sorted(fit.posterior.data_vars)
    ['boundary', 'mu', 'ndt', 'share_positive', 'sigma']
    """
    if sampler not in SAMPLERS:
        raise InputError(f"unknown sampler {sampler!r}; there are {' and '.join(SAMPLERS)}.")
    _check_run(draws=draws, tune=tune, chains=chains)
    nuts = nuts_options(sampler, target_accept, max_treedepth, init)
    answers = choices if isinstance(choices, Rowless) else None
    for option, value in {"resume": resume, "checkpoint": checkpoint}.items():
        if answers is not None and value is not None:
            raise InputError(f"answers without rows are fitted in seconds; leave {option} out.")
    kept = None if resume is None else resumed(resume, seed)
    seed = a_seed(seed) if kept is None else kept.seed
    shown = progress and in_terminal_or_notebook()
    cores = min(chains, cores or os.cpu_count() or 1)
    run = Run(sampler, draws, tune, chains, cores, seed, shown, nuts)
    formulas = {"drift": drift, "between": between}
    more: dict[str, Any] = {k: x for k, x in formulas.items() if x is not None}
    if answers is not None:
        fit_them = fit_rows if isinstance(answers, PrivateRows) else fit_release
        tree = fit_them(answers, model, more | parameters, run)
        check_convergence(tree).warn()
        return tree
    choices = with_between(
        with_drift(expect_choices(choices, summed=True, private=True), drift), between
    )
    suspicious = suspects(choices)
    choices = _as_observed(choices, model)
    few, (name, program, settings) = _resolved(choices, model, parameters)
    described = {key: as_code(value) for key, value in settings.items()}
    keeping = None
    if kept is not None or checkpoint is not None:
        about = described_fit(name, described, sampler, choices, chains)
        keeping = opened(checkpoint, kept, about, seed)
    started = time.time()
    with program, warnings.catch_warnings(), interruption():
        # our own report, below, covers derived quantities too
        warnings.simplefilter("ignore", pm.exceptions.SamplingError)
        # a trajectory that overflows is a divergence, and counted as one
        warnings.filterwarnings(
            "ignore", "overflow|invalid value", RuntimeWarning, r"pymc\.step_methods\.hmc"
        )
        start = started_from(program, starting_values(program, few), nuts)
        tree = sample(program, start, run, keeping)
    refuse_partial(tree, draws, chains, keeping)
    elapsed = time.time() - started + (kept.seconds if kept is not None else 0)
    repeat_observed(tree, choices)
    attach(
        tree,
        choices,
        # what labelers' sums stand for is asked of the labelers
        few if few is not choices and few.anonymous else None,
        model=name,
        parameters=described,
        seed=seed,
        sampler=sampler,
        tune=tune,
        seconds=round(elapsed, 2),
        **nuts.history,
        **({"resumed": keeping.kept.before} if keeping is not None and keeping.kept.before else {}),
    )
    if suspicious and "lapse" not in tree["posterior"]:
        warnings.warn(f"{suspicious.sentence}.", SuspiciousRowsWarning, stacklevel=2)
    check_convergence(tree).warn()
    return tree


def starting_values(model: pm.Model, choices: Choices) -> dict[str, Any]:
    """Rough values for whichever of the usual parameters the model has, if their prior allows.

    The mean decision time is at most ``b^2``, and about 0.6 to 0.9 of it at common drifts; ndt
    starts at half the smallest response time, the average drift at the closed form, and of many
    features the spread where drifts are of common size.
    """
    ndt = 0.5 * float(choices.rt.min())
    time = choices.rt - ndt
    boundary = float(np.sqrt(1.3 * np.average(time, weights=choices.count)))
    free = {rv.name: rv for rv in model.free_RVs}
    values: dict[str, Any] = {"ndt": ndt, "boundary": boundary}
    valued = valued_design(choices)
    values |= {} if valued is None else valued.guesses
    if not choices.contextual:
        labels = choices.signed * drift_weight(time, boundary)
        values["mu"] = float(np.average(labels, weights=choices.count))
        values["sigma"] = 1.0
    elif (d := len(choices.feature_names)) > MOST_CORRELATED:
        values |= {"drift_spread": 0.8 / boundary, "sigma_scaled": 0.8 / boundary / np.sqrt(d)}
    starts = {
        name: np.full(free[name].shape.eval() if None in shape else shape, value)
        for name, value in values.items()
        if name in free and len(shape := free[name].type.shape) <= 1
    }
    # taken as impossible where the prior depends on other variables
    densities = constant_fold(
        [pm.logp(free[name], start).sum() for name, start in starts.items()],
        raise_not_constant=False,
    )
    return {
        name: start
        for (name, start), density in zip(starts.items(), densities, strict=True)
        if not isinstance(density, pt.TensorVariable) and np.isfinite(density)
    }


def _check_run(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise InputError(f"{name} must be at least 1; got {value}.")
        if value > MOST_RUN[name]:
            raise InputError(f"{name} must be at most {MOST_RUN[name]:,}; got {value:,}.")


def needs_rows(program: pm.Model, choices: Choices) -> bool:
    """Whether a model's log likelihood is another one on condensed rows.

    Raises
    ------
    InputError
        If it is, and the choices have no others.
    """
    diffusion = experiment_of(program).diffusion
    why = ""
    if diffusion.ndt is None:
        why = "of choices alone"
    elif diffusion.lapse is not None:
        # a lapse may be faster than ndt, where the density has its singularity
        why = "with lapses"
    elif diffusion.collapse is not None:
        # they have another, where the bounds meet
        why = "with closing bounds"
    if why and choices.condensed:
        raise InputError(
            f"a model {why} needs the rows themselves, and these are condensed; fit another model, "
            "or choices of a part of the rows."
        )
    return bool(why)


def _as_observed(choices: Choices, model: str | Builder | pm.Model | None) -> Choices:
    """Rows as the models take them: grouped where that is lossless, else one row per choice."""
    if model is not None and not isinstance(model, str):
        choices.refuse_condensed("a model of your own")
        if choices.flip:
            raise InputError(
                "a model of your own does not know that choices were randomised; name one of the "
                "family."
            )
    if choices.condensed:
        return choices
    counted = bool((choices.count != 1).any())
    if isinstance(model, pm.Model):
        if counted:
            raise InputError(
                "a pm.Model of your own takes one row per choice; build it on choices.expanded() "
                "and fit that."
            )
        return choices
    if not choices.anonymous or callable(model):
        # a program of the user's own may not heed counts
        return choices.expanded() if counted else choices
    return choices.grouped() if n_distinct(choices) < 0.8 * len(choices) else choices


def _resolved(
    choices: Choices, model: str | Builder | pm.Model | None, parameters: dict[str, Any]
) -> tuple[Choices, tuple[str, pm.Model, dict[str, Any]]]:
    """Return what is fitted, condensed where the log likelihood is the same, and `resolve`."""
    few = choices
    if model is None or isinstance(model, str):
        few = lossless(choices) if choices.anonymous else lossless_by_labelers(choices)
    if few is not choices:
        try:
            resolved = resolve(few, model, parameters)
        except InputError:  # of labelers' sums, or of the rows as well, which is said below
            resolved = None
        if resolved is not None and not needs_rows(resolved[1], choices):
            return few, resolved
    resolved = resolve(choices, model, parameters)
    if choices.condensed:
        needs_rows(resolved[1], choices)
    return choices, resolved


def name_of_model(
    choices: Choices, model: str | Builder | pm.Model | None, parameters: dict[str, Any]
) -> str:
    """Name of the model, or the refusal of what it cannot take.

    Of many anonymous rows that no formula looks at, some tell, whose program takes no memory.
    """
    plain = choices.anonymous and choices.covariates is None and not choices.condensed
    if plain and len(choices) > MANY_ROWS:
        choices = choices._take(np.linspace(0, len(choices) - 1, MANY_ROWS).astype(np.int64))
    return resolve(choices, model, parameters)[0]


def resolve(
    choices: Choices, model: str | Builder | pm.Model | None, parameters: dict[str, Any]
) -> tuple[str, pm.Model, dict[str, Any]]:
    """Name and program of the model, and its priors: those given, else its defaults."""
    if isinstance(model, pm.Model):
        refuse_spellings(parameters)
        if parameters:
            raise InputError("parameters go with a model's name or build function, not a pm.Model.")
        return "custom", model, {rv.name: rv for rv in model.free_RVs}
    if model is None or isinstance(model, str):
        name = model or models.default_model(choices)
        build = models.builder(name)
    elif callable(model):
        name, build = _name_of(model), model
    else:
        raise InputError(f"model must be a name, a build function or a pm.Model; got {model!r}.")
    check_parameters(name, build, parameters)
    program = build(choices, **parameters)
    if not isinstance(program, pm.Model):
        raise InputError(f"{name} must return a pm.Model; got {type(program).__name__}.")
    if not program.free_RVs:
        raise InputError("every parameter is fixed: there is nothing to sample.")
    defaults = {
        key: known.default
        for key, known in inspect.signature(build).parameters.items()
        if known.default is not known.empty
    }
    return name, program, defaults | parameters


def _name_of(build: Builder) -> str:
    """Name of a build function: the family's only for the family's own, wherever it was copied."""
    module = getattr(build, "__module__", "custom")
    short = module.rpartition(".")[2]
    if short in models.names() and models.builder(short) is build:
        return short
    return f"{module}.{getattr(build, '__qualname__', type(build).__name__)}"


def check_parameters(name: str, build: Builder, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that a model does not have."""
    known = inspect.signature(build).parameters
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return
    names = list(known)[1:]
    refuse_spellings(parameters, names)
    for key in parameters:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names) or 'none'}."
            raise InputError(f"model {name!r} has no parameter {key!r}; {hint}")
