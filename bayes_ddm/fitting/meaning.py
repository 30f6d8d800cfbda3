"""What the posterior of an average preference means for people, in a sentence."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators.meaning import Probability, Step, leaning, speaking, steps_of
from bayes_ddm.fitting.posterior import Posterior


def meaning(
    posterior: Posterior,
    entries: Mapping[str, FloatArray],
    prob: float,
    units: Mapping[str, float] | None = None,
    *,
    shared: bool = False,
) -> str:
    """Return what someone of average preference does, and how many prefer +1; empty if unknown.

    Parameters
    ----------
    posterior : Posterior
    entries : mapping of str to ndarray, shape (chains, draws)
        Draws of the population parameters, per one unit of each feature.
    prob : float
        Probability of the intervals.
    units : mapping of str to float, optional
        How much more of a feature to speak of; by default about a standard deviation.
    shared : bool
        Whether averages are over a population's shares, unlike the share that prefers +1.
    """
    twice = _log_odds_per_drift(posterior, entries)
    if twice is None or not posterior.averages:
        return ""
    options = posterior.choices.origin.options
    if not posterior.choices.contextual:
        often = Probability.of(expit(twice * entries["mu"]), prob)
        share = None if shared else entries.get("share_positive")
        positive = None if share is None else Probability.of(share, prob)
        return leaning(options, often, positive, rare=_rare(entries, prob))
    steps = []
    for name, more in steps_of(posterior.choices, dict(units or {})).items():
        logit = twice * entries[name] * more
        z = abs(float(np.mean(logit) / np.std(logit))) if np.ptp(logit) > 0 else 0.0
        steps.append((-z, Step(name, more, Probability.of(expit(logit), prob))))
    return speaking(options, [step for _, step in sorted(steps, key=lambda pair: pair[0])])


def _rare(entries: Mapping[str, FloatArray], prob: float) -> bool:
    """Whether there are types of people, and the average is beyond two sds of every one."""
    means = {name: x for name, x in entries.items() if name.startswith("type_mean[")}
    if not means or "mu" not in entries:
        return False
    sds = [entries[name.replace("mean", "sigma", 1)] for name in means]
    beyond = [abs(x - entries["mu"]) > 2 * sd for x, sd in zip(means.values(), sds, strict=True)]
    return bool(np.mean(np.all(beyond, axis=0)) >= prob)


def _log_odds_per_drift(
    posterior: Posterior, entries: Mapping[str, FloatArray]
) -> FloatArray | float | None:
    """Twice the boundary, on average over conditions; 1 where the model is of log odds."""
    if posterior.logits:
        return 1.0
    if {"start", "collapse", "saturation"} & {*entries, *posterior.fixed}:
        return None  # where choices are no plain logistic function of the drift
    boundaries = [
        x for name, x in entries.items() if name == "boundary" or name.startswith("boundary[")
    ]
    if boundaries:
        return 2 * np.mean(boundaries, axis=0)
    fixed = posterior.fixed.get("boundary")
    return None if fixed is None else 2 * float(np.mean(fixed))
