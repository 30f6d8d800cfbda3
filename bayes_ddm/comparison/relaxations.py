"""Which assumptions of a fit can be relaxed, and the model and options that relax each."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from bayes_ddm import models
from bayes_ddm.distributions.priors import as_code, by_labeler, from_code, in_words
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.fitted import priors_not_kept
from bayes_ddm.fitting.posterior import fixed_parameters
from bayes_ddm.fitting.save import choices_of

__all__ = [
    "NotTried",
    "Relaxation",
    "Settings",
    "compatible",
    "relaxations",
    "settings_of",
    "together",
]


@dataclass(frozen=True)
class Relaxation:
    """One assumption less.

    Attributes
    ----------
    assumption : str
        What the fit assumes.
    instead : str
        What is allowed for in its place.
    model : str or None
        None for the fit's own.
    options : mapping
        Parameters of the model that relax it.
    written : str
        The options as they are typed.
    """

    assumption: str
    instead: str
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    written: str = ""


@dataclass(frozen=True)
class NotTried:
    """An assumption that was left alone, and why."""

    assumption: str
    reason: str


@dataclass(frozen=True)
class Settings:
    """Model and parameters of a fit, as `bayes_ddm.fit` takes them.

    Attributes
    ----------
    model : str
    options : dict
    given : tuple of str
        Parameters that are not as the model has them by default.
    """

    model: str
    options: dict[str, Any]
    given: tuple[str, ...]


def settings_of(fit: xr.DataTree) -> Settings:
    """Return what a fit of the family was made with.

    Raises
    ------
    InputError
        If its model is not of the family, or one of its priors is known by name only.
    """
    name = str(fit.attrs["model"])
    if name not in models.names():
        raise InputError(
            f"the fit's model {name!r} is not of the family, along which assumptions are relaxed; "
            "fit your own variants, compare each, and rank them (bd.compare, bd.rank)."
        )
    lost = priors_not_kept(fit)
    if lost:
        raise InputError(
            f"the fit holds the prior of {', '.join(lost)} by name only, and cannot be refitted "
            "with it; fit again with a prior that has numbers for parameters."
        )
    written = json.loads(fit.attrs["parameters"])
    defaults = {
        key: known.default
        for key, known in inspect.signature(models.builder(name)).parameters.items()
    }
    given = [k for k, value in written.items() if value != as_code(defaults.get(k))]
    known = {key: from_code(code) for key, code in written.items()}
    options = {key: value for key, value in known.items() if value is not None}
    return Settings(name, options, tuple(given))


def relaxations(fit: xr.DataTree) -> tuple[list[Relaxation], list[NotTried]]:
    """List the assumptions of a fit that can be relaxed one at a time, and those that cannot.

    Parameters
    ----------
    fit : DataTree
        Of a model of the family.

    Returns
    -------
    list of Relaxation
    list of NotTried
    """
    settings, choices = settings_of(fit), choices_of(fit)
    known = {**fit["posterior"].data_vars, **fixed_parameters(fit)}
    found, left = _shapes(settings, models.default_model(choices)), []
    fixed = [name for name in ("boundary", "ndt") if name in fixed_parameters(fit)]
    fixed = [name for name in fixed if f"{name}_spread" not in known]
    if fixed:
        given = " and ".join(parameter_called(name).words for name in fixed)
        learned = f"a {given} learned from the data"
        found.append(Relaxation(f"the given {given}", learned, None, *_freed(*fixed)))
    if "boundary_spread" not in known:
        option = {"boundary": by_labeler(settings.options.get("boundary"))}
        words = ("one boundary for all", "labelers' own boundaries", None)
        found.append(Relaxation(*words, option, "boundary=by_labeler()"))
    if "ndt_spread" not in known:
        shared = "one non-decision time for all"
        if choices.anonymous:
            reason = "single choices cannot tell labelers' own non-decision times"
            left.append(NotTried(shared, reason))
        elif "ndt" in fixed and not float(known["ndt"]) > 0:
            reason = "it is given as 0 s, around which labelers cannot differ"
            left.append(NotTried(shared, reason))
        else:
            option = {"ndt": by_labeler(settings.options.get("ndt"))}
            words = (shared, "labelers' own non-decision times", None)
            found.append(Relaxation(*words, option, "ndt=by_labeler()"))
    if "lapse" not in known:
        words = ("every choice is a decision", "lapses", None)
        found.append(Relaxation(*words, *_freed("lapse")))
    if "start" not in known:
        words = ("evidence starts halfway", "a biased start", None)
        found.append(Relaxation(*words, *_freed("start")))
    return found, left


def _freed(*names: str) -> tuple[dict[str, Any], str]:
    """Options that let parameters be learned, and as they are written."""
    priors = {name: parameter_called(name).prior for name in names}
    written = [f"{name}={in_words(as_code(prior))}" for name, prior in priors.items()]
    return priors, ", ".join(written)


def compatible(relaxed: Sequence[Relaxation]) -> bool:
    """Whether one model can relax them all at once."""
    assumptions = [r.assumption for r in relaxed]
    named = [r.model for r in relaxed if r.model is not None]
    options = [key for r in relaxed for key in r.options]
    return len(named) < 2 and all(len(set(x)) == len(x) for x in (assumptions, options))


def _shapes(settings: Settings, normal: str) -> list[Relaxation]:
    shape = "the population's shape"
    others = {name: models.description(name).instead for name in models.names()}
    found = [
        Relaxation(shape, instead, name)
        for name, instead in others.items()
        if instead and name != settings.model
    ]
    model = models.description(settings.model)
    if model.population is None:
        found.insert(0, Relaxation("everybody prefers the same", "preferences that differ", normal))
    if model.counted:
        what = model.counted
        usual = inspect.signature(models.builder(settings.model)).parameters[what].default
        more = settings.options.get(what, usual) + 1
        option = {what: more}
        found.insert(0, Relaxation(shape, f"{more} {what}", None, option, f"{what}={more}"))
    return found


def together(
    settings: Settings, relaxed: Sequence[Relaxation]
) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Model and parameters that relax several assumptions at once.

    Parameters
    ----------
    settings : Settings
        Of the fit that makes the assumptions; its priors are kept where the model has them.
    relaxed : sequence of Relaxation
        Compatible ones.

    Returns
    -------
    model : str
    options : dict
    lost : tuple of str
        Parameters whose given values the model has no place for.
    """
    name = next((r.model for r in relaxed if r.model is not None), settings.model)
    takes = inspect.signature(models.builder(name)).parameters
    options = {key: value for key, value in settings.options.items() if key in takes}
    for relaxation in relaxed:
        options |= relaxation.options
    lost = [key for key in settings.given if key not in takes]
    return name, options, tuple(lost)
