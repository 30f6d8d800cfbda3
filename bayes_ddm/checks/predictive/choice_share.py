"""Choice share: by comparison, and by labeler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.checks.predictive.result import Check, Watch, WatchLabelers
from bayes_ddm.checks.predictive.statistics import (
    grouped_share,
    omnibus,
    outside,
    size_of,
)


@dataclass(frozen=True, eq=False, repr=False)
class ComparisonShare(Check):
    """Share of +1 in each comparison, or group of labelers.

    Attributes
    ----------
    labels : tuple of str
    axis : str
        What the labels say.
    rows : ndarray of int, shape (comparisons,)
    observed, mean, low, high : ndarray, shape (comparisons,)
        Observed share; mean and 95 % interval of the replications.
    """

    drawn_by: ClassVar[str] = "comparison_share"
    caption: ClassVar[str] = (
        "Points: observed shares. Bars: where 95 % of replications fall. A point "
        "off its bar is a comparison that the model does not foresee."
    )
    labels: tuple[str, ...]
    axis: str
    rows: IntArray
    observed: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


class WatchComparisonShare(Watch):
    """Gathers replicated choice shares by comparison."""

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return the share of +1 in each comparison."""
        groups = self.setting.comparisons
        return grouped_share(choice, groups.assign(choice), len(groups))

    def result(self) -> ComparisonShare:
        """Compare with the observed shares."""
        groups = self.setting.comparisons
        rows = np.bincount(groups.assign(self.setting.observed.choice), minlength=len(groups))
        observed = self.observed()
        test = omnibus(observed, np.array(self.replicated), resolution=0.5 / rows, largest=False)
        worst = test.worst
        place = f"at {groups.labels[worst]} ({groups.unit})" if len(groups) > 1 else "over all rows"
        sentence = (
            f"the share of {self.setting.options[0]} is furthest off {place}: "
            f"{observed[worst]:.3f} observed, {test.mean[worst]:.3f} predicted "
            f"({test.low[worst]:.3f} to {test.high[worst]:.3f})."
        )
        check = ComparisonShare(
            name=f"choice share by {groups.name}",
            p_value=test.p_value,
            size=size_of(observed - test.mean, test.sd, rows),
            unit="share",
            sentence=sentence,
            kind=self.setting.kind,
            labels=groups.labels,
            axis=groups.unit,
            rows=rows,
            observed=observed,
            mean=test.mean,
            low=test.low,
            high=test.high,
        )
        return self.setting.advised(check, *_causes(test.z, test.mean))


def _causes(z: FloatArray, predicted: FloatArray) -> tuple[str, ...]:
    """What the pattern points to: one side favoured, or shares too extreme, or too even."""
    z = np.nan_to_num(z)
    if abs(z.sum()) > 0.6 * np.abs(z).sum():
        return "spread", "start", "attributes"
    more_extreme = (z * np.sign(predicted - 0.5)).sum() > 0
    return ("spread", "types", "attributes") if more_extreme else ("spread", "lapse", "boundary")


@dataclass(frozen=True, eq=False, repr=False)
class LabelerShare(Check):
    """Share of +1 of each labeler, who answers again.

    Attributes
    ----------
    observed, mean, sd : ndarray, shape (labelers,)
        Observed share; mean and standard deviation of the replications.
    outside : ndarray of bool, shape (labelers,)
        Beyond the 95 % range of the replications.
    share_outside : float
    """

    drawn_by: ClassVar[str] = "labeler_share"
    caption: ClassVar[str] = (
        "A point per labeler, in the order of the shares that the model predicts of "
        "them. Diamonds lie outside their range: people whom the model does not know."
    )
    observed: FloatArray
    mean: FloatArray
    sd: FloatArray
    outside: BoolArray
    share_outside: float


class WatchLabelerShare(WatchLabelers):
    """Counts where each labeler's choice share stands among its replications."""

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return the share of +1 of each labeler."""
        return grouped_share(choice, self.labeler, len(self.names))

    def result(self) -> LabelerShare:
        """Compare with the observed shares."""
        observed, mean = self.tally.observed, self.tally.mean
        misfits = outside(self.tally.tail_probability, self.tally.draws)
        worst = int(np.nanargmax(np.abs(observed - mean)))
        sentence = (
            f"{misfits.share:.1%} of labelers have a share of {self.setting.options[0]} outside "
            f"their range ({misfits.expected:.1%} by chance); the furthest is {self.names[worst]}: "
            f"{observed[worst]:.3f} observed, {mean[worst]:.3f} predicted."
        )
        check = LabelerShare(
            name="choice share by labeler",
            p_value=misfits.p_value,
            size=size_of(observed - mean, self.tally.sd, np.bincount(self.labeler)),
            unit="share",
            sentence=sentence,
            kind=self.setting.kind,
            observed=observed,
            mean=mean,
            sd=self.tally.sd,
            outside=misfits.mask,
            share_outside=misfits.share,
        )
        return self.setting.advised(check, "spread", "types", "labeler_start")
