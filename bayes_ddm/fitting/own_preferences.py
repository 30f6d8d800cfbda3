"""Each labeler's own preference given one posterior draw after the other."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.special import logsumexp

from bayes_ddm._typing import FloatArray
from bayes_ddm.fitting.labelers import labeler_data, refuse_without_clock, single_choices
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import population_draws


def preference_moments(
    posterior: Posterior, draws: int = 500
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Mean and variance of each unit's preferences given one posterior draw after the other.

    Yields
    ------
    mean, variance : ndarray, shape (units, d)
        In the user's units. Exact, with variance from the conditional distribution, wherever
        the model integrates preferences out; else drawn, with variance 0.
    """
    data = labeler_data(posterior, posterior.choices)
    choices = data.choices
    rng = np.random.default_rng(0)
    for numbers in population_draws(posterior, draws):
        data = data.at(numbers)
        scale = data.scale
        if numbers.preference is not None:
            yield numbers.preference / scale, np.zeros_like(numbers.preference)
        elif choices.anonymous and (numbers.boundary_spread or numbers.lapse):
            _, preference = single_choices(data, numbers, rng)
            yield preference / scale, np.zeros_like(preference)
        else:
            refuse_without_clock(numbers)
            log_weight, mean, root = data.conditional(numbers)
            share = np.exp(log_weight - logsumexp(log_weight, axis=1, keepdims=True))[..., None]
            middle = (share * mean).sum(axis=1)
            second = (share * ((root**2).sum(axis=-1) + mean**2)).sum(axis=1)
            yield middle / scale, np.maximum(second - middle**2, 0) / scale**2
