"""Probability of a choice within each of a few bins of time, for models of answers without rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt

# of the series; from the first edge of cells on, 0.2 boundary^2, the next is below 1e-14
TERMS = 2 * np.arange(8) + 1
SIGNS = (-1.0) ** np.arange(8)


def cell_chances(drift: Any, edges: Any, boundary: Any, xp: Any = pt) -> Any:
    r"""Probability of each choice and bin of time given drifts.

    Parameters
    ----------
    drift : tensor or array, shape (drifts,)
        1/sqrt(seconds).
    edges : tensor or array, shape (bins - 1,)
        Decision times in seconds, not below a tenth of the squared boundary.
    boundary : tensor or number
        Half the separation.
    xp : module
        ``pytensor.tensor``, or ``numpy``.

    Returns
    -------
    tensor or array, shape (drifts, 2 bins)
        Bins of +1 first.

    Notes
    -----
    With ``a = |v| b``, ``u = t / b^2``, odd ``k`` and ``r = a^2/2 + k^2 \pi^2/8``,
    ``P(T > t) = \frac{\pi}{2} \cosh(a) \sum \pm k e^{-r u} / r``; choice and time are independent
    given the drift.

    Examples
    --------
    >>> cell_chances(np.array([0.0]), np.array([0.344, 0.938]), 1.25, np).round(3)
    array([[0.033, 0.164, 0.303, 0.033, 0.164, 0.303]])
    """
    a, u = xp.abs(drift * boundary)[:, None, None], (edges / boundary**2)[None, :, None]
    rate = a**2 / 2 + TERMS**2 * np.pi**2 / 8
    later = (SIGNS * TERMS * (xp.exp(a - rate * u) + xp.exp(-a - rate * u)) / rate).sum(axis=-1)
    by = 1 - np.pi / 4 * later
    ends = [by[:, :1], by[:, 1:] - by[:, :-1], 1 - by[:, -1:]]
    speed = xp.concatenate(ends, axis=1)
    positive = (1 / (1 + xp.exp(-2 * boundary * drift)))[:, None]
    return xp.concatenate([positive * speed, (1 - positive) * speed], axis=1)
