"""A simulated pilot: how much one labeler's choices say about the average, by each method."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    Boundary,
    conditional_boundary,
    consistent,
    known_boundary,
    semiparametric_boundary,
)
from bayes_ddm.estimators.planning.pilot_model import (
    BIAS_ERRORS,
    influence_of,
    misspecified,
    normal_law,
    normal_moments,
    scores_of,
)
from bayes_ddm.simulate import experiment
from bayes_ddm.simulate.populations import Population

__all__ = [
    "CONDITIONAL",
    "KNOWN",
    "MODELS",
    "SEMIPARAMETRIC",
    "Pilot",
    "Precision",
    "simulate_pilot",
]


KNOWN, CONDITIONAL = "consistent_known_boundary", "consistent_conditional_boundary"
SEMIPARAMETRIC = "semiparametric"
MODELS = ("hierarchical", "contextual")
# below, normal intervals and estimated boundaries are not to be trusted, whatever the variance
FEWEST_LABELERS = 20
LARGEST_RELATIVE_SE = 0.25  # of an estimated boundary
# variances do not depend on the ndt, but an estimate near 0 would be held there
PILOT_NDT = 1.0
# log(t / b^2) of the quadrature: beyond, no drift below 600 / b leaves any mass
LOG_TIMES = np.arange(-12.0, 5.0, 0.02)
BLOCK = 500  # drifts at once


@dataclass(frozen=True, eq=False)
class Precision:
    """What the choices of one labeler say about the population average, by one method.

    Attributes
    ----------
    method : str
    choices : int
        By each labeler.
    variance : ndarray, shape (parameters,)
        Of the estimate, times the number of labelers.
    bias : ndarray, shape (parameters,)
    fewest : int
        Labelers below which the method is not to be trusted.
    error : float
        Relative Monte Carlo standard error of the root of the variance.
    usable : bool
        Whether what the method takes as known is known.
    note : str
    """

    method: str
    choices: int
    variance: FloatArray
    bias: FloatArray
    fewest: int
    error: float
    usable: bool
    note: str


@dataclass(frozen=True, eq=False)
class Pilot:
    """Precisions by every method, the mean decision time in seconds, and the features' names."""

    precisions: tuple[Precision, ...]
    decision_time: float
    feature_names: tuple[str, ...]


def simulate_pilot(
    who: Any,
    drifts: FloatArray,
    choices: int,
    *,
    boundary: float,
    known: Collection[str],
    features: Any,
    seed: int,
) -> Pilot:
    """Simulate labelers with these drifts, and take each method's influence functions.

    Parameters
    ----------
    who : Population, or what else draws drifts
    drifts : ndarray, shape (labelers,) or (labelers, features)
        Drawn from it.
    choices : int
        By each labeler.
    boundary : float
    known : collection of {"boundary", "ndt"}
    features : array_like, callable or None
        As `bayes_ddm.simulate.experiment` takes them.
    seed : int

    Returns
    -------
    Pilot

    Raises
    ------
    InputError
        If the drifts are out of proportion to the boundary, or the features cannot tell
        preferences apart.

    Examples
    --------
    >>> from bayes_ddm.simulate.populations import population
    >>> who = population("normal", mean=0.5, sd=1.0)
    >>> drifts = who.draw(np.random.default_rng(1), 1000)
    >>> made = simulate_pilot(who, drifts, 2, boundary=1.25, known=["boundary", "ndt"],
    ...     features=None, seed=1)
    >>> [(p.method, p.variance.round(2).tolist()) for p in made.precisions[:1]]
    [('consistent_known_boundary', [2.17])]
    """
    sample = _sample(drifts, choices, boundary, features, seed)
    law = normal_law(who, drifts)
    point = law[0], law[1], boundary, PILOT_NDT
    variance, error, time = _with_known_boundary(who, drifts, sample, boundary, choices)
    both = {"boundary", "ndt"} <= set(known)
    unbiased = np.zeros(len(variance))
    made = [
        Precision(
            method=KNOWN,
            choices=choices,
            variance=variance,
            bias=unbiased,
            fewest=FEWEST_LABELERS,
            error=error,
            usable=both,
            note="" if both else "if the boundary and the ndt were known",
        )
    ]
    where = PILOT_NDT if "ndt" in known else None
    if not both and (bounds := conditional_boundary(sample, where)) is not None:
        made += [_with_learned_boundary(CONDITIONAL, sample, bounds, boundary, choices)]
    if "boundary" not in known and (bounds := semiparametric_boundary(sample, where)) is not None:
        smooth = _with_learned_boundary(SEMIPARAMETRIC, sample, bounds, boundary, choices)
        normal = law[2] or (isinstance(who, Population) and who.name == "mixture")
        bias = unbiased if normal else _bias(sample, bounds, boundary)
        note = smooth.note or "takes the population for a mixture of normals"
        made += [replace(smooth, bias=bias, note=note)]
    free = np.ones(scores_of(sample, *point)[1].shape[1], dtype=bool)
    free[-2:] = [name not in known for name in ("boundary", "ndt")]
    note = "takes the population for normal"
    if law[2]:
        influence, bias = influence_of(scores_of(sample, *point)[1][:, free]), unbiased
        if choices == 1 and "boundary" not in known:
            note += ": single choices cannot contradict it, yet all rests on it"
    else:
        influence, bias = misspecified(sample, drifts, point, free)
        # what a function or a SciPy distribution draws may be normal after all
        note += ", which this one is not" if isinstance(who, Population) else "; fitted to this one"
    variance, error = _variance(influence[:, : len(unbiased)])
    made += [
        Precision(
            method=MODELS[int(sample.contextual)],
            choices=choices,
            variance=variance,
            bias=bias,
            fewest=FEWEST_LABELERS,
            error=error,
            usable=True,
            note=note,
        )
    ]
    return Pilot(tuple(made), time, sample.feature_names)


def _sample(drifts: FloatArray, k: int, boundary: float, features: Any, seed: int) -> Choices:
    made = experiment(
        lambda rng, n: drifts,
        labelers=len(drifts),
        choices=k,
        boundary=boundary,
        ndt=PILOT_NDT,
        features=features,
        anonymous=False,
        seed=np.random.default_rng([seed, k]),
    )
    largest = np.abs(made.features).max(axis=0, initial=0)
    psi = made.features / np.where(largest > 0, largest, 1)
    if np.linalg.matrix_rank(psi.T @ psi) < psi.shape[1]:
        raise InputError(
            f"{k} choices with these features cannot tell the preferences apart: some feature is a "
            "combination of others, or 0. Vary them more, or ask for more choices."
        )
    return made


def _variance(influence: FloatArray) -> tuple[FloatArray, float]:
    """Mean square of the influence, and the relative Monte Carlo error of its root."""
    squares = influence**2
    variance = squares.mean(axis=0)
    error = squares.std(axis=0) / variance / (2 * np.sqrt(len(influence)))
    return variance, float(error.max())


# --- learned boundary -----------------------------------------------------------------------------


def _with_learned_boundary(
    method: str, sample: Choices, bounds: Boundary, truth: float, k: int
) -> Precision:
    n = len(sample.unit_count)
    d = max(1, sample.features.shape[1])
    variance, error = _variance(n * consistent(sample, bounds).influence[:, :d])
    relative = n * np.sqrt((bounds.influence[:, 0] ** 2).mean()) / truth
    pinned = (relative / LARGEST_RELATIVE_SE) ** 2
    return Precision(
        method=method,
        choices=k,
        variance=variance,
        bias=np.zeros(d),
        fewest=max(FEWEST_LABELERS, math.ceil(np.nan_to_num(pinned))),
        error=error,
        usable=True,
        note=bounds.note,
    )


def _bias(sample: Choices, bounds: Boundary, truth: float) -> FloatArray:
    """Estimate less that at the true boundary, where it is more than Monte Carlo error."""
    d = max(1, sample.features.shape[1])
    found = consistent(sample, bounds)
    right = consistent(sample, known_boundary(sample, truth, PILOT_NDT))
    difference = (found.values - right.values)[:d]
    error = np.sqrt(((found.influence - right.influence)[:, :d] ** 2).sum(axis=0))
    return np.where(np.abs(difference) > BIAS_ERRORS * error, difference, 0.0)


# --- known boundary -------------------------------------------------------------------------------


def _with_known_boundary(
    who: Any, drifts: FloatArray, sample: Choices, boundary: float, k: int
) -> tuple[FloatArray, float, float]:
    """Variance times labelers, the relative error of its root, and the mean decision time."""
    if sample.contextual:
        assert sample.labeler is not None
        rows = (sample.features * drifts.reshape(len(drifts), -1)[sample.labeler]).sum(axis=1)
        estimate = consistent(sample, known_boundary(sample, boundary, PILOT_NDT))
        influence = len(drifts) * estimate.influence[:, : sample.features.shape[1]]
        return *_variance(influence), float(wiener.decision_time_mean(rows, boundary).mean())
    parts = _components(who)
    exact = parts is not None
    weights, means, sds = parts or (np.full(len(drifts), 1 / len(drifts)), drifts, 0 * drifts)
    square, time = _moments(weights, means, sds, boundary)
    mean, second = weights @ means, weights @ (means**2 + sds**2)
    variance = np.array([second - mean**2 + (square - second) / k])
    return variance, 0.0 if exact else _variance((drifts - mean)[:, None])[1], time


def _components(who: Any) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Weights, means and sds, if the population is a mixture of normals."""
    if not isinstance(who, Population):
        return None
    if who.name in {"normal", "point"}:
        mean, covariance = normal_moments(who, 1)
        return np.ones(1), mean, np.sqrt(covariance[0])
    if who.name != "mixture":
        return None
    names = ("means", "sds", "weights")
    means, sds, weights = (np.asarray(who.parameters[name], float) for name in names)
    return weights / weights.sum(), means, np.broadcast_to(sds, means.shape)


def _moments(
    weights: FloatArray, means: FloatArray, sds: FloatArray, boundary: float
) -> tuple[float, float]:
    """``E[w(T)^2]`` and ``E[T]`` over a mixture of normal drifts, by the trapezoidal rule."""
    time = boundary**2 * np.exp(LOG_TIMES)
    at_rest = wiener.zero_drift_log_density(time, boundary)
    density = np.zeros(len(time))
    for start in range(0, len(weights), BLOCK):
        part = slice(start, start + BLOCK)
        mean, var = means[part, None], sds[part, None] ** 2
        for side in (boundary, -boundary):
            tilt = wiener.random_drift_log_factor(side, time, mean, var)
            density += weights[part] @ np.exp(at_rest + tilt)
    mass = density * time * (LOG_TIMES[1] - LOG_TIMES[0])
    if not abs(mass.sum() - 1) < 1e-6:
        raise InputError(
            "the population's drifts are too large for this boundary: choices would be certain and "
            "take no time. Check that the times are in seconds."
        )
    return float(mass @ wiener.drift_weight(time, boundary) ** 2), float(mass @ time)
