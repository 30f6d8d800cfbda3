"""Posterior against closed form: whether two ways of knowing agree.

Both sides use the same boundary information, the variance is that of their *difference*, and the
unit of sampling is the labeler.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymc as pm
import xarray as xr
from scipy.special import ndtr

from bayes_ddm._typing import FloatArray
from bayes_ddm.comparison.closed_forms import (
    closed_forms,
    fitted_bounds,
    fixed_boundary,
    own_boundaries,
)
from bayes_ddm.comparison.drifts import drifts_at
from bayes_ddm.comparison.influence import (
    LogLikelihood,
    posterior_influence,
    shared_parameter_scores,
)
from bayes_ddm.comparison.population import entry_draws, people_influence
from bayes_ddm.comparison.private_rows import compare_rows
from bayes_ddm.comparison.released import compare_release
from bayes_ddm.comparison.result import (
    AT_OWN,
    CONTRADICTED,
    ONE_FOR_ALL,
    TESTED,
    TESTED_LATE,
    Comparison,
    ComparisonRow,
)
from bayes_ddm.comparison.values import learned
from bayes_ddm.comparison.verdict import (
    LEAST_UNITS,
    MANY_ROWS,
    Evidence,
    Test,
    rows_per_labeler,
    verdict,
)
from bayes_ddm.comparison.would_change import untried
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import Boundary, Estimate, EstimateTable
from bayes_ddm.estimators.bounded.average import counts_omitted
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.result import Influence
from bayes_ddm.estimators.units import entries_in, factor, resolved
from bayes_ddm.fitting.convergence import check_convergence
from bayes_ddm.fitting.likelihood import by_unit
from bayes_ddm.fitting.meaning import meaning
from bayes_ddm.fitting.posterior import Posterior, summarised
from bayes_ddm.fitting.poststratify import entries_over, weights
from bayes_ddm.fitting.released import release_of
from bayes_ddm.fitting.save import GROUP_OF_ROWS
from bayes_ddm.privacy.private_choices import account_of


def compare(
    fit: xr.DataTree,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    shares: Mapping[str, float] | str | Path | None = None,
    units: Mapping[str, float | str] | None = None,
    most_drift: float | None = None,
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
    shares : mapping of str to float, or path of a CSV file, optional
        Shares of the groups, ``{"FR": 0.4, "JP": 0.6}``, in the population that averages are meant
        for, of posterior and closed forms alike; by default they are the sample's.
    units : mapping of str to float or "sd", optional
        What a preference is per, by feature, as in `estimate`: ``{"delay": 30}``.
    most_drift : float, optional
        Largest drift, either way, that the bounded rows are nearly unbiased up to; by default 3, of
        a release without features 5.
    prob : float
        Probability of the intervals.
    model : pm.Model, optional
        Needed only for a model of the user's own.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If `fit` is no fit of bayes_ddm, or has no population average (``mu`` or ``theta``); if
        shares do not fit its groups, or `most_drift` is not positive; if a fit of private rows or
        of a release is asked what it does not hold.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"labelers": 200, "choices": 4, "boundary": 1.25, "ndt": 0.3}
    >>> choices = bd.simulate.experiment("normal", **experiment, seed=1)
    >>> fit = bd.fit(choices, draws=800, tune=500, chains=2, seed=1, progress=False)
    >>> bd.compare(fit).verdict.split(":")[0]
    'agree'
    """
    if isinstance(fit, xr.DataTree) and GROUP_OF_ROWS in fit.children:
        if any(x is not None for x in (shares, most_drift, units or None, model)):
            raise InputError(
                "private rows have no groups, no features, no most_drift and one model; leave "
                "shares, units, most_drift and model out."
            )
        return compare_rows(fit, boundary=boundary, ndt=ndt, prob=prob)
    release = release_of(fit)
    if release is not None:
        if any(x is not None for x in (boundary, ndt, shares, units or None, model)):
            raise InputError(
                "a release has its own boundary and ndt, one model, no groups and no features; "
                "leave boundary, ndt, shares, units and model out."
            )
        return compare_release(fit, release, most_drift=most_drift, prob=prob)
    posterior = Posterior.of(fit, model).few
    _variables(posterior)
    _refuse_unknown_boundary(posterior)
    weight = None if shares is None else weights(posterior, shares)
    per = resolved(units, posterior.choices)
    # with few labelers each one's covariance with the draws matters, so it takes more of them
    log_likelihood = by_unit(posterior)
    limit = 400 if log_likelihood.sampled_latents else 4000
    labeler_count = len(posterior.choices.unit_count)
    samples = posterior.samples(int(np.clip(4e7 / labeler_count, 400, limit)))
    return compare_by(
        posterior,
        samples,
        log_likelihood,
        boundary=boundary,
        ndt=ndt,
        weight=weight,
        units=per,
        most_drift=most_drift,
        prob=prob,
        progress=progress,
    )


def compare_by(
    posterior: Posterior,
    samples: xr.Dataset,
    log_likelihood: LogLikelihood,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    weight: Mapping[str, float] | None = None,
    units: Mapping[str, float] | None = None,
    most_drift: float | None = None,
    prob: float = 0.95,
    progress: bool = False,
) -> Comparison:
    """Compare as `compare` does, by a log-likelihood at hand and some of the draws.

    ``weight`` holds shares by the names of the fit's groups; ``units`` are those of `resolved`.
    """
    choices, variables = posterior.choices, _variables(posterior)
    bounds = fitted_bounds(posterior, samples)
    quantities = entry_draws(posterior, samples, variables, weight)
    values = learned(posterior, samples)
    influence = posterior_influence(
        np.concatenate([quantities, bounds.draws, bounds.collapse, values.draws], axis=1),
        samples,
        log_likelihood,
        with_omitted(choices).unit_count,
        progress=progress,
    )
    ends = np.cumsum([x.shape[1] for x in (quantities, bounds.draws, bounds.collapse)])
    # anonymous trials that ran out of time come last; few closed forms have a place for them
    unit_total = len(choices.unit_count)
    mean_influence, *others = np.split(influence, ends, axis=1)
    boundary_influence, collapse_influence, value_influence = (x[:unit_total] for x in others)
    means = entry_draws(posterior, posterior.samples(), variables, weight).mean(axis=0)
    labels = [label for name in variables for label in posterior.labels(name)]
    mean_influence[:unit_total] += people_influence(posterior, samples, labels, weight)
    fitted = bounds.boundary(boundary_influence, choices.unit_count)
    sources = boundary, ndt, weight, most_drift, prob
    table = closed_forms(values.applied(posterior), samples, fitted, collapse_influence, *sources)
    table = values.carried(table, posterior, value_influence)
    table = replace(table, privacy=account_of(posterior.rows))
    partners = {label: j for j, label in enumerate(labels)}
    rows, tests = _differences(posterior, table, partners, means, mean_influence)
    if units:
        rows = [row.per(factor(row.parameter, choices.feature_names, units)) for row in rows]
        table = table.per(units)
    untestable = _untestable(posterior)
    if tests and untestable in {ONE_FOR_ALL, left_out(choices)}:  # by rows that allow for it
        untestable = ""
    varying = _shared_scores(posterior, samples, log_likelihood, influence[:unit_total])
    convergence = check_convergence(posterior.fit)
    drifts = drifts_at(posterior, MOST_DRIFT if most_drift is None else most_drift)
    entries = entries_over(posterior, weight)
    evidence = Evidence(choices, posterior.model, tests, rows, table, varying, untestable)
    text = verdict(evidence, convergence)
    return Comparison(
        estimates=table,
        posterior=summarised(entries_in(entries, choices.feature_names, units or {}), prob),
        rows=tuple(rows),
        tests=tuple(tests),
        verdict=text if drifts is None else f"{text} {drifts.sentence}.",
        convergence=convergence,
        model=posterior.model,
        fit=posterior.fit,
        untestable=untestable,
        drifts=drifts,
        answer=meaning(posterior, entries, prob, units, shared=weight is not None),
        untried=untried(posterior),
    )


def _shared_scores(
    posterior: Posterior, samples: xr.Dataset, log_likelihood: LogLikelihood, influence: FloatArray
) -> dict[str, float]:
    """Score statistics of boundary and ndt, where labelers have rows enough for them."""
    choices, directions = posterior.choices, influence[:, influence.std(axis=0) > 0]
    repeated = choices.summed is None and rows_per_labeler(choices) >= MANY_ROWS
    if not repeated or len(directions) <= 3 * directions.shape[1] or _untestable(posterior):
        return {}
    return shared_parameter_scores(samples, log_likelihood, directions)


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
        if shape and name not in posterior.conditions:
            raise InputError(
                f"the fit's {name} is not one number but has shape {shape}; name the population's "
                f"median {name}, and labelers' own labeler_{name}."
            )


def _untestable(posterior: Posterior) -> str:
    """What the closed forms assume that this fit does not, if anything."""
    return left_out(posterior.choices) or _mismatch(posterior)


def _mismatch(posterior: Posterior) -> str:
    """What else than a deadline the fit has, and closed forms have not."""
    if "lapse" in posterior:
        return "takes every choice for a decision, while the model has lapses"
    if "start" in posterior:
        return "takes evidence to start halfway, while the model has a biased start"
    if "saturation" in posterior:
        return "takes the drift to be linear in the attributes, while the model's saturates"
    if "boundary_spread" in posterior or "ndt_spread" in posterior:
        return ONE_FOR_ALL
    return ""


def _variables(posterior: Posterior) -> list[str]:
    """Population parameters that have a closed-form partner: averages, and if any the spread."""
    average = "theta" if posterior.choices.contextual else "mu"
    if average not in posterior:
        raise InputError(f"the fit has no {average!r}, the population average; nothing to compare.")
    return [name for name in (average, "sigma", "group_average", "slope") if name in posterior]


def _differences(
    posterior: Posterior,
    table: EstimateTable,
    partners: dict[str, int],
    means: FloatArray,
    mean_influence: FloatArray,
) -> tuple[list[ComparisonRow], list[Test]]:
    """Closed form less posterior mean for each estimator, and the tests among them."""
    reference = _reference_boundary(table)
    p = max(1, len(posterior.choices.feature_names))
    rows: list[ComparisonRow] = []
    tests: list[Test] = []
    for estimate in table.estimates:
        values, influence, unit = _in_drift_units(estimate, reference)
        tested, note = _standing(estimate, posterior)
        contradicted = CONTRADICTED if table.against(estimate) else ""
        pooled = "not weighted by shares" if table.shares and estimate.unit == "native" else ""
        note = "; ".join(filter(None, (note, unit, pooled, contradicted, estimate.remark)))
        # averages come first in both; spreads and groups, which either may lack, by their names
        names = [name for name in estimate.parameters if name in partners]
        columns = [estimate.parameters.index(name) for name in names]
        places = [partners[name] for name in names]
        values, influence = values[columns], influence[:, columns]
        differences = values - means[places]
        slack = np.zeros(len(columns))
        if estimate.largest_bias is not None:
            slack = estimate.largest_bias[columns]
        # what the largest bias cannot explain
        unexplained = np.sign(differences) * np.maximum(np.abs(differences) - slack, 0)
        partner_influence = mean_influence[: len(influence), places]
        difference_influence = Influence(influence - partner_influence, estimate.unit_count)
        value_se, se = Influence(influence, estimate.unit_count).se, difference_influence.se
        for j, name in enumerate(names):
            z = unexplained[j] / se[j] if se[j] > 0 else math.nan
            # the spread's difference is far from normal at usual sizes: a p-value would mislead
            has_test = tested and math.isfinite(z) and not name.startswith("sigma")
            rows.append(
                ComparisonRow(
                    estimator=estimate.estimator,
                    parameter=name,
                    value=float(values[j]),
                    value_se=float(value_se[j]),
                    posterior=float(means[places[j]]),
                    difference=float(differences[j]),
                    se=float(se[j]),
                    p_value=2 * float(ndtr(-abs(z))) if has_test else None,
                    reliable=estimate.reliable and math.isfinite(values[j]) and not contradicted,
                    note=estimate.parameter_notes.get(name) or note,
                    largest_bias=float(slack[j]),
                )
            )
        if tested and np.isfinite(differences[:p]).all():
            average = Influence(difference_influence.influence[:, :p], estimate.unit_count)
            statistic, p_value = average.wald(unexplained[:p])
            tests.append(Test(estimate.estimator, statistic, p, p_value))
    return rows, sorted(tests, key=lambda test: (*TESTED, *TESTED_LATE).index(test.estimator))


def _standing(estimate: Estimate, posterior: Posterior) -> tuple[bool, str]:
    """Whether its difference from the posterior is a test, and what is to be said of it."""
    name, boundary = estimate.estimator, estimate.boundary
    shared = name.startswith(("consistent", "bounded"))
    counted = (
        name in TESTED_LATE and boundary is not None and counts_omitted(posterior.choices, boundary)
    )
    reason = (_mismatch(posterior) if counted else _untestable(posterior)) if shared else ""
    own = own_boundaries(posterior)
    if name == "bounded_labeler_boundary":
        if not own:
            reason = "the fit has one boundary for all"
        elif reason == ONE_FOR_ALL:
            reason = ""
    if name in {"consistent_known_boundary", "bounded_known_boundary"} and boundary is not None:
        if fixed_boundary(posterior) != {"boundary": boundary.boundary, "ndt": boundary.ndt}:
            reason = "the fit does not use this boundary and ndt; fix them in the fit to test"
    sufficient = posterior.choices.unit_count.sum() >= LEAST_UNITS
    tested = bool((counted or name in TESTED) and estimate.reliable and sufficient and not reason)
    if own and name in {"consistent_model_boundary", "bounded_model_boundary"}:
        return tested, AT_OWN
    return tested, estimate.note or reason


def _reference_boundary(table: EstimateTable) -> Boundary | None:
    """The best boundary at hand, for baselines that need one to be put in drift units."""
    for method in ("known", "conditional", "model"):
        for boundary in table.boundaries:
            if boundary.method == method and boundary.reliable:
                return boundary
    return None


def _in_drift_units(
    estimate: Estimate, reference: Boundary | None
) -> tuple[FloatArray, FloatArray, str]:
    """Values and influence in drift units where a boundary is at hand, and by which one."""
    if estimate.unit == "drift" or reference is None:
        return estimate.values, estimate.influence, ""
    b, b_influence = reference.overall
    scales = {"bradley_terry": (1 / (2 * b), -1 / b), "speed_accuracy": (b, 1 / b)}
    factor, log_slope = scales[estimate.estimator]
    values = estimate.values * factor
    influence = factor * estimate.influence + log_slope * values * b_influence[:, None]
    return values, influence, f"in drift units by the {reference.method} boundary {b:.4g}"
