"""Parts that the models are written with: preferences, the diffusion, and what is observed.

Without features there is one preference, the drift itself, so that a model stated once serves
scalar and contextual problems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.data.preference_sums import PreferenceSums
from bayes_ddm.distributions import Preferences, RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.distributions.between import labelers_shift
from bayes_ddm.distributions.by_condition import Factor, Groups, groups, in_cells
from bayes_ddm.distributions.by_labeler import center_and_spread, labelers_own_below
from bayes_ddm.distributions.covariance import MOST_CORRELATED, covariance
from bayes_ddm.distributions.limits import Limit, smallest_time, soonest_meeting
from bayes_ddm.distributions.parameters import collapse as collapse_of_all
from bayes_ddm.distributions.parameters import fixed_value, non_decision_time, parameter
from bayes_ddm.distributions.preferences import whitened
from bayes_ddm.distributions.priors import ByCondition, ByLabeler
from bayes_ddm.distributions.rows import observed_rows, row_counts
from bayes_ddm.distributions.summed import observe_sums
from bayes_ddm.distributions.values import attributes, learned, scales
from bayes_ddm.distributions.vocabulary import ABSENT, DIFFUSION, parameter_called
from bayes_ddm.errors import InputError
from bayes_ddm.wiener.drift_link import saturated

# with as many choices each, data say more of a labeler than the population does
MANY_CHOICES = 20
# of the sd of averages about 0, half-normal
SHRINKAGE = 2.0


@dataclass(frozen=True)
class Population:
    """Preferences across labelers: Gaussian, or with `weight` a mixture of Gaussian types.

    Attributes
    ----------
    mean : tensor, shape (d,) or (types, d)
        Of features scaled to rms 1.
    chol : tensor, shape (d, d) or (types, d, d), or None
        Lower triangular factor of the covariance; None where all labelers prefer the same.
    sd : tensor, shape (d,), or None
        Where the covariance is diagonal, but for what `loading` adds: its standard deviations.
    loading : tensor, shape (d, rank), or None
    weight : tensor, shape (types,), or None
    shift : tensor, shape (units, d), or None
        Of each labeler's average from that of all; None where labelers have no covariates.
    change : tensor, shape (columns, d), or None
        Of the average per unit of each of the labelers' covariates.
    """

    mean: Any
    chol: Any = None
    weight: Any = None
    shift: Any = None
    change: Any = None
    sd: Any = None
    loading: Any = None

    @property
    def means(self) -> Any:
        """Labelers' own averages, shape (units, d) or (units, types, d); else `mean`."""
        if self.shift is None:
            return self.mean
        return self.mean + (self.shift if self.weight is None else self.shift[:, None])


@dataclass(frozen=True)
class Diffusion:
    """How a labeler decides; each entry shared, or one per labeler. None: not in the model.

    Of a parameter that varies by condition it is the middle; `factors` says by how much.
    """

    boundary: Any
    ndt: Any
    start: Any = None
    drift_noise: Any = None
    collapse: Any = None
    boundary_spread: Any = None
    lapse: Any = None
    lapse_rt: Any = None
    saturation: Any = None
    factors: Mapping[str, Factor] = field(default_factory=dict)
    # population median and spread of what every labeler has a value of
    population: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def in_groups(self, choices: Choices) -> tuple[Groups, dict[str, Any]]:
        """Groups of rows that share boundary, ndt and the like, and the groups' values."""
        cells = {name: factor.conditions.cell for name, factor in self.factors.items()}
        grouping = groups(choices.unit, cells)
        values = {
            name: grouping.value(
                getattr(self, name), getattr(self.factors.get(name), "value", 1), name
            )
            for name in DIFFUSION
        }
        return grouping, values


@dataclass(frozen=True)
class Experiment:
    """What a model says of the choices, as symbols of its random variables."""

    population: Population
    diffusion: Diffusion
    preference: Any = None
    # parameters of value functions in the drift's formula
    values: Mapping[str, Any] = field(default_factory=dict)


def coordinates(choices: Choices) -> dict[str, Any]:
    """Coordinates of the dims ``row``, ``field``, ``feature`` and, if known, ``labeler``."""
    rows = range(len(with_omitted(choices)))
    coords: dict[str, Any] = {"row": rows, "field": ["rt", "choice"]}
    if choices.contextual:
        coords["feature"] = list(choices.feature_names)
    if choices.labelers is not None:
        coords["labeler"] = choices.labeler_names
    return coords


def average(choices: Choices, prior: Any) -> Any:
    """Add the average preference: ``mu``, or ``theta`` with features.  Shape (d,).

    The prior ``"shrunk"`` of ``theta`` is normal about 0, by an sd that is learned; None is this
    above 8 features, and a normal of sd 2 up to there.
    """
    if not choices.contextual:
        return parameter("mu", prior)[None]
    if prior is None:
        many = len(choices.feature_names) > MOST_CORRELATED
        prior = "shrunk" if many else pm.Normal.dist(0, SHRINKAGE)
    if isinstance(prior, str):
        if prior != "shrunk":
            raise InputError(f"theta must be a prior, numbers, or 'shrunk'; got {prior!r}.")
        prior = pm.Normal.dist(0, pm.HalfNormal("shrinkage", SHRINKAGE))
    theta = parameter("theta_scaled", prior, dims="feature")
    pm.Deterministic("theta", theta / scales(choices), dims="feature")
    return theta


def normal(
    choices: Choices,
    mu: Any,
    sigma: Any,
    theta: Any = None,
    Sigma: Any = None,
    eta: float = 2.0,
) -> Population:
    """Add a normal population: ``mu`` and ``sigma``, or with features ``theta`` and ``Sigma``."""
    if choices.contextual:
        return Population(average(choices, theta), covariance(choices, Sigma, eta, "full").chol)
    mean = average(choices, mu)
    return Population(mean, parameter("sigma", sigma, nonnegative=True)[None, None])


def diffusion(
    choices: Choices,
    boundary: Any,
    ndt: Any,
    start: Any = 0.5,
    drift_noise: Any = 0.0,
    collapse: Any = 0.0,
    lapse: Any = 0.0,
    lapse_rt: Any = 1.0,
    drift_link: Any = "linear",
) -> Diffusion:
    """Add how a labeler decides, each part fixed, shared, by condition or by labeler."""
    choices = with_omitted(choices)
    priors = {"boundary": boundary, "ndt": ndt}
    for name, prior in (("start", start), ("drift_noise", drift_noise), ("collapse", collapse)):
        if isinstance(prior, str | ByCondition | ByLabeler) or _present(name, prior):
            priors[name] = prior
    entries: dict[str, Any] = {}
    if _present("lapse", lapse):
        entries["lapse"] = parameter("lapse", lapse, share=True)
        entries["lapse_rt"] = parameter("lapse_rt", lapse_rt, positive=True)
    if not (isinstance(drift_link, str) and drift_link == "linear"):
        entries["saturation"] = _saturation(drift_link, choices)
    factors: dict[str, Factor] = {}
    population: dict[str, tuple[Any, Any]] = {}
    limit: Limit | None
    for name, stated in priors.items():
        prior = ByCondition(stated) if isinstance(stated, str) else stated
        limit = None
        # a lapse may come at any time
        if name == "ndt" and "lapse" not in entries:
            limit = smallest_time(choices)
        if name == "collapse" and "lapse" not in entries:
            limit = soonest_meeting(choices, entries["ndt"], factors.get("ndt"))
        factor = None
        if isinstance(prior, ByCondition):
            entries[name], factor = in_cells(name, prior, choices, limit)
        elif not isinstance(prior, ByLabeler):
            entries[name] = _shared(name, prior, choices, limit)
        elif name == "boundary" and choices.anonymous:
            entries[name], factor, spread = center_and_spread(name, prior, choices)
            entries["boundary_spread"] = spread
            population[name] = entries[name], spread
        else:
            own = labelers_own_below(name, prior, choices, limit)
            entries[name], factor = own.value, own.factor
            population[name] = own.median, own.spread
        if factor is not None:
            factors[name] = factor
    return Diffusion(**entries, factors=factors, population=population)


def _saturation(drift_link: Any, choices: Choices) -> Any:
    """Add the largest drift: a prior, or "saturating" for the usual one."""
    if choices.anonymous or not choices.contextual:
        raise InputError(
            "a drift that saturates needs features, and labelers who are known: of single choices "
            "nothing tells it from labelers who differ. Leave drift_link out, or give the "
            "labelers' column."
        )
    if isinstance(drift_link, str) and drift_link != "saturating":
        raise InputError(f"drift_link must be 'linear' or 'saturating'; got {drift_link!r}.")
    usual = parameter_called("saturation").prior
    return parameter(
        "saturation", usual if isinstance(drift_link, str) else drift_link, positive=True
    )


def _shared(name: str, prior: Any, choices: Choices, limit: Limit | None) -> Any:
    if name == "ndt":
        return non_decision_time(prior, choices, bounded=limit is not None)
    if name == "collapse":
        everybody = np.zeros(len(choices), dtype=np.int64)
        return collapse_of_all(prior, choices, None if limit is None else limit(everybody)[0])
    return parameter(name, prior, positive=name != "start", share=name == "start")


def _present(name: str, prior: Any) -> bool:
    value = fixed_value(name, prior)
    return value is None or bool((value != ABSENT[name]).any())


def observe(choices: Choices, population: Population, diffusion: Diffusion) -> None:
    """Add the choices and response times, preferences integrated out wherever that is exact.

    With lapses, a drift that saturates or a deadline, preferences of known labelers are sampled
    instead, as ``preference``; with choices that were randomised too, unless labelers have one
    drift each.
    """
    population = with_people(choices, population)
    scale, window = scales(choices), _window(choices)
    choices = with_omitted(choices)
    if population.chol is not None and not choices.contextual:
        _share_positive(choices, population)
    options = {"observed": observed_rows(choices), "dims": ("row", "field")}
    lapses = {"lapse": diffusion.lapse, "lapse_rt": diffusion.lapse_rt}
    preference = None
    values = {name: getattr(diffusion, name) for name in DIFFUSION}
    grouping = None
    if diffusion.factors:
        grouping, values = diffusion.in_groups(choices)
    counts = row_counts(choices)
    flips = {"flip": choices.flip} if choices.flip else {}
    sampled = diffusion.lapse is not None or diffusion.saturation is not None or bool(window)
    # with one drift each, what was sent is a sum over how many of a labeler's choices were +1
    varied = (choices.contextual or None, grouping, diffusion.drift_noise, diffusion.collapse)
    sampled = sampled or bool(flips and any(x is not None for x in varied))
    if isinstance(choices, PreferenceSums) or choices.summed is not None:
        observe_sums(choices, population, diffusion, options)
    elif choices.anonymous:
        count = np.ascontiguousarray(choices.count)
        unit_options = {"count": count, "boundary_spread": diffusion.boundary_spread, **flips}
        _integrated(
            choices, scale, population, values, {**unit_options, **lapses, **window, **options}
        )
    elif not sampled:
        cell = None if grouping is None else grouping.group
        unit_options = {"labeler": choices.labeler, "cell": cell, "count": counts, **flips}
        _integrated(choices, scale, population, values, unit_options | options)
    else:
        preference = labelers_preferences(choices, population)
        psi = attributes(choices) / scale if choices.contextual else 1.0
        drift = (psi * preference[choices.labeler]).sum(axis=1)
        if diffusion.saturation is not None:
            drift = saturated(drift, diffusion.saturation, pt)
        at = choices.labeler if grouping is None else grouping.group
        decision = {k: x if x is None or x.ndim == 0 else x[at] for k, x in values.items()}
        Wiener("y", drift, **decision, **lapses, **window, **flips, count=counts, **options)
    register(diffusion, population, preference)


def with_people(choices: Choices, population: Population) -> Population:
    """Add what labelers' covariates say of their averages, if choices name a formula of them."""
    if not choices.between:
        return population
    mean, weight = population.mean, population.weight
    average = mean if weight is None else (weight[:, None] * mean).sum(axis=0)
    shift, change = labelers_shift(choices, average)
    return replace(population, shift=shift, change=change)


def register(diffusion: Diffusion, population: Population, preference: Any = None) -> None:
    """Keep what the model on the context says, for prediction: see `experiment_of`."""
    experiment = Experiment(population, diffusion, preference, learned())
    pm.modelcontext(None).experiment = experiment


def _window(choices: Choices) -> dict[str, Any]:
    """Deadline of every trial, or of all; none where there is no such limit."""
    every = with_omitted(choices).deadline
    if every is None:
        return {}
    if choices.anonymous and choices.between:
        raise InputError(
            "covariates between anonymous labelers do not go with a deadline; give the labelers' "
            "column, or leave between= out."
        )
    shared = bool((every == every[0]).all())
    return {"deadline": every[0] if shared else every, "absent": choices.truncated}


def _integrated(
    choices: Choices,
    scale: FloatArray,
    population: Population,
    values: dict[str, Any],
    options: dict[str, Any],
) -> None:
    mean, weight = population.means, population.weight
    d = max(1, len(choices.feature_names))
    chol = pt.zeros((d, d)) if population.chol is None else population.chol
    common = {"weight": weight, **values, **options}
    if choices.contextual and choices.anonymous and population.sd is not None:
        common |= {"loading": population.loading}
        chol = population.sd
    if choices.contextual:
        psi = attributes(choices) / scale
        RandomPreferenceWiener("y", mean, chol, features=psi, **common)
    else:
        RandomDriftWiener("y", mean[..., 0], chol[..., 0, 0], **common)


def labelers_preferences(choices: Choices, population: Population) -> Any:
    """Add every labeler's preferences as random variables, shape (labelers, d)."""
    choices.refuse_summed("a model that samples labelers' preferences")
    n, d = len(choices.unit_count), max(1, len(choices.feature_names))
    mean, chol, weight = population.mean, population.chol, population.weight
    if chol is None:
        return pt.broadcast_to(population.means, (n, d))
    names = list(choices.feature_names) or ["drift"]
    pm.modelcontext(None).add_coord("preference_of", names)
    dims = ("labeler", "preference_of")
    shift = 0 if population.shift is None else population.shift
    if weight is not None or np.median(choices.choices_each) >= MANY_CHOICES * d:
        options = {"dims": dims, "shape": (n, d), "default_transform": whitened(choices)}
        return shift + Preferences("preference", mean, chol, weight=weight, **options)
    score = pm.Normal("preference_score", dims=dims)
    return mean + shift + score @ chol.T


def _share_positive(choices: Choices, population: Population) -> None:
    mean, sd, weight = population.means[..., 0], population.chol[..., 0, 0], population.weight
    share = 0.5 * pt.erfc(-mean / (sd * np.sqrt(2)))
    share = share if weight is None else (weight * share).sum(axis=-1)
    if population.shift is not None:
        share = (choices.unit_count * share).sum() / choices.unit_count.sum()
    pm.Deterministic("share_positive", share)


def experiment_of(model: pm.Model) -> Experiment:
    """Return what a model of the family says, as symbols.

    Raises
    ------
    InputError
        For a model of the user's own.
    """
    experiment = getattr(model, "experiment", None)
    if experiment is None:
        raise InputError(
            "this needs a model of the family; for one of your own use "
            "pm.sample_posterior_predictive and pm.compute_log_likelihood."
        )
    return experiment
