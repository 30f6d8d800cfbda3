"""Boundary, ndt and starting point of each labeler, around a population median."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from pymc.distributions.transforms import log, logodds

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.by_condition import Factor, in_cells
from bayes_ddm.distributions.limits import Limit
from bayes_ddm.distributions.limits import by_labeler as of_labelers
from bayes_ddm.distributions.non_decision_time import below, score_below
from bayes_ddm.distributions.parameters import parameter
from bayes_ddm.distributions.priors import ByCondition, ByLabeler
from bayes_ddm.distributions.vocabulary import parameter_called
from bayes_ddm.errors import MOST, InputError

# with as many choices each, data say more of a labeler's values than the population does; with
# fewer, standard scores are sampled, whose scale does not depend on the spread
MANY_CHOICES = 50


def given_or_default(name: str, prior: ByLabeler) -> tuple[Any, Any]:
    """Priors of the population median and of the spread: those given, else the usual ones."""
    center = parameter_called(name).prior if prior.center is None else prior.center
    spread = parameter_called(f"{name}_spread").prior if prior.spread is None else prior.spread
    return center, spread


def center_and_spread(
    name: str, prior: ByLabeler, choices: Choices
) -> tuple[Any, Factor | None, Any]:
    """Add the population median, perhaps by condition, and the spread between labelers."""
    center, spread = given_or_default(name, prior)
    factor = None
    if isinstance(center, ByCondition):
        middle, factor = in_cells(name, center, choices, None)
    else:
        middle = parameter(name, center, positive=name != "start", share=name == "start")
    return middle, factor, parameter(f"{name}_spread", spread, positive=True)


@dataclass(frozen=True)
class Own:
    """A parameter that every labeler has a value of.

    Attributes
    ----------
    value : tensor, shape (labelers,)
        In the middle of conditions.
    median, spread : tensor
        Of the population, log-normal (logit-normal for the starting point).
    factor : Factor or None
        How the value differs by condition.
    """

    value: Any
    median: Any
    spread: Any
    factor: Factor | None


def labelers_own(name: str, prior: ByLabeler, choices: Choices) -> Own:
    """Add ``labeler_<name>``, log-normal (logit-normal for the starting point) across labelers.

    Raises
    ------
    InputError
        If labelers are anonymous.
    """
    _refuse_anonymous(name, choices)
    center, factor, spread = center_and_spread(name, prior, choices)
    share = name == "start"
    link, back = (pt.log(center / (1 - center)), pt.sigmoid) if share else (pt.log(center), _exp)
    family: Any = pm.LogitNormal if share else pm.LogNormal
    if not _few_choices(choices):
        # PyMC gives a logit-normal variable no transform of its own
        transform = logodds if share else log
        own = family(f"labeler_{name}", link, spread, dims="labeler", default_transform=transform)
        return Own(own, center, spread, factor)
    score = pm.Normal(f"{name}_score", dims="labeler")
    own = pm.Deterministic(f"labeler_{name}", back(link + spread * score), dims="labeler")
    return Own(own, center, spread, factor)


def labelers_own_below(name: str, prior: ByLabeler, choices: Choices, limit: Limit | None) -> Own:
    """Add ``labeler_<name>`` of an ndt or a collapse, each below what the labeler's times allow.

    Without a limit (a model with lapses, which may come at any time) it is only positive.
    """
    if limit is None:
        return labelers_own(name, prior, choices)
    _refuse_anonymous(name, choices)
    center, factor, spread = center_and_spread(name, prior, choices)
    link, most = pt.log(center), of_labelers(limit, choices, factor)
    if _few_choices(choices):
        score = score_below(f"{name}_score", (pt.log(most) - link) / spread, dims="labeler")
        value = pt.exp(link + spread * score)
        own = pm.Deterministic(f"labeler_{name}", value, dims="labeler")
    else:
        law = pm.LogNormal.dist(link, spread, shape=len(choices.unit_count))
        own = below(f"labeler_{name}", law, most, dims="labeler")
    return Own(own, center, spread, factor)


def _exp(logs: Any) -> Any:
    # a sampler that is finding its steps tries values whose squares are no numbers
    return pt.exp(pt.clip(logs, -np.log(MOST), np.log(MOST)))


def _few_choices(choices: Choices) -> bool:
    return bool(np.median(choices.choices_each) < MANY_CHOICES)


def _refuse_anonymous(name: str, choices: Choices) -> None:
    choices.refuse_summed(f"a {name} of each labeler's own")
    if choices.anonymous:
        raise InputError(
            f"{name} by labeler needs known labelers; name their column, or share one {name} "
            "(of single choices only the boundary may vary: boundary=bd.by_labeler())."
        )
