"""What a model observes of known labelers who were condensed to sums."""

from __future__ import annotations

from typing import Any

import pytensor.tensor as pt

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.preference_sums import PreferenceSums
from bayes_ddm.distributions.summed_drift import SummedDriftWiener, shared
from bayes_ddm.distributions.summed_preference import SummedPreferenceWiener


def observe_sums(
    choices: Choices, population: Any, diffusion: Any, options: dict[str, Any]
) -> None:
    """Add their choices, for a `Population` and a `Diffusion` of the model on the context.

    Raises
    ------
    InputError
        If the model asks for more than sums tell.
    """
    values = shared(vars(diffusion) | {"between": population.shift})
    d = max(1, len(choices.feature_names))
    chol = pt.zeros((d, d)) if population.chol is None else population.chol
    values |= {"weight": population.weight, "count": choices.count, **options}
    if isinstance(choices, PreferenceSums):
        assert choices.sums is not None
        columns = {k: getattr(choices.sums, k) for k in ("choice", "psi", "gram", "rt_gram")}
        SummedPreferenceWiener("y", population.mean, chol, **columns, **values)
        return
    sums = choices.summed
    assert sums is not None
    columns = {"n": sums.n, "choice_sum": sums.choice, "rt_sum": sums.rt, "labelers": sums.weight}
    SummedDriftWiener("y", population.mean[..., 0], chol[..., 0, 0], **columns, **values)
