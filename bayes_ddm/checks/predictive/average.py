"""Whether what a model misses moves the average preference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.finding import Finding
from bayes_ddm.checks.predictive.replicate import people
from bayes_ddm.checks.predictive.result import LEVEL, Setting
from bayes_ddm.checks.predictive.statistics import omnibus
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.design import design, inner
from bayes_ddm.estimators.regression import regression, row_weights
from bayes_ddm.estimators.units import called, factors
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import rows_of
from bayes_ddm.wiener import drift_weight, stretched_time

NAME = "average of the pseudo-labels"
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
    observed : Choices
        One row per choice.
    boundary, ndt, collapse : ndarray, shape (rows,), or float
        What pseudo-labels are made with, as the fit has it.
    sd : mapping of str to float
        Posterior standard deviation of each average preference.
    units : mapping of str to float
        What the sentence says averages per, by feature.
    weighted : Choices, optional
        Condensed choices that the rows repeat: boundary and the like are then one for all.
    """

    def __init__(
        self,
        observed: Choices,
        boundary: FloatArray | float,
        ndt: FloatArray | float,
        collapse: FloatArray | float,
        sd: Mapping[str, float],
        units: Mapping[str, float],
        weighted: Choices | None = None,
    ) -> None:
        self.boundary, self.ndt, self.collapse = boundary, ndt, collapse
        self.map = _map(observed)
        rows, weights = (observed, self.map) if weighted is None else (weighted, _map(weighted))
        self.observed = inner(weights, self._labels(rows.choice, rows.rt))
        self.replicated: list[FloatArray] = []
        self.sd, self.units, self.features = sd, units, observed.feature_names

    def _labels(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        time = np.maximum(rt - self.ndt, EARLIEST * self.boundary**2)
        time = stretched_time(time, self.collapse)
        ended = np.isinf(time)
        # nothing is said once the bounds have met
        weight = np.where(ended, 0.0, drift_weight(np.where(ended, 1.0, time), self.boundary))
        return np.asarray(choice * weight, dtype=float)

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        self.replicated.append(inner(self.map, self._labels(choice, rt)))

    def result(self) -> Finding:
        """Compare with the observed average."""
        resolution = 1e-9 * np.abs(self.observed) + 1e-300
        test = omnibus(
            self.observed, np.array(self.replicated), resolution=resolution, largest=False
        )
        moved = np.abs(self.observed - test.mean) / np.array(list(self.sd.values()))
        names = [called(name, self.features, self.units) for name in self.sd]
        per = factors(list(self.sd), self.features, self.units)
        numbers = per * np.array([self.observed, test.mean, test.low, test.high])
        text = "; ".join(
            f"{name} {observed:.3g} observed, {mean:.3g} predicted ({low:.3g} to {high:.3g})"
            for name, (observed, mean, low, high) in zip(names, numbers.T, strict=True)
        )
        p_text = "< 0.001" if test.p_value < 0.001 else f"{test.p_value:.3f}"
        text = f"p {p_text}; pseudo-labels average to {text}: "
        if test.p_value >= LEVEL:
            return Finding(NAME, True, f"{text}what else the model misses does not move it.")
        worst = int(np.argmax(moved))
        size = f"by {moved[worst]:.2g} of its standard deviations ({names[worst]})"
        small = bool(moved[worst] < SMALL_MOVE)
        ending = "too little to matter." if small else "the model misses the average itself."
        return Finding(NAME, small, f"{text}{size}, {ending}", minor=small)


def _map(choices: Choices) -> FloatArray:
    """From pseudo-labels to the average preference, shape (d, rows)."""
    scaled = design(choices)
    weights = regression(scaled.psi, row_weights(choices), choices.count) * choices.count
    return weights / scaled.scale[:, None]


def watch_average(
    posterior: Posterior, setting: Setting, seed: int, units: Mapping[str, float]
) -> WatchAverage | None:
    """Watch the average, where the drift is linear in what is averaged, and there are times."""
    if not (posterior.has_times and posterior.averages) or "saturation" in posterior:
        return None
    by_labeler = any("labeler" in posterior.draws[name].dims for name in posterior.draws)
    if not setting.same and (by_labeler or "boundary_spread" in posterior):
        # new people's boundaries are not known
        return None
    entries = posterior.entries
    sd = {name: float(entries[name].std(ddof=1)) for name in posterior.averages}
    if not all(sd.values()):
        # an average that was given
        return None
    observed = setting.observed
    rows = rows_of(posterior, observed)
    total, count = np.zeros((3, len(rows))), 0
    for labelers in people(posterior, setting.same, observed, DRAWS, seed):
        count += 1
        for j, name in enumerate(("boundary", "ndt", "collapse")):
            total[j] += labelers.at(name, rows)
    boundary, ndt, collapse = total / count
    if setting.weighted is not None:
        # that all share
        constants = boundary[0], ndt[0], collapse[0]
        return WatchAverage(observed, *constants, sd, units, weighted=setting.weighted)
    return WatchAverage(observed, boundary, ndt, collapse, sd, units)
