"""A weight that is bounded: no press too fast, and nobody's own non-decision time, ruins its mean.

`wiener.drift_weight` grows as ``b / t`` towards time 0. No bounded function of the time is unbiased
for every drift, but a step function on a few bins comes very close over all drifts up to a largest,
and what remains is a number that can be printed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.known import check_boundary

MOST_DRIFT = 3.0
MANY = 30_000
# in units where the boundary is 1: times of the bins' inner edges, and drifts
FIRST, LAST, EDGES = 0.02, 4.0, 60
BIN = math.log(LAST / FIRST) / (EDGES - 1)  # of the log time
LEAST_REACH = 0.5  # below, decision times hardly depend on the drift
MOST_REACH = 100.0  # beyond, functions of the drift are alike to rounding
GRID, FINE_GRID = 60, 200
# the bias is in an interval in full, and not by its mean square: counted as of so many choices more
BIAS_COUNTS = 10.0


@dataclass(frozen=True, eq=False)
class BoundedWeight:
    """A step function of the decision time, to multiply choices with; made by `bounded_weight`.

    Attributes
    ----------
    edges : ndarray, shape (bins + 1,)
        Seconds, from 0 to the deadline (infinite without one).
    values : ndarray, shape (bins,)
        1/sqrt(seconds).
    largest_bias : float
        Of the mean of ``choice * weight``, over all drifts up to `most_drift` either way.
    boundary, most_drift : float
        What it was made for.
    """

    edges: FloatArray = field(repr=False)
    values: FloatArray = field(repr=False)
    largest_bias: float
    boundary: float
    most_drift: float

    def at(self, decision_time: ArrayLike) -> FloatArray:
        """Weights at these times in seconds; what comes before 0 is in the first bin.

        From the deadline on there is no response, and the weight is 0.
        """
        t = np.asarray(decision_time, dtype=float)
        inside = self.values[np.searchsorted(self.edges[1:-1], t, side="right")]
        return np.where(t < self.edges[-1], inside, 0.0)[()]

    def bias(self, drift: ArrayLike) -> FloatArray:
        """Mean of ``choice * weight`` less the drift, at these drifts.

        Examples
        --------
        >>> made = bounded_weight(1.25)
        >>> float(made.bias(2.0)) < made.largest_bias
        True
        """
        v = np.atleast_1d(np.asarray(drift, dtype=float))
        bias = _means(self.edges, v, self.boundary) @ self.values - v
        return bias.reshape(np.shape(drift))[()]


def bounded_weight(
    boundary: float,
    most_drift: float = MOST_DRIFT,
    n: float = MANY,
    *,
    bound: float | None = None,
    deadline: float | None = None,
) -> BoundedWeight:
    """Weight on time bins that turns a choice into an estimate of the drift, and is bounded.

    Parameters
    ----------
    boundary : float
        Half the boundary separation.
    most_drift : float
        The largest drift, either way, up to which it is meant to be unbiased.
    n : float
        How many choices it is averaged over: of more, it is larger and less biased.
    bound : float, optional
        Largest weight, either way. Then the largest bias is the smallest that this bound allows,
        whatever ``n``.
    deadline : float, optional
        Seconds of decision time after which no response counts. Averages are then over all trials,
        those without a response counted as 0.

    Returns
    -------
    BoundedWeight

    Raises
    ------
    InputError
        If a number is not positive, `most_drift` is too small for the bins to tell drifts apart, or
        no weight within the bound can reach it.

    Notes
    -----
    With ``A[v, k] = P(T in bin k | v) tanh(b v)``, ``A h`` is the mean of ``choice * h``. Ridge
    regression ``h = (A'A / L + diag(P) / m)^-1 A'v / L`` on ``L`` drifts weighs squared bias and
    variance, with ``m = 10 n``. With a bound ``c`` it is the linear programme
    ``min max |A h - v|``, ``|h| <= c``; it needs ``c >= most_drift / tanh(boundary most_drift)``.
    Bounds that close in take the same weight in the stretched time (`wiener.stretched_time`);
    drifts are then those of single trials.

    Examples
    --------
    >>> made = bounded_weight(1.25)
    >>> round(made.largest_bias, 4), made.at([-0.1, 0.5, 9.0]).round(2)
    (0.0012, array([ 9.9 ,  1.71, -0.38]))
    """
    b = check_boundary(boundary)
    for name, value in {"most_drift": most_drift, "bound": bound, "deadline": deadline}.items():
        if value is not None and not (math.isfinite(value) and value > 0):
            raise InputError(f"{name} must be positive; got {value:g}.")
    if not n >= 1:
        raise InputError(f"n must be at least 1 choice; got {n:g}.")
    check_reach(b, most_drift)
    least = most_drift / math.tanh(b * most_drift)
    if bound is not None and bound < least:
        raise InputError(
            f"no weight of at most {bound:g} has a mean of {most_drift:g}; give a bound of at "
            f"least {_up(least):g}, or a smaller most_drift."
        )
    weight = scale_free(
        b * most_drift,
        float(n),
        None if bound is None else bound * b,
        math.inf if deadline is None else deadline / b**2,
    )
    return replace(
        weight,
        edges=weight.edges * b**2,
        values=weight.values / b,
        largest_bias=weight.largest_bias / b,
        boundary=b,
        most_drift=most_drift,
    )


def check_reach(boundary: float, most_drift: float) -> None:
    """Refuse a largest drift over which decision times hardly change, or that nobody has.

    Raises
    ------
    InputError
        With the least that there can be.
    """
    if not (math.isfinite(most_drift) and most_drift > 0):
        raise InputError(f"most_drift must be positive; got {most_drift:g}.")
    if boundary * most_drift < LEAST_REACH:
        raise InputError(
            f"most_drift {most_drift:g} is too small for time bins to tell drifts apart; give at "
            f"least {_up(LEAST_REACH / boundary):g} at a boundary of {boundary:.3g}."
        )
    if math.isfinite(boundary) and boundary * most_drift > MOST_REACH:
        raise InputError(
            f"most_drift {most_drift:g} is beyond what choices can tell from certainty; give at "
            f"most {MOST_REACH / boundary:.3g} at a boundary of {boundary:.3g}."
        )


def _up(least: float) -> float:
    """Round up to three digits, so that what is said will do."""
    unit = 10.0 ** (math.floor(math.log10(least)) - 2)
    return math.ceil(least / unit) * unit


@lru_cache(maxsize=256)
def scale_free(
    reach: float, n: float, bound: float | None = None, deadline: float = math.inf
) -> BoundedWeight:
    """Make the weight at a boundary of 1, where ``reach`` is the largest drift."""
    inner = np.exp(np.linspace(math.log(FIRST), math.log(LAST), EDGES))
    edges = np.concatenate([[0.0], inner[inner < deadline], [deadline]])
    drifts = np.linspace(0, reach, GRID + 1)[1:]
    means = _means(edges, drifts, 1.0)
    if bound is None:
        share = (means / np.tanh(drifts)[:, None]).mean(axis=0)
        penalty = np.diag(share / (BIAS_COUNTS * n))
        values = np.linalg.solve(means.T @ means / GRID + penalty, means.T @ drifts / GRID)
    else:
        values = _minimax(means, drifts, bound)
    return _measured(edges, values, reach)


@lru_cache(maxsize=256)
def on_few_bins(inner: tuple[float, ...], reach: float) -> BoundedWeight:
    """Make the weight with the smallest largest bias on given bins, at a boundary of 1.

    ``inner`` are the times of the bins' inner edges, ``reach`` is the largest drift.

    Examples
    --------
    >>> made = on_few_bins((0.22, 0.60), 5.0)
    >>> made.values.round(2), round(made.largest_bias, 3)
    (array([6.75, 1.43, 0.22]), 0.018)
    """
    edges = np.array([0.0, *inner, np.inf])
    drifts = np.linspace(0, reach, GRID + 1)[1:]
    return _measured(edges, _minimax(_means(edges, drifts, 1.0), drifts, np.inf), reach)


def _measured(edges: FloatArray, values: FloatArray, reach: float) -> BoundedWeight:
    """Name the largest bias of a weight at a boundary of 1."""
    fine = np.linspace(0, reach, FINE_GRID + 1)
    off = np.abs(_means(edges, fine, 1.0) @ values - fine)
    values.flags.writeable = edges.flags.writeable = False  # they are shared
    return BoundedWeight(edges, values, _top(off), 1.0, reach)


def bin_chances(edges: FloatArray, drift: FloatArray, boundary: float) -> FloatArray:
    """Probability that the decision time is in each bin given the drift, shape (drifts, bins).

    Edges go from 0 to infinity, or to a deadline.

    Examples
    --------
    >>> bin_chances(np.array([0.0, 0.22, 0.60, np.inf]), np.array([0.0]), 1.0).round(3)
    array([[0.066, 0.327, 0.607]])
    """
    v = np.asarray(drift, dtype=float)
    by = wiener.cdf(edges[None, 1:-1], drift=v[:, None], boundary=boundary)
    end = np.ones(len(v))
    if math.isfinite(edges[-1]):
        end = wiener.cdf(edges[-1], drift=v, boundary=boundary)
    return np.asarray(np.diff(np.column_stack([np.zeros(len(v)), by, end]), axis=1))


def _means(edges: FloatArray, drift: FloatArray, boundary: float) -> FloatArray:
    """Mean of the choice where the time is in each bin, else 0; shape (drifts, bins)."""
    return bin_chances(edges, drift, boundary) * np.tanh(boundary * drift)[:, None]


def _minimax(means: FloatArray, drifts: FloatArray, bound: float) -> FloatArray:
    """Values within a bound whose largest bias is smallest."""
    from scipy.optimize import linprog

    bins, ones = means.shape[1], np.ones((len(drifts), 1))
    solution = linprog(
        np.append(np.zeros(bins), 1.0),
        A_ub=np.block([[means, -ones], [-means, -ones]]),
        b_ub=np.concatenate([drifts, -drifts]),
        bounds=[(-bound, bound)] * bins + [(0, None)],
        method="highs",
    )
    return np.asarray(solution.x[:bins])


def _top(values: FloatArray) -> float:
    """Maximum of a smooth function on an even grid, by the parabola through its three highest."""
    i = int(values.argmax())
    if not 0 < i < len(values) - 1:
        return float(values[i])
    a, b, c = values[i - 1 : i + 2]
    bend = a - 2 * b + c
    return float(b if bend == 0 else b - (c - a) ** 2 / (8 * bend))
