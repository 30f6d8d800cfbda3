"""Joint density of choice and response time: drift given, and random drift integrated out."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm.wiener._regimes import signs
from bayes_ddm.wiener.first_passage import zero_drift_log_density


def log_density(
    rt: ArrayLike, choice: ArrayLike, *, drift: ArrayLike, boundary: ArrayLike, ndt: ArrayLike = 0.0
) -> Any:
    """Joint log density of a choice and its response time.

    Parameters
    ----------
    rt : array_like
        Response times in seconds.
    choice : array_like
        +1 or -1.
    drift, boundary : array_like
        Drift, and half the boundary separation.
    ndt : array_like
        Non-decision time in seconds; the density is zero where ``rt <= ndt``.

    Returns
    -------
    float or ndarray
        NaN where an argument is.

    Raises
    ------
    InputError
        If a choice is neither +1 nor -1, or the boundary not positive.

    Examples
    --------
    >>> round(float(log_density(1.0, 1, drift=0.5, boundary=1.0)), 6)
    -1.10042
    """
    t, z = np.asarray(rt, dtype=float) - ndt, signs(choice)
    v, b = np.asarray(drift, dtype=float), np.asarray(boundary, dtype=float)
    return (zero_drift_log_density(t, b) + z * b * v - 0.5 * v**2 * np.maximum(t, 0))[()]


def random_drift_log_density(
    rt: ArrayLike,
    choice: ArrayLike,
    *,
    mean: ArrayLike,
    sd: ArrayLike,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
) -> Any:
    """Joint log density of one choice and its time, a Gaussian random drift integrated out.

    Parameters
    ----------
    rt : array_like
        Response times in seconds.
    choice : array_like
        +1 or -1.
    mean, sd : array_like
        Mean and standard deviation of the drift across labelers; ``sd`` may be 0.
    boundary, ndt : array_like
        Half the boundary separation; non-decision time in seconds.

    Returns
    -------
    float or ndarray
        NaN where an argument is.

    Raises
    ------
    InputError
        If a choice is neither +1 nor -1, or the boundary not positive.

    Notes
    -----
    Each row is a labeler of its own. The drift enters the likelihood of ``(z, t)`` as
    ``exp(z b v - v^2 t / 2)``, so a Gaussian drift integrates in closed form.

    Examples
    --------
    >>> round(float(random_drift_log_density(1.0, 1, mean=0.5, sd=1.0, boundary=1.0)), 6)
    -1.384494
    """
    t, z = np.asarray(rt, dtype=float) - ndt, signs(choice)
    b = np.asarray(boundary, dtype=float)
    tilt = random_drift_log_factor(z * b, np.maximum(t, 0), np.asarray(mean), np.square(sd))
    return (zero_drift_log_density(t, b) + tilt)[()]


def random_drift_log_factor(choice_sum: Any, time: Any, mean: Any, var: Any, xp: Any = np) -> Any:
    """``log E[exp(S v - T v^2 / 2)]`` for ``v ~ Normal(mean, sqrt(var))``; finite at ``var = 0``.

    ``choice_sum`` is ``S = b * sum of choices`` and ``time`` the total decision time ``T``.
    """
    exponent, d = random_drift_parts(choice_sum, time, mean, var)
    return exponent - 0.5 * xp.log(d)


def random_drift_parts(choice_sum: Any, time: Any, mean: Any, var: Any) -> tuple[Any, Any]:
    """``(a, d)`` with the factor of `random_drift_log_factor` being ``exp(a) / sqrt(d)``."""
    d = 1 + var * time
    quadratic = 2 * mean * choice_sum + var * choice_sum**2 - mean**2 * time
    return quadratic / (2 * d), d
