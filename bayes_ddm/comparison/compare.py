"""Posterior against closed form: whether two independent ways of knowing agree.

Both sides use the same boundary information, the variance is that of their *difference*, and the
unit of sampling is the labeler.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pymc as pm
import xarray as xr
from scipy.special import chdtrc, ndtr

from bayes_ddm._typing import FloatArray
from bayes_ddm.comparison.influence import posterior_influence
from bayes_ddm.comparison.result import AT_OWN, ONE_FOR_ALL, TESTED, Comparison, ComparisonRow
from bayes_ddm.comparison.shared_boundary import shared_parameter_scores
from bayes_ddm.comparison.verdict import (
    LEAST_UNITS,
    MANY_ROWS,
    Evidence,
    Test,
    rows_per_labeler,
    verdict,
)
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    Boundary,
    Estimate,
    EstimateTable,
    consistent,
    consistent_values,
    speed_accuracy,
)
from bayes_ddm.estimators import estimate as closed_form
from bayes_ddm.fitting.convergence import check_convergence
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior

__all__ = ["Comparison", "ComparisonRow", "compare", "compare_by"]


def compare(
    fit: xr.DataTree,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    prob: float = 0.95,
    model: pm.Model | None = None,
    progress: bool = True,
) -> Comparison:
    """Compare the posterior population-average preference with the closed-form estimates.

    Parameters
    ----------
    fit : DataTree
        From `bayes_ddm.fit`.
    boundary, ndt : float, optional
        Known half boundary separation and non-decision time (seconds), for the row
        ``consistent_known_boundary``. By default those that the fit was given, if it was.
    prob : float
        Probability of the intervals.
    model : pm.Model, optional
        Needed only for a model of the user's own.
    progress : bool
        Show a progress bar, on a terminal.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If `fit` is no fit of bayes_ddm, or has no population average (``mu`` or ``theta``).

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 200, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=500, tune=500, chains=2, seed=1, progress=False)
    >>> bd.compare(fit).verdict.split(":")[0]
    'agree'
    """
    posterior = Posterior.of(fit, model)
    _parameter_names(posterior)
    _refuse_unknown_boundary(posterior)
    # with few labelers each one's covariance with the draws matters, so it takes more of them
    log_likelihood = pointwise(posterior)
    most = 400 if log_likelihood.sampled_latents else 4000
    units = len(posterior.choices.unit_count)
    samples = posterior.samples(int(np.clip(4e7 / units, 400, most)))
    return compare_by(
        posterior, samples, log_likelihood, boundary=boundary, ndt=ndt, prob=prob, progress=progress
    )


def compare_by(
    posterior: Posterior,
    samples: xr.Dataset,
    log_likelihood: Callable[[xr.Dataset], FloatArray],
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    prob: float = 0.95,
    progress: bool = False,
) -> Comparison:
    """Compare as `compare` does, by a log-likelihood at hand.

    Parameters
    ----------
    posterior : Posterior
    samples : Dataset
        Some of its draws, with the dimension ``sample``: what each labeler's influence rests on.
    log_likelihood : callable
        Maps one draw to the log-likelihood of each unit, shape (units,).
    boundary, ndt, prob, progress
        As in `compare`.

    Returns
    -------
    Comparison
    """
    choices = posterior.choices
    names = _parameter_names(posterior)
    untestable = _untestable(posterior)
    own_bounds = "labeler_boundary" in posterior.draws or "labeler_ndt" in posterior.draws
    fixed = {k: float(v) for k, v in posterior.fixed.items() if k in {"boundary", "ndt"}}
    ndt = fixed.get("ndt") if ndt is None else ndt
    if boundary is None and ndt is not None:
        boundary = fixed.get("boundary")
    shared = fixed == {"boundary": boundary, "ndt": ndt or 0.0}
    table = closed_form(choices, boundary=boundary, ndt=ndt, prob=prob)

    bounds = np.stack([posterior.values(k, samples) for k in ("boundary", "ndt")], axis=1)
    draws = np.concatenate([_population_draws(posterior, samples, names), bounds], axis=1)
    influence = posterior_influence(
        draws, samples, log_likelihood, choices.unit_count, progress=progress
    )
    fitted = Boundary(
        method="model",
        boundary=float(bounds[:, 0].mean()),
        ndt=float(bounds[:, 1].mean()),
        influence=influence[:, -2:],
        unit_count=choices.unit_count,
        n_eff=None,
        reliable=True,
        note="",
    )
    is_fixed = len(fixed) == 2 and not own_bounds
    table = _with_fitted_boundary(
        table, choices, fitted, _rows_bounds(posterior, samples, bounds), is_fixed=is_fixed
    )

    posterior_mean = dict(zip(names, _posterior_means(posterior, names), strict=True))
    influence_of = dict(zip(names, influence.T, strict=False))
    reference = _reference_boundary(table)
    rows: list[ComparisonRow] = []
    tests: list[Test] = []
    for estimate in table.estimates:
        estimate = _in_drift_units(estimate, reference)
        enough = choices.unit_count.sum() >= LEAST_UNITS
        tested = bool(estimate.estimator in TESTED and estimate.reliable and enough)
        if estimate.estimator == "consistent_known_boundary" and not shared:
            tested = False
            note = "the fit does not use this boundary and ndt; fix them in the fit to test"
            estimate = dataclasses.replace(estimate, note=estimate.note or note)
        if untestable and estimate.estimator.startswith("consistent"):
            tested = False
            estimate = dataclasses.replace(estimate, note=estimate.note or untestable)
        if own_bounds and estimate.estimator == "consistent_model_boundary":
            estimate = dataclasses.replace(estimate, note=AT_OWN)
        made, test = _against(estimate, posterior_mean, influence_of, names, tested=tested)
        rows += made
        tests += [test] if test is not None else []
    tests.sort(key=lambda test: TESTED.index(test.estimator))

    varying = {}
    moving = influence[:, influence.std(axis=0) > 0]
    if (
        not untestable
        and rows_per_labeler(choices) >= MANY_ROWS
        and len(moving) > 3 * moving.shape[1]
    ):
        varying = shared_parameter_scores(samples, log_likelihood, moving)
    convergence = check_convergence(posterior.fit)
    evidence = Evidence(choices, posterior.model, tests, rows, table, varying, untestable)
    return Comparison(
        estimates=table,
        posterior=posterior.table(prob),
        rows=tuple(rows),
        tests=tuple(tests),
        verdict=verdict(evidence, convergence),
        convergence=convergence,
        model=posterior.model,
        fit=posterior.fit,
        untestable=untestable,
    )


def _refuse_unknown_boundary(posterior: Posterior) -> None:
    draws, fixed = posterior.draws, posterior.fixed
    if not posterior.has_times:
        raise InputError(
            f"{posterior.model} knows no response times, and so no closed form to compare with; "
            "fit another model of the family."
        )
    for name in ("boundary", "ndt"):
        if name not in posterior:
            raise InputError(
                f"the fit has no {name!r}; name it in the model (a prior, pm.Deterministic or "
                "pm.Data) to compare."
            )
        shape = draws[name].shape[2:] if name in draws else fixed[name].shape
        if shape:
            raise InputError(
                f"the fit's {name} is not one number but has shape {shape}; name the population's "
                f"median {name}, and labelers' own labeler_{name}."
            )


def _untestable(posterior: Posterior) -> str:
    """What the closed forms assume that this fit does not, if anything."""
    if "lapse" in posterior:
        return "takes every choice for a decision, while the model has lapses"
    if "start" in posterior:
        return "takes evidence to start halfway, while the model has a biased start"
    if "boundary_spread" in posterior or "ndt_spread" in posterior:
        return ONE_FOR_ALL
    return ""


def _rows_bounds(
    posterior: Posterior, samples: xr.Dataset, bounds: FloatArray
) -> list[tuple[Any, Any]]:
    """Boundary and ndt in some of the draws: numbers, or where labelers differ one per row."""
    who = posterior.choices.unit
    every = slice(None, None, 4 if len(bounds) > 1000 else 1)
    pairs: list[Any] = []
    for j, name in enumerate(("boundary", "ndt")):
        own = f"labeler_{name}"
        pairs.append(
            samples[own].transpose("sample", ...).values[every][:, who]
            if own in samples
            else bounds[every, j]
        )
    return list(zip(*pairs, strict=True))


def _with_fitted_boundary(
    table: EstimateTable,
    choices: Choices,
    fitted: Boundary,
    bounds: list[tuple[Any, Any]],
    *,
    is_fixed: bool,
) -> EstimateTable:
    """Add what the fit's boundary gives: the consistent row, and the ratio without its ndt bias."""
    *estimates, ratio = table.estimates
    boundaries = table.boundaries
    if not is_fixed:
        # recomputed for every draw, so that the boundary's uncertainty is averaged over
        values = np.mean([consistent_values(choices, *pair) for pair in bounds], axis=0)
        shared = all(np.ndim(x) == 0 for x in bounds[0])
        rows = np.ones(len(choices))
        middle = tuple(np.mean([x[j] * rows for x in bounds], axis=0) for j in (0, 1))
        row = consistent(choices, fitted, by_row=None if shared else (middle[0], middle[1]))
        row = dataclasses.replace(row, values=values)
        why = "the closed-form variance is not positive for some draws of the boundary"
        if np.isnan(values[0]):
            why = "some responses come before the fit's ndt, and so have no closed form"
        undefined = [n for n, x in zip(row.parameters, values, strict=True) if np.isnan(x)]
        notes = dict.fromkeys(undefined, why) | dict(row.parameter_notes)
        row = dataclasses.replace(row, parameter_notes=notes)
        estimates.insert(-1, row)
        boundaries = (*boundaries, fitted)
    if not ratio.reliable:
        ratio = speed_accuracy(choices, boundary=fitted)
    return dataclasses.replace(table, boundaries=boundaries, estimates=(*estimates, ratio))


def _parameter_names(posterior: Posterior) -> list[str]:
    """Population parameters that have a closed-form partner, as estimators name them."""
    choices = posterior.choices
    average = "theta" if choices.contextual else "mu"
    if average not in posterior:
        raise InputError(f"the fit has no {average!r}, the population average; nothing to compare.")
    means = list(choices.feature_names) if choices.contextual else ["mu"]
    if "sigma" not in posterior:
        return means
    return means + ([f"sigma[{name}]" for name in means] if choices.contextual else ["sigma"])


def _population_draws(posterior: Posterior, samples: xr.Dataset, names: list[str]) -> FloatArray:
    average = "mu" if names[0] == "mu" else "theta"
    parts = [posterior.values(average, samples).reshape(samples.sizes["sample"], -1)]
    if any(name.startswith("sigma") for name in names):
        parts.append(posterior.values("sigma", samples).reshape(len(parts[0]), -1))
    return np.concatenate(parts, axis=1)


def _posterior_means(posterior: Posterior, names: list[str]) -> FloatArray:
    return _population_draws(posterior, posterior.samples(), names).mean(axis=0)


def _reference_boundary(table: EstimateTable) -> Boundary | None:
    """The best boundary at hand, for baselines that need one to be put in drift units."""
    for method in ("known", "conditional", "model"):
        for boundary in table.boundaries:
            if boundary.method == method and boundary.reliable:
                return boundary
    return None


def _in_drift_units(estimate: Estimate, reference: Boundary | None) -> Estimate:
    if estimate.unit == "drift" or reference is None:
        return estimate
    b = reference.boundary
    by = {"bradley_terry": (1 / (2 * b), -1 / b), "speed_accuracy": (b, 1 / b)}
    factor, log_slope = by[estimate.estimator]
    values = estimate.values * factor
    influence = factor * estimate.influence + log_slope * values * reference.influence[:, :1]
    note = f"in drift units by the {reference.method} boundary {b:.4g}"
    note = "; ".join(filter(None, [estimate.note, note]))
    return dataclasses.replace(
        estimate, values=values, influence=influence, unit="drift", boundary=reference, note=note
    )


def _against(
    estimate: Estimate,
    posterior_mean: dict[str, float],
    influence_of: dict[str, FloatArray],
    names: list[str],
    *,
    tested: bool,
) -> tuple[list[ComparisonRow], Test | None]:
    shared = [(j, name) for j, name in enumerate(estimate.parameters) if name in names]
    columns = [j for j, _ in shared]
    target = np.array([posterior_mean[name] for _, name in shared])
    influence = np.stack([influence_of[name] for _, name in shared], axis=1)
    difference = dataclasses.replace(
        estimate,
        values=estimate.values[columns] - target,
        influence=estimate.influence[:, columns] - influence,
    )
    covariance, se = difference.covariance, difference.se
    rows = []
    for k, (j, name) in enumerate(shared):
        z = difference.values[k] / se[k] if se[k] > 0 else math.nan
        # the spread's difference is far from normal at usual sizes: a p-value would mislead
        has_test = tested and math.isfinite(z) and not name.startswith("sigma")
        p = 2 * float(ndtr(-abs(z))) if has_test else None
        note = estimate.parameter_notes.get(name) or estimate.note
        rows.append(
            ComparisonRow(
                estimator=estimate.estimator,
                parameter=name,
                value=float(estimate.values[j]),
                value_se=float(estimate.se[j]),
                posterior=float(target[k]),
                difference=float(difference.values[k]),
                se=float(se[k]),
                p_value=p,
                reliable=estimate.reliable and math.isfinite(estimate.values[j]),
                note=note,
            )
        )
    average = [k for k, (_, name) in enumerate(shared) if not name.startswith("sigma")]
    if not tested or not np.isfinite(difference.values[average]).all():
        return rows, None
    block = covariance[np.ix_(average, average)]
    statistic = float(
        difference.values[average] @ np.linalg.solve(block, difference.values[average])
    )
    df = len(average)
    return rows, Test(estimate.estimator, statistic, df, float(chdtrc(df, statistic)))
