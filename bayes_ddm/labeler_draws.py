"""Parameters of individual labelers, draw by draw: what prediction of every kind is made from.

Preferences that a model integrates out are drawn from their exact conditional distribution, given
a posterior draw of everything else.  One draw is held at a time, whatever the number of labelers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayes_ddm.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.fitted import model_of
from bayes_ddm.parameters import scales
from bayes_ddm.posterior import draws_of, thinned
from bayes_ddm.program import Experiment, experiment_of
from bayes_ddm.provenance import choices_of
from bayes_ddm.simulate import first_passage
from bayes_ddm.sufficient import sum_by_unit
from bayes_ddm.wiener import choice_probability, log_density, starting_point_log_density

__all__ = [
    "Labelers",
    "conditional_preferences",
    "fitted_labelers",
    "new_labelers",
    "preference_moments",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Labelers:
    """Parameters of some labelers in one posterior draw.

    Attributes
    ----------
    preference : ndarray, shape (labelers, d)
        Drift per unit of each feature, in the user's units; without features ``d`` is 1.
    boundary, ndt, start : ndarray, shape (labelers,)
        Half the boundary separation; non-decision time in seconds (NaN where the model has no
        response times); relative starting point.
    lapse, lapse_rt : float
        Share of lapses and their mean response time in seconds.
    """

    preference: FloatArray
    boundary: FloatArray
    ndt: FloatArray
    start: FloatArray
    lapse: float = 0.0
    lapse_rt: float = 1.0

    def __len__(self) -> int:
        return len(self.preference)

    def drift(self, features: FloatArray | None, who: IntArray) -> FloatArray:
        """Drift of each row, shape (rows,)."""
        own = self.preference[who]
        return own[:, 0] if features is None else (features * own).sum(axis=1)

    def simulate(
        self, features: FloatArray | None, who: IntArray, rng: np.random.Generator
    ) -> tuple[NDArray[np.int8], FloatArray]:
        """Simulate rows, exactly.

        Parameters
        ----------
        features : ndarray, shape (rows, d), or None
        who : ndarray of int, shape (rows,)
            Labeler of each row.
        rng : numpy.random.Generator

        Returns
        -------
        choice : ndarray of int8, shape (rows,)
        rt : ndarray, shape (rows,)
            Seconds.
        """
        start: Any = 0.5 if (self.start == 0.5).all() else self.start[who]
        drift = self.drift(features, who)
        choice, time = first_passage(drift, self.boundary[who], rng, start=start)
        rt = time + self.ndt[who]
        lapsed = rng.random(rt.shape) < self.lapse
        guess = rng.choice(np.array([-1, 1], dtype=np.int8), rt.shape)
        return (
            np.where(lapsed, guess, choice),
            np.where(lapsed, rng.exponential(self.lapse_rt, rt.shape), rt),
        )

    def log_density(
        self, choice: Any, rt: FloatArray, features: FloatArray | None, who: IntArray
    ) -> FloatArray:
        """Log density of (choice, rt) of each row, shape (rows,), given these parameters.

        Raises
        ------
        InputError
            If the model has no response times.
        """
        if np.isnan(self.ndt).any():
            raise InputError("choice_only says nothing of response times; score choices alone.")
        own = {
            "drift": self.drift(features, who),
            "boundary": self.boundary[who],
            "ndt": self.ndt[who],
        }
        if (self.start == 0.5).all():
            attentive = log_density(rt, choice, **own)
        else:
            attentive = starting_point_log_density(rt, choice, start=self.start[who], **own)
        if not self.lapse:
            return attentive
        guess = -rt / self.lapse_rt - np.log(2 * self.lapse_rt)
        return np.logaddexp(np.log1p(-self.lapse) + attentive, np.log(self.lapse) + guess)

    def probability(self, features: FloatArray | None, who: IntArray) -> FloatArray:
        """Probability of choosing +1, shape (rows,); half of the lapses do."""
        drift = self.drift(features, who)
        attentive = choice_probability(drift, self.boundary[who], self.start[who])
        return (1 - self.lapse) * attentive + self.lapse / 2


# --- the model's parameters as numbers ------------------------------------------------------------


@dataclass(frozen=True)
class _Numbers:
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


def _numeric(model: pm.Model) -> Callable[[xr.Dataset], _Numbers]:
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

    def evaluate(draw: xr.Dataset) -> _Numbers:
        values = [draw[rv.name].values.astype(rv.dtype) for rv in model.free_RVs]
        found: dict[str, Any] = missing | dict(zip(present, function(*values), strict=True))
        mean = np.atleast_2d(found["mean"])
        d = mean.shape[1]
        chol = np.asarray(found.get("chol", np.zeros((d, d)))).reshape(-1, d, d)
        return _Numbers(
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


def _scaled(choices: Choices) -> tuple[FloatArray, FloatArray]:
    """Attribute differences as the models take them, and what they were divided by."""
    if not choices.contextual:
        return np.ones((len(choices), 1)), np.ones(1)
    scale = scales(choices)
    return choices.features / scale, scale


# --- labelers -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Sums:
    """Sums over each labeler's rows, features scaled: see `bayes_ddm.sufficient`."""

    choice: FloatArray
    psi: FloatArray
    gram: FloatArray
    rt_gram: FloatArray


def _sums(choices: Choices, psi: FloatArray) -> _Sums:
    outer = psi[:, :, None] * psi[:, None, :]
    return _Sums(
        choice=sum_by_unit(choices, choices.choice[:, None] * psi),
        psi=sum_by_unit(choices, psi),
        gram=sum_by_unit(choices, outer),
        rt_gram=sum_by_unit(choices, choices.rt[:, None, None] * outer),
    )


def conditional_preferences(
    sums: _Sums, numbers: _Numbers, boundary: FloatArray, ndt: FloatArray, start: FloatArray
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


def _pick(log_weight: FloatArray, rng: np.random.Generator) -> IntArray:
    share = np.exp(log_weight - logsumexp(log_weight, axis=-1, keepdims=True))
    beyond = rng.random(len(share))[:, None] > np.cumsum(share, axis=-1)[:, :-1]
    return beyond.sum(axis=-1)


def _from_population(numbers: _Numbers, n: int, rng: np.random.Generator) -> FloatArray:
    kind = rng.choice(len(numbers.weight), n, p=numbers.weight / numbers.weight.sum())
    normal = rng.normal(size=(n, numbers.mean.shape[1]))
    return numbers.mean[kind] + np.einsum("nij,nj->ni", numbers.chol[kind], normal)


def _draws(fit: xr.DataTree, draws: int, model: pm.Model | None) -> Iterator[_Numbers]:
    samples = thinned(fit, draws)
    evaluate = _numeric(model or model_of(fit))
    for index in range(samples.sizes["sample"]):
        yield evaluate(samples.isel(sample=index))


def fitted_labelers(
    fit: xr.DataTree, draws: int = 200, seed: int = 0, *, model: pm.Model | None = None
) -> Iterator[Labelers]:
    """Parameters of the fit's own labelers, one posterior draw after the other.

    Parameters
    ----------
    fit : DataTree
    draws : int
        At most as many, evenly spaced.
    seed : int
    model : pm.Model, optional
        `bayes_ddm.model_of(fit)`, if it is at hand.

    Yields
    ------
    Labelers
        In the order of ``choices.labelers``; of anonymous choices, one per choice (grouped rows
        repeated).

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> choices = bd.simulate.experiment("normal", labelers=30, choices=4, boundary=1.25, seed=1)
    >>> fit = bd.fit(choices, ndt=0, draws=200, tune=200, chains=2, seed=1, progress=False)
    >>> len(next(fitted_labelers(fit)))
    30
    """
    choices = choices_of(fit).expanded()
    rng = np.random.default_rng(seed)
    psi, scale = _scaled(choices)
    sums = _sums(choices, psi)
    n = len(choices.unit_count)
    for numbers in _draws(fit, draws, model):
        boundary = np.broadcast_to(numbers.boundary, n)
        if numbers.preference is not None:
            preference = numbers.preference
        elif choices.anonymous:
            boundary, preference = _anonymous(choices, sums, numbers, rng)
        else:
            found = conditional_preferences(sums, numbers, boundary, numbers.ndt, numbers.start)
            preference = _draw_preferences(*found, rng)
        yield _labelers(numbers, preference / scale, boundary)


def _labelers(numbers: _Numbers, preference: FloatArray, boundary: FloatArray) -> Labelers:
    n = len(preference)
    return Labelers(
        preference=preference,
        boundary=boundary,
        ndt=np.broadcast_to(numbers.ndt, n),
        start=np.broadcast_to(numbers.start, n),
        lapse=numbers.lapse,
        lapse_rt=numbers.lapse_rt,
    )


def _draw_preferences(
    log_weight: FloatArray, mean: FloatArray, root: FloatArray, rng: np.random.Generator
) -> FloatArray:
    each = np.arange(len(mean))
    kind = _pick(log_weight, rng)
    normal = rng.normal(size=(len(mean), mean.shape[2]))
    return mean[each, kind] + np.einsum("nij,nj->ni", root[each, kind], normal)


def _anonymous(
    choices: Choices, sums: _Sums, numbers: _Numbers, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Boundary and preference of labelers who chose once, perhaps in a lapse."""
    n = len(choices)
    if np.isnan(numbers.ndt):
        raise InputError(
            "choice_only knows nothing of anonymous labelers but their population; predict new "
            "ones, or name the labelers' column."
        )
    # own boundaries by importance: each candidate weighted by how well it explains the choice
    candidates = 1 if not numbers.boundary_spread else 30
    score = rng.normal(size=(candidates, n)) * numbers.boundary_spread
    tried = numbers.boundary * np.exp(score)
    weights, preferences = np.empty((n, candidates)), []
    for j, boundary in enumerate(tried):
        log_weight, mean, root = conditional_preferences(
            sums, numbers, boundary, numbers.ndt, numbers.start
        )
        at_zero = starting_point_log_density(
            choices.rt,
            choices.choice,
            drift=0.0,
            boundary=boundary,
            start=numbers.start,
            ndt=numbers.ndt,
        )
        weights[:, j] = at_zero + logsumexp(log_weight, axis=1)
        preferences.append(_draw_preferences(log_weight, mean, root, rng))
    each, chosen = np.arange(n), _pick(weights, rng)
    boundary, preference = tried[chosen, each], np.stack(preferences)[chosen, each]
    if numbers.lapse:
        attentive = np.log1p(-numbers.lapse) + logsumexp(weights, axis=1) - np.log(candidates)
        guess = np.log(numbers.lapse / (2 * numbers.lapse_rt)) - choices.rt / numbers.lapse_rt
        lapsed = rng.random(n) < 1 / (1 + np.exp(np.minimum(attentive - guess, 700)))
        # a lapse says nothing of who made it
        preference = np.where(lapsed[:, None], _from_population(numbers, n, rng), preference)
        boundary = np.where(lapsed, tried[0], boundary)
    return boundary, preference


def preference_moments(
    fit: xr.DataTree, draws: int = 500
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean and variance of each unit's preferences given one posterior draw after the other.

    Yields
    ------
    mean, variance : ndarray, shape (units, d)
        In the user's units. Exact, with variance from the conditional distribution, wherever
        the model integrates preferences out; else drawn, with variance 0.
    """
    choices = choices_of(fit)
    psi, scale = _scaled(choices)
    sums = _sums(choices, psi)
    rng = np.random.default_rng(0)
    for numbers in _draws(fit, draws, None):
        if numbers.preference is not None:
            yield numbers.preference / scale, np.zeros_like(numbers.preference)
        elif choices.anonymous and (numbers.boundary_spread or numbers.lapse):
            _, drawn = _anonymous(choices, sums, numbers, rng)
            yield drawn / scale, np.zeros_like(drawn)
        else:
            log_weight, mean, root = conditional_preferences(
                sums, numbers, numbers.boundary, numbers.ndt, numbers.start
            )
            share = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))[..., None]
            middle = (share * mean).sum(axis=1)
            second = (share * ((root**2).sum(axis=-1) + mean**2)).sum(axis=1)
            yield middle / scale, np.maximum(second - middle**2, 0) / scale**2


def new_labelers(
    fit: xr.DataTree, n: int, draws: int = 200, seed: int = 0, *, model: pm.Model | None = None
) -> Iterator[Labelers]:
    """Parameters of ``n`` labelers drawn from the population, one posterior draw after the other.

    Parameters are those of `fitted_labelers`.

    Yields
    ------
    Labelers
    """
    choices = choices_of(fit)
    rng = np.random.default_rng(seed)
    _, scale = _scaled(choices)
    samples = thinned(fit, draws)
    known = {name: _medians(fit, samples, name) for name in ("boundary", "ndt", "start")}
    for index, numbers in enumerate(_draws(fit, draws, model)):
        own = {}
        for name, (center, spread) in known.items():
            shared = getattr(numbers, name)
            if spread is None:
                own[name] = np.broadcast_to(shared, n)
                continue
            score = spread[index] * rng.normal(size=n)
            middle = center[index]
            odds = middle / (1 - middle) if name == "start" else middle
            value = odds * np.exp(score)
            own[name] = value / (1 + value) if name == "start" else value
        yield Labelers(
            preference=_from_population(numbers, n, rng) / scale,
            **own,
            lapse=numbers.lapse,
            lapse_rt=numbers.lapse_rt,
        )


def _medians(
    fit: xr.DataTree, samples: xr.Dataset, name: str
) -> tuple[FloatArray, FloatArray | None]:
    """Draws of a parameter's population median and, where labelers differ, of its spread."""
    try:
        spread = draws_of(fit, f"{name}_spread", samples)
    except InputError:
        return np.empty(0), None
    return draws_of(fit, name, samples), spread
