"""Whether what a model misses moves the average preference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.predictive.replicate import people
from bayes_ddm.checks.predictive.result import LEVEL, Setting
from bayes_ddm.checks.predictive.statistics import omnibus
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.regression import regression, row_weights
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import rows_of
from bayes_ddm.wiener import drift_weight, stretched_time

# draws that boundaries and the like are averaged over
DRAWS = 10
# a press faster than so much of the squared boundary counts as one that took as long
EARLIEST = 0.05
# move of an average that matters, in its posterior standard deviations
SMALL_MOVE = 0.5


class WatchAverage:
    """Gathers the average of replicated pseudo-labels, at the fit's own boundaries.

    A pseudo-label is an unbiased estimate of the drift behind a choice, whoever made it, so data
    whose pseudo-labels average to what those of the replications do are ones in which the model
    does not miss the average, whatever else it misses.

    Parameters
    ----------
    posterior : Posterior
    setting : Setting
    seed : int
    """

    def __init__(self, posterior: Posterior, setting: Setting, seed: int = 0) -> None:
        observed = setting.observed
        rows = rows_of(posterior, observed)
        drawn = [
            [labelers.at(name, rows) for name in ("boundary", "ndt", "collapse")]
            for labelers in people(posterior, setting.same, observed, DRAWS, seed)
        ]
        self.boundary, self.ndt, self.collapse = np.mean(drawn, axis=0)
        made = design(observed)
        self.map = regression(made.psi, row_weights(observed), observed.count)
        self.scale = made.scale
        self.observed = self._average(observed.choice, observed.rt)
        self.replicated: list[FloatArray] = []
        entries = posterior.entries
        self.names = posterior.averages
        self.sd = np.array([entries[name].std(ddof=1) for name in self.names])

    def _average(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        time = np.maximum(rt - self.ndt, EARLIEST * self.boundary**2)
        time = stretched_time(time, self.collapse)
        ended = np.isinf(time)
        # nothing is said once the bounds have met
        weight = np.where(ended, 0.0, drift_weight(np.where(ended, 1.0, time), self.boundary))
        return (self.map * (choice * weight)).sum(axis=1) / self.scale

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        self.replicated.append(self._average(choice, rt))

    def result(self) -> Finding:
        """Compare with the observed average."""
        resolution = 1e-9 * np.abs(self.observed) + 1e-300
        found = omnibus(
            self.observed, np.array(self.replicated), resolution=resolution, largest=False
        )
        moved = np.abs(self.observed - found.mean) / self.sd
        said = "; ".join(
            f"{name} {self.observed[j]:.3g} observed, {found.mean[j]:.3g} predicted "
            f"({found.low[j]:.3g} to {found.high[j]:.3g})"
            for j, name in enumerate(self.names)
        )
        p = "< 0.001" if found.p_value < 0.001 else f"{found.p_value:.3f}"
        said = f"p {p}; pseudo-labels average to {said}: "
        if found.p_value >= LEVEL:
            return Finding(NAME, True, f"{said}what else the model misses does not move it.")
        at = int(np.argmax(moved))
        size = f"by {moved[at]:.2g} of its standard deviations ({self.names[at]})"
        small = bool(moved[at] < SMALL_MOVE)
        ending = "too little to matter." if small else "the model misses the average itself."
        return Finding(NAME, small, f"{said}{size}, {ending}", minor=small)


NAME = "average of the pseudo-labels"


def watch_average(posterior: Posterior, setting: Setting, seed: int) -> WatchAverage | None:
    """Watch the average, where the drift is linear in what is averaged, and there are times."""
    if not (posterior.has_times and posterior.averages) or "saturation" in posterior:
        return None
    own = any("labeler" in posterior.draws[name].dims for name in posterior.draws)
    if not setting.same and (own or "boundary_spread" in posterior):
        # new people's boundaries are not known
        return None
    return WatchAverage(posterior, setting, seed)
