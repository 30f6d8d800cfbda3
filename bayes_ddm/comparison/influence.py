"""What each labeler contributes to a posterior mean: its influence, and hence its sampling error.

The derivative of a posterior mean by a labeler's weight is the posterior covariance of the quantity
with that labeler's log-likelihood (the infinitesimal jackknife; Giordano & Broderick 2023,
arXiv 2305.06466).  It stands on the same footing as a closed-form estimate's influence, so that the
variance of their *difference* follows, labelers being the unit of sampling.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.progress import track

__all__ = ["posterior_influence"]


def posterior_influence(
    quantities: FloatArray,
    samples: xr.Dataset,
    log_likelihood: Callable[[xr.Dataset], FloatArray],
    unit_count: IntArray,
    *,
    progress: bool = False,
) -> FloatArray:
    """Influence of each sampling unit on the posterior means of some quantities.

    Parameters
    ----------
    quantities : ndarray, shape (samples, q)
        Draws of the quantities.
    samples : Dataset
        The same posterior draws, with the dimension ``sample``.
    log_likelihood : callable
        Maps one draw to the log-likelihood of each unit (times its count), shape (units,).
    unit_count : ndarray of int, shape (units,)
    progress : bool
        Show a progress bar, on a terminal.

    Returns
    -------
    ndarray, shape (units, q)
        Centred; already divided by the number of units, as `bayes_ddm.estimators.Estimate` has it.
    """
    s = len(quantities)
    centred = quantities - quantities.mean(axis=0)
    # summed draw by draw: the matrix of all log-likelihoods may not fit in memory
    covariance = np.zeros((len(unit_count), quantities.shape[1]))
    for i in track(range(s), "labelers' influence", progress=progress):
        values = log_likelihood(samples.isel(sample=i)) / unit_count
        covariance += values[:, None] * centred[i]
    covariance /= s - 1
    return covariance - np.average(covariance, axis=0, weights=unit_count)
