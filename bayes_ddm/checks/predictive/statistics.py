"""What checks compare: shares and quantiles by group, and where the observed ones stand."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from bayes_ddm._typing import BoolArray, FloatArray, IntArray


def grouped_share(choice: NDArray[np.int8], group: IntArray, groups: int) -> FloatArray:
    """Share of +1 in each group, shape (groups,); NaN where a group has no rows.

    Examples
    --------
    >>> grouped_share(np.array([1, -1, 1], np.int8), np.array([0, 0, 2]), 3)
    array([0.5, nan, 1. ])
    """
    rows = np.bincount(group, minlength=groups)
    positive = np.bincount(group[choice > 0], minlength=groups)
    return np.divide(positive, rows, out=np.full(groups, np.nan), where=rows > 0)


def grouped_quantiles(
    values: FloatArray, group: IntArray, groups: int, probabilities: tuple[float, ...]
) -> FloatArray:
    """Quantiles of the values in each group, as `numpy.quantile` has them; NaN where it is empty.

    Returns
    -------
    ndarray, shape (groups, probabilities)

    Examples
    --------
    >>> grouped_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0, 0, 1]), 2, (0.5,))
    array([[2.],
           [2.]])
    """
    rows = np.bincount(group, minlength=groups)
    by_value = np.argsort(values)
    # small integers are sorted in linear time
    narrow = group[by_value].astype(np.uint16 if groups <= 2**16 else np.int64)
    ordered = values[by_value[np.argsort(narrow, kind="stable")]]
    first = np.cumsum(rows) - rows
    place = np.maximum(rows - 1, 0)[:, None] * np.array(probabilities)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(rows - 1, 0)[:, None])
    last = max(len(ordered) - 1, 0)
    low, high = (ordered[np.minimum(first[:, None] + index, last)] for index in (below, above))
    quantiles = low + (place - below) * (high - low)
    quantiles[rows == 0] = np.nan
    return quantiles


class Tally:
    """Counts, mean and standard deviation of replicated values beside observed ones.

    Memory is that of a few copies of the observed array, whatever the number of replications.

    Parameters
    ----------
    observed : ndarray
        NaN where there is nothing to compare.

    Examples
    --------
    >>> tally = Tally(np.array([0.0, 9.0]))
    >>> for value in range(99):
    ...     tally.add(np.array([value, value]) / 10)
    >>> tally.tail_probability
    array([0.04, 0.2 ])
    """

    def __init__(self, observed: FloatArray) -> None:
        self.observed = observed
        self.draws = 0
        self._at_least = np.zeros(observed.shape, dtype=np.int64)
        self._at_most = np.zeros(observed.shape, dtype=np.int64)
        self._mean = np.zeros(observed.shape)
        self._square = np.zeros(observed.shape)

    def add(self, replicated: FloatArray) -> None:
        """Take one replication of the observed values into account."""
        self.draws += 1
        self._at_least += replicated >= self.observed
        self._at_most += replicated <= self.observed
        # Welford's update: one pass, no cancellation
        step = replicated - self._mean
        self._mean += step / self.draws
        self._square += step * (replicated - self._mean)

    @property
    def tail_probability(self) -> FloatArray:
        """Two-sided predictive p-value of each observed value; ties count as unsurprising."""
        smaller = np.minimum(self._at_least, self._at_most)
        p = np.minimum(2 * (smaller + 1) / (self.draws + 1), 1)
        return np.where(np.isnan(self.observed), np.nan, p)

    @property
    def mean(self) -> FloatArray:
        """Mean of the replicated values."""
        return self._mean

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of the replicated values."""
        return np.sqrt(self._square / max(self.draws - 1, 1))


@dataclass(frozen=True)
class Size:
    """How large a misfit is, in the unit of what is compared.

    Attributes
    ----------
    typical : float
        Root mean square of the gaps, less what chance adds to it.
    largest : float
        The largest gap.
    sure : float
        The largest by which a gap exceeds two standard deviations of the replications.
    """

    typical: float
    largest: float
    sure: float


def size_of(gap: FloatArray, sd: FloatArray, weight: FloatArray | IntArray | float = 1.0) -> Size:
    """Measure gaps between observed values and the mean replication; NaN where not compared.

    Examples
    --------
    >>> size_of(np.array([0.05, -0.05, np.nan]), np.array([0.03, 0.03, 0.03]))
    Size(typical=0.04, largest=0.05, sure=0.0)
    """
    compared = np.isfinite(gap)
    if not compared.any():
        return Size(np.nan, np.nan, np.nan)
    weight = np.where(compared, np.broadcast_to(weight, gap.shape), 0.0)
    excess = np.sum((weight * (gap**2 - sd**2))[compared]) / weight.sum()
    beyond = np.nanmax(np.abs(gap) - 2 * sd)
    return Size(
        float(round(np.sqrt(max(excess, 0.0)), 12)),
        float(np.nanmax(np.abs(gap))),
        float(max(beyond, 0.0)),
    )


@dataclass(frozen=True, eq=False)
class Outside:
    """Who is outside a 95 % range, and how likely that many are by chance.

    Attributes
    ----------
    mask : ndarray of bool, shape (labelers,)
    share : float
        Of the labelers that could be compared.
    expected : float
        Share outside by chance: 5 %, or what comes nearest with so few draws.
    p_value : float
        Probability of at least as many by chance.
    """

    mask: BoolArray
    share: float
    expected: float
    p_value: float


def outside(tail_probability: FloatArray, draws: int) -> Outside:
    """Count labelers whose predictive p-value is too small for a range of 95 %.

    Parameters
    ----------
    tail_probability : ndarray, shape (labelers,) or (labelers, statistics)
        Two-sided predictive p-values, multiples of ``2 / (draws + 1)``; NaN where not compared.
        With several statistics the smallest counts, at 5 % divided by their number.
    draws : int
        Replications that they rest on.

    Notes
    -----
    Fitted labelers have seen the data that they are compared with: fewer than 5 % are outside under
    the model, and the p-value errs on the safe side.
    """
    p = tail_probability.reshape(len(tail_probability), -1)
    statistics = p.shape[1]
    step = 2 / (draws + 1)
    # with few draws the smallest p-value there can be is the level
    level = max(np.floor(0.05 / statistics / step), 1) * step
    compared = ~np.isnan(p).all(axis=1)
    mask = np.where(np.isnan(p), 1, p).min(axis=1) <= level * (1 + 1e-9)
    n, k = int(compared.sum()), int(mask.sum())
    expected = min(1.0, float(statistics * level))
    p_value = float(bdtrc(k - 1, n, expected)) if k else 1.0
    return Outside(mask, k / max(n, 1), expected, p_value)


@dataclass(frozen=True, eq=False)
class Omnibus:
    """Observed summaries against replicated ones.

    Attributes
    ----------
    p_value : float
        Share of replications that are as far from the mean replication as the data; NaN if there
        is nothing to compare.
    z : ndarray, shape (summaries,)
        Standardised distance of each; NaN where it is not compared.
    mean, low, high : ndarray, shape (summaries,)
        Mean and 95 % interval of the replications.
    sd : ndarray, shape (summaries,)
        Standard deviation of the replications.
    """

    p_value: float
    z: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray
    sd: FloatArray

    @property
    def worst(self) -> int:
        """Index of the summary that is furthest off."""
        return int(np.nanargmax(np.abs(self.z)))


def omnibus(
    observed: FloatArray, replicated: FloatArray, *, resolution: FloatArray | float, largest: bool
) -> Omnibus:
    """Compare summaries jointly: the p-value is right whatever their correlation.

    Parameters
    ----------
    observed : ndarray, shape (summaries,)
    replicated : ndarray, shape (draws, summaries)
    resolution : float or ndarray, shape (summaries,)
        Smallest standard deviation taken seriously, such as the step of a share.
    largest : bool
        Measure by the largest raw distance (as Kolmogorov and Smirnov do); else by the sum of
        squared standardised distances.

    Notes
    -----
    Each replication is compared with the mean of the *others*, as the data are, so that the
    p-value is not pulled down by the replications' part in their own mean.
    """
    draws = len(replicated)
    usable = np.isfinite(observed) & (np.isfinite(replicated).mean(axis=0) > 0.95)
    with warnings.catch_warnings():
        # columns without a single replicated value are not usable
        warnings.simplefilter("ignore", RuntimeWarning)
        mean, sd = np.nanmean(replicated, axis=0), np.nanstd(replicated, axis=0, ddof=1)
        low, high = np.nanquantile(replicated, [0.025, 0.975], axis=0)
    sd = np.maximum(sd, resolution)
    z = np.where(usable, (observed - mean) / sd, np.nan)
    if not usable.any():
        return Omnibus(np.nan, z, mean, low, high, sd)
    without_itself = draws / (draws - 1)
    replicated_gaps = without_itself * np.nan_to_num(replicated - mean)[:, usable]
    observed_gaps = (observed - mean)[usable]
    if largest:
        distance, distances = np.abs(observed_gaps).max(), np.abs(replicated_gaps).max(axis=1)
    else:
        distance = ((observed_gaps / sd[usable]) ** 2).sum()
        distances = ((replicated_gaps / sd[usable]) ** 2).sum(axis=1)
    p_value = (1 + (distances >= distance).sum()) / (1 + draws)
    return Omnibus(float(p_value), z, mean, low, high, sd)
