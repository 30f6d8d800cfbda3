"""Run MCMC on a model and keep what is needed to understand the fit alone."""

from __future__ import annotations

import difflib
import inspect
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr
from pymc.model.transform.conditioning import remove_value_transforms

from bayes_ddm import models
from bayes_ddm.choices import Choices
from bayes_ddm.convergence import check_convergence
from bayes_ddm.errors import InputError
from bayes_ddm.posterior import draws_of, fixed_parameters, thinned
from bayes_ddm.priors import describe, is_distribution
from bayes_ddm.provenance import attach, choices_of
from bayes_ddm.starting import starting_values
from bayes_ddm.sufficient import labeler_sums

__all__ = ["fit", "labelers", "log_likelihood", "model_of"]

# nutpie is the faster: see benchmarks/sampling_speed.py. Boundary and ndt are correlated, and with
# single choices mu and sigma too: a mass matrix that follows them gives ten times the ESS there
NUTS_OPTIONS: dict[str, dict[str, Any]] = {"nutpie": {"adaptation": "low_rank"}, "pymc": {}}

Builder = Callable[..., pm.Model]


def default_model(choices: Choices) -> str:
    """``contextual`` when there are features, else ``hierarchical``."""
    return "contextual" if choices.contextual else "hierarchical"


def fit(
    choices: Choices,
    model: str | Builder | pm.Model | None = None,
    *,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    cores: int | None = None,
    seed: int | None = None,
    sampler: str = "nutpie",
    progress: bool = True,
    **parameters: Any,
) -> xr.DataTree:
    """Fit a hierarchical diffusion model by MCMC (NUTS).

    Parameters
    ----------
    choices : Choices
    model : str, build function or pm.Model, optional
        By default ``"hierarchical"``, or ``"contextual"`` when there are features.
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
    **parameters
        Passed to the model: a prior (``sigma=pm.HalfNormal.dist(1)``) or a number that fixes the
        parameter (``boundary=1.25``).

    Returns
    -------
    xarray.DataTree
        What ArviZ takes, with the choices (group ``choices``) and the provenance (``attrs``).

    Raises
    ------
    InputError
        If the model is unknown or does not fit the choices.
    KeyboardInterrupt
        If interrupted; a partial posterior is never returned.

    Warns
    -----
    ConvergenceWarning
        On divergences, R-hat above 1.01 or a low effective sample size, of any parameter or
        derived quantity.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 50, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=200, tune=300, chains=2, seed=1, progress=False)
    >>> sorted(fit.posterior.data_vars)
    ['boundary', 'mu', 'ndt', 'share_positive', 'sigma']
    """
    if sampler not in NUTS_OPTIONS:
        raise InputError(f"unknown sampler {sampler!r}; there are {' and '.join(NUTS_OPTIONS)}.")
    _check_run(draws=draws, tune=tune, chains=chains)
    seed = _seed(seed)
    choices = _as_observed(choices, model)
    name, program, settings = _resolve(choices, model, parameters)
    described = {key: _describe(value) for key, value in settings.items()}
    started = time.time()
    with program, warnings.catch_warnings(), _interruption():
        # our own report, below, covers derived quantities too
        warnings.simplefilter("ignore", pm.exceptions.SamplingError)
        # a trajectory that overflows is a divergence, and counted as one
        warnings.filterwarnings(
            "ignore", "overflow|invalid value", RuntimeWarning, r"pymc\.step_methods\.hmc"
        )
        tree = pm.sample(
            draws=draws,
            tune=tune,
            chains=chains,
            cores=min(chains, cores or os.cpu_count() or 1),
            random_seed=seed,
            nuts_sampler=sampler,
            nuts=NUTS_OPTIONS[sampler],
            initvals=starting_values(program, choices),
            progressbar=progress,
            quiet=not progress,  # which turns the bar off too
            compute_convergence_checks=False,
        )
    _refuse_partial(tree, draws, chains)
    elapsed = time.time() - started
    _repeat_observed(tree, choices)
    attach(
        tree,
        choices,
        model=name,
        parameters=described,
        seed=seed,
        sampler=sampler,
        tune=tune,
        seconds=round(elapsed, 2),
    )
    check_convergence(tree).warn()
    return tree


def _check_run(**numbers: int) -> None:
    for name, value in numbers.items():
        if value < 1:
            raise InputError(f"{name} must be at least 1; got {value}.")


def _seed(seed: int | None) -> int:
    if seed is None:
        return int(np.random.default_rng().integers(2**31))
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"seed must be a whole number of at least 0; got {seed!r}.")
    return int(seed)


def _as_observed(choices: Choices, model: str | Builder | pm.Model | None) -> Choices:
    """Rows as the models take them: grouped where that is lossless, else one row per choice."""
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
    grouped = choices.grouped()
    return grouped if len(grouped) < 0.8 * len(choices) else choices


def _resolve(
    choices: Choices, model: str | Builder | pm.Model | None, parameters: dict[str, Any]
) -> tuple[str, pm.Model, dict[str, Any]]:
    """Name and program of the model, and its priors: those given, else its defaults."""
    if isinstance(model, pm.Model):
        if parameters:
            raise InputError("parameters go with a model's name or build function, not a pm.Model.")
        return "custom", model, {rv.name: rv for rv in model.free_RVs}
    if model is None or isinstance(model, str):
        name = model or default_model(choices)
        build = models.builder(name)
    elif callable(model):
        name, build = _name_of(model), model
    else:
        raise InputError(f"model must be a name, a build function or a pm.Model; got {model!r}.")
    _check_parameters(name, build, parameters)
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


def _check_parameters(name: str, build: Builder, given: Mapping[str, Any]) -> None:
    known = inspect.signature(build).parameters
    if any(p.kind is p.VAR_KEYWORD for p in known.values()):
        return
    names = list(known)[1:]
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names) or 'none'}."
            raise InputError(f"model {name!r} has no parameter {key!r}; {hint}")


def _describe(value: Any) -> Any:
    """Write down what a parameter was given as: a number, or a distribution's arguments."""
    if is_distribution(value):
        return describe(value)
    try:
        return np.asarray(value, dtype=float).tolist()
    except (TypeError, ValueError):
        return str(value)


@contextmanager
def _interruption() -> Iterator[None]:
    """Tell an interruption while tuning, which PyMC takes for too few samples."""
    try:
        yield
    except ValueError as error:
        if "Not enough samples" not in str(error):
            raise
        raise KeyboardInterrupt("sampling was interrupted") from error


def _repeat_observed(tree: xr.DataTree, choices: Choices) -> None:
    """Give every choice its row back, so that predictive checks see the data, not its groups."""
    if (choices.count != 1).any() and "observed_data" in tree.children:
        rows = np.repeat(np.arange(len(choices)), choices.count)
        observed = tree["observed_data"].to_dataset().isel(row=rows)
        tree["observed_data"] = xr.DataTree(observed.assign_coords(row=np.arange(len(rows))))


def _refuse_partial(tree: xr.DataTree, draws: int, chains: int) -> None:
    # samplers return what they have when interrupted
    sizes = tree["posterior"].sizes
    first = next(iter(tree["posterior"].data_vars.values()))
    if sizes["draw"] < draws or sizes["chain"] < chains or bool(first.isnull().any()):
        raise KeyboardInterrupt("sampling was interrupted")


# --- what a fit can be asked ----------------------------------------------------------------------


def model_of(fit: xr.DataTree) -> pm.Model:
    """Rebuild the model of a fit, fixed parameters included, with the family's default priors.

    Raises
    ------
    InputError
        For a model of the user's own: build it again and pass it where this was called.
    """
    name = fit.attrs["model"]
    if name not in models.names():
        raise InputError(f"the fit's model {name!r} is not of the family; pass model=.")
    fixed = {key.removesuffix("_scaled"): x for key, x in fixed_parameters(fit).items()}
    if name == "contextual" and "sigma" in fixed:
        fixed["Sigma"] = fixed.pop("sigma")
    return models.builder(name)(choices_of(fit), **fixed)


def pointwise(model: pm.Model) -> Callable[[xr.Dataset], np.ndarray]:
    """Compile the log-likelihood of each unit; the result maps one posterior draw to an array."""
    plain = remove_value_transforms(model)
    (observed,) = plain.observed_RVs
    function = plain.compile_fn(
        inputs=plain.value_vars,
        outs=plain.logp(vars=[observed], sum=False)[0],
        on_unused_input="ignore",
        point_fn=True,
    )
    names = [plain.rvs_to_values[rv].name for rv in plain.free_RVs]
    return lambda draw: np.asarray(function({name: draw[name].values for name in names}))


def log_likelihood(fit: xr.DataTree, model: pm.Model | None = None) -> xr.DataTree:
    """Add the group ``log_likelihood``: one entry per labeler, drift integrated out.

    Parameters
    ----------
    fit : DataTree
    model : pm.Model, optional
        Needed only for a model of the user's own.

    Returns
    -------
    DataTree
        The same fit. The variable ``y`` has the dimension ``labeler``; anonymous rows that were
        grouped are repeated, one entry per labeler, as PSIS-LOO needs.
    """
    choices = choices_of(fit)
    model = model or model_of(fit)
    posterior = fit["posterior"].to_dataset()
    evaluate = pointwise(model)
    flat = posterior.stack(sample=("chain", "draw"), create_index=False)
    values = np.stack([evaluate(flat.isel(sample=s)) for s in range(flat.sizes["sample"])])
    if values.shape[1:] != choices.unit_count.shape:
        raise InputError(
            f"the model's log-likelihood has shape {values.shape[1:]}, not one entry for each of "
            f"{len(choices.unit_count)} labelers; use pm.compute_log_likelihood."
        )
    if choices.anonymous:
        values = np.repeat(values / choices.count, choices.count, axis=1)
        names: Any = np.arange(values.shape[1])
    else:
        names = choices.labelers
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    fit["log_likelihood"] = xr.DataTree(
        xr.Dataset(
            {"y": (("chain", "draw", "labeler"), values.reshape(shape))},
            coords={"chain": posterior.chain, "draw": posterior.draw, "labeler": names},
        )
    )
    return fit


def labelers(fit: xr.DataTree, draws: int = 500) -> pd.DataFrame:
    """Posterior mean and standard deviation of each labeler's own preference.

    Parameters
    ----------
    fit : DataTree
        Of the ``hierarchical`` or ``contextual`` model.
    draws : int
        Posterior draws averaged over. Given a draw, a labeler's mean and sd are exact.

    Returns
    -------
    DataFrame
        Indexed by labeler (by row when anonymous): columns ``mean`` and ``sd``, per feature where
        there are features, in drift per unit of the feature.
    """
    choices = choices_of(fit)
    if fit.attrs["model"] not in {"hierarchical", "contextual"}:
        raise InputError(f"model {fit.attrs['model']!r} has no labelers' preferences.")
    sums = labeler_sums(choices)
    population = _population_draws(fit, draws)
    n, d = len(sums.n), sums.choice.shape[1]
    mean_sum, square_sum, within = np.zeros((n, d)), np.zeros((n, d)), np.zeros((n, d))
    for theta, chol, boundary, ndt in population:
        gram = sums.decision_gram(ndt)
        precision = np.eye(d) + chol.T @ gram @ chol
        residual = boundary * sums.choice - gram @ theta
        covariance = chol @ np.linalg.solve(precision, np.broadcast_to(chol.T, precision.shape))
        mean = theta + np.einsum("nij,nj->ni", covariance, residual)
        mean_sum += mean
        square_sum += mean**2
        within += np.einsum("nii->ni", covariance)
    s = len(population)
    average = mean_sum / s
    sd = np.sqrt(np.maximum(square_sum / s - average**2, 0) + within / s)
    index = pd.Index(np.arange(n) if choices.labelers is None else choices.labelers, name="labeler")
    if not choices.contextual:
        return pd.DataFrame({"mean": average[:, 0], "sd": sd[:, 0]}, index=index)
    return pd.concat(
        {
            name: pd.DataFrame({"mean": average[:, j], "sd": sd[:, j]}, index=index)
            for j, name in enumerate(choices.feature_names)
        },
        axis=1,
    )


def _population_draws(
    fit: xr.DataTree, draws: int
) -> list[tuple[np.ndarray, np.ndarray, float, float]]:
    samples = thinned(fit, draws)
    boundary, ndt = draws_of(fit, "boundary", samples), draws_of(fit, "ndt", samples)
    if fit.attrs["model"] == "hierarchical":
        theta = draws_of(fit, "mu", samples)[:, None]
        chol = draws_of(fit, "sigma", samples)[:, None, None]
    else:
        theta = draws_of(fit, "theta", samples)
        sigma = draws_of(fit, "sigma", samples)
        chol = sigma[:, :, None]
        d = theta.shape[1]
        if d > 1:
            matrix = np.broadcast_to(np.eye(d), (len(theta), d, d)).copy()
            below = np.tril_indices(d, -1)
            matrix[:, *below] = matrix[:, *below[::-1]] = draws_of(fit, "correlation", samples)
            chol = chol * np.linalg.cholesky(matrix)
    return list(zip(theta, chol, boundary, ndt, strict=True))
