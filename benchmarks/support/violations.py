"""Worlds in which one assumption of the diffusion is broken, each at one stated strength."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import bayes_ddm as bd
from bayes_ddm.simulate.populations import Population, population
from benchmarks.support.populations import BOUNDARY, POPULATIONS, unseen

__all__ = ["CHOICES", "LABELERS", "NDT", "VIOLATIONS", "Violation", "broken"]

LABELERS, CHOICES, NDT = 500, 4, 0.3
SPREAD = 0.3
START = 0.6
LAPSES, LAPSE_RT = 0.05, 1.5
ANTICIPATIONS, EARLIEST = 0.01, 0.05
TICK = 0.1
ANSWERED = 0.9


@dataclass(frozen=True)
class Violation:
    """What differs from `LABELERS` x `CHOICES` of normal drifts, boundary 1.25 and ndt 0.3.

    Attributes
    ----------
    strength : str
    who : callable
        The population; it may be drawn.
    arguments : callable
        Of `bayes_ddm.simulate.experiment`, drawn.
    changed : callable
        The recorded choices, made from the true ones.
    """

    strength: str
    who: Callable[[np.random.Generator], Population] = lambda rng: POPULATIONS["normal"]
    arguments: Callable[[np.random.Generator], dict[str, Any]] = lambda rng: {}
    changed: Callable[[bd.Choices, np.random.Generator], bd.Choices] = lambda choices, rng: choices


def broken(name: str, seed: np.random.SeedSequence) -> tuple[bd.Choices, float]:
    """Choices in which the named assumption is broken, and the true average drift.

    Where drifts are drawn alike, the same seed gives the same ones whatever is broken.
    """
    violation = VIOLATIONS[name]
    right = np.random.default_rng(seed)
    (wrong,) = right.spawn(1)
    who = violation.who(wrong)
    arguments = {"boundary": BOUNDARY, "ndt": NDT} | violation.arguments(wrong)
    made = bd.simulate.experiment(who, labelers=LABELERS, choices=CHOICES, seed=right, **arguments)
    return violation.changed(made, wrong), float(who.mean)


def _across(median: float, rng: np.random.Generator) -> NDArray[np.float64]:
    return median * np.exp(SPREAD * rng.standard_normal(LABELERS))


def _replaced(
    choices: bd.Choices, share: float, rt: NDArray[np.float64], rng: np.random.Generator
) -> bd.Choices:
    """Give a share of the rows these response times, and either choice."""
    hit = rng.random(len(choices)) < share
    either = rng.choice(np.array([1, -1], dtype=np.int8), len(choices))
    return replace(
        choices, rt=np.where(hit, rt, choices.rt), choice=np.where(hit, either, choices.choice)
    )


def _lapsed(choices: bd.Choices, rng: np.random.Generator, earliest: float = 0.0) -> bd.Choices:
    rt = earliest + rng.exponential(LAPSE_RT, len(choices))
    return _replaced(choices, LAPSES, rt, rng)


def _anticipated(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    return _replaced(choices, ANTICIPATIONS, rng.uniform(EARLIEST, NDT, len(choices)), rng)


def _rounded(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    return replace(choices, rt=np.round(choices.rt / TICK) * TICK)


def _in_time(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    """Leave out the slow responses, and labelers with no other."""
    assert choices.labeler is not None
    kept = choices.rt <= np.quantile(choices.rt, ANSWERED)
    labelers, labeler = np.unique(choices.labeler[kept], return_inverse=True)
    return replace(
        choices,
        choice=choices.choice[kept],
        rt=choices.rt[kept],
        labeler=labeler,
        labelers=labelers,
        features=choices.features[kept],
        count=choices.count[kept],
    )


VIOLATIONS = {
    "none": Violation("drifts normal (0.5, 1), boundary 1.25, ndt 0.3"),
    "skewed": Violation(
        "drifts exponential of mean 1.2, less 0.5", lambda rng: POPULATIONS["skewed"]
    ),
    "two groups": Violation(
        "drifts 1.2 (70 %) and -1.5, sd 0.2", lambda rng: POPULATIONS["two groups"]
    ),
    "heavy tails": Violation(
        "drifts Student with 3 degrees of freedom, mean 0.5, sd 1",
        lambda rng: population("student", mean=0.5, sd=1.0, df=3),
    ),
    "unseen": Violation("drifts a bent normal, drawn anew each time", unseen),
    "boundary varies": Violation(
        "log-normal across labelers, median 1.25, spread 0.3",
        arguments=lambda rng: {"boundary": _across(BOUNDARY, rng)},
    ),
    "ndt varies": Violation(
        "log-normal across labelers, median 0.3 s, spread 0.3",
        arguments=lambda rng: {"ndt": _across(NDT, rng)},
    ),
    "start bias": Violation(
        "evidence starts 0.6 of the way to +1", arguments=lambda rng: {"start": START}
    ),
    "lapses": Violation("5 %: either choice, rt exponential of mean 1.5 s", changed=_lapsed),
    "late lapses": Violation(
        "5 %: either choice, rt 0.3 s and an exponential of mean 1.5 s",
        changed=lambda choices, rng: _lapsed(choices, rng, NDT),
    ),
    "anticipations": Violation(
        "1 %: either choice, rt uniform from 0.05 to 0.3 s", changed=_anticipated
    ),
    "rounded": Violation("response times to 0.1 s", changed=_rounded),
    "slow missing": Violation("the slowest 10 % of the responses are missing", changed=_in_time),
}
