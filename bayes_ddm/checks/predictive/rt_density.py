"""Defective distribution of response times: how many of all choices are +1 (or -1) by a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.result import Check, Setting, Watch
from bayes_ddm.checks.predictive.statistics import omnibus, size_of

CELLS = 50


@dataclass(frozen=True, eq=False, repr=False)
class RtDensity(Check):
    """Defective distribution functions and densities of response times, over all rows.

    Attributes
    ----------
    time : ndarray, shape (cells,)
        Right edges of the cells, seconds.
    observed, mean, low, high : ndarray, shape (2, cells)
        Share of all rows that are -1 (first) or +1 (second) by that time.
    density_observed, density_mean, density_low, density_high : ndarray, shape (2, cells - 1)
        Share of all rows per second between two edges.
    """

    drawn_by: ClassVar[str] = "rt_density"
    caption: ClassVar[str] = (
        "Observed times against the band of replications. Where the line leaves the band, "
        "choices are faster or slower than foreseen."
    )
    time: FloatArray
    observed: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    density_observed: FloatArray
    density_mean: FloatArray
    density_low: FloatArray
    density_high: FloatArray


class WatchRtDensity(Watch):
    """Gathers replicated defective distribution functions on a grid of times, or at given ones."""

    def __init__(self, setting: Setting, times: FloatArray | None = None) -> None:
        super().__init__(setting)
        if times is not None:
            self.time = times
            return
        rt = setting.observed.rt
        # evenly spaced, but for the longest hundredth of all times
        high = float(np.quantile(rt, 0.99))
        low = min(float(rt.min()), 0.98 * high)
        step = (high - low) / (CELLS - 2)
        # one cell before the fastest response, where a model may still put some
        self.time = np.concatenate([[max(low - step, 0.0)], low + step * np.arange(CELLS - 1)])

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return both distribution functions, one after the other."""
        cells = len(self.time) + 1
        cell = np.searchsorted(self.time, rt, side="left") + cells * (choice > 0)
        counts = np.bincount(cell, minlength=2 * cells).reshape(2, cells)
        return np.cumsum(counts, axis=1)[:, :-1].ravel() / len(rt)

    def result(self) -> RtDensity:
        """Compare with the observed distribution functions."""
        choices = self.setting.observed
        shape = (2, len(self.time))
        observed, replicated = self.observed(), np.array(self.replicated)
        test = omnibus(observed, replicated, resolution=0.5 / len(choices), largest=True)
        gap = (observed - test.mean).reshape(shape)
        c, worst = (int(i) for i in np.unravel_index(np.abs(gap).argmax(), shape))
        time = self.time[worst]
        cell = np.ravel_multi_index((c, worst), shape)
        option = self.setting.options[1 - c]
        sentence = (
            f"by {time:.3g} s, {observed[cell]:.1%} of choices are {option}, against "
            f"{test.mean[cell]:.1%} predicted ({test.low[cell]:.1%} to {test.high[cell]:.1%})."
        )
        width = np.diff(self.time)
        density = np.diff(replicated.reshape(-1, *shape), axis=2) / width
        low, high = np.quantile(density, [0.025, 0.975], axis=0)
        check = RtDensity(
            name="response-time distribution",
            p_value=test.p_value,
            size=size_of(gap.ravel(), test.sd),
            unit="share",
            sentence=sentence,
            kind=self.setting.kind,
            time=self.time,
            observed=observed.reshape(shape),
            mean=test.mean.reshape(shape),
            low=test.low.reshape(shape),
            high=test.high.reshape(shape),
            density_observed=np.diff(observed.reshape(shape), axis=1) / width,
            density_mean=density.mean(axis=0),
            density_low=low,
            density_high=high,
        )
        return self.setting.advised(check, *_causes(gap, worst, choices.rt, float(time)))


def _causes(gap: FloatArray, worst: int, rt: FloatArray, time: float) -> tuple[str, ...]:
    """What the pattern points to: choices, one choice coming early, or times of both."""
    size = np.abs(gap).max()
    if gap[:, -1].prod() < 0 and np.abs(gap[:, -1]).max() > 0.5 * size:
        return "spread", "start", "types"
    if gap[:, worst].prod() < 0 and np.abs(gap[:, worst]).min() > 0.3 * size:
        return "start", "drift_noise", "boundary", "lapse"
    early = time < np.quantile(rt, 0.1) and gap[:, worst].sum() > 0
    return ("lapse", "boundary") if early else ("boundary", "collapse", "lapse", "start")
