"""Do labelers share one boundary and one non-decision time? A score test, from one fit.

If a parameter varied a little between labelers, the likelihood would gain in proportion to its
variance times ``(s_i^2 + h_i) / 2``, with ``s_i`` and ``h_i`` the first and second derivatives of
labeler ``i``'s log-likelihood.  Under a shared parameter that has mean zero (Chesher 1984,
Econometrica 52:865); what estimating the other parameters takes away is projected out.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray

__all__ = ["shared_parameter_scores"]


STEP = 1e-3


def shared_parameter_scores(
    samples: xr.Dataset,
    log_likelihood: Callable[[xr.Dataset], FloatArray],
    influence: FloatArray,
) -> dict[str, float]:
    """Score statistics, about standard normal where the parameter is shared; large where it varies.

    Parameters
    ----------
    samples : Dataset
        Posterior draws, with the dimension ``sample``.
    log_likelihood : callable
        Maps one draw to the log-likelihood of each labeler, shape (labelers,).
    influence : ndarray, shape (labelers, q)
        Each labeler's influence on the posterior means of the parameters.

    Returns
    -------
    dict of str to float
        For ``boundary`` and ``ndt``, whichever were sampled.
    """
    centre = samples.mean("sample")
    directions = influence / influence.std(axis=0)
    scores = {}
    for name in ("boundary", "ndt"):
        if name not in samples:
            continue
        below, middle, above = (
            log_likelihood(centre.assign({name: centre[name] * (1 + step)}))
            for step in (-STEP, 0, STEP)
        )
        slope = (above - below) / (2 * STEP)
        curvature = (above - 2 * middle + below) / STEP**2
        gain = (slope**2 + curvature) / 2
        explained = directions @ np.linalg.lstsq(directions, gain, rcond=None)[0]
        scores[name] = float(gain.sum() / np.sqrt(((gain - explained) ** 2).sum()))
    return scores
