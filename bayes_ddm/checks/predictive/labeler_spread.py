"""How labelers' choice shares are spread: whether the population has the shape that is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.result import Check, Setting
from bayes_ddm.checks.predictive.statistics import grouped_share, omnibus, size_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STEPS = 20


@dataclass(frozen=True, eq=False, repr=False)
class LabelerSpread(Check):
    """Distribution of choice shares across labelers, against new people from the population.

    Fitted labelers follow their own data whatever the population looks like; new ones do not.

    Attributes
    ----------
    share : ndarray, shape (21,)
        Shares of +1 from 0 to 1.
    observed, mean, low, high : ndarray, shape (21,)
        Share of labelers that choose +1 so often or less; mean and 95 % interval of replications.
    """

    caption: ClassVar[str] = (
        "How choice shares are spread over people, against new people from the fitted "
        "population. Off the band, the population does not have the assumed shape."
    )
    share: FloatArray
    observed: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray

    def plot(self, figure: Any = None) -> Figure:
        """Draw `bayes_ddm.plots.labeler_spread`."""
        from bayes_ddm.plots import labeler_spread

        return labeler_spread(self, figure=figure)


class WatchLabelerSpread:
    """Gathers the distribution of choice shares across new labelers."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        assert setting.observed.labeler is not None
        self.labeler = setting.observed.labeler
        self.share = np.linspace(0, 1, STEPS + 1)
        self.replicated: list[FloatArray] = []
        self.spreads: list[float] = []

    def _distribution(self, choice: NDArray[np.int8]) -> tuple[FloatArray, float]:
        shares = grouped_share(choice, self.labeler, int(self.labeler.max()) + 1)
        shares = np.sort(shares[np.isfinite(shares)])
        # a share of 0.3 is 3 / 10, which rounding may put on either side of a step
        at = np.searchsorted(shares, self.share + 1e-9, side="right")
        return at / len(shares), float(shares.std())

    def add(self, choice: NDArray[np.int8], rt: FloatArray) -> None:
        """Take a replication into account."""
        distribution, spread = self._distribution(choice)
        self.replicated.append(distribution)
        self.spreads.append(spread)

    def result(self) -> LabelerSpread:
        """Compare with the observed distribution."""
        observed, spread = self._distribution(self.setting.observed.choice)
        found = omnibus(observed, np.array(self.replicated), resolution=1e-3, largest=True)
        low, high = np.quantile(self.spreads, [0.025, 0.975])
        at = int(np.abs(observed - found.mean).argmax())
        option = self.setting.options[0]
        sentence = (
            f"shares of {option} have a standard deviation between labelers of {spread:.3f} "
            f"observed, {np.mean(self.spreads):.3f} predicted ({low:.3f} to {high:.3f}); "
            f"{observed[at]:.1%} of labelers choose {option} at most {self.share[at]:.0%} of the "
            f"time, {found.mean[at]:.1%} predicted."
        )
        check = LabelerSpread(
            name="spread between labelers",
            p_value=found.p_value,
            size=size_of(observed - found.mean, found.sd),
            unit="share",
            sentence=sentence,
            kind=self.setting.kind,
            share=self.share,
            observed=observed,
            mean=found.mean,
            low=found.low,
            high=found.high,
        )
        return self.setting.advised(check, "spread", "types", "labeler_start")
