"""The normal model on a pilot: scores, influence, and its fit where the population is another."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import labeler_sums, sum_by_unit
from bayes_ddm.simulate.populations import Population

__all__ = [
    "BIAS_ERRORS",
    "influence_of",
    "misspecified",
    "normal_law",
    "normal_moments",
    "scores_of",
]


# of the fit where the population is not normal: scores' outer products at first, then curvature
MOST_STEPS = 40
EASY_STEPS = 3
PRECISION = 1e-10  # of the log likelihood of a labeler
BIAS_ERRORS = 3.0  # standard errors from which on a bias is one


def normal_moments(who: Population, d: int) -> tuple[FloatArray, FloatArray]:
    """Mean and covariance of a normal population, or of one where all are equal."""
    mean = np.atleast_1d(np.asarray(who.mean, dtype=float))
    if "covariance" in who.parameters:
        return mean, np.asarray(who.parameters["covariance"], dtype=float)
    sd = np.asarray(who.parameters.get("sd", float(who.name == "normal")), dtype=float)
    return mean, np.diag(np.broadcast_to(sd, d) ** 2)


def normal_law(who: Any, drifts: FloatArray) -> tuple[FloatArray, FloatArray, bool]:
    """Mean, covariance, and whether the population is normal; else the drifts' own moments."""
    columns = drifts.reshape(len(drifts), -1)
    d = columns.shape[1]
    if isinstance(who, Population) and who.name in {"normal", "point"}:
        return *normal_moments(who, d), True
    return columns.mean(axis=0), np.cov(columns.T).reshape(d, d), False


def scores_of(
    sample: Choices, mean: FloatArray, covariance: FloatArray, boundary: float, ndt: float
) -> tuple[float, FloatArray]:
    """Mean log likelihood of labelers, their drifts integrated out, and every labeler's scores.

    Scores are derivatives by the mean, by the upper triangle of the covariance, by the boundary
    and by the ndt, shape (labelers, parameters).
    """
    sums = labeler_sums(sample)
    time = sample.rt - ndt
    slope = wiener.zero_drift_log_slope(time, boundary)
    at_rest = wiener.zero_drift_log_density(time, boundary)
    of_rows = sum_by_unit(sample, np.stack([at_rest, time * slope, slope], axis=1))

    d = len(mean)
    precision = sums.decision_gram(ndt)
    residual = boundary * sums.choice - precision @ mean
    spread = np.eye(d) + precision @ covariance
    # (I + A Sigma)^-1 stays finite where the covariance is singular
    inverse = np.linalg.inv(spread)
    by_mean = np.einsum("nij,nj->ni", inverse, residual)
    own = mean + by_mean @ covariance
    own_second = own[:, :, None] * own[:, None, :] + covariance @ inverse
    by_covariance = (by_mean[:, :, None] * by_mean[:, None, :] - inverse @ precision) / 2
    k, m = np.triu_indices(d)
    by_boundary = (sums.choice * own).sum(axis=1) - 2 * (sums.n + of_rows[:, 1]) / boundary
    by_ndt = np.einsum("nij,nij->n", own_second, sums.gram) / 2 - of_rows[:, 2]

    gain = boundary * sums.choice @ mean - np.einsum("nij,i,j->n", precision, mean, mean) / 2
    gain += np.einsum("ni,ij,nj->n", by_mean, covariance, residual) / 2
    value = of_rows[:, 0] + gain - np.log(np.linalg.det(spread)) / 2
    return float(value.mean()), np.column_stack(
        [by_mean, by_covariance[:, k, m] * np.where(k == m, 1, 2), by_boundary, by_ndt]
    )


def influence_of(scores: FloatArray, curvature: FloatArray | None = None) -> FloatArray:
    """Influence of each labeler on the parameters; the information by default for curvature."""
    if curvature is None:
        curvature = scores.T @ scores / len(scores)
    return scores @ _inverse(curvature)


def _inverse(curvature: FloatArray) -> FloatArray:
    """Inverse in the directions that data say something about, whatever the features' units."""
    diagonal = np.abs(np.diag(curvature))
    scale = np.sqrt(np.where(diagonal > 0, diagonal, 1))
    inverse = np.linalg.pinv(curvature / np.outer(scale, scale), rcond=1e-10, hermitian=True)
    return inverse / np.outer(scale, scale)


def misspecified(
    sample: Choices, drifts: FloatArray, point: tuple[Any, ...], free: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Fit the normal model to another population: influence on the mean, and its bias."""
    d = len(point[0])
    k, m = np.triu_indices(d)

    def at(values: FloatArray) -> tuple[float, FloatArray]:
        return scores_of(sample, values[:d], covariance(values), *values[-2:])

    def covariance(values: FloatArray) -> FloatArray:
        made = np.zeros((d, d))
        made[k, m] = made[m, k] = values[d:-2]
        return made

    def possible(values: FloatArray) -> bool:
        boundary, ndt = values[-2:]
        spread = np.linalg.eigvalsh(covariance(values))[0]
        return bool(boundary > 0 and ndt < sample.rt.min() and spread >= 0)

    where = np.concatenate([point[0], point[1][k, m], point[2:]])
    value, scores = at(where)
    found = False
    for step in range(MOST_STEPS):
        gradient = scores[:, free].mean(axis=0)
        metric = scores[:, free].T @ scores[:, free] / len(scores)
        if step >= EASY_STEPS:
            exact = _curvature(at, where, free)
            metric = exact if np.linalg.eigvalsh(exact)[0] > 0 else metric
        move = np.zeros(len(where))
        move[free] = _inverse(metric) @ gradient
        if gradient @ move[free] < PRECISION:
            found = True
            break
        for _ in range(40):
            if possible(where + move):
                new_value, new_scores = at(where + move)
                if new_value > value:
                    break
            move /= 2
        else:
            found = True  # as high as rounding can tell
            break
        where, value, scores = where + move, new_value, new_scores
    if not found:
        return np.full((len(drifts), d), np.nan), np.full(d, np.nan)
    influence = influence_of(scores[:, free], _curvature(at, where, free))[:, :d]
    # against the pilot's own mean: what its labelers happen to be like cancels
    columns = drifts.reshape(len(drifts), -1)
    own = columns.mean(axis=0)
    bias = where[:d] - own
    noise = (influence - (columns - own)).std(axis=0) / np.sqrt(len(drifts))
    return influence, np.where(np.abs(bias) > BIAS_ERRORS * noise, bias, 0.0)


def _curvature(at: Any, where: FloatArray, free: BoolArray) -> FloatArray:
    """Minus the second derivatives of the mean log likelihood by the free parameters."""
    columns = []
    for j in np.flatnonzero(free):
        step = np.zeros(len(where))
        step[j] = 1e-4 * max(0.1, abs(where[j]))
        above, below = (at(where + sign * step)[1].mean(axis=0) for sign in (1, -1))
        columns.append((above - below)[free] / (2 * step[j]))
    hessian = np.stack(columns)
    return -(hessian + hessian.T) / 2
