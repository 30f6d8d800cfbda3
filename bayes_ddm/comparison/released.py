"""Posterior and closed form of a release, which shows nobody's influence on either."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray
from bayes_ddm.comparison.result import Comparison, ComparisonRow
from bayes_ddm.comparison.verdict import (
    LEAST_UNITS,
    Test,
    agreeing_p,
    cannot_tell,
    p_text,
    rejecting,
)
from bayes_ddm.fitting.convergence import Convergence, check_convergence
from bayes_ddm.fitting.posterior import population_entries, summarised
from bayes_ddm.fitting.released import moments
from bayes_ddm.fitting.rowless import value_of
from bayes_ddm.privacy import Released
from bayes_ddm.privacy.released import bin_weight

STEP = 1e-4


def compare_release(
    fit: xr.DataTree, release: Released, *, most_drift: float | None, prob: float
) -> Comparison:
    """Compare both sides of a release, as `bayes_ddm.compare` does.

    Notes
    -----
    The released counts are all that there is, so the difference of both sides is a function of
    them. Its variance is theirs, under the model that is tested, through both sides' derivatives:
    of the closed form, its weights; of the posterior mean, those of the best linear estimate.
    """
    table = release.closed_form(most_drift=most_drift, prob=prob)
    (estimate,) = table.estimates
    posterior = summarised(population_entries(fit["posterior"].to_dataset()), prob)
    values = {name: value_of(fit, posterior, name) for name in ("mu", "sigma")}
    assert estimate.largest_bias is not None
    value, bias = float(estimate.values[0]), float(estimate.largest_bias[0])
    weight = bin_weight(release, most_drift).values
    free = [name in posterior.index for name in values]
    posterior_gradient, covariance = linear(release, values["mu"], values["sigma"], free)
    gradient = np.concatenate([weight, -weight]) / release.labelers - posterior_gradient
    se = math.sqrt(float(gradient @ covariance @ gradient))
    difference = value - values["mu"]
    statistic = (max(abs(difference) - bias, 0.0) / se) ** 2
    p_value = float(chdtrc(1, statistic))
    sufficient = release.labelers >= LEAST_UNITS
    tests = (Test(estimate.estimator, statistic, 1, p_value),) if sufficient else ()
    convergence = check_convergence(fit)
    row = ComparisonRow(
        estimator=estimate.estimator,
        parameter="mu",
        value=value,
        value_se=float(estimate.se[0]),
        posterior=values["mu"],
        difference=difference,
        se=se,
        p_value=p_value if sufficient else None,
        reliable=True,
        note=estimate.remark,
        largest_bias=bias,
    )
    return Comparison(
        estimates=table,
        posterior=posterior,
        rows=(row,),
        tests=tests,
        verdict=_verdict(tests, convergence, release.labelers),
        convergence=convergence,
        model=str(fit.attrs["model"]),
        fit=fit,
    )


def linear(
    release: Released, mu: float, sigma: float, free: list[bool]
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of the best linear estimate of mu, and the covariance of the noisy counts."""
    n = release.labelers
    _, covariance = moments(mu, sigma, release, np)
    covariance = n * covariance + np.eye(len(covariance)) * release.noise_variance * n**2
    if not free[0]:
        return np.zeros(len(covariance)), covariance

    def counts(mu: float, sigma: float) -> FloatArray:
        return np.asarray(n * moments(mu, sigma, release, np)[0])

    slopes = np.stack(
        [
            (counts(mu + a, sigma + b) - counts(mu - a, sigma - b)) / (2 * STEP)
            for a, b in STEP * np.eye(2)[free]
        ]
    )
    weights = np.linalg.solve(covariance, slopes.T)
    return np.linalg.solve(slopes @ weights, weights.T)[0], covariance


def _verdict(tests: Sequence[Test], convergence: Convergence, labelers: int) -> str:
    if doubt := cannot_tell(convergence):
        return doubt
    if not tests:
        return f"cannot tell, because {labelers} labelers are too few to test with."
    (test,) = tests
    if test in rejecting(tests):
        return (
            f"disagree on mu (p {p_text(test.p_value)}): these cells are not those of a normal "
            "population of drifts at this boundary and ndt."
        )
    return (
        f"agree: {test.estimator} and posterior differ by no more than chance "
        f"({agreeing_p(tests)}). Both take boundary and ndt as given."
    )
