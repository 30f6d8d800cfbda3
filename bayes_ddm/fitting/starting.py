"""Starting values of the sampler, from closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pymc as pm

from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.priors import constant
from bayes_ddm.wiener import drift_weight

__all__ = ["starting_values"]


def starting_values(model: pm.Model, choices: Choices) -> dict[str, Any]:
    """Rough values for whichever of the usual parameters the model has, if their prior allows.

    The mean decision time is at most ``b^2``, and about 0.6 to 0.9 of it at common drifts; ndt
    starts at half the smallest response time, and the average drift at the closed form.
    """
    ndt = 0.5 * float(choices.rt.min())
    time = choices.rt - ndt
    boundary = float(np.sqrt(1.3 * np.average(time, weights=choices.count)))
    free = {rv.name: rv for rv in model.free_RVs}
    values: dict[str, Any] = {"ndt": ndt, "boundary": boundary}
    if not choices.contextual:
        labels = choices.choice * drift_weight(time, boundary)
        values["mu"] = float(np.average(labels, weights=choices.count))
        values["sigma"] = 1.0
    usable = {}
    for name, value in values.items():
        if name in free and free[name].ndim == 0 and _possible(free[name], value):
            usable[name] = np.asarray(value)
    return usable


def _possible(variable: Any, value: float) -> bool:
    """Whether the prior allows it; taken as no where the prior depends on other variables."""
    density = constant(pm.logp(variable, value))
    return density is not None and bool(np.isfinite(density))
