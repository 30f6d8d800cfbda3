"""The hierarchical model's log likelihood, drifts integrated out, on a grid of parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.data.sufficient import labeler_sums

MOST_AT_ONCE = 2_000_000  # numbers held


@dataclass(frozen=True, eq=False)
class Site:
    """What the log likelihood of a site's choices needs; made by `site_of`."""

    rt: FloatArray
    count: FloatArray
    n: FloatArray
    choice: FloatArray
    time: FloatArray
    unit_count: FloatArray

    def at(
        self, mu: FloatArray, sigma: FloatArray, boundary: FloatArray, ndt: FloatArray
    ) -> FloatArray:
        """Log likelihood at all combinations, one axis each."""
        values = np.empty((len(mu), len(sigma), len(boundary), len(ndt)))
        step = max(1, MOST_AT_ONCE // (len(mu) * len(sigma)))
        mean, variance = mu[:, None, None], np.square(sigma)[None, :, None]
        for i, b in enumerate(boundary):
            for j, t0 in enumerate(ndt):
                passage = wiener.zero_drift_log_density(self.rt - t0, b)
                total = np.full(values.shape[:2], float(self.count @ passage))
                for first in range(0, len(self.n), step):
                    part = slice(first, first + step)
                    evidence, time = b * self.choice[part], self.time[part] - t0 * self.n[part]
                    factor = wiener.random_drift_log_factor(evidence, time, mean, variance)
                    total += factor @ self.unit_count[part]
                values[:, :, i, j] = total
        return values


def site_of(choices: Choices) -> Site:
    """Sums of a site's choices, in a few weighted rows where that loses nothing."""
    few = lossless(choices)
    sums = labeler_sums(few)
    return Site(
        rt=few.rt,
        count=few.count.astype(float),
        n=sums.n,
        choice=sums.choice[:, 0],
        time=sums.rt_gram[:, 0, 0],
        unit_count=few.unit_count.astype(float),
    )


def log_prior(
    mu: FloatArray, log_sigma: FloatArray, log_boundary: FloatArray, ndt: FloatArray
) -> list[FloatArray]:
    """Log densities of the hierarchical model's default priors, by axis, up to a constant."""
    return [
        -0.5 * (mu / 2) ** 2,
        log_sigma - 0.5 * (np.exp(log_sigma) / 2) ** 2,
        -0.5 * ((log_boundary - 0.5) / 1.2) ** 2,
        -0.5 * (ndt / 5) ** 2,
    ]
