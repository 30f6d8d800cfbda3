r"""Drift that varies from trial to trial, and bounds that close in: the same, in a stretched time.

A trial's own drift ``u``, normal around the labeler's, enters as :math:`\exp(e u - t u^2 / 2)`, and
so integrates out exactly.  Bounds that close in linearly, :math:`\pm b (1 - c t)`, are bounds that
stay at :math:`\pm b` in the time :math:`s = t / (1 - c t)`: evidence divided by what is left of the
bound is a diffusion there, with a drift that is normal around ``v + c x`` with variance ``c``, if
evidence starts at ``x``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.wiener._regimes import at_least_0


@dataclass(frozen=True)
class TrialDrift:
    """How the drift of a trial differs from the labeler's, and bounds from those that stay.

    Attributes
    ----------
    noise : float or ndarray, shape (rows,)
        Standard deviation of the drift from trial to trial.
    collapse : float or ndarray, shape (rows,)
        Share of the boundary that is lost per second.

    Examples
    --------
    >>> trial = TrialDrift(noise=0.5, collapse=0.2)
    >>> float(trial.variance), float(trial.time(2.3, 0.3).round(3))
    (0.45, 3.333)
    """

    noise: float | FloatArray = 0.0
    collapse: float | FloatArray = 0.0

    @property
    def variance(self) -> Any:
        """Of a trial's drift around the labeler's, in the stretched time."""
        return np.square(self.noise) + self.collapse

    @property
    def steady(self) -> bool:
        """Whether bounds stay, and the drift is the labeler's own."""
        return not np.any(self.variance)

    def time(self, rt: ArrayLike, ndt: ArrayLike) -> Any:
        """Decision time, stretched so that bounds stay; seconds."""
        t = np.asarray(rt, dtype=float) - ndt
        return stretched_time(t, self.collapse) if np.any(self.collapse) else t

    def rate(self, time: FloatArray) -> Any:
        """Derivative of the stretched time by the decision time."""
        return (1 + self.collapse * time) ** 2


STEADY = TrialDrift()


def stretched_time(decision_time: ArrayLike, collapse: ArrayLike) -> Any:
    """Time in which bounds that close in stay where they are.

    Parameters
    ----------
    decision_time : array_like
        Seconds (``rt - ndt``).
    collapse : array_like
        Share of the boundary that is lost per second; 0 for bounds that stay.

    Returns
    -------
    float or ndarray
        ``t / (1 - collapse * t)``, in seconds; infinite from where the bounds meet. `drift_weight`
        at this time keeps ``E[choice * weight] = v``.

    Raises
    ------
    InputError
        If a collapse is negative or not finite.

    Examples
    --------
    >>> stretched_time([0.5, 2.0, 6.0], 0.2).round(3).tolist()
    [0.556, 3.333, inf]
    """
    t, c = np.asarray(decision_time, dtype=float), at_least_0("collapse", collapse)
    share = 1 - c * t
    met = share <= 0
    return np.where(met, np.inf, t / np.where(met, 1.0, share))[()]


def bound_evidence(choice: Any, time: Any, boundary: Any, lean: Any, collapse: Any) -> Any:
    """Evidence from the start to the bound that was reached, where bounds close in.

    Parameters
    ----------
    choice, time, boundary, lean, collapse
        ``lean`` is the start's distance from the middle over the boundary, ``2 start - 1``. NumPy
        or PyTensor.
    """
    return boundary * (choice * (1 - collapse * time) - lean)


def trial_evidence(gathered: Any, time: Any, variance: Any) -> tuple[Any, Any, Any, Any]:
    """What one trial says of ``v``, if its own drift is ``Normal(v, sqrt(variance))``.

    Parameters
    ----------
    gathered, time
        Evidence from the start to the bound that was reached (`bound_evidence`), and the decision
        time: a trial's own drift ``u`` enters as ``exp(gathered u - time u^2 / 2)``, whether bounds
        stay or close in. NumPy or PyTensor.
    variance

    Returns
    -------
    evidence, precision, exponent, d
        ``v`` enters as ``exp(evidence v - precision v^2 / 2 + exponent) / sqrt(d)``.
    """
    d = 1 + variance * time
    # divisions cost as much as all of the rest
    inverse = 1 / d
    evidence = gathered * inverse
    return evidence, time * inverse, 0.5 * variance * gathered * evidence, d


def averaged(
    function: Callable[[FloatArray], FloatArray], drift: FloatArray, sd: FloatArray, b: FloatArray
) -> Any:
    """Mean of a function of the drift over ``Normal(drift, sd)``; error below 1e-9.

    The trapezoidal rule, whose error falls exponentially in the distance between the real line and
    the nearest singularity, here ``pi / (2 b)``.  A last axis is added to what `function` takes.
    """
    widest = float(np.max(np.asarray(b * sd), initial=0.0))
    step = min(0.45, 0.3 / max(widest, 1e-3))
    count = int(np.ceil(7 / step))
    nodes = step * np.arange(-count, count + 1)
    weight = np.exp(-(nodes**2) / 2)
    values = function(np.asarray(drift)[..., None] + np.asarray(sd)[..., None] * nodes)
    return (values * (weight / weight.sum())).sum(axis=-1)
