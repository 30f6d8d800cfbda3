"""A simulated pilot: how much one labeler's choices say about the average, by each method."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.known import known_boundary
from bayes_ddm.estimators.boundaries.likelihood import Layout, refuse_many, scores_of, units_of
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric_boundary
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.planning.assumptions import PILOT_NDT, Assumptions
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.simulate.populations import Population

KNOWN, CONDITIONAL = "consistent_known_boundary", "consistent_conditional_boundary"
SEMIPARAMETRIC = "semiparametric"
MODELS = ("hierarchical", "contextual")
# below, normal intervals and estimated boundaries are not to be trusted, whatever the variance
FEWEST_LABELERS = 20
LARGEST_RELATIVE_SE = 0.25  # of an estimated boundary
BIAS_ERRORS = 3.0  # standard errors from which on a bias is one
SLIVER = 1e-12  # relative variance, where a population has none
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
    error : float
        Relative Monte Carlo standard error of the root of the variance.
    bias : ndarray, shape (parameters,)
    fewest : int
        Labelers below which the method is not to be trusted.
    usable : bool
        Whether what the method takes as known is known.
    note : str
    mix : tuple of float
        Parts of the labelers that come from each group, where there are groups.
    seconds : float
        Expected response time of a labeler.
    price : float
        Cost of a labeler, without their choices and time.
    """

    method: str
    choices: int
    variance: FloatArray
    error: float
    bias: FloatArray
    fewest: int = FEWEST_LABELERS
    usable: bool = True
    note: str = ""
    mix: tuple[float, ...] = ()
    seconds: float = 0.0
    price: float = 0.0


@dataclass(frozen=True, eq=False)
class Pilot:
    """Precisions by every method, the seconds that a labeler takes, and the features' names."""

    precisions: tuple[Precision, ...]
    seconds: float
    feature_names: tuple[str, ...]


def simulate_pilot(assumed: Assumptions, drifts: FloatArray, choices: int) -> Pilot:
    """Simulate labelers with these drifts, and take each method's influence functions.

    Drifts, shape (labelers,) or (labelers, features), are drawn from the assumed population; each
    labeler makes so many choices.

    Raises
    ------
    InputError
        If the drifts are out of proportion to the boundary, or the features cannot tell
        preferences apart.
    """
    sample = assumed.sample(drifts, choices)
    exact, time = _with_known_boundary(assumed, drifts, sample, choices)
    precisions = [exact]
    ndt = PILOT_NDT if "ndt" in assumed.known else None
    cells = None if exact.usable else assumed.cells(sample)
    repeats = None if exact.usable else conditional_boundary(sample, ndt, cells=cells)
    if repeats is not None:
        precisions += [_with_learned_boundary(CONDITIONAL, sample, repeats, assumed, choices)]
    smooth = None
    if "boundary" not in assumed.known or (assumed.by_condition and not exact.usable):
        smooth = semiparametric_boundary(sample, ndt, cells=cells)
    if smooth is not None:
        precisions += [_with_learned_boundary(SEMIPARAMETRIC, sample, smooth, assumed, choices)]
    if not assumed.by_condition:
        precisions += [_with_the_model(assumed, drifts, sample, choices)]
    seconds = choices * (time + float(assumed.values("ndt", sample).mean()))
    return Pilot(tuple(precisions), seconds, sample.feature_names)


def _variance(influence: FloatArray) -> tuple[FloatArray, float]:
    """Mean square of the influence, and the relative Monte Carlo error of its root."""
    squares = influence**2
    variance = squares.mean(axis=0)
    error = squares.std(axis=0) / variance / (2 * np.sqrt(len(influence)))
    return variance, float(error.max())


def _clear(bias: FloatArray, error: FloatArray) -> FloatArray:
    """Bias where it is more than Monte Carlo error, else 0."""
    return np.where(np.abs(bias) > BIAS_ERRORS * error, bias, 0.0 * error)


def _normals(population: Any, d: int) -> tuple[FloatArray, FloatArray, FloatArray] | None:
    """Weights, means and covariances of a population that is a mixture of normals; else None."""
    if not isinstance(population, Population):
        return None
    parameters = {key: np.asarray(x, dtype=float) for key, x in population.parameters.items()}
    if population.name == "mixture":
        means = parameters["means"]
        variances = np.broadcast_to(parameters["sds"] ** 2, means.shape)
        return (
            parameters["weights"] / parameters["weights"].sum(),
            means[:, None],
            variances[:, None, None],
        )
    if population.name not in {"normal", "point"}:
        return None
    variances = np.broadcast_to(parameters.get("sd", np.zeros(1)) ** 2, d)
    covariance = parameters.get("covariance", np.diag(variances))
    return np.ones(1), np.reshape(population.mean, (1, d)), covariance[None]


# --- learned boundary -----------------------------------------------------------------------------


def _with_learned_boundary(
    method: str, sample: Choices, bounds: Boundary, assumed: Assumptions, k: int
) -> Precision:
    n = len(sample.unit_count)
    d = max(1, sample.features.shape[1])
    estimate = consistent(sample, bounds)
    relative = max(n * np.sqrt((on**2).mean()) / b for b, on in _boundaries(bounds))
    pinned = (relative / LARGEST_RELATIVE_SE) ** 2
    precision = Precision(
        method,
        k,
        *_variance(n * estimate.influence[:, :d]),
        bias=np.zeros(d),
        fewest=max(FEWEST_LABELERS, math.ceil(np.nan_to_num(pinned))),
        note=bounds.note,
    )
    if method == CONDITIONAL:
        return precision
    note = bounds.note or "takes the population for a mixture of normals"
    if _normals(assumed.population, d) is not None:
        return replace(precision, note=note)
    right = _at_the_known(assumed, sample)
    error = np.sqrt(((estimate.influence - right.influence)[:, :d] ** 2).sum(axis=0))
    bias = _clear((estimate.values - right.values)[:d], error)
    return replace(precision, note=note, bias=bias)


def _boundaries(bounds: Boundary) -> list[tuple[float, FloatArray]]:
    """Boundary of each cell, and the influence on it."""
    if bounds.by_cell is None:
        return [(bounds.boundary, bounds.influence[:, 0])]
    return list(zip(bounds.by_cell.boundary.tolist(), bounds.influence.T, strict=False))


# --- known boundary -------------------------------------------------------------------------------


def _at_the_known(assumed: Assumptions, sample: Choices) -> Estimate:
    """Closed form at the assumed boundary."""
    rows = assumed.values("boundary", sample)
    boundary = known_boundary(sample, float(rows.mean()), PILOT_NDT)
    by_row = (rows, np.full(len(rows), PILOT_NDT)) if assumed.by_condition else None
    return consistent(sample, boundary, by_row=by_row)


def _with_known_boundary(
    assumed: Assumptions, drifts: FloatArray, sample: Choices, k: int
) -> tuple[Precision, float]:
    """Precision, and the mean decision time."""
    boundary = assumed.values("boundary", sample)
    if sample.contextual:
        assert sample.labeler is not None
        rows = (sample.features * drifts.reshape(len(drifts), -1)[sample.labeler]).sum(axis=1)
        time = float(wiener.decision_time_mean(rows, boundary).mean())
        estimate = _at_the_known(assumed, sample)
        d = sample.features.shape[1]
        variance, error = _variance(len(drifts) * estimate.influence[:, :d])
    else:
        normals = _normals(assumed.population, 1)
        weights, means, variances = (
            (np.full(len(drifts), 1 / len(drifts)), drifts, 0 * drifts)
            if normals is None
            else (part.ravel() for part in normals)
        )
        # of each boundary, and averaged over rows: choices of one labeler are independent given who
        levels, size = np.unique(boundary, return_counts=True)
        moments = [_moments(weights, means, variances, b) for b in levels.tolist()]
        square, time = np.average(moments, axis=0, weights=size).tolist()
        mean, second = weights @ means, weights @ (means**2 + variances)
        variance = np.array([second - mean**2 + (square - second) / k])
        error = _variance((drifts - mean)[:, None])[1] if normals is None else 0.0
    both = {"boundary", "ndt"} <= assumed.known
    note = "" if both else "if the boundary and the ndt were known"
    bias = np.zeros(len(variance))
    return Precision(KNOWN, k, variance, error, bias, usable=both, note=note), time


def _moments(
    weights: FloatArray, means: FloatArray, variances: FloatArray, boundary: float
) -> tuple[float, float]:
    """``E[w(T)^2]`` and ``E[T]`` over a mixture of normal drifts, by the trapezoidal rule."""
    time = boundary**2 * np.exp(LOG_TIMES)
    at_rest = wiener.zero_drift_log_density(time, boundary)
    density = np.zeros(len(time))
    for start in range(0, len(weights), BLOCK):
        part = slice(start, start + BLOCK)
        mean, var = means[part, None], variances[part, None]
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


# --- the model ------------------------------------------------------------------------------------


def _with_the_model(assumed: Assumptions, drifts: FloatArray, sample: Choices, k: int) -> Precision:
    columns = drifts.reshape(len(drifts), -1)
    refuse_many(columns.shape[1])
    normals = _normals(assumed.population, columns.shape[1])
    note = "takes the population for normal"
    if normals is not None and len(normals[0]) == 1:
        mean, covariance = normals[1][0], normals[2][0]
        influence, bias = _at_the_truth(assumed, sample, mean, covariance), 0 * mean
        if k == 1 and "boundary" not in assumed.known:
            note += ": single choices cannot contradict it, yet all rests on it"
    else:
        influence, bias = _fitted_normal(assumed, sample, columns)
        # what a function or a SciPy distribution draws may be normal after all
        named = isinstance(assumed.population, Population)
        note += ", which this one is not" if named else "; fitted to this one"
    return Precision(MODELS[int(sample.contextual)], k, *_variance(influence), bias=bias, note=note)


def _at_the_truth(
    assumed: Assumptions, sample: Choices, mean: FloatArray, covariance: FloatArray
) -> FloatArray:
    """Influence on the average where the population is normal: scores over their information."""
    boundary = float(assumed.values("boundary", sample)[0])
    units, scale = units_of(sample)
    layout = Layout(1, len(mean))
    point = layout.join(boundary, PILOT_NDT, mean * scale, np.ones(1))
    scaled = covariance * np.outer(scale, scale)
    # at a spread of zero its scores are zero too; a sliver above, they have a direction
    sliver = SLIVER * (1 / boundary**2 + scaled.max())
    root = np.linalg.cholesky(scaled + sliver * np.eye(len(mean)))
    root[np.diag_indices_from(root)] = np.log(np.diag(root))
    point[layout.factors] = root[np.tril_indices_from(root)]
    free = np.ones(len(point), dtype=bool)
    free[:2] = [name not in assumed.known for name in ("boundary", "ndt")]
    scores = scores_of(point, layout, units)[1][:, free]
    size = np.sqrt((scores**2).mean(axis=0))
    size[size == 0] = 1.0
    # in the directions that data say something about, whatever the features' units
    influence = len(scores) * np.linalg.pinv(scores / size, rcond=1e-5).T / size
    first = free[:2].sum()
    return influence[:, first : first + len(mean)] / scale


def _fitted_normal(
    assumed: Assumptions, sample: Choices, drifts: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Influence on the average of the normal model that is fitted to another population; bias."""
    at = float(assumed.values("boundary", sample)[0])
    boundary = at if "boundary" in assumed.known else None
    ndt = PILOT_NDT if "ndt" in assumed.known else None
    fit = drift_mixture(sample, ndt, 1, boundary=boundary)
    part = fit.influence.any(axis=1)  # of a large pilot, a part
    influence = part.sum() * fit.influence[part, 2:]
    # against the pilot's own mean: what its labelers happen to be like cancels
    own = drifts[part].mean(axis=0)
    error = (influence - (drifts[part] - own)).std(axis=0) / np.sqrt(len(influence))
    return influence, _clear(fit.mean - own, error)
