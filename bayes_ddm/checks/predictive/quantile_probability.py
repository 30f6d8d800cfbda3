"""Response-time quantiles of either choice, comparison by comparison."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.result import Check, Setting, Watch
from bayes_ddm.checks.predictive.statistics import (
    grouped_quantiles,
    grouped_share,
    omnibus,
    size_of,
)

QUANTILES = (0.1, 0.3, 0.5, 0.7, 0.9)
# quantiles of fewer responses than this are not compared
FEWEST = 10


@dataclass(frozen=True, eq=False, repr=False)
class QuantileProbability(Check):
    """Quantiles of response times (seconds), by comparison and choice.

    Attributes
    ----------
    share : ndarray, shape (comparisons, 2)
        Observed share of the choice, -1 first.
    predicted_share : ndarray, shape (comparisons, 2)
    observed, mean, low, high : ndarray, shape (comparisons, 2, 5)
        Quantiles .1, .3, .5, .7, .9; NaN for fewer than 10 observed responses.
    """

    drawn_by: ClassVar[str] = "quantile_probability"
    caption: ClassVar[str] = (
        "Quantiles (.1 to .9) of response times, by how often the choice is made. Points "
        "within the bands: the model gets both the choices and their speed."
    )
    share: FloatArray
    predicted_share: FloatArray
    observed: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


class WatchQuantileProbability(Watch):
    """Gathers replicated quantiles by comparison and choice."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.share = np.zeros(len(setting.comparisons))

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return quantiles by comparison and choice, one after the other."""
        groups = self.setting.comparisons
        cell = 2 * groups.assign(choice) + (choice > 0)
        return grouped_quantiles(rt, cell, 2 * len(groups), QUANTILES).ravel()

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        super().add(choice, rt)
        groups = self.setting.comparisons
        self.share += grouped_share(choice, groups.assign(choice), len(groups))

    def result(self) -> QuantileProbability:
        """Compare with the observed quantiles."""
        choices, groups = self.setting.observed, self.setting.comparisons
        shape = (len(groups), 2, len(QUANTILES))
        observed = self.observed()
        group = groups.assign(choices.choice)
        rows = np.bincount(2 * group + (choices.choice > 0), minlength=2 * len(groups))
        observed[np.repeat(rows < FEWEST, len(QUANTILES))] = np.nan
        # no clock is finer than this share of the median
        resolution = 1e-6 * float(np.median(choices.rt))
        test = omnibus(observed, np.array(self.replicated), resolution=resolution, largest=False)
        causes: tuple[str, ...] = ()
        if np.isnan(test.p_value):
            sentence = "no comparison has ten responses to compare."
        else:
            worst = test.worst
            g, c, q = (int(i) for i in np.unravel_index(worst, shape))
            place = f", at {groups.labels[g]} ({groups.unit})" if len(groups) > 1 else ""
            option = self.setting.options[1 - c]
            sentence = (
                f"the {QUANTILES[q]} quantile of times of {option} choices{place}, is furthest "
                f"off: {observed[worst]:.3g} s observed, {test.mean[worst]:.3g} s predicted "
                f"({test.low[worst]:.3g} to {test.high[worst]:.3g})."
            )
            causes = _causes(test.z.reshape(shape), q)
        share = grouped_share(choices.choice, group, len(groups))
        predicted = self.share / len(self.replicated)
        check = QuantileProbability(
            name="response-time quantiles by choice",
            p_value=test.p_value,
            size=size_of(observed - test.mean, test.sd, np.repeat(rows, len(QUANTILES))),
            unit="s",
            sentence=sentence,
            kind=self.setting.kind,
            share=np.column_stack([1 - share, share]),
            predicted_share=np.column_stack([1 - predicted, predicted]),
            observed=observed.reshape(shape),
            mean=test.mean.reshape(shape),
            low=test.low.reshape(shape),
            high=test.high.reshape(shape),
        )
        return self.setting.advised(check, *causes)


def _causes(z: FloatArray, quantile: int) -> tuple[str, ...]:
    """What the pattern points to: a bias parts the two choices, a mixture of times the tails."""
    by_choice = np.array([np.nansum(z[:, c]) / max(np.isfinite(z[:, c]).sum(), 1) for c in (0, 1)])
    if by_choice.prod() < 0 and np.abs(by_choice).min() > 1:
        return "start", "drift_noise", "boundary", "lapse"
    # only responses that come too early look like guesses
    early = QUANTILES[quantile] == 0.1 and np.nanmean(z[:, :, quantile]) < 0
    if early:
        return "lapse", "boundary"
    # tails that are shorter than predicted: labelers hurry as time passes
    hurried = QUANTILES[quantile] == 0.9 and np.nanmean(z[:, :, quantile]) < 0
    return ("boundary", *(("collapse",) if hurried else ()), "lapse", "drift_noise", "start")
