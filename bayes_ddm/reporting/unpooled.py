"""Each labeler's preference from their own choices alone: what the population then shrinks."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.posterior import Posterior

__all__ = ["unpooled"]


def unpooled(posterior: Posterior) -> FloatArray:
    """Return each labeler's maximum-likelihood preference, at the fit's boundary and ndt.

    Parameters
    ----------
    posterior : Posterior

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
    choices = posterior.choices
    if choices.anonymous:
        raise InputError("labelers are anonymous: one choice each says next to nothing of them.")
    if not posterior.has_times:
        raise InputError(
            "the model has no response times, without which a labeler who always chose one option "
            "has no estimate of their own."
        )
    samples = posterior.samples(400)
    boundary, ndt = (_by_row(posterior, samples, name) for name in ("boundary", "ndt"))
    middle = np.full(len(choices), 0.5)
    start = _by_row(posterior, samples, "start") if "start" in posterior else middle
    psi = choices.features if choices.contextual else np.ones((len(choices), 1))
    # a response before the non-decision time has passed is a lapse, and says nothing
    time = choices.rt - ndt
    decided = time > 0
    gathered = np.where(decided, boundary * (choices.choice - 2 * start + 1), 0.0)
    total = sum_by_unit(choices, gathered[:, None] * psi)
    outer = psi[:, :, None] * psi[:, None, :]
    gram = sum_by_unit(choices, np.where(decided, time, 0.0)[:, None, None] * outer)
    size = np.sqrt(np.einsum("nii->ni", gram))
    size[size == 0] = 1.0
    scaled = gram / (size[:, :, None] * size[:, None, :])
    known = np.linalg.eigvalsh(scaled)[:, 0] > 1e-9
    found = np.full(total.shape, np.nan)
    found[known] = np.linalg.solve(scaled[known], (total / size)[known, :, None])[..., 0]
    return found / size


def _by_row(posterior: Posterior, samples: xr.Dataset, name: str) -> FloatArray:
    """Posterior mean of a parameter at each row: shared, or the labeler's own."""
    choices, own = posterior.choices, f"labeler_{name}"
    mean = posterior.values(own if own in samples else name, samples).mean(axis=0)
    return np.broadcast_to(mean, len(choices.unit_count))[choices.unit]
