"""Labelers' preferences given their own choices and everything else: in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.distributions.parameters import scales
from bayes_ddm.fitting.population_draws import PopulationDraw

__all__ = [
    "ScaledSums",
    "conditional_preferences",
    "draw_preferences",
    "pick",
    "scaled_features",
    "scaled_sums",
]


def scaled_features(choices: Choices) -> tuple[FloatArray, FloatArray]:
    """Attribute differences as the models take them, and what they were divided by."""
    if not choices.contextual:
        return np.ones((len(choices), 1)), np.ones(1)
    scale = scales(choices)
    return choices.features / scale, scale


@dataclass(frozen=True)
class ScaledSums:
    """Sums over each labeler's rows, features scaled: see `bayes_ddm.data.sufficient`."""

    choice: FloatArray
    psi: FloatArray
    gram: FloatArray
    rt_gram: FloatArray


def scaled_sums(choices: Choices, psi: FloatArray) -> ScaledSums:
    """Sum over each labeler's rows; ``psi`` from `scaled_features`."""
    outer = psi[:, :, None] * psi[:, None, :]
    return ScaledSums(
        choice=sum_by_unit(choices, choices.choice[:, None] * psi),
        psi=sum_by_unit(choices, psi),
        gram=sum_by_unit(choices, outer),
        rt_gram=sum_by_unit(choices, choices.rt[:, None, None] * outer),
    )


def conditional_preferences(
    sums: ScaledSums,
    numbers: PopulationDraw,
    boundary: FloatArray,
    ndt: FloatArray,
    start: FloatArray,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Labelers' preferences given their data and everything else: a mixture of Gaussians.

    Returns
    -------
    log_weight : ndarray, shape (labelers, types)
        Log of the type's share times the likelihood of the labeler's choices and times under it,
        but for the factor at drift 0.
    mean : ndarray, shape (labelers, types, d)
    root : ndarray, shape (labelers, types, d, d)
        The covariance is ``root root'``.
    """
    units = np.zeros(len(sums.choice))
    boundary, ndt, start = (units + x for x in (boundary, ndt, start))
    offset = boundary * (2 * start - 1)
    gathered = boundary[..., None] * sums.choice - offset[..., None] * sums.psi
    time = sums.rt_gram - ndt[..., None, None] * sums.gram
    theta, chol = numbers.mean, numbers.chol
    residual = gathered[:, None, :] - np.einsum("nij,kj->nki", time, theta)
    inner = np.einsum("kji,njl,klm->nkim", chol, time, chol) + np.eye(theta.shape[1])
    factor = np.linalg.cholesky(inner)
    # root = chol factor^-T, so that root root' = chol (I + chol' time chol)^-1 chol'
    inverse = np.linalg.solve(factor, np.broadcast_to(np.eye(theta.shape[1]), factor.shape))
    root = np.einsum("kij,nklj->nkil", chol, inverse)
    white = np.einsum("nkji,nkj->nki", root, residual)
    mean = theta + np.einsum("nkij,nkj->nki", root, white)
    at_mean = 0.5 * np.einsum("kj,nkj->nk", theta, gathered[:, None, :] + residual)
    log_det = np.log(np.einsum("nkii->nki", factor)).sum(axis=-1)
    log_weight = np.log(numbers.weight) + at_mean + 0.5 * (white**2).sum(axis=-1) - log_det
    return log_weight, mean, root


def pick(log_weight: FloatArray, rng: np.random.Generator) -> IntArray:
    """Draw a component for each labeler, from the logs of its unnormalised weights."""
    share = np.exp(log_weight - logsumexp(log_weight, axis=-1, keepdims=True))
    beyond = rng.random(len(share))[:, None] > np.cumsum(share, axis=-1)[:, :-1]
    return beyond.sum(axis=-1)


def draw_preferences(
    log_weight: FloatArray, mean: FloatArray, root: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw from what `conditional_preferences` returns, shape (labelers, d)."""
    each = np.arange(len(mean))
    kind = pick(log_weight, rng)
    normal = rng.normal(size=(len(mean), mean.shape[2]))
    return mean[each, kind] + np.einsum("nij,nj->ni", root[each, kind], normal)
