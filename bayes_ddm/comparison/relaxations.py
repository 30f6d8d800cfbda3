"""Which assumptions of a fit can be relaxed, and the model and options that relax each."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import xarray as xr

from bayes_ddm import models
from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.prior_code import as_code, in_words
from bayes_ddm.distributions.priors import by_labeler
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.fitting.posterior import Posterior, Settings


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

    @property
    def sentence(self) -> str:
        """That it was not tried, and why."""
        return f"Not tried: {self.assumption}, since {self.reason}."


def relaxations(fit: xr.DataTree | Posterior) -> tuple[list[Relaxation], list[NotTried]]:
    """List the assumptions of a fit that can be relaxed one at a time, and those that cannot."""
    posterior = fit if isinstance(fit, Posterior) else Posterior.of(fit)
    settings, choices = posterior.settings, posterior.choices
    possible, not_tried = _shapes(settings, choices), []
    fixed_values = posterior.fixed
    fixed = [name for name in ("boundary", "ndt") if name in fixed_values]
    fixed = [name for name in fixed if f"{name}_spread" not in posterior]
    if fixed:
        words = " and ".join(parameter_called(name).words for name in fixed)
        learned = f"a {words} learned from the data"
        possible.append(_learn(f"the given {words}", learned, *fixed))
    if "boundary_spread" not in posterior:
        assumption = "one boundary for all"
        possible.append(_own(assumption, "labelers' own boundaries", "boundary", settings))
    if "ndt_spread" not in posterior:
        assumption = "one non-decision time for all"
        if choices.anonymous:
            reason = "single choices cannot tell labelers' own non-decision times"
            not_tried.append(NotTried(assumption, reason))
        elif "ndt" in fixed and not float(fixed_values["ndt"]) > 0:
            reason = "it is given as 0 s, around which labelers cannot differ"
            not_tried.append(NotTried(assumption, reason))
        else:
            possible.append(_own(assumption, "labelers' own non-decision times", "ndt", settings))
    if "lapse" not in posterior:
        possible.append(_learn("every choice is a decision", "lapses", "lapse"))
    if "start" not in posterior:
        possible.append(_learn("evidence starts halfway", "a biased start", "start"))
    if "drift_noise" not in posterior:
        assumption = "a labeler's drift is the same in every trial"
        if choices.anonymous:
            reason = "single choices cannot tell it from labelers who differ"
            not_tried.append(NotTried(assumption, reason))
        else:
            possible.append(
                _learn(assumption, "drift that varies from trial to trial", "drift_noise")
            )
    if "saturation" not in posterior and choices.contextual and not choices.anonymous:
        assumption, instead = "the drift is linear in the attributes", "a drift that saturates"
        option = {"drift_link": "saturating"}
        possible.append(Relaxation(assumption, instead, None, option, 'drift_link="saturating"'))
    if "collapse" not in posterior:
        possible.append(
            _learn("the bounds stay where they are", "bounds that close in", "collapse")
        )
    return possible, not_tried


def _own(assumption: str, instead: str, name: str, settings: Settings) -> Relaxation:
    """Let labelers have values of their own of a parameter, around that of the fit."""
    option = {name: by_labeler(settings.options.get(name))}
    return Relaxation(assumption, instead, None, option, f"{name}=by_labeler()")


def _learn(assumption: str, instead: str, *names: str) -> Relaxation:
    """Let parameters be learned."""
    priors = {name: parameter_called(name).prior for name in names}
    written = ", ".join(f"{name}={in_words(as_code(prior))}" for name, prior in priors.items())
    return Relaxation(assumption, instead, None, priors, written)


def compatible(relaxed: Sequence[Relaxation]) -> bool:
    """Whether one model can relax them all at once."""
    assumptions = [r.assumption for r in relaxed]
    others = [r.model for r in relaxed if r.model is not None]
    options = [key for r in relaxed for key in r.options]
    return len(others) < 2 and all(len(set(x)) == len(x) for x in (assumptions, options))


def _shapes(settings: Settings, choices: Choices) -> list[Relaxation]:
    shape = "the population's shape"
    kind = {"anonymous": choices.anonymous, "contextual": choices.contextual}
    others = {name: models.description(name) for name in models.names() if name != settings.model}
    shapes = [
        Relaxation(shape, other.instead, name)
        for name, other in others.items()
        if other.instead and other.takes(**kind)
    ]
    model = models.description(settings.model)
    if model.population is None:
        assumption, instead = "everybody prefers the same", "preferences that differ"
        shapes.insert(0, Relaxation(assumption, instead, models.default_model(choices)))
    if model.counted:
        counted = model.counted
        default = inspect.signature(models.builder(settings.model)).parameters[counted].default
        count = settings.options.get(counted, default) + 1
        option = {counted: count}
        shapes.insert(
            0, Relaxation(shape, f"{count} {counted}", None, option, f"{counted}={count}")
        )
    return shapes


def together(
    settings: Settings, relaxed: Sequence[Relaxation]
) -> tuple[str, dict[str, Any], tuple[str, ...]]:
    """Model and parameters that relax compatible assumptions, and which given ones are lost.

    A fit's own priors are kept where the model has them; `settings` are the fit's.
    """
    name = next((r.model for r in relaxed if r.model is not None), settings.model)
    parameters = inspect.signature(models.builder(name)).parameters
    options = {key: value for key, value in settings.options.items() if key in parameters}
    for relaxation in relaxed:
        options |= relaxation.options
    lost = [key for key in settings.given if key not in parameters]
    return name, options, tuple(lost)
