"""Preferences in a posterior draw: of the population, and of each labeler in closed form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor
import xarray as xr
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import LabelerSums, labeler_sums
from bayes_ddm.distributions.by_condition import Groups, groups
from bayes_ddm.distributions.program import Experiment, experiment_of
from bayes_ddm.distributions.vocabulary import ABSENT, DIFFUSION
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.wiener.trial_drift import bound_evidence, trial_evidence


@dataclass(frozen=True)
class PopulationDraw:
    """An `Experiment` in one posterior draw; features scaled."""

    weight: FloatArray  # (types,)
    mean: FloatArray  # (types, d)
    chol: FloatArray  # (types, d, d)
    boundary: FloatArray
    ndt: FloatArray
    start: FloatArray
    drift_noise: FloatArray
    collapse: FloatArray
    lapse: float
    lapse_rt: float
    saturation: float  # infinite where the drift is linear
    preference: FloatArray | None
    boundary_spread: float
    factors: dict[str, FloatArray]  # of each parameter that varies by condition, (cells,)
    change: FloatArray | None  # (columns of labelers' covariates, d)
    population: dict[str, tuple[float, float]]  # median and spread of labelers' own values
    values: dict[str, float]  # parameters of value functions in the drift's formula

    @property
    def diffusion(self) -> dict[str, FloatArray]:
        """How labelers decide, by name; one for all or one per labeler."""
        return {name: getattr(self, name) for name in DIFFUSION}

    def shift(self, people: FloatArray | None) -> FloatArray | None:
        """How far labelers' averages are from that of all, given their covariates, (units, d)."""
        return None if people is None or self.change is None else people @ self.change


def _numeric(model: pm.Model) -> Callable[[xr.Dataset], PopulationDraw]:
    experiment: Experiment = experiment_of(model)
    population, how = experiment.population, experiment.diffusion
    symbols = {
        "weight": population.weight,
        "mean": population.mean,
        "chol": population.chol,
        **{name: getattr(how, name) for name in DIFFUSION},
        "lapse": how.lapse,
        "lapse_rt": how.lapse_rt,
        "saturation": how.saturation,
        "preference": experiment.preference,
        "boundary_spread": how.boundary_spread,
        "change": population.change,
        **{f"value of {name}": value for name, value in experiment.values.items()},
        **{f"factor of {name}": factor.value for name, factor in how.factors.items()},
        **{f"median of {name}": median for name, (median, _) in how.population.items()},
        **{f"spread of {name}": spread for name, (_, spread) in how.population.items()},
    }
    present = {key: symbol for key, symbol in symbols.items() if symbol is not None}
    # small graphs, evaluated a few hundred times: not worth compiling
    function = pytensor.function(
        model.free_RVs,
        [pytensor.tensor.as_tensor(symbol) for symbol in present.values()],
        mode="FAST_COMPILE",
        on_unused_input="ignore",
    )
    missing = {"ndt": np.nan, "lapse_rt": 1.0, "boundary_spread": 0.0, "saturation": np.inf}
    missing |= ABSENT

    def evaluate(draw: xr.Dataset) -> PopulationDraw:
        values = [draw[rv.name].values.astype(rv.dtype) for rv in model.free_RVs]
        numbers: dict[str, Any] = missing | dict(zip(present, function(*values), strict=True))
        mean = np.atleast_2d(numbers["mean"])
        d = mean.shape[1]
        chol = np.asarray(numbers.get("chol", np.zeros((d, d)))).reshape(-1, d, d)
        return PopulationDraw(
            weight=np.atleast_1d(numbers.get("weight", 1.0)),
            mean=mean,
            chol=np.broadcast_to(chol, (len(mean), d, d)),
            **{name: np.asarray(numbers[name], dtype=float) for name in DIFFUSION},
            lapse=float(numbers["lapse"]),
            lapse_rt=float(numbers["lapse_rt"]),
            saturation=float(numbers["saturation"]),
            preference=numbers.get("preference"),
            boundary_spread=float(numbers["boundary_spread"]),
            factors={name: numbers[f"factor of {name}"] for name in how.factors},
            change=numbers.get("change"),
            population={
                name: (float(numbers[f"median of {name}"]), float(numbers[f"spread of {name}"]))
                for name in how.population
            },
            values={name: float(numbers[f"value of {name}"]) for name in experiment.values},
        )

    return evaluate


def population_draws(posterior: Posterior, draws: int) -> Iterator[PopulationDraw]:
    """Yield the parameters of the population in at most `draws` posterior draws, evenly spaced."""
    return drawn_populations(posterior, posterior.samples(draws))


def drawn_populations(posterior: Posterior, samples: xr.Dataset) -> Iterator[PopulationDraw]:
    """Yield the parameters of the population in each of these draws."""
    evaluate = _numeric(posterior.program)
    for index in range(samples.sizes["sample"]):
        yield evaluate(samples.isel(sample=index))


def from_population(
    numbers: PopulationDraw, n: int, rng: np.random.Generator, people: FloatArray | None = None
) -> FloatArray:
    """Draw the preferences of ``n`` labelers, shape (n, d), features scaled."""
    kind = rng.choice(len(numbers.weight), n, p=numbers.weight / numbers.weight.sum())
    normal = rng.normal(size=(n, numbers.mean.shape[1]))
    preference = numbers.mean[kind] + np.einsum("nij,nj->ni", numbers.chol[kind], normal)
    shift = numbers.shift(people)
    return preference if shift is None else preference + shift


@dataclass(frozen=True, eq=False)
class GroupedSums:
    """Sums over rows that share labeler, boundary, ndt and the like; made by `grouped_sums`.

    Attributes
    ----------
    sums : LabelerSums
        One entry per group.
    groups : Groups
    units : int
        Number of labelers.
    rt, choice : ndarray, shape (rows,)
    psi : ndarray, shape (rows, d)
        Scaled attribute differences.
    """

    sums: LabelerSums
    groups: Groups
    units: int
    rt: FloatArray
    choice: FloatArray
    psi: FloatArray

    def evidence(
        self, diffusion: Mapping[str, FloatArray], factors: Mapping[str, FloatArray]
    ) -> tuple[FloatArray, FloatArray]:
        """What labelers' rows say of their preferences ``x``: ``exp(gathered'x - x'time x / 2)``.

        Parameters
        ----------
        diffusion : mapping
            Boundary, ndt, start, drift noise and collapse, one for all or one per labeler, in the
            middle of conditions.
        factors : mapping
            What a parameter is multiplied by in its cells.

        Returns
        -------
        gathered : ndarray, shape (labelers, d)
        time : ndarray, shape (labelers, d, d)
        """
        n = np.zeros(len(self.groups))
        at = {
            name: n + self.groups.value(np.asarray(diffusion[name]), factors.get(name), name)
            for name in DIFFUSION
        }
        if at["drift_noise"].any() or at["collapse"].any():
            return self._by_row({name: x[self.groups.group] for name, x in at.items()})
        b = at["boundary"]
        offset = b * (2 * at["start"] - 1)
        gathered = b[:, None] * self.sums.choice - offset[:, None] * self.sums.psi
        time = self.sums.rt_gram - at["ndt"][:, None, None] * self.sums.gram
        if len(self.groups) == self.units:
            return gathered, time
        return self._by_labeler(gathered), self._by_labeler(time)

    def _by_row(self, at: Mapping[str, FloatArray]) -> tuple[FloatArray, FloatArray]:
        time = np.maximum(self.rt - at["ndt"], 0)
        # once the bounds have met nothing is said; the density tells
        time = np.where(at["collapse"] * time < 1, time, 0.0)
        gathered = bound_evidence(
            self.choice, time, at["boundary"], 2 * at["start"] - 1, at["collapse"]
        )
        gathered, time, *_ = trial_evidence(gathered, time, at["drift_noise"] ** 2)
        unit, d = self.groups.unit[self.groups.group], self.psi.shape[1]

        def total(x: FloatArray) -> FloatArray:
            return np.bincount(unit, weights=x, minlength=self.units)

        psi = self.psi.T
        lower = [[total(time * psi[a] * psi[b]) for b in range(a + 1)] for a in range(d)]
        gram = [[lower[max(a, b)][min(a, b)] for b in range(d)] for a in range(d)]
        return np.stack([total(gathered * x) for x in psi], axis=1), np.moveaxis(
            np.array(gram), -1, 0
        )

    def _by_labeler(self, values: FloatArray) -> FloatArray:
        total = np.zeros((self.units, *values.shape[1:]))
        np.add.at(total, self.groups.unit, values)
        return total

    def repeated(self, repeats: int) -> GroupedSums:
        """Give every labeler as many copies, next to each other."""
        sums = LabelerSums(*(np.repeat(x, repeats, axis=0) for x in vars(self.sums).values()))
        copies = np.arange(repeats)
        unit, group = (
            (x[:, None] * repeats + copies).ravel() for x in (self.groups.unit, self.groups.group)
        )
        cell = {name: np.repeat(x, repeats) for name, x in self.groups.cell.items()}
        rows = (np.repeat(x, repeats, axis=0) for x in (self.rt, self.choice, self.psi))
        return GroupedSums(sums, Groups(group, unit, cell), self.units * repeats, *rows)


def grouped_sums(choices: Choices, scale: FloatArray, cells: Mapping[str, IntArray]) -> GroupedSums:
    """Sums of rows by labeler and by the cell of each parameter that varies by condition."""
    grouping = groups(choices.unit, dict(cells))
    split = choices
    if len(grouping) != len(choices.unit_count):
        split = replace(choices, labeler=grouping.group, labelers=np.arange(len(grouping)))
    psi = choices.features / scale if choices.contextual else np.ones((len(choices), 1))
    sums, units = labeler_sums(split, scale), len(choices.unit_count)
    return GroupedSums(sums, grouping, units, choices.rt, choices.choice.astype(float), psi)


def conditional_preferences(
    numbers: PopulationDraw,
    evidence: tuple[FloatArray, FloatArray],
    people: FloatArray | None = None,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Labelers' preferences given their data and everything else: a mixture of Gaussians.

    Parameters
    ----------
    numbers : PopulationDraw
    evidence : tuple of ndarray
        From `GroupedSums.evidence`.
    people : ndarray, shape (labelers, columns), optional
        Labelers' covariates.

    Returns
    -------
    log_weight : ndarray, shape (labelers, types)
        Log of the type's share times the likelihood of the labeler's choices and times under it,
        but for the factor at drift 0.
    mean : ndarray, shape (labelers, types, d)
    root : ndarray, shape (labelers, types, d, d)
        The covariance is ``root root'``.
    """
    gathered, time = evidence
    shift, chol = numbers.shift(people), numbers.chol
    theta = numbers.mean[None] if shift is None else numbers.mean + shift[:, None]
    residual = gathered[:, None, :] - np.einsum("nij,nkj->nki", time, theta + 0 * gathered[:, None])
    inner = np.einsum("kji,njl,klm->nkim", chol, time, chol) + np.eye(theta.shape[2])
    factor = np.linalg.cholesky(inner)
    # root = chol factor^-T, so that root root' = chol (I + chol' time chol)^-1 chol'
    inverse = np.linalg.solve(factor, np.broadcast_to(np.eye(theta.shape[2]), factor.shape))
    root = np.einsum("kij,nklj->nkil", chol, inverse)
    white = np.einsum("nkji,nkj->nki", root, residual)
    mean = theta + np.einsum("nkij,nkj->nki", root, white)
    at_mean = 0.5 * (theta * (gathered[:, None, :] + residual)).sum(axis=-1)
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
    labeler = np.arange(len(mean))
    kind = pick(log_weight, rng)
    normal = rng.normal(size=(len(mean), mean.shape[2]))
    return mean[labeler, kind] + np.einsum("nij,nj->ni", root[labeler, kind], normal)
