"""Posterior against closed form from private rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm.comparison.result import Comparison, ComparisonRow
from bayes_ddm.comparison.verdict import LEVEL, Test, cannot_tell
from bayes_ddm.estimators import Estimate
from bayes_ddm.fitting.convergence import check_convergence
from bayes_ddm.fitting.posterior import population_entries, summarised
from bayes_ddm.fitting.private_rows import fixed_at, rows_of
from bayes_ddm.fitting.rowless import MODEL, value_of
from bayes_ddm.privacy.kinds import Kinds
from bayes_ddm.privacy.row_estimates import row_estimates
from bayes_ddm.privacy.row_likelihood import (
    NormalPopulation,
    PopulationTest,
    normal_population,
    population_test,
)

NOTE = "tested against what a normal population implies of the cells"


def compare_rows(
    fit: xr.DataTree,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    prob: float = 0.95,
) -> Comparison:
    """Compare as `bayes_ddm.compare` does, where cells are all that was sent.

    The closed form is tested against what the normal population implies of it, so that the weights'
    bias is no part of the difference.
    """
    kinds, account, labelers = rows_of(fit)
    fixed = {
        name: fixed_at(fit, name) if value is None else value
        for name, value in {"boundary": boundary, "ndt": ndt}.items()
    }
    table = row_estimates(kinds, account, labelers=labelers, **fixed, prob=prob)
    scheme = table.boundaries[0]
    population = normal_population(kinds, scheme.boundary, scheme.ndt)
    test = population_test(kinds, population)
    posterior = summarised(population_entries(fit["posterior"].to_dataset()), prob)
    mean = value_of(fit, posterior, "mu")
    untestable = _untestable(test, posterior)
    rows = tuple(
        _row(estimate, kinds, population, None if untestable else test.p_value, mean)
        for estimate in table.estimates
    )
    estimator = table.estimates[0].estimator
    tests: tuple[Test, ...] = ()
    if not untestable:
        tests = (Test(estimator, (test.difference / test.se) ** 2, 1, test.p_value),)
    convergence = check_convergence(fit)
    verdict = f"cannot tell: {untestable}" if untestable else _verdict(test, mean, estimator)
    return Comparison(
        estimates=table,
        posterior=posterior,
        rows=rows,
        tests=tests,
        verdict=cannot_tell(convergence) or verdict,
        convergence=convergence,
        model=MODEL,
        fit=fit,
        untestable=untestable and f"is not tested: {untestable}",
    )


def _untestable(test: PopulationTest, posterior: pd.DataFrame) -> str:
    """Say why the population is not tested; empty where it is."""
    fixed = [name for name in ("mu", "sigma") if name not in posterior.index]
    if fixed:
        return f"{fixed[0]} was fixed in the fit, and the test is of a population that learns it"
    return "" if math.isfinite(test.p_value) else test.sentence


def _row(
    estimate: Estimate,
    kinds: Kinds,
    population: NormalPopulation,
    p_value: float | None,
    mean: float,
) -> ComparisonRow:
    difference = estimate.influence[: len(kinds.count), 0] - population.influence[:, 0]
    tested = estimate.estimator in ("cells", "cells_stratified")
    bias = estimate.largest_bias
    assert bias is not None
    return ComparisonRow(
        estimator=estimate.estimator,
        parameter="mu",
        value=float(estimate.values[0]),
        value_se=float(estimate.se[0]),
        posterior=mean,
        difference=float(estimate.values[0] - mean),
        se=float(np.sqrt(kinds.count @ difference**2)),
        p_value=p_value if tested else None,
        reliable=True,
        note=NOTE if tested and p_value is not None else "",
        largest_bias=float(bias[0]),
    )


def _verdict(test: PopulationTest, mean: float, estimator: str) -> str:
    if test.p_value < LEVEL:
        return (
            f"disagree: the closed form ({estimator}) is {test.difference:+.2g} (se {test.se:.2g}) "
            f"from what a normal population implies, p = {test.p_value:.2g}; people are not "
            "normal around their average, or boundary and ndt are not those of the scheme: believe "
            "the closed form if these are known"
        )
    return (
        f"agree: private rows do not contradict a normal population of average {mean:.3g} "
        f"(closed form {estimator}, p = {test.p_value:.2g}; below {LEVEL} they would disagree)"
    )
