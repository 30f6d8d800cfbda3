"""Preferences in a posterior draw: of the population, and of each labeler in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.sufficient import LabelerSums
from bayes_ddm.distributions.program import Experiment, experiment_of
from bayes_ddm.fitting.posterior import Posterior


@dataclass(frozen=True)
class PopulationDraw:
    """An `Experiment` in one posterior draw; features scaled."""

    weight: FloatArray  # (types,)
    mean: FloatArray  # (types, d)
    chol: FloatArray  # (types, d, d)
    boundary: FloatArray
    ndt: FloatArray
    start: FloatArray
    lapse: float
    lapse_rt: float
    preference: FloatArray | None
    boundary_spread: float


def _numeric(model: pm.Model) -> Callable[[xr.Dataset], PopulationDraw]:
    experiment: Experiment = experiment_of(model)
    who, how = experiment.population, experiment.diffusion
    symbols = {
        "weight": who.weight,
        "mean": who.mean,
        "chol": who.chol,
        "boundary": how.boundary,
        "ndt": how.ndt,
        "start": how.start,
        "lapse": how.lapse,
        "lapse_rt": how.lapse_rt,
        "preference": experiment.preference,
        "boundary_spread": how.boundary_spread,
    }
    present = {key: symbol for key, symbol in symbols.items() if symbol is not None}
    # small graphs, evaluated a few hundred times: not worth compiling
    function = pytensor.function(
        model.free_RVs,
        [pytensor.tensor.as_tensor(symbol) for symbol in present.values()],
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    missing = {"ndt": np.nan, "start": 0.5, "lapse": 0.0, "lapse_rt": 1.0, "boundary_spread": 0.0}

    def evaluate(draw: xr.Dataset) -> PopulationDraw:
        values = [draw[rv.name].values.astype(rv.dtype) for rv in model.free_RVs]
        found: dict[str, Any] = missing | dict(zip(present, function(*values), strict=True))
        mean = np.atleast_2d(found["mean"])
        d = mean.shape[1]
        chol = np.asarray(found.get("chol", np.zeros((d, d)))).reshape(-1, d, d)
        return PopulationDraw(
            weight=np.atleast_1d(found.get("weight", 1.0)),
            mean=mean,
            chol=np.broadcast_to(chol, (len(mean), d, d)),
            boundary=np.asarray(found["boundary"], dtype=float),
            ndt=np.asarray(found["ndt"], dtype=float),
            start=np.asarray(found["start"], dtype=float),
            lapse=float(found["lapse"]),
            lapse_rt=float(found["lapse_rt"]),
            preference=found.get("preference"),
            boundary_spread=float(found["boundary_spread"]),
        )

    return evaluate


def population_draws(posterior: Posterior, draws: int) -> Iterator[PopulationDraw]:
    """Yield the parameters of the population in at most `draws` posterior draws, evenly spaced."""
    samples = posterior.samples(draws)
    evaluate = _numeric(posterior.program)
    for index in range(samples.sizes["sample"]):
        yield evaluate(samples.isel(sample=index))


def from_population(numbers: PopulationDraw, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw the preferences of ``n`` labelers, shape (n, d), features scaled."""
    kind = rng.choice(len(numbers.weight), n, p=numbers.weight / numbers.weight.sum())
    normal = rng.normal(size=(n, numbers.mean.shape[1]))
    return numbers.mean[kind] + np.einsum("nij,nj->ni", numbers.chol[kind], normal)


def conditional_preferences(
    sums: LabelerSums,
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
