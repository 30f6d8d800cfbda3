"""The estimators compared on simulated choices, and their errors over data sets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bayes_ddm as bd
from bayes_ddm.estimators import (
    bradley_terry,
    conditional_boundary,
    consistent,
    known_boundary,
    speed_accuracy,
    two_scale,
)
from benchmarks.papers.heterogeneous.tables import summary

__all__ = ["BOUNDARY", "ESTIMATORS", "SHOWN", "SIZES", "errors"]

FloatArray = NDArray[np.float64]
Estimator = Callable[[bd.Choices], FloatArray | None]

BOUNDARY = 1.25
SIZES = (300, 1_000, 3_000, 10_000, 30_000, 100_000)
SHOWN = 30_000


def with_conditional(choices: bd.Choices) -> FloatArray | None:
    """Closed form with the boundary from repeated comparisons; None if there are none."""
    boundary = conditional_boundary(choices, 0.0)
    return None if boundary is None else consistent(choices, boundary).values


# averages in drift units come first in what each returns; ndt is known to be 0
ESTIMATORS: dict[str, Estimator] = {
    "Bradley-Terry": lambda c: bradley_terry(c).values / (2 * BOUNDARY),
    "ratio": lambda c: speed_accuracy(c, 0.0).values * BOUNDARY,
    "plug-in": lambda c: consistent(c, two_scale(c)).values,
    "conditional": with_conditional,
    "oracle": lambda c: consistent(c, known_boundary(c, BOUNDARY)).values,
}


def errors(
    head: dict[str, Any],
    draw: Callable[[np.random.Generator], bd.Choices],
    truth: FloatArray,
    seed: list[int],
    replications: int,
) -> list[dict[str, Any]]:
    """Errors of every estimator that applies, over fresh data sets; one line each.

    Parameters
    ----------
    head : dict
        What the lines begin with.
    draw : callable
        Simulates a data set.
    truth : ndarray, shape (parameters,)
    seed : list of int
    replications : int

    Returns
    -------
    list of dict
        For several parameters with the average cosine to the truth.
    """
    made: dict[str, list[FloatArray]] = {}
    for child in np.random.SeedSequence(seed).spawn(replications):
        choices = draw(np.random.default_rng(child))
        for name, estimator in ESTIMATORS.items():
            values = estimator(choices)
            if values is not None:
                made.setdefault(name, []).append(values[: len(truth)])
    lines = []
    for name, by_data_set in made.items():
        found = np.array(by_data_set)
        line = head | {"estimator": name} | summary(found - truth, truth)
        if len(truth) > 1:
            length = np.linalg.norm(found, axis=1) * np.linalg.norm(truth)
            cosines = found @ truth / length
            line["cosine"] = float(np.nanmean(cosines))
            line["cosine_se"] = float(np.nanstd(cosines)) / np.sqrt(replications)
        lines.append(line | {"replications": replications})
    return lines
