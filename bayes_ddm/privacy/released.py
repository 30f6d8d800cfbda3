"""Noisy counts of choices by time bins, and the average drift that they tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Table, Words
from bayes_ddm.errors import probability
from bayes_ddm.estimators.bounded.weight import (
    BIAS_COUNTS,
    FINE_GRID,
    GRID,
    bin_chances,
    check_reach,
)
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.discrete_laplace import variance
from bayes_ddm.privacy.published import Published

UNITS = 1 << 20  # that a labeler spreads over their rows
# with bins as wide as these, reaching this far costs an interval little, and skewed people need it
MOST_DRIFT = 5.0


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Released(Published):
    """Noisy counts of choices by time bins, each labeler counted once; made by `release`.

    Attributes
    ----------
    counts : ndarray of int64, shape (2, bins)
        Of the choice +1, then -1, in units of which each labeler has 2^20; negative ones are noise.
    edges : ndarray, shape (bins - 1,)
        Inner edges of the bins, seconds of decision time.
    mean_inverse : float
        Mean over labelers of one over their number of choices.
    epsilon, boundary, ndt : float
        Of all answers of a labeler; half the separation, and seconds, public.
    labelers, n_choices : int
    anonymous, simulated : bool
        Whether each row counts as a labeler of its own; whether the noise is from a seed.
    """

    counts: NDArray[np.int64]
    edges: FloatArray = field(repr=False)
    mean_inverse: float

    ARRAYS: ClassVar[tuple[str, ...]] = ("counts", "edges")

    @property
    def shares(self) -> FloatArray:
        """Noisy share of labelers' choices in each cell, shape (2, bins)."""
        return self.counts / (UNITS * self.labelers)

    @property
    def noise_scale(self) -> float:
        """Of the discrete Laplace noise of each count."""
        return 2 * UNITS / self.epsilon

    @property
    def noise_variance(self) -> float:
        """Of each share."""
        return variance(self.noise_scale) / (UNITS * self.labelers) ** 2

    def closed_form(self, *, most_drift: float | None = None, prob: float = 0.95) -> EstimateTable:
        """Return the average drift with its interval: what `bayes_ddm.estimate` asks for.

        The interval counts who was asked, what they answered, the noise, and the largest bias. How
        much a labeler's own choices have in common is learned from the same cells.
        """
        probability(prob)
        weight, n = bin_weight(self, most_drift), self.labelers
        net, total = self.shares[0] - self.shares[1], self.shares.sum(axis=0)
        value = float(net @ weight.values)
        single = max(float(total @ weight.values**2) - value**2, 0.0)
        common = min(max(float(total @ weight.square) - value**2, 0.0), single)
        sampling = (self.mean_inverse * single + (1 - self.mean_inverse) * common) / n
        noise = 2 * self.noise_variance * float(weight.values @ weight.values)
        remark = (
            f"bias of at most {weight.largest_bias:.2g} for drifts up to {weight.most_drift:g} "
            f"(most_drift), in the interval; the noise's standard error is {noise**0.5:.2g}, that "
            f"of who was asked and what they answered {sampling**0.5:.2g}"
        )
        bias = np.array([weight.largest_bias])
        covariance = np.array([[sampling + noise]])
        return self.table(("mu",), np.array([value]), covariance, bias, remark, prob)

    def blocks(self) -> tuple[Words | Table, ...]:
        """Return what was released, and what was promised."""
        ends = [f"{x:.3g}" for x in self.edges]
        spans = [f"to {ends[0]}", *(f"to {x}" for x in ends[1:]), f"beyond {ends[-1]}"]
        rows = zip(spans, *(100 * self.shares), strict=True)
        return (
            self.title(f"noisy shares of {2 * len(spans)} cells"),
            Table(
                "Noisy shares of choices, % (standard deviation of the noise "
                f"{100 * self.noise_variance**0.5:.2g})",
                ("decision time, s", "+1", "-1"),
                tuple((span, f"{plus:.2f}", f"{minus:.2f}") for span, plus, minus in rows),
            ),
            *self.promised(),
        )


@dataclass(frozen=True, eq=False)
class BinWeight:
    """What each time bin weighs in the average, and how far that can be off; made by `bin_weight`.

    Attributes
    ----------
    values : ndarray, shape (bins,)
        Of the choice +1; of -1 it is the negative.
    square : ndarray, shape (bins,)
        Of both choices: their average is near that of ``(mean of values)^2``.
    largest_bias, most_drift : float
        Of the average, over all drifts up to `most_drift` either way.
    """

    values: FloatArray
    square: FloatArray
    largest_bias: float
    most_drift: float


def bin_weight(release: Released, most_drift: float | None = None) -> BinWeight:
    """Weigh time bins so that the average drift is nearly unbiased, and noise is not blown up.

    Ridge regression, as in `bayes_ddm.estimators.bounded_weight`, with the noise of the cells as
    one more variance. Without a `most_drift` it is 5.
    """
    most = MOST_DRIFT if most_drift is None else most_drift
    edges, b = np.array([0.0, *release.edges, np.inf]), release.boundary
    check_reach(b, most)
    drifts = np.linspace(0, most, GRID + 1)[1:]
    chance = bin_chances(edges, drifts, b)
    means = chance * np.tanh(b * drifts)[:, None]
    sampled = chance.mean(axis=0) * release.mean_inverse / release.labelers
    penalty = np.diag(sampled + 2 * release.noise_variance) / BIAS_COUNTS
    values = _ridge(means, drifts, penalty)
    square = _ridge(chance, (means @ values) ** 2, penalty)
    fine = np.linspace(0, most, FINE_GRID + 1)
    by_fine = bin_chances(edges, fine, b) * np.tanh(b * fine)[:, None]
    return BinWeight(values, square, float(np.abs(by_fine @ values - fine).max()), most)


def _ridge(means: FloatArray, target: FloatArray, penalty: FloatArray) -> FloatArray:
    rows = len(target)
    return np.linalg.solve(means.T @ means / rows + penalty, means.T @ target / rows)
