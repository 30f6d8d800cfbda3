"""Parameters of individual labelers, draw by draw: what prediction of every kind is made from.

Preferences that a model integrates out are drawn from their exact conditional distribution, given
a posterior draw of everything else.  One draw is held at a time, whatever the number of labelers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import refuse_private
from bayes_ddm.data.people import people
from bayes_ddm.distributions.by_condition import changed
from bayes_ddm.distributions.survival import log_late
from bayes_ddm.distributions.vocabulary import ABSENT, DIFFUSION
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import (
    GroupedSums,
    PopulationDraw,
    conditional_preferences,
    draw_preferences,
    from_population,
    grouped_sums,
    pick,
    population_draws,
)
from bayes_ddm.fitting.rows import Rows, choices_at, rows_of
from bayes_ddm.wiener import choice_probability, log_density
from bayes_ddm.wiener.drift_link import saturated
from bayes_ddm.wiener.sampling import Drawn, first_passage, in_time


@dataclass(frozen=True)
class Labelers:
    """Parameters of some labelers in one posterior draw.

    Attributes
    ----------
    preference : ndarray, shape (labelers, d)
        Drift per unit of each feature, in the user's units; without features ``d`` is 1.
    boundary, ndt, start : ndarray, shape (labelers,)
        Half the boundary separation; non-decision time in seconds (NaN where the model has no
        response times); relative starting point. In the middle of conditions.
    drift_noise, collapse : ndarray, shape (labelers,), or float
        Standard deviation of the drift from trial to trial; share of the boundary lost per second.
    lapse, lapse_rt : float
        Share of lapses and their mean response time in seconds.
    saturation : float
        Largest drift; infinite where the drift is linear in the features.
    factors : dict of str to ndarray, shape (cells,)
        What a parameter is multiplied by in each condition of the fit.
    values : dict of str to float
        Parameters of value functions in the drift's formula.
    """

    preference: FloatArray
    boundary: FloatArray
    ndt: FloatArray
    start: FloatArray
    drift_noise: FloatArray | float = 0.0
    collapse: FloatArray | float = 0.0
    lapse: float = 0.0
    lapse_rt: float = 1.0
    saturation: float = np.inf
    factors: Mapping[str, FloatArray] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.preference)

    def take(self, index: IntArray) -> Labelers:
        """Return some of the labelers."""
        own: dict[str, Any] = {name: x[index] for name, x in self.own.items()}
        return replace(self, preference=self.preference[index], **own)

    def beside(self, others: Labelers) -> Labelers:
        """Return these labelers, then others of the same draw."""
        own: dict[str, Any] = {k: np.concatenate([x, others.own[k]]) for k, x in self.own.items()}
        every = np.concatenate([self.preference, others.preference])
        return replace(self, preference=every, **own)

    def at(self, name: str, rows: Rows) -> FloatArray:
        """Boundary, ndt, start, drift noise or collapse of each row, shape (rows,)."""
        own = self.own[name][rows.labeler]
        if name not in rows.conditions:
            return own
        return changed(own, rows.factor(name, self.factors), name)

    @property
    def own(self) -> dict[str, FloatArray]:
        """How each labeler decides, by name."""
        return {name: np.broadcast_to(getattr(self, name), len(self)) for name in DIFFUSION}

    def trials(self, rows: Rows, *names: str) -> dict[str, Any]:
        """How each row is decided, without what is absent throughout."""
        values = {name: self.at(name, rows) for name in names or DIFFUSION}
        return {k: x for k, x in values.items() if not (k in ABSENT and (x == ABSENT[k]).all())}

    def drift(self, rows: Rows) -> FloatArray:
        """Drift of each row, shape (rows,)."""
        own, features = self.preference[rows.labeler], rows.attributes(self.values)
        drift = own[:, 0] if features is None else (features * own).sum(axis=1)
        return drift if np.isinf(self.saturation) else saturated(drift, self.saturation)

    def simulate(self, rows: Rows, rng: np.random.Generator) -> Drawn:
        """Simulate choice and rt (seconds) of rows, exactly; given that their deadline is kept."""
        how, drift = self.trials(rows), self.drift(rows)
        ndt = how.pop("ndt")

        def draw(index: Any = slice(None)) -> Drawn:
            some = {name: x[index] for name, x in how.items()}
            choice, time = first_passage(drift[index], rng=rng, **some)
            rt = time + ndt[index]
            lapsed = rng.random(rt.shape) < self.lapse
            guess = rng.choice(np.array([-1, 1], dtype=np.int8), rt.shape)
            return (
                np.where(lapsed, guess, choice),
                np.where(lapsed, rng.exponential(self.lapse_rt, rt.shape), rt),
            )

        return draw() if rows.deadline is None else in_time(draw(), draw, rows.deadline)

    def late(self, rows: Rows) -> FloatArray:
        """Probability that no response comes by the rows' deadline, shape (rows,)."""
        assert rows.deadline is not None
        how = self.trials(rows)
        t = rows.deadline - how.pop("ndt")
        attentive = np.exp(log_late(t, self.drift(rows), None, **how)[0])
        lapsed = np.exp(-rows.deadline / self.lapse_rt)
        return (1 - self.lapse) * attentive + self.lapse * lapsed

    def log_density(self, choice: Any, rt: FloatArray, rows: Rows) -> FloatArray:
        """Log density of (choice, rt) of each row, shape (rows,), given that deadlines are kept.

        Raises
        ------
        InputError
            If the model has no response times.
        """
        if np.isnan(self.ndt).any():
            raise InputError("the model says nothing of response times; score choices alone.")
        density = log_density(rt, choice, drift=self.drift(rows), **self.trials(rows))
        if self.lapse:
            guess = -rt / self.lapse_rt - np.log(2 * self.lapse_rt)
            density = np.logaddexp(np.log1p(-self.lapse) + density, np.log(self.lapse) + guess)
        return density if rows.deadline is None else density - np.log1p(-self.late(rows))

    def probability(self, rows: Rows) -> FloatArray:
        """Probability of choosing +1, shape (rows,); half of the lapses do."""
        how = self.trials(rows, "boundary", "start", "drift_noise", "collapse")
        attentive = choice_probability(self.drift(rows), **how)
        return (1 - self.lapse) * attentive + self.lapse / 2


def fitted_labelers(
    fit: xr.DataTree | Posterior, draws: int = 200, seed: int = 0
) -> Iterator[Labelers]:
    """Parameters of the fit's own labelers, one posterior draw after the other.

    Parameters
    ----------
    fit : DataTree or Posterior
    draws : int
        At most as many, evenly spaced.
    seed : int

    Yields
    ------
    Labelers
        In the order of ``choices.labelers``; of anonymous choices, one per choice (grouped rows
        repeated).
    """
    posterior = Posterior.of(fit)
    data = labeler_data(posterior, posterior.choices.expanded())
    rng = np.random.default_rng(seed)
    n = len(data.choices.unit_count)
    for numbers in population_draws(posterior, draws):
        data = data.at(numbers)
        boundary = np.broadcast_to(numbers.boundary, n)
        if numbers.preference is not None:
            preference = numbers.preference
        elif data.choices.anonymous:
            refuse_without_clock(numbers)
            boundary, preference = single_choices(data, numbers, rng)
        else:
            preference = draw_preferences(*data.conditional(numbers), rng)
        yield _labelers(numbers, preference / data.scale, boundary=boundary)


@dataclass(frozen=True, eq=False)
class LabelerData:
    """What a fit's rows say of its labelers, whatever the draw."""

    choices: Choices
    scale: FloatArray
    sums: GroupedSums
    rows: Rows
    people: FloatArray | None
    cells: Mapping[str, IntArray]
    subset: IntArray | None

    def at(self, numbers: PopulationDraw) -> LabelerData:
        """Return the same with features as a draw has them."""
        if not numbers.values:
            return self
        choices = choices_at(self.choices, self.rows, numbers.values)
        scale = design(choices).scale
        fitted = choices if self.subset is None else choices._take(self.subset)
        return replace(
            self, choices=choices, scale=scale, sums=grouped_sums(fitted, scale, self.cells)
        )

    def conditional(
        self, numbers: PopulationDraw, boundary: FloatArray | None = None
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Labelers' preferences given a draw: see `conditional_preferences`."""
        diffusion = numbers.diffusion | ({} if boundary is None else {"boundary": boundary})
        evidence = self.sums.evidence(diffusion, numbers.factors)
        return conditional_preferences(numbers, evidence, self.people)


def labelers_given(
    posterior: Posterior, subset: IntArray, numbers: Iterable[PopulationDraw], seed: int
) -> Iterator[Labelers]:
    """Parameters of the fit's known labelers where only some of its rows are told of them.

    Parameters
    ----------
    posterior : Posterior
    subset : ndarray of int
        Rows that are known.
    numbers : iterable of PopulationDraw
    seed : int

    Yields
    ------
    Labelers
        For each of the `numbers`.
    """
    data = labeler_data(posterior, posterior.choices, subset)
    rng = np.random.default_rng(seed)
    for draw in numbers:
        data = data.at(draw)
        preference = draw.preference
        if preference is None:
            preference = draw_preferences(*data.conditional(draw), rng)
        yield _labelers(draw, preference / data.scale)


def labeler_data(
    posterior: Posterior, choices: Choices, subset: IntArray | None = None
) -> LabelerData:
    """What these rows of a fit, or some of them, say of its labelers."""
    choices.refuse_summed("what is told of each labeler")
    refuse_private(choices)
    rows, scale, known = rows_of(posterior, choices), design(choices).scale, people(choices)
    cells = {name: known.cell for name, known in posterior.conditions.items()}
    if len(choices) != len(posterior.choices):
        cells = {name: np.repeat(x, posterior.choices.count) for name, x in cells.items()}
    part = choices
    if subset is not None:
        part, cells = choices._take(subset), {name: cell[subset] for name, cell in cells.items()}
    sums = grouped_sums(part, scale, cells)
    covariates = None if known is None else known.matrix
    return LabelerData(choices, scale, sums, rows, covariates, cells, subset)


def _labelers(numbers: PopulationDraw, preference: FloatArray, **own: FloatArray) -> Labelers:
    """Labelers of a draw with these preferences, and what else is their `own`."""
    diffusion = {
        k: np.broadcast_to(x, len(preference)) for k, x in (numbers.diffusion | own).items()
    }
    return Labelers(
        preference=preference,
        **diffusion,
        lapse=numbers.lapse,
        lapse_rt=numbers.lapse_rt,
        saturation=numbers.saturation,
        factors=numbers.factors,
        values=numbers.values,
    )


def refuse_without_clock(numbers: PopulationDraw) -> None:
    """Refuse to say anything of anonymous labelers whose times a model does not know."""
    if np.isnan(numbers.ndt).any():
        raise InputError(
            "without response times nothing is known of anonymous labelers but their population; "
            "predict new ones, or name the labelers' column."
        )


def single_choices(
    data: LabelerData, numbers: PopulationDraw, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Boundary and preference of labelers who chose once, perhaps in a lapse."""
    choices = data.choices
    n = len(choices)
    # own boundaries by importance: each candidate weighted by how well it explains the choice
    candidates = 1 if not numbers.boundary_spread else 30
    score = rng.normal(size=(candidates, n)) * numbers.boundary_spread
    tried = numbers.boundary * np.exp(score)
    weights, preferences = np.empty((n, candidates)), []
    for j, boundary in enumerate(tried):
        log_weight, mean, root = data.conditional(numbers, boundary)
        still = _labelers(numbers, np.zeros((n, len(data.scale))), boundary=boundary)
        at_zero = log_density(choices.rt, choices.choice, drift=0.0, **still.trials(data.rows))
        weights[:, j] = at_zero + logsumexp(log_weight, axis=1)
        preferences.append(draw_preferences(log_weight, mean, root, rng))
    index, chosen = np.arange(n), pick(weights, rng)
    boundary, preference = tried[chosen, index], np.stack(preferences)[chosen, index]
    if numbers.lapse:
        attentive = np.log1p(-numbers.lapse) + logsumexp(weights, axis=1) - np.log(candidates)
        guess = np.log(numbers.lapse / (2 * numbers.lapse_rt)) - choices.rt / numbers.lapse_rt
        lapsed = rng.random(n) < 1 / (1 + np.exp(np.minimum(attentive - guess, 700)))
        # a lapse says nothing of who made it
        anybody = from_population(numbers, n, rng, data.people)
        preference = np.where(lapsed[:, None], anybody, preference)
        boundary = np.where(lapsed, tried[0], boundary)
    return boundary, preference


def new_labelers(
    fit: xr.DataTree | Posterior,
    n: int,
    draws: int = 200,
    seed: int = 0,
    people: FloatArray | None = None,
) -> Iterator[Labelers]:
    """Parameters of ``n`` labelers drawn from the population, one posterior draw after the other.

    Parameters are those of `fitted_labelers`; ``people`` holds their covariates, coded as the
    fit's, shape (n, columns).

    Yields
    ------
    Labelers
    """
    posterior = Posterior.of(fit)
    rng = np.random.default_rng(seed)
    rows = rows_of(posterior, posterior.choices)
    for numbers in population_draws(posterior, draws):
        scale = design(choices_at(posterior.choices, rows, numbers.values)).scale
        own = {}
        for name in numbers.diffusion:
            if name in numbers.population:
                median, spread = numbers.population[name]
                own[name] = changed(median, np.exp(spread * rng.normal(size=n)), name)
        yield _labelers(numbers, from_population(numbers, n, rng, people) / scale, **own)
