"""Error of the quadratures in two models against adaptive integration, in log density.

`student` integrates a labeler's scale: here the labeler's drift is integrated instead, against
SciPy's Student density.  `anonymous_boundary` integrates the boundary of a single choice.  Rows are
simulated from the model itself, or extreme: labelers 5 to 20 scales off the average; decision times
from 0.01 to 100 s.  An error is of one labeler's log density.

    python -m benchmarks quadrature [--labelers 500] [--seed 1]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pymc as pm
import pytensor
import pytensor.tensor as pt
from numpy.typing import NDArray
from scipy import integrate, stats

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener
from bayes_ddm.distributions.student import student_scales
from bayes_ddm.simulate import first_passage
from benchmarks.support.options import options
from benchmarks.support.results import keep

FloatArray = NDArray[np.float64]
Table = tuple[FloatArray, NDArray[np.int64]]  # rows (rt, choice), and their labelers

MU, SCALE, BOUNDARY = 0.5, 1.0, 1.25
DEGREES = (1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 40.0, 60.0)
SPREADS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
CHOICES = (1, 10, 100)
FAR = (-20.0, -10.0, -5.0, 5.0, 10.0, 20.0)  # scales
TIMES = np.geomspace(0.01, 100, 41)  # seconds


def by_labeler(drift: FloatArray, choices: int, rng: np.random.Generator) -> Table:
    """Choices by labelers with these drifts."""
    labeler = np.repeat(np.arange(len(drift)), choices)
    choice, time = first_passage(drift[labeler], BOUNDARY, rng)
    return np.column_stack([time, choice]), labeler


def single(choice: Any, time: Any) -> Table:
    """Rows as labelers of their own."""
    return np.column_stack([time, choice]).astype(float), np.arange(len(time))


def extreme_times() -> Table:
    """Both choices at each of the extreme times."""
    return single(np.repeat([-1, 1], len(TIMES)), np.tile(TIMES, 2))


def log_integral(log_integrand: Callable[[Any], FloatArray], low: float, high: float) -> FloatArray:
    """Log of adaptive integrals of many functions at once, to 1e-11."""
    top = np.max([log_integrand(x) for x in np.linspace(low, high, 2001)], axis=0)
    total, _ = integrate.quad_vec(
        lambda x: np.exp(log_integrand(x) - top),
        low,
        high,
        epsabs=0,
        epsrel=1e-11,
        norm="max",
        points=np.linspace(low, high, 241)[1:-1],  # coarser, it steps over narrow peaks
    )
    return np.log(total) + top


def student_reference(df: float, table: Table) -> FloatArray:
    """Log density of each labeler; drift ``MU + SCALE sinh(x)`` integrated."""
    rows, labeler = table
    free = wiener.zero_drift_log_density(rows[:, 0], BOUNDARY)
    zero_drift, gathered, time = (
        np.bincount(labeler, x) for x in (free, BOUNDARY * rows[:, 1], rows[:, 0])
    )
    law = stats.t(df, MU, SCALE)

    def log_integrand(x: float) -> FloatArray:
        drift = MU + SCALE * np.sinh(x)
        prior = law.logpdf(drift) + np.log(SCALE * np.cosh(x))
        return prior + gathered * drift - 0.5 * time * drift**2

    return zero_drift + log_integral(log_integrand, -12.0, 12.0)


def boundary_reference(spread: float, table: Table) -> FloatArray:
    """Log density of each row; log boundary integrated."""
    time, choice = table[0].T

    def log_integrand(x: float) -> FloatArray:
        boundary = BOUNDARY * np.exp(spread * x)
        density = wiener.random_drift_log_density(
            time, choice, mean=MU, sd=SCALE, boundary=boundary
        )
        return stats.norm.logpdf(x) + density

    return log_integral(log_integrand, -12.0, 12.0)


def compiled() -> tuple[Callable[..., FloatArray], Callable[..., FloatArray]]:
    """Log densities by the distributions behind the models: of labelers, and of single choices."""
    value, labeler, parameter = pt.dmatrix(), pt.lvector(), pt.dscalar()
    stretch, weight = student_scales(parameter)
    center = MU + pt.zeros_like(stretch)
    known = RandomDriftWiener.dist(
        center, SCALE * stretch, BOUNDARY, weight=weight, labeler=labeler
    )
    single_choice = RandomDriftWiener.dist(MU, SCALE, BOUNDARY, boundary_spread=parameter)
    student, boundary = (
        pytensor.function(
            [parameter, value, labeler],
            pm.logp(law, value),
            mode="FAST_COMPILE",
            on_unused_input="ignore",
        )
        for law in (known, single_choice)
    )
    return student, boundary


def cases(labelers: int, seed: int) -> Iterator[tuple[str, float, str, int, Table]]:
    """Model, its parameter, kind of rows, choices per labeler, rows."""
    rng = np.random.default_rng(seed)
    for df in DEGREES:
        for n in CHOICES:
            drift = MU + SCALE * rng.standard_t(df, labelers)
            yield "student", df, "simulated", n, by_labeler(drift, n, rng)
        for n in CHOICES:
            drift = MU + SCALE * np.repeat(FAR, 20)
            yield "student", df, "extreme", n, by_labeler(drift, n, rng)
        yield "student", df, "extreme times", 1, extreme_times()
    for spread in SPREADS:
        boundary = BOUNDARY * np.exp(spread * rng.normal(size=labelers))
        drift = rng.normal(MU, SCALE, labelers)
        drawn = single(*first_passage(drift, boundary, rng))
        yield "anonymous_boundary", spread, "simulated", 1, drawn
        yield "anonymous_boundary", spread, "extreme times", 1, extreme_times()


def main() -> None:
    """Print the table and write it to ``benchmarks/results``."""
    arguments = options(__doc__, labelers=500, seed=1).parse_args()
    student, boundary = compiled()
    found = []
    for model, parameter, rows, choices, table in cases(arguments.labelers, arguments.seed):
        ours, reference = (
            (student, student_reference) if model == "student" else (boundary, boundary_reference)
        )
        truth = reference(parameter, table)
        error = ours(parameter, *table) - truth
        worst = np.abs(error).argmax()
        found.append(
            {
                "model": model,
                "parameter": "df" if model == "student" else "boundary_spread",
                "value": parameter,
                "rows": rows,
                "choices": choices,
                "worst_error": abs(error[worst]),
                "log_density_there": truth[worst],
                "mean_error": error.mean(),
            }
        )
    table = pd.DataFrame(found)
    keep(table, "quadrature", digits=3)
    print(table.to_string(index=False, float_format="{:.2g}".format))


if __name__ == "__main__":
    main()
