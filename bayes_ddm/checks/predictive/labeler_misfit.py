"""Labelers whose own choices and times the model cannot account for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.checks.predictive.result import Check, WatchLabelers
from bayes_ddm.checks.predictive.statistics import (
    grouped_quantiles,
    grouped_share,
    outside,
    size_of,
)

QUANTILES = (0.1, 0.5, 0.9)
STATISTICS = ("share of +1", "rt .1 quantile", "rt median", "rt .9 quantile")


@dataclass(frozen=True, eq=False, repr=False)
class LabelerMisfit(Check):
    """Each labeler's choice share and response-time quantiles against their replications.

    Attributes
    ----------
    labelers : ndarray, shape (labelers,)
    statistics : tuple of str
    observed, mean, sd, p_values : ndarray, shape (labelers, 4)
        Observed statistics; mean and standard deviation of the replications; two-sided predictive
        p-value of each.
    outside : ndarray of bool, shape (labelers,)
        Whether a labeler is beyond the joint 95 % range of the four.
    share_outside : float
    """

    drawn_by: ClassVar[str] = "labeler_misfit"
    caption: ClassVar[str] = (
        "A point per labeler and statistic; on the line, observed and predicted agree. "
        "Diamonds lie outside the range of the replications."
    )
    labelers: NDArray[Any]
    statistics: tuple[str, ...]
    observed: FloatArray
    mean: FloatArray
    sd: FloatArray
    p_values: FloatArray
    outside: BoolArray
    share_outside: float

    @property
    def number(self) -> float:
        """Share of labelers outside their 95 % range."""
        return self.share_outside

    @property
    def table(self) -> pd.DataFrame:
        """One row per labeler: observed and predicted statistics, outside or not."""
        columns: dict[str, Any] = {}
        for j, name in enumerate(self.statistics):
            columns[name] = self.observed[:, j]
            columns[f"{name}, predicted"] = self.mean[:, j]
        index = pd.Index(self.labelers, name="labeler")
        return pd.DataFrame(columns | {"outside": self.outside}, index=index)


class WatchLabelerMisfit(WatchLabelers):
    """Counts where each labeler's statistics stand among their replications."""

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return share and quantiles of each labeler."""
        n = len(self.names)
        share = grouped_share(choice, self.labeler, n)
        return np.column_stack([share, grouped_quantiles(rt, self.labeler, n, QUANTILES)])

    def result(self) -> LabelerMisfit:
        """Compare with the observed statistics."""
        tally = self.tally
        p_values = tally.tail_probability
        misfits = outside(p_values, tally.draws)
        gaps = np.abs(tally.observed - tally.mean)
        worst = int(np.nanargmax(gaps[:, 2]))
        typical, largest = np.nanmedian(gaps[:, 2]), gaps[worst, 2]
        sentence = (
            f"{misfits.share:.1%} of labelers are outside their range ({misfits.expected:.1%} by "
            f"chance). Median times are typically {typical:.2g} s off, at most {largest:.2g} s "
            f"(labeler {self.names[worst]}: {tally.observed[worst, 2]:.3g} s observed, "
            f"{tally.mean[worst, 2]:.3g} s predicted)."
        )
        statistic = np.argmin(np.nan_to_num(p_values[misfits.mask], nan=1), axis=1)
        by_times = (statistic > 0).sum() >= (statistic == 0).sum()
        causes = ("boundary", "lapse") if by_times else ("spread", "types")
        check = LabelerMisfit(
            name="labelers one by one",
            p_value=misfits.p_value,
            size=size_of(gaps[:, 1:].ravel(), tally.sd[:, 1:].ravel()),
            unit="s",
            sentence=sentence,
            kind=self.setting.kind,
            labelers=self.names,
            statistics=STATISTICS,
            observed=tally.observed,
            mean=tally.mean,
            sd=tally.sd,
            p_values=p_values,
            outside=misfits.mask,
            share_outside=misfits.share,
        )
        return self.setting.advised(check, *causes)
