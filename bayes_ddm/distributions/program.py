"""Parts that the models are written with: preferences, the diffusion, and what is observed.

Without features there is one preference, the drift itself, so that a model stated once serves
scalar and contextual problems.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions import Preferences, RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.distributions.by_labeler import center_and_spread, labelers_own, labelers_own_ndt
from bayes_ddm.distributions.parameters import (
    correlation_factor,
    fixed_value,
    non_decision_time,
    parameter,
    scales,
)
from bayes_ddm.distributions.priors import ByLabeler
from bayes_ddm.distributions.rows import observed_rows
from bayes_ddm.errors import InputError

# with as many choices each, data say more of a labeler than the population does
MANY_CHOICES = 20


@dataclass(frozen=True)
class Population:
    """Preferences across labelers: Gaussian, or with `weight` a mixture of Gaussian types.

    Attributes
    ----------
    mean : tensor, shape (d,) or (types, d)
        Of features scaled to rms 1.
    chol : tensor, shape (d, d) or (types, d, d), or None
        Lower triangular factor of the covariance; None where all labelers prefer the same.
    weight : tensor, shape (types,), or None
    """

    mean: Any
    chol: Any = None
    weight: Any = None


@dataclass(frozen=True)
class Diffusion:
    """How a labeler decides; each entry shared, or one per labeler. None: not in the model."""

    boundary: Any
    ndt: Any
    start: Any = None
    boundary_spread: Any = None
    lapse: Any = None
    lapse_rt: Any = None


@dataclass(frozen=True)
class Experiment:
    """What a model says of the choices, as symbols of its random variables."""

    population: Population
    diffusion: Diffusion
    preference: Any = None


def coordinates(choices: Choices) -> dict[str, Any]:
    """Coordinates of the dims ``row``, ``field``, ``feature`` and, if known, ``labeler``."""
    coords: dict[str, Any] = {"row": range(len(choices)), "field": ["rt", "choice"]}
    if choices.contextual:
        coords["feature"] = list(choices.feature_names)
    if not choices.anonymous:
        coords["labeler"] = choices.labeler_names
    return coords


def average(choices: Choices, prior: Any) -> Any:
    """Add the average preference: ``mu``, or ``theta`` with features.  Shape (d,)."""
    if not choices.contextual:
        return parameter("mu", prior)[None]
    theta = parameter("theta_scaled", prior, dims="feature")
    pm.Deterministic("theta", theta / scales(choices), dims="feature")
    return theta


def spread(choices: Choices, prior: Any, eta: float = 2.0) -> Any:
    """Add the spread of preferences between labelers: ``sigma``, and correlations with features.

    Returns
    -------
    TensorVariable, shape (d, d)
        Lower triangular factor of the covariance.
    """
    if not choices.contextual:
        return parameter("sigma", prior, nonnegative=True)[None, None]
    sigma = parameter("sigma_scaled", prior, dims="feature", nonnegative=True)
    pm.Deterministic("sigma", sigma / scales(choices), dims="feature")
    return sigma[:, None] * correlation_factor(choices.feature_names, eta)


def diffusion(
    choices: Choices, *, boundary: Any, ndt: Any, start: Any, lapse: Any, lapse_rt: Any
) -> Diffusion:
    """Add boundary, ndt, starting point and lapses, each fixed, shared, or by labeler."""
    spread: dict[str, Any] = {}
    if isinstance(boundary, ByLabeler) and choices.anonymous:
        boundary, spread["boundary_spread"] = center_and_spread("boundary", boundary)
    elif isinstance(boundary, ByLabeler):
        boundary = labelers_own("boundary", boundary, choices)
    else:
        boundary = parameter("boundary", boundary, positive=True)
    lapses: dict[str, Any] = {}
    if _present("lapse", lapse, 0.0):
        lapses["lapse"] = parameter("lapse", lapse, share=True)
        lapses["lapse_rt"] = parameter("lapse_rt", lapse_rt, positive=True)
    if isinstance(ndt, ByLabeler):
        ndt = labelers_own_ndt(ndt, choices, bounded=not lapses)
    else:
        ndt = non_decision_time(ndt, choices, bounded=not lapses)
    where: dict[str, Any] = {}
    if isinstance(start, ByLabeler):
        where["start"] = labelers_own("start", start, choices)
    elif _present("start", start, 0.5):
        where["start"] = parameter("start", start, share=True)
    return Diffusion(boundary, ndt, **where, **spread, **lapses)


def _present(name: str, prior: Any, default: float) -> bool:
    value = fixed_value(name, prior)
    return value is None or bool((value != default).any())


def observe(choices: Choices, population: Population, diffusion: Diffusion) -> None:
    """Add the choices and response times, preferences integrated out wherever that is exact.

    With lapses, preferences of known labelers are sampled instead, as ``preference``.
    """
    if population.chol is not None and not choices.contextual:
        _share_positive(population)
    options = {"observed": observed_rows(choices), "dims": ("row", "field")}
    lapses = {"lapse": diffusion.lapse, "lapse_rt": diffusion.lapse_rt}
    preference = None
    if choices.anonymous:
        who = {"count": choices.count, "boundary_spread": diffusion.boundary_spread, **lapses}
        _integrated(choices, population, diffusion, who | options)
    elif diffusion.lapse is None:
        _integrated(choices, population, diffusion, {"labeler": choices.labeler} | options)
    else:
        preference = labelers_preferences(choices, population)
        psi = choices.features / scales(choices) if choices.contextual else 1.0
        drift = (psi * preference[choices.labeler]).sum(axis=1)
        each = [
            x if x is None or x.ndim == 0 else x[choices.labeler]
            for x in (diffusion.boundary, diffusion.ndt, diffusion.start)
        ]
        Wiener("y", drift, each[0], each[1], start=each[2], **lapses, **options)
    register(diffusion, population, preference)


def register(diffusion: Diffusion, population: Population, preference: Any = None) -> None:
    """Keep what the model on the context says, for prediction: see `experiment_of`."""
    pm.modelcontext(None).experiment = Experiment(population, diffusion, preference)


def _integrated(
    choices: Choices, population: Population, diffusion: Diffusion, options: dict[str, Any]
) -> None:
    mean, weight = population.mean, population.weight
    d = max(1, len(choices.feature_names))
    chol = pt.zeros((d, d)) if population.chol is None else population.chol
    common = {"weight": weight, "start": diffusion.start, **options}
    if choices.contextual:
        psi = choices.features / scales(choices)
        RandomPreferenceWiener(
            "y", mean, chol, diffusion.boundary, diffusion.ndt, features=psi, **common
        )
    else:
        RandomDriftWiener(
            "y", mean[..., 0], chol[..., 0, 0], diffusion.boundary, diffusion.ndt, **common
        )


def labelers_preferences(choices: Choices, population: Population) -> Any:
    """Add every labeler's preferences as random variables, shape (labelers, d)."""
    n, d = len(choices.unit_count), max(1, len(choices.feature_names))
    mean, chol, weight = population.mean, population.chol, population.weight
    if chol is None:
        return pt.broadcast_to(mean, (n, d))
    names = list(choices.feature_names) or ["drift"]
    pm.modelcontext(None).add_coord("preference_of", names)
    dims = ("labeler", "preference_of")
    if weight is not None or np.median(choices.choices_each) >= MANY_CHOICES * d:
        return Preferences("preference", mean, chol, weight=weight, dims=dims, shape=(n, d))
    score = pm.Normal("preference_score", dims=dims)
    return mean + score @ chol.T


def _share_positive(population: Population) -> None:
    mean, sd = population.mean[..., 0], population.chol[..., 0, 0]
    share = 0.5 * pt.erfc(-mean / (sd * np.sqrt(2)))
    weight = population.weight
    pm.Deterministic("share_positive", share if weight is None else (weight * share).sum())


def experiment_of(model: pm.Model) -> Experiment:
    """Return what a model of the family says, as symbols.

    Raises
    ------
    InputError
        For a model of the user's own.
    """
    found = getattr(model, "experiment", None)
    if found is None:
        raise InputError(
            "this needs a model of the family; for one of your own use "
            "pm.sample_posterior_predictive and pm.compute_log_likelihood."
        )
    return found
