"""How labelers' choice shares are spread: whether the population has the shape that is assumed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.checks.predictive.result import Check, Watch
from bayes_ddm.checks.predictive.statistics import grouped_share, omnibus, size_of

SHARES = np.linspace(0, 1, 21)


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

    drawn_by: ClassVar[str] = "labeler_spread"
    caption: ClassVar[str] = (
        "How choice shares are spread over people, against new people from the fitted "
        "population. Off the band, the population does not have the assumed shape."
    )
    share: FloatArray
    observed: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray


class WatchLabelerSpread(Watch):
    """Gathers the distribution of choice shares across new labelers."""

    def summary(self, choice: NDArray[np.int8], rt: FloatArray) -> FloatArray:
        """Return the distribution function of shares, and their standard deviation."""
        labeler = self.setting.observed.labeler
        assert labeler is not None
        shares = grouped_share(choice, labeler, int(labeler.max()) + 1)
        shares = np.sort(shares[np.isfinite(shares)])
        # a share of 0.3 is 3 / 10, which rounding may put on either side of a step
        counts = np.searchsorted(shares, SHARES + 1e-9, side="right")
        return np.append(counts / len(shares), shares.std())

    def result(self) -> LabelerSpread:
        """Compare with the observed distribution."""
        summary, replicated = self.observed(), np.array(self.replicated)
        observed, spread = summary[:-1], summary[-1]
        test = omnibus(observed, replicated[:, :-1], resolution=1e-3, largest=True)
        low, high = np.quantile(replicated[:, -1], [0.025, 0.975])
        worst = int(np.abs(observed - test.mean).argmax())
        option = self.setting.options[0]
        sentence = (
            f"shares of {option} have a standard deviation between labelers of {spread:.3f} "
            f"observed, {replicated[:, -1].mean():.3f} predicted ({low:.3f} to {high:.3f}); "
            f"{observed[worst]:.1%} of labelers choose {option} at most {SHARES[worst]:.0%} of the "
            f"time, {test.mean[worst]:.1%} predicted."
        )
        check = LabelerSpread(
            name="spread between labelers",
            p_value=test.p_value,
            size=size_of(observed - test.mean, test.sd),
            unit="share",
            sentence=sentence,
            kind=self.setting.kind,
            share=SHARES,
            observed=observed,
            mean=test.mean,
            low=test.low,
            high=test.high,
        )
        return self.setting.advised(check, "spread", "types", "labeler_start")
