"""One predictive p-value for a handful of summaries, whatever their correlation."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray

__all__ = ["Omnibus", "omnibus"]


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
    """

    p_value: float
    z: FloatArray
    mean: FloatArray
    low: FloatArray
    high: FloatArray

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

    Returns
    -------
    Omnibus

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
        return Omnibus(np.nan, z, mean, low, high)
    without_itself = draws / (draws - 1)
    theirs = without_itself * np.nan_to_num(replicated - mean)[:, usable]
    ours = (observed - mean)[usable]
    if largest:
        distance, reached = np.abs(ours).max(), np.abs(theirs).max(axis=1)
    else:
        distance = ((ours / sd[usable]) ** 2).sum()
        reached = ((theirs / sd[usable]) ** 2).sum(axis=1)
    p = (1 + (reached >= distance).sum()) / (1 + draws)
    return Omnibus(float(p), z, mean, low, high)
