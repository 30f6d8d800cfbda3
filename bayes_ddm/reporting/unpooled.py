"""Each labeler's preference from their own choices alone: what the population then shrinks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.sufficient import determined, labeler_sums
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.posterior import draws_of, thinned
from bayes_ddm.fitting.save import choices_of

__all__ = ["unpooled"]


def unpooled(fit: xr.DataTree) -> FloatArray:
    """Return each labeler's maximum-likelihood preference, at the fit's boundary and ndt.

    Parameters
    ----------
    fit : DataTree

    Returns
    -------
    ndarray, shape (labelers, d)
        Drift per unit of each feature; NaN where a labeler's choices do not determine it.

    Raises
    ------
    InputError
        If labelers are anonymous, or the model has no response times.

    Notes
    -----
    Given boundary ``b``, ndt and relative start ``s``, choices ``z`` with attribute differences
    ``psi`` and decision times ``t`` have the likelihood ``exp(theta'S - theta'A theta / 2)``, with
    ``S = b sum (z - 2 s + 1) psi`` and ``A = sum t psi psi'``: its maximum is ``A^-1 S``.
    """
    choices = choices_of(fit)
    if choices.anonymous:
        raise InputError("labelers are anonymous: one choice each says next to nothing of them.")
    if fit.attrs["model"] == "choice_only":
        raise InputError(
            "the model has no response times, without which a labeler who always chose one option "
            "has no estimate of their own."
        )
    samples = thinned(fit, 400)
    boundary, ndt = (_of_labelers(fit, samples, name) for name in ("boundary", "ndt"))
    start = _of_labelers(fit, samples, "start") if _has_start(fit) else 0.5 + 0 * ndt
    # a response before the non-decision time has passed is a lapse, and says nothing
    decided = replace(choices, count=choices.count * (choices.rt > ndt[choices.unit]))
    attributes = design(choices)
    sums = labeler_sums(decided, attributes.psi)
    total = boundary[:, None] * (sums.choice - (2 * start - 1)[:, None] * sums.psi)
    time = sums.decision_gram(ndt)
    known = determined(time)
    preference = np.full(total.shape, np.nan)
    preference[known] = np.linalg.solve(time[known], total[known, :, None])[..., 0]
    return preference / attributes.scale


def _has_start(fit: xr.DataTree) -> bool:
    try:
        draws_of(fit, "start", thinned(fit, 1))
    except InputError:
        return False
    return True


def _of_labelers(fit: xr.DataTree, samples: xr.Dataset, name: str) -> FloatArray:
    """Posterior mean of a parameter of each labeler: shared, or their own."""
    own = f"labeler_{name}"
    mean = draws_of(fit, own if own in samples else name, samples).mean(axis=0)
    return np.broadcast_to(mean, len(choices_of(fit).unit_count))
