"""Parameter recovery: data simulated at chosen true values, fitted, and the truth looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.learned_values import valued_at, valued_design
from bayes_ddm.display import Block, Shown, Table, Words
from bayes_ddm.distributions.priors import constant
from bayes_ddm.errors import InputError, a_seed, at_least, probability
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.posterior import population_entries
from bayes_ddm.fitting.refit import Builder, Draws, Program, compiled, quiet, refits


@dataclass(frozen=True, eq=False, repr=False)
class Recovery(Shown):
    """True parameters and what fits make of them.

    Attributes
    ----------
    model : str
    fits : DataFrame
        A row per data set and population parameter: ``point`` of the grid, ``replication``,
        ``parameter``, ``truth``, and the posterior's ``mean``, ``sd``, ``low``, ``high``.
    table : DataFrame
        A row per point and parameter: mean ``truth`` and posterior ``mean`` over replications,
        ``bias`` (mean of posterior mean - truth) and its Monte Carlo standard error ``bias_se``,
        ``rmse``, ``coverage`` of the intervals, ``n`` fits.
    grid : DataFrame
        The values chosen, a row per point.
    prob : float
        Probability of the equal-tailed intervals.
    failed_fits, divergent : int
        Data sets that no chain could start on (missing from the tables); fits with divergences.
    seed : int
    """

    model: str
    fits: pd.DataFrame
    table: pd.DataFrame
    grid: pd.DataFrame
    prob: float
    failed_fits: int
    divergent: int
    seed: int

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.recovered`: posterior intervals against the truth."""
        from bayes_ddm.plots.recovered import recovered

        return recovered(self, **kwargs)

    def blocks(self) -> list[Block]:
        """Return a row per point and parameter, and what went wrong."""
        table = Table.of(
            f"Recovery by {self.model}, {len(self.grid)} points",
            ("point", "parameter", "truth", "mean", "bias", "se", "rmse", "coverage", "n"),
            self.table.set_index("point"),
            parameter="",
            **dict.fromkeys(("truth", "mean", "bias", "bias_se", "rmse"), ".3g"),
            coverage=".2f",
            n="d",
        )
        notes = [f"coverage: of {100 * self.prob:g} % intervals."]
        if self.failed_fits:
            notes.append(f"Data sets that could not be fitted: {self.failed_fits}.")
        if self.divergent:
            notes.append(f"Fits with divergences: {self.divergent}.")
        return [table, *map(Words, notes)]


def recover(
    design: Choices,
    model: str | Builder | None = None,
    *,
    truth: Mapping[str, Any],
    replications: int = 5,
    prob: float = 0.9,
    draws: int = 500,
    tune: int = 500,
    chains: int = 2,
    seed: int | None = None,
    progress: bool = True,
    **parameters: Any,
) -> Recovery:
    """Simulate data at chosen true values, fit them, and compare.

    Parameters
    ----------
    design : Choices
        Labelers, features and number of rows; its choices and times are replaced.
    model : str or build function, optional
        As in `bayes_ddm.fit`; compiled once.
    truth : mapping of str to number, array, or list of them
        Values of parameters by their names in a posterior, in the user's units; a list gives
        several, and the grid is every combination. Parameters left out are drawn from their
        priors, anew for each data set.
    replications : int
        Data sets per point of the grid.
    prob : float
        Probability of the intervals.
    draws, tune, chains : int
        Of each fit.
    seed : int, optional
        Drawn, and recorded, if not given.
    progress : bool
    **parameters
        Priors and numbers, passed to the model.

    Returns
    -------
    Recovery

    Raises
    ------
    InputError
        If a name in `truth` is no parameter that the model samples, or a value has a wrong shape
        or is impossible.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> design = bd.simulate.experiment("normal", labelers=30, choices=5, boundary=1.25, seed=1)
    >>> truth = {"mu": [0.0, 1.0], "sigma": 0.8, "boundary": 1.25, "ndt": 0.3}
    >>> sampling = {"draws": 100, "tune": 200, "seed": 1, "progress": False}
    >>> made = bd.recover(design, truth=truth, replications=1, **sampling)
    >>> len(made.grid), len(made.fits["parameter"].unique())
    (2, 5)
    """
    at_least(1, replications=replications)
    probability(prob)
    seed = a_seed(seed)
    program = compiled(design, model, parameters)
    points = _grid(program, truth)
    first, *seeds = (
        np.random.SeedSequence(seed).generate_state(1 + len(points) * replications).tolist()
    )
    truths, data = _simulated(program, points, replications, first)
    sampling = {"draws": draws, "tune": tune, "chains": chains}
    by_data_set = refits(program, data, seeds, progress=progress, **sampling)
    if not by_data_set:
        raise InputError("none of the data sets could be fitted; look at the true values.")
    rows = []
    for k, fit in by_data_set.items():
        place = {"point": k // replications, "replication": k % replications}
        rows += [place | row for row in _summaries(fit, truths, k, prob)]
    fits = pd.DataFrame(rows)
    return Recovery(
        model=program.name,
        fits=fits,
        table=_table(fits),
        grid=pd.DataFrame(points).rename_axis("point"),
        prob=prob,
        failed_fits=len(data) - len(by_data_set),
        divergent=sum(fit.divergences > 0 for fit in by_data_set.values()),
        seed=seed,
    )


def _grid(program: Program, truth: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every combination of the values given, checked."""
    free = {rv.name: rv for rv in program.model.free_RVs}
    lists = {}
    for name, values in truth.items():
        variable = free.get(name, free.get(f"{name}_scaled"))
        if variable is None:
            names = ", ".join(sorted(key.removesuffix("_scaled") for key in free))
            raise InputError(f"{name!r} is no parameter that can be set; there are {names}.")
        ndim, array = variable.ndim, np.asarray(values, dtype=float)
        if array.ndim not in {ndim, ndim + 1}:
            raise InputError(f"{name} must be one value of {ndim} dimensions, or a list of them.")
        lists[name] = list(array) if array.ndim > ndim else [array]
    points = [dict(zip(lists, point, strict=True)) for point in product(*lists.values())]
    return [{k: v.item() if not v.ndim else v for k, v in point.items()} for point in points]


def _simulated(
    program: Program, points: list[dict[str, Any]], replications: int, seed: int
) -> tuple[dict[str, FloatArray], FloatArray]:
    """Return the true values of all parameters, and the data sets, point by point."""
    free = {rv.name: rv for rv in program.model.free_RVs}
    fixed = {}
    for name in points[0]:
        values = np.array([point[name] for point in points for _ in range(replications)])
        scaled = name not in free
        shape = tuple(free[f"{name}_scaled" if scaled else name].shape.eval().tolist())
        if values.shape[1:] != shape:
            raise InputError(f"{name} must have shape {shape}; got {values.shape[1:]}.")
        if scaled:
            scale = np.array([_scale(program.template, point) for point in points])
            name, values = f"{name}_scaled", values * np.repeat(scale, replications, axis=0)
        for value in values[::replications]:
            density = constant(pm.logp(free[name], value).sum())
            if density is not None and not np.isfinite(density):
                raise InputError(f"{name} = {value.tolist()} is impossible under its prior.")
        fixed[name] = (
            ("chain", "draw", *(f"{name}_{i}" for i in range(len(shape)))),
            values[None],
        )
    (observed,) = program.model.observed_RVs
    names = [rv.name for rv in (*program.model.free_RVs, *program.model.deterministics)]
    with quiet():
        sample = pm.sample_posterior_predictive(
            xr.Dataset(fixed),
            model=program.model,
            freeze_vars=list(fixed),
            var_names=[observed.name, *(name for name in names if name not in fixed)],
            random_seed=seed,
            progressbar=False,
            compile_kwargs={"mode": "FAST_COMPILE"},
        )
    predictions = sample["posterior_predictive"].to_dataset()
    variables = xr.Dataset(fixed).merge(predictions.drop_vars(observed.name), compat="override")
    data = predictions[observed.name].values[0]
    truths = population_entries(variables)
    return {name: values[0] for name, values in truths.items()}, data


def _scale(template: Choices, point: Mapping[str, Any]) -> FloatArray:
    """What features are divided by, at the true values of what is learned of them."""
    values = valued_design(template)
    parameters = () if values is None else tuple(values.guesses)
    missing = [name for name in parameters if name not in point]
    if missing:
        raise InputError(f"preferences are per unit of a value: set the true {missing[0]} as well.")
    return design(valued_at(template, {name: point[name] for name in parameters})).scale


def _summaries(
    fit: Draws, truths: dict[str, FloatArray], k: int, prob: float
) -> list[dict[str, Any]]:
    rows = []
    for name, values in fit.values.items():
        low, high = np.quantile(values, [(1 - prob) / 2, (1 + prob) / 2])
        row = {"parameter": name, "truth": float(truths[name][k]), "mean": float(values.mean())}
        rows.append(row | {"sd": float(values.std()), "low": float(low), "high": float(high)})
    return rows


def _table(fits: pd.DataFrame) -> pd.DataFrame:
    error = fits["mean"] - fits["truth"]
    inside = (fits["low"] <= fits["truth"]) & (fits["truth"] <= fits["high"])
    groups = fits.assign(error=error, square=error**2, inside=inside).groupby(
        ["point", "parameter"], sort=False
    )
    return pd.DataFrame(
        {
            "truth": groups["truth"].mean(),
            "mean": groups["mean"].mean(),
            "bias": groups["error"].mean(),
            "bias_se": groups["error"].sem(),
            "rmse": np.sqrt(groups["square"].mean()),
            "coverage": groups["inside"].mean(),
            "n": groups.size(),
        }
    ).reset_index()
