"""What each labeler says: their influence on a posterior mean, and whether they share a boundary.

The derivative of a posterior mean by a labeler's weight is the posterior covariance of the quantity
with that labeler's log-likelihood (the infinitesimal jackknife; Giordano & Broderick 2023,
arXiv 2305.06466).  It stands on the same footing as a closed-form estimate's influence, so that the
variance of their *difference* follows, labelers being the unit of sampling.

If a parameter varied a little between labelers, the likelihood would gain in proportion to its
variance times ``(s_i^2 + h_i) / 2``, with ``s_i`` and ``h_i`` the first and second derivatives of
labeler ``i``'s log-likelihood.  Under a shared parameter that has mean zero (Chesher 1984,
Econometrica 52:865); what estimating the other parameters takes away is projected out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.progress import track

# maps one draw to the log-likelihood of each unit, times its count: shape (units,)
LogLikelihood = Callable[[xr.Dataset], FloatArray]

STEP = 1e-3


def posterior_influence(
    quantities: FloatArray,
    samples: xr.Dataset,
    log_likelihood: LogLikelihood,
    unit_count: IntArray,
    *,
    progress: bool = False,
) -> FloatArray:
    """Influence of each unit on posterior means of quantities, whose draws are (samples, q).

    Shape (units, q); centred, and already divided by the number of units, as
    `bayes_ddm.estimators.Estimate` has it.
    """
    sample_count = len(quantities)
    centred = quantities - quantities.mean(axis=0)
    # summed draw by draw: the matrix of all log-likelihoods may not fit in memory
    covariance = np.zeros((len(unit_count), quantities.shape[1]))
    for sample in track(range(sample_count), "labelers' influence", progress=progress):
        values = log_likelihood(samples.isel(sample=sample)) / unit_count
        covariance += values[:, None] * centred[sample]
    covariance /= sample_count - 1
    return covariance - np.average(covariance, axis=0, weights=unit_count)


def shared_parameter_scores(
    samples: xr.Dataset, log_likelihood: LogLikelihood, influence: FloatArray
) -> dict[str, float]:
    """Score statistics of ``boundary`` and ``ndt``, whichever were sampled.

    About standard normal where labelers share the parameter, large where it varies. `influence` is
    that on the parameters, shape (units, q).
    """
    centre = samples.mean("sample")
    directions = influence / influence.std(axis=0)
    scores = {}
    for name in ("boundary", "ndt"):
        # by condition without a value per cell, it is the middle that is sampled
        sampled = f"{name}_middle" if f"{name}_middle" in samples else name
        if sampled not in samples:
            continue
        below, middle, above = (
            log_likelihood(centre.assign({sampled: centre[sampled] * (1 + step)}))
            for step in (-STEP, 0, STEP)
        )
        slope = (above - below) / (2 * STEP)
        curvature = (above - 2 * middle + below) / STEP**2
        gain = (slope**2 + curvature) / 2
        explained = directions @ np.linalg.lstsq(directions, gain, rcond=None)[0]
        scores[name] = float(gain.sum() / np.sqrt(((gain - explained) ** 2).sum()))
    return scores
