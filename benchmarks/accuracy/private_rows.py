"""Private rows: the closed form, the test of a normal population, and levels of one's own.

30,000 single rows in six cells, boundary 1.25 and ndt 0.3 s public. The test's size under a normal
population and its power against two groups and a skewed one; then labelers who choose their level
from 0.5, 1, 2 and 4, where that has to do with their preference (correlation 0.5 of the underlying
normals) and where it has not. Last, processor seconds of a fit of ten thousand and of a
million rows.

    python -m benchmarks private_rows [--replications 200]
    python -m benchmarks private_rows --replications 0    # the seconds alone
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.privacy import PrivateRows
from bayes_ddm.privacy.row_likelihood import normal_population, population_test
from bayes_ddm.wiener.sampling import first_passage
from benchmarks.support.options import options
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

N, NDT = 30_000, 0.3
FEW, MANY, FITS = 10_000, 1_000_000, 2
PUBLIC = {"boundary": BOUNDARY, "ndt": NDT}
LEVELS = np.array([0.5, 1.0, 2.0, 4.0])
QUARTERS = np.array([-0.6745, 0.0, 0.6745])


def tested(name: str, epsilon: float, replications: int, seed: int) -> dict[str, object]:
    """Errors of the closed form, and how often the normal population is rejected."""
    who, scheme, found = POPULATIONS[name], bd.privacy.rows(epsilon, **PUBLIC), []
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        given = {"labelers": N, "anonymous": True, **PUBLIC}
        made = bd.simulate.experiment(who, seed=np.random.default_rng(child), **given)
        sent = bd.privacy.simulated(made, scheme, seed=seed + k)
        (row,) = bd.estimate(sent).estimates
        low, high = row.interval()[0]
        population = normal_population(sent.kinds, BOUNDARY, NDT)
        p_value = population_test(sent.kinds, population).p_value
        off = row.values[0] - who.mean, population.mu - who.mean
        found.append((*off, low <= who.mean <= high, p_value < 0.05))
    closed, normal, covered, rejected = np.array(found, dtype=float).T
    return {
        "population": name,
        "epsilon": epsilon,
        "closed_bias": closed.mean(),
        "closed_rmse": np.sqrt((closed**2).mean()),
        "coverage": covered.mean(),
        "normal_bias": normal.mean(),
        "normal_rmse": np.sqrt((normal**2).mean()),
        "rejected": rejected.mean(),
        "replications": replications,
    }


def with_levels(related: float, replications: int, seed: int) -> dict[str, object]:
    """Stratified and efficient averages where the level may go with the preference."""
    scheme, found = bd.privacy.rows(tuple(LEVELS), **PUBLIC), []
    for k, child in enumerate(np.random.SeedSequence(seed).spawn(replications)):
        rng = np.random.default_rng(child)
        drift = rng.normal(0.5, 1.0, N)
        latent = related * (drift - 0.5) + np.sqrt(1 - related**2) * rng.normal(size=N)
        level = LEVELS[np.searchsorted(QUARTERS, latent)]
        choice, time = first_passage(drift, BOUNDARY, rng)
        made = bd.Choices.from_frame(pd.DataFrame({"choice": choice, "rt": time + NDT}))
        sent: PrivateRows = bd.privacy.simulated(made, scheme, seed=seed + k, level=level)
        table = bd.estimate(sent)
        stratified, efficient = table.estimates
        inside = [low <= 0.5 <= high for low, high in (e.interval()[0] for e in table.estimates)]
        low, high = sent.finite_sample_interval()
        taken = table.recommendation
        found.append(
            (
                stratified.values[0] - 0.5,
                efficient.values[0] - 0.5,
                *inside,
                taken is not None and taken.estimator == "cells_stratified",
                low <= 0.5 <= high,
                (high - low) / np.diff(stratified.interval()[0])[0],
            )
        )
    made = np.array(found, dtype=float)
    off, mean = made[:, :2], made.mean(axis=0)
    sd = off.std(axis=0, ddof=1)
    return {
        "related": related,
        "stratified_bias": mean[0],
        "stratified_bias_in_se": mean[0] / sd[0] * np.sqrt(replications),
        "stratified_sd": sd[0],
        "stratified_coverage": mean[2],
        "efficient_bias": mean[1],
        "efficient_sd": sd[1],
        "efficient_coverage": mean[3],
        "rejected": mean[4],
        "bernstein_coverage": mean[5],
        "bernstein_width": mean[6],
        "replications": replications,
    }


def fit_seconds(seed: int) -> dict[str, object]:
    """Shortest of a few fits of few and of many rows, taken in turns after one that compiles."""
    scheme, sent, taken = bd.privacy.rows(2.0, **PUBLIC), {}, {FEW: [], MANY: []}
    for n in taken:
        made = bd.simulate.experiment(POPULATIONS["normal"], labelers=n, seed=seed, **PUBLIC)
        sent[n] = bd.privacy.simulated(made, scheme, seed=seed)
    bd.fit(sent[FEW], seed=seed, progress=False)
    for _ in range(FITS):
        for n, seconds in taken.items():
            started = time.process_time()
            bd.fit(sent[n], seed=seed, progress=False)
            seconds.append(time.process_time() - started)
    few, many = min(taken[FEW]), min(taken[MANY])
    return {"seconds_10_000": few, "seconds_1_000_000": many, "ratio": many / few}


def main() -> None:
    """Print the tables; write them to ``benchmarks/results``."""
    arguments = options(__doc__, replications=200, seed=1).parse_args()
    given = arguments.replications, arguments.seed
    if arguments.replications:
        rows = []
        for name in POPULATIONS:
            rows.append(tested(name, 2.0, *given))
            print(rows[-1], flush=True)
        keep(pd.DataFrame(rows), "private_rows")
        levels = pd.DataFrame([with_levels(related, *given) for related in (0.0, 0.5)])
        keep(levels, "private_rows_levels")
        print(levels.T.to_string(float_format="{:.4f}".format))
    seconds = pd.DataFrame([fit_seconds(arguments.seed)])
    keep(seconds, "private_rows_seconds")
    print(seconds.to_string(index=False, float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
