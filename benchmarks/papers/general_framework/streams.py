"""Simulated streams: the rate of the error, and a million rows in constant memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import (
    LINEAR,
    OnlineRatio,
    Ratio,
    lognormal_race,
    ratio_estimate,
    saturating_drift,
)
from bayes_ddm.simulate import first_passage
from benchmarks.papers.general_framework.real import Lines, averaged_gradients
from benchmarks.papers.heterogeneous.tables import progressing

BOUNDARY = 1.25
THETA = np.array([0.16, -0.0013])
SIZE = np.array([5.0, 300.0])
RACE_SPREAD = 0.5
RATIOS = (LINEAR, saturating_drift(1.0, BOUNDARY), lognormal_race(RACE_SPREAD))
CHECKPOINTS = np.array([1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000])
FITTED_FROM = 2_000
CHUNK, MILLION = 10_000, 1_000_000


def simulated(
    ratio: Ratio, rows: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Choices, decision times and attributes, whose ratio is that one at `THETA`."""
    psi = rng.normal(size=(rows, 2)) * SIZE
    u = psi @ THETA
    if ratio.name.startswith("log-normal"):
        plus = np.exp(-u / 2 + RACE_SPREAD * rng.normal(size=rows))
        minus = np.exp(u / 2 + RACE_SPREAD * rng.normal(size=rows))
        return np.where(plus < minus, 1.0, -1.0), np.minimum(plus, minus), psi
    drift = BOUNDARY * ratio.value(u)
    choice, decision_time = first_passage(drift, BOUNDARY, rng)
    return choice.astype(float), decision_time, psi


def whole(ratio: Ratio, data: tuple[FloatArray, FloatArray, FloatArray]) -> Any:
    """Estimate from all rows at once."""
    table = Choices(
        choice=data[0].astype(np.int8),
        rt=data[1],
        labeler=None,
        labelers=None,
        features=data[2],
        feature_names=("amount", "delay"),
        count=np.ones(len(data[0]), dtype=np.int64),
    )
    return ratio_estimate(table, ratio, ndt=0.0)


def rates(replications: int) -> tuple[Lines, pd.DataFrame]:
    """Squared error against rows, attributes of unit size, and the slopes of its logarithm."""
    lines: Lines = []
    tables = []
    for ratio in RATIOS:
        # a race is four times slower
        runs = replications if not ratio.name.startswith("log-normal") else replications // 2
        streams = [(ratio, child) for child in np.random.SeedSequence(7).spawn(runs)]
        found, batch, kept = [], [], []
        for how, child in progressing(streams, f"rate, {ratio.name}"):
            data = simulated(how, int(CHECKPOINTS[-1]), np.random.default_rng(child))
            online = OnlineRatio(("amount", "delay"), how, ndt=0.0, exact=False)
            seen, before = [], 0
            for n in CHECKPOINTS:
                online.update(*(column[before:n] for column in data))
                seen.append(online.estimate.values)
                before = n
            found.append(seen)
            batch.append(whole(how, data).values)
            if how is LINEAR:
                kept.append(data)
        methods = {"averaged gradients, preconditioned": np.array(found).transpose(1, 0, 2)}
        if kept:
            choice, decision_time, psi = (np.stack(column) for column in zip(*kept, strict=True))
            plain = averaged_gradients(psi / SIZE, choice, decision_time, CHECKPOINTS)
            methods["averaged gradients, constant steps"] = plain / SIZE
        least = (((np.array(batch) - THETA) * SIZE) ** 2).sum(axis=1)
        for method, path in methods.items():
            squares = (((path - THETA) * SIZE) ** 2).sum(axis=2)
            table = pd.DataFrame({"rows": CHECKPOINTS, "squared_error": squares.mean(axis=1)})
            tables.append(table.assign(ratio=ratio.name, method=method))
            slope, se = slope_of(squares)
            lines.append(
                {
                    "part": "slope of log squared error",
                    "method": method,
                    "setting": ratio.name,
                    "published": -1.0,
                    "measured": slope,
                    "se": se,
                }
            )
            share = squares[-1].sum() / least.sum()
            jack = (squares[-1].sum() - squares[-1]) / (least.sum() - least)
            lines.append(
                {
                    "part": f"squared error over the minimiser's, {CHECKPOINTS[-1]:,} rows",
                    "method": method,
                    "setting": ratio.name,
                    "published": np.nan,
                    "measured": share,
                    "se": np.sqrt((runs - 1) * jack.var()),
                }
            )
    return lines, pd.concat(tables)


def slope_of(squares: FloatArray) -> tuple[float, float]:
    """Slope of log mean squared error in log rows, and its jackknife standard error."""
    keep = CHECKPOINTS >= FITTED_FROM

    def fitted(s: FloatArray) -> float:
        return float(np.polyfit(np.log(CHECKPOINTS[keep]), np.log(s[keep].mean(axis=1)), 1)[0])

    runs = squares.shape[1]
    left_out = [fitted(np.delete(squares, i, axis=1)) for i in range(runs)]
    return fitted(squares), float(np.sqrt((runs - 1) * np.var(left_out)))


def chunks(ratio: Ratio, rows: int) -> Iterator[tuple[FloatArray, FloatArray, FloatArray]]:
    """The same stream every time."""
    rng = np.random.default_rng(11)
    for _ in range(rows // CHUNK):
        yield simulated(ratio, CHUNK, rng)


def million() -> Lines:
    """A million rows: memory, time, and distance from the minimiser."""
    lines: Lines = []
    ways = [(LINEAR, True), *((ratio, False) for ratio in RATIOS)]
    for ratio, exact in progressing(ways, "a million rows"):
        peaks = []
        for rows in (MILLION // 10, MILLION):
            online, seconds = OnlineRatio(("amount", "delay"), ratio, ndt=0.0, exact=exact), 0.0
            tracemalloc.start()
            for chunk in chunks(ratio, rows):
                before = time.process_time()
                online.update(*chunk)
                seconds += time.process_time() - before
            peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
            tracemalloc.stop()
        data = [np.concatenate(column) for column in zip(*chunks(ratio, MILLION), strict=True)]
        batch, found = whole(ratio, (data[0], data[1], data[2])), online.estimate
        measured = {
            "peak memory, MiB": peaks[1],
            "peak memory over that of 100,000 rows": peaks[1] / peaks[0],
            "CPU seconds": seconds,
            "distance from the minimiser, in its standard errors": np.abs(
                (found.values - batch.values) / batch.se
            ).max(),
            "standard errors over the minimiser's": (found.se / batch.se).max(),
        }
        for what, number in measured.items():
            lines.append(
                {
                    "part": f"a million rows: {what}",
                    "method": "running sums" if exact else "averaged gradients, preconditioned",
                    "setting": ratio.name,
                    "published": np.nan,
                    "measured": number,
                    "se": np.nan,
                }
            )
    return lines
