"""Bounded pseudo-labels of rows, at one boundary or at boundaries that differ."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.bounded.weight import BIN, FIRST, check_reach, scale_free
from bayes_ddm.estimators.regression import Labels
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

RATIO = 1.05  # of reaches that labelers' own boundaries are rounded up to
WINDOW = 1.02  # of response windows, rounded down: what comes in between counts as no response


@dataclass(frozen=True, eq=False)
class _Weighed:
    """Weights of rows, their slopes by the log time, and their largest bias."""

    value: FloatArray
    by_log_time: FloatArray
    bias: float | FloatArray


def bounded_labels(
    choices: Choices,
    at: tuple[float | FloatArray, float | FloatArray],
    most_drift: float,
    trial: TrialDrift = STEADY,
    boundary: Boundary | None = None,
) -> Labels:
    """Bounded pseudo-label of each row; with a boundary that was learned, its derivatives too.

    Parameters
    ----------
    choices : Choices
    at : tuple
        Boundary and ndt, numbers or one per row. Rows faster than ndt count as the fastest that
        there can be.
    most_drift : float
    trial : TrialDrift
    boundary : Boundary, optional

    Notes
    -----
    Where trials that ran out of time are among the rows (`with_omitted`) their labels are 0, and
    others' are those of a weight made for that.

    Raises
    ------
    InputError
        If `most_drift` is too small at one of the boundaries, or a deadline is not above the ndt.
    """
    b, ndt = at
    time = trial.time(choices.rt, ndt)
    window = None
    if choices.deadline is not None and not choices.truncated:
        window = _rounded(trial.time(choices.deadline, ndt) / np.square(b))
    weighed = _weighed(time, b, most_drift, choices.n_choices, window, smooth=choices.condensed)
    values = choices.signed * weighed.value
    if boundary is None:
        return Labels(values, bias=weighed.bias)
    signed = choices.count * choices.signed
    by_boundary = -signed * (weighed.value + 2 * weighed.by_log_time) / b
    # in the first bin the slope is 0, whatever the time
    by_time = signed * weighed.by_log_time / np.maximum(time, FIRST * np.square(b))
    return Labels(values, boundary, by_boundary, -by_time * trial.rate(time), weighed.bias)


def _rounded(window: FloatArray) -> FloatArray:
    """Response windows, in units where the boundary is 1, as ends of the weight's bins may be."""
    if not (window > FIRST).all():
        raise InputError(
            "a deadline is hardly above the ndt, so that no decision is made in time; leave out "
            "those rows, or give a smaller ndt."
        )
    if (window == window[0]).all():
        return window
    return np.asarray(WINDOW ** np.floor(np.log(window) / math.log(WINDOW)))


def _weighed(
    time: FloatArray,
    b: float | FloatArray,
    most_drift: float,
    n: float,
    window: FloatArray | None,
    *,
    smooth: bool,
) -> _Weighed:
    check_reach(float(np.min(b)), most_drift)
    if np.ndim(b) == 0 and window is None:
        return _at_one(time, float(b), float(b) * most_drift, n, math.inf, smooth=smooth)
    own = np.broadcast_to(b, time.shape)
    reach = own * most_drift if np.ndim(b) == 0 else _reaches(own, most_drift)
    end = np.full(len(time), math.inf) if window is None else window
    value, slope, bias = np.empty((3, len(time)))
    for pair in np.unique(np.column_stack([reach, end]), axis=0):
        rows = (reach == pair[0]) & (end == pair[1])
        part = _at_one(time[rows], own[rows], pair[0], n, pair[1], smooth=smooth)
        value[rows], slope[rows], bias[rows] = part.value, part.by_log_time, part.bias
    return _Weighed(value, slope, bias)


def _reaches(own: FloatArray, most_drift: float) -> FloatArray:
    """Largest drifts where boundaries are 1, rounded up so that there are few."""
    return np.asarray(RATIO ** np.ceil(np.log(own * most_drift) / math.log(RATIO)))


def _at_one(
    time: FloatArray,
    b: float | FloatArray,
    reach: float,
    n: float,
    window: float,
    *,
    smooth: bool,
) -> _Weighed:
    """Weigh by one scale-free weight."""
    weight = scale_free(reach, n, None, window)
    log_time = np.log(np.maximum(time, 1e-3 * FIRST * np.square(b)) / np.square(b))
    log_edges = np.log(weight.edges[1:-1])
    # sums over rows that stand for others are of smooth functions only
    middles = np.append(log_edges - BIN / 2, log_edges[-1] + BIN / 2)

    def weigh(at: FloatArray) -> FloatArray:
        if smooth:
            return np.interp(at, middles, weight.values)
        return weight.values[np.searchsorted(log_edges, at, side="right")]

    slope = (weigh(log_time + BIN / 2) - weigh(log_time - BIN / 2)) / BIN
    in_window = log_time < math.log(window)
    return _Weighed(in_window * weigh(log_time) / b, in_window * slope / b, weight.largest_bias / b)
