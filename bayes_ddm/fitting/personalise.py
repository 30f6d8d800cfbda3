"""The preference of a labeler who has just arrived, after a few choices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import coded_like
from bayes_ddm.data.people import coded_people
from bayes_ddm.display import Block, Shown, Table, Words
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.labelers import Labelers, new_labelers
from bayes_ddm.fitting.new_rows import choices_like
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.predict import refuse_other_features
from bayes_ddm.fitting.preferences import (
    GroupedSums,
    PopulationDraw,
    conditional_preferences,
    draw_preferences,
    grouped_sums,
    population_draws,
)
from bayes_ddm.fitting.rows import Rows, choices_at, rows_of

# preferences (and a boundary, ndt, start where labelers have their own) drawn per posterior draw
REPEATS = 25
# numbers of preferences held: 160 MB
MOST_HELD = 20_000_000
FEW_EFFECTIVE = 100


@dataclass(frozen=True, repr=False)
class Personalised(Shown):
    """Posterior of the preferences of new labelers: weighted draws; made by `personalise`.

    Attributes
    ----------
    labelers : ndarray, shape (labelers,)
        Names.
    parameters : tuple of str
        The features, or ``drift`` without them.
    preference : ndarray, shape (labelers, draws, parameters)
        In drift per unit of the feature.
    weight : ndarray, shape (labelers, draws)
        Of each draw; sums to 1 over a labeler's draws.
    effective : ndarray, shape (labelers,)
        Effective number of draws.
    prob : float
        Probability of the intervals in `table`.
    """

    labelers: NDArray[Any]
    parameters: tuple[str, ...]
    preference: FloatArray
    weight: FloatArray
    effective: FloatArray
    prob: float

    @property
    def table(self) -> pd.DataFrame:
        """Per labeler and parameter: mean, sd, low, high, the probability of being above 0."""
        weight = self.weight[:, :, None]
        mean = (weight * self.preference).sum(axis=1)
        variance = (weight * (self.preference - mean[:, None]) ** 2).sum(axis=1)
        low, high = self.quantile(np.array([1 - self.prob, 1 + self.prob]) / 2)
        positive = (weight * (self.preference > 0)).sum(axis=1)
        index = pd.MultiIndex.from_product(
            [self.labelers, self.parameters], names=["labeler", "parameter"]
        )
        columns = {
            "mean": mean,
            "sd": np.sqrt(variance),
            "low": low,
            "high": high,
            "positive": positive,
        }
        return pd.DataFrame({name: x.ravel() for name, x in columns.items()}, index=index)

    def quantile(self, q: FloatArray) -> FloatArray:
        """Weighted quantiles, shape (len(q), labelers, parameters)."""
        order = np.argsort(self.preference, axis=1)
        ordered = np.take_along_axis(self.preference, order, axis=1)
        total = np.cumsum(np.take_along_axis(self.weight[:, :, None], order, axis=1), axis=1)
        at = [(total < level * total[:, -1:]).sum(axis=1, keepdims=True) for level in q]
        return np.stack([np.take_along_axis(ordered, place, axis=1)[:, 0] for place in at])

    def blocks(self) -> list[Block]:
        """Return a row per labeler and parameter, and whether the draws suffice."""
        table = self.table.reset_index("parameter")
        formats = {"parameter": ""} | dict.fromkeys(table.columns[1:], ".4g")
        parts: list[Block] = [Table.of("", ("labeler", *formats), table, **formats)]
        few = int((self.effective < FEW_EFFECTIVE).sum())
        if few:
            message = (
                f"{few} of {len(self.labelers)} labelers have fewer than {FEW_EFFECTIVE} effective "
                "draws: their choices are unlike what the fit expects; use more draws, or fit with "
                "them included."
            )
            parts.append(Words(message))
        return parts


def personalise(
    fit: xr.DataTree,
    choices: Choices | Any,
    *,
    prob: float = 0.95,
    draws: int = 400,
    seed: int = 0,
) -> Personalised:
    """Posterior of the preferences of labelers who were not in the fit, after a few choices.

    Parameters
    ----------
    fit : DataTree
        Of any model of the family with response times.
    choices : Choices or table
        Of the new labelers, with the features of the fit; anonymous rows are a labeler each. A
        table has the columns choice, rt and labeler, and those that the fit was made of.
    prob : float
        Probability of the equal-tailed intervals.
    draws : int
        Posterior draws used.
    seed : int

    Returns
    -------
    Personalised

    Raises
    ------
    InputError
        If a labeler is in the fit already, or the features are not those of the fit.

    Notes
    -----
    Given a posterior draw the population is Gaussian, or a mixture of Gaussians, and a labeler's
    choices enter as ``exp(S'x - x'A x / 2)``: the conditional posterior of their preference ``x``
    is closed form.  Draws are weighted by the likelihood of the new choices, preferences integrated
    out, so that the average over them is the posterior of a fit to all choices together.  A
    boundary, ndt or starting point that is each labeler's own is drawn from the population and
    weighted alike.  With lapses, or a drift
    that saturates, the closed form is a proposal, and the weights make up for it.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> experiment = {"choices": 5, "boundary": 1.25, "ndt": 0.3, "anonymous": False}
    >>> old = bd.simulate.experiment("normal", labelers=60, **experiment, seed=1)
    >>> new = bd.simulate.experiment("normal", labelers=1, **experiment, seed=2)
    >>> new = replace(new, labelers=np.array(["Ada"]))
    >>> fit = bd.fit(old, draws=400, tune=400, chains=2, seed=1, progress=False)
    >>> personalise(fit, new).table.index.tolist()
    [('Ada', 'drift')]
    """
    posterior = Posterior.of(fit)
    known = posterior.choices
    choices = coded_like(known, choices_like(known, choices))
    refuse_other_features(known, choices)
    _refuse_known(known, choices)
    if choices.deadline is not None:
        raise InputError(
            "what omissions say of one labeler is not known here; fit the new labelers together "
            "with the others, or read their table without deadline=."
        )
    probability(prob)
    choices = choices.expanded()
    n, d = len(choices.unit_count), max(1, len(choices.feature_names))
    repeats = int(np.clip(MOST_HELD // (draws * n * d), 1, REPEATS))
    rng = np.random.default_rng(seed)
    scale, fitted = design(known).scale, rows_of(posterior, known)
    rows, people = rows_of(posterior, choices), coded_people(known, choices)
    cells = {name: new.cell for name, (_, new) in rows.conditions.items()}
    sums = grouped_sums(choices, scale, cells).repeated(repeats)
    people = None if people is None else np.repeat(people, repeats, axis=0)
    preferences, weights = [], []
    fresh = new_labelers(posterior, n * repeats, draws, seed, people)
    for numbers, labelers in zip(population_draws(posterior, draws), fresh, strict=True):
        if numbers.values:
            scale = design(choices_at(known, fitted, numbers.values)).scale
            valued = choices_at(choices, rows, numbers.values)
            sums = grouped_sums(valued, scale, cells).repeated(repeats)
        x, log_weight = _conditional(choices, rows, scale, sums, numbers, labelers, people, rng)
        preferences.append(x.reshape(n, repeats, d) / scale)
        weights.append(log_weight.reshape(n, repeats))
    log_weight = np.stack(weights, axis=1)
    _refuse_impossible(choices, log_weight)
    # the sum over all draws is taken once: what is common to them cancels
    log_weight = log_weight - logsumexp(log_weight, axis=(1, 2), keepdims=True)
    by_draw = np.exp(2 * logsumexp(log_weight, axis=2)).sum(axis=1)
    by_labeler = np.exp(2 * log_weight).sum(axis=(1, 2))
    return Personalised(
        labelers=choices.labeler_names,
        parameters=choices.feature_names or ("drift",),
        preference=np.stack(preferences, axis=1).reshape(n, -1, d),
        weight=np.exp(log_weight).reshape(n, -1),
        effective=1 / np.maximum(by_draw, by_labeler),
        prob=prob,
    )


def _refuse_known(known: Choices, new: Choices) -> None:
    # labelers condensed to sums have no names
    if known.labelers is None or new.anonymous:
        return
    common = np.intersect1d(known.labeler_names, new.labeler_names)
    if common.size:
        raise InputError(
            f"labeler {common[0]} is in the fit; see labelers(fit), or name the new labeler "
            "otherwise."
        )


def _refuse_impossible(choices: Choices, log_weight: FloatArray) -> None:
    never = np.isneginf(log_weight).all(axis=(1, 2))
    if never.any():
        rt = choices.rt[choices.unit == np.flatnonzero(never)[0]].min()
        raise InputError(
            f"labeler {choices.labeler_names[never][0]}: a response after {rt:g} s is quicker than "
            "every non-decision time of the fit; leave it out, or fit a model with lapses "
            "(lapse=pm.Beta.dist(1, 20))."
        )


def _conditional(
    choices: Choices,
    rows: Rows,
    scale: FloatArray,
    sums: GroupedSums,
    numbers: PopulationDraw,
    labelers: Labelers,
    people: FloatArray | None,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Draws of the preferences given one posterior draw, features scaled, and their log weights.

    ``labelers`` are draws from the population, so many for each new labeler as there are repeats.
    """
    n, total = len(choices.unit_count), len(labelers.boundary)
    repeats = total // n
    factors = {
        name: np.exp(known.carried(np.log(labelers.factors[name]), new))
        for name, (known, new) in rows.conditions.items()
    }
    # the closed form needs positive decision times; where there are none, the density says so
    smallest = np.full(n, np.inf)
    factor = factors["ndt"][rows.conditions["ndt"][1].cell] if "ndt" in factors else 1.0
    np.minimum.at(smallest, choices.unit, choices.rt / factor)
    ndt = np.minimum(labelers.ndt, np.repeat(smallest, repeats))
    evidence = sums.evidence(labelers.own | {"ndt": ndt}, factors)
    parts = conditional_preferences(numbers, evidence, people)
    log_evidence = logsumexp(parts[0], axis=1)
    x = draw_preferences(*parts, rng)
    at = np.zeros_like(x)
    if labelers.lapse or np.isfinite(labelers.saturation):
        # half of the proposals come from the population, which bounds the weights
        back = rng.random(total) < 0.5
        x[back] = labelers.preference[back] * scale
        gathered, gram = evidence
        fitted = (gathered * x).sum(axis=1) - 0.5 * np.einsum("ni,nij,nj->n", x, gram, x)
        log_evidence = -np.logaddexp(fitted - log_evidence, 0.0)
        at = x
    # every row once for each repeat
    row = np.repeat(np.arange(len(choices)), repeats)
    copy = (choices.unit[:, None] * repeats + np.arange(repeats)).ravel()
    density = replace(labelers, preference=at / scale).log_density(
        choices.choice[row], choices.rt[row], rows.take(row, copy)
    )
    return x, np.bincount(copy, density, total) + log_evidence
