"""Each labeler's preference from their own choices alone: what the population then shrinks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.sufficient import determined, sum_by_unit
from bayes_ddm.distributions.vocabulary import DIFFUSION
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.design import design
from bayes_ddm.fitting.diffusion_by_draw import mean_bounds
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.wiener.trial_drift import bound_evidence, trial_evidence


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
        If labelers are anonymous, or the model has no response times or a drift that saturates.

    Notes
    -----
    Given boundary ``b``, ndt and relative start ``s``, choices ``z`` with attribute differences
    ``psi`` and decision times ``t`` have the likelihood ``exp(theta'S - theta'A theta / 2)``, with
    ``S = b sum (z - 2 s + 1) psi`` and ``A = sum t psi psi'``: its maximum is ``A^-1 S``. Noise of
    the drift and closing bounds weight the rows (`trial_evidence`).
    """
    choices = posterior.choices
    if choices.anonymous:
        raise InputError("labelers are anonymous: one choice each says next to nothing of them.")
    if not posterior.has_times:
        raise InputError(
            "the model has no response times, without which a labeler who always chose one option "
            "has no estimate of their own."
        )
    if "saturation" in posterior:
        raise InputError("the drift saturates: choices alone do not tell a strong preference.")
    samples = posterior.samples(400)
    boundary, ndt, start, noise, collapse = mean_bounds(posterior, samples, DIFFUSION)
    # a response before the ndt has passed, or after the bounds met, is a lapse, and says nothing
    decided = choices.count * ((choices.rt > ndt) & (collapse * (choices.rt - ndt) < 1))
    attributes = design(choices)
    psi, scale = attributes.psi.T, attributes.scale
    time = np.where(decided > 0, choices.rt - ndt, 0.0)
    gathered = bound_evidence(choices.signed, time, boundary, 2 * start - 1, collapse)
    gathered, time, *_ = trial_evidence(gathered, time, np.square(noise))
    counted = replace(choices, count=decided)
    total = sum_by_unit(counted, gathered[:, None] * psi)
    gram = sum_by_unit(counted, time[:, None, None] * psi[:, :, None] * psi[:, None, :])
    solvable = determined(gram)
    preference = np.full(total.shape, np.nan)
    preference[solvable] = np.linalg.solve(gram[solvable], total[solvable, :, None])[..., 0]
    return preference / scale
