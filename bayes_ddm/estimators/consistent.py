"""The closed-form estimator that is consistent whatever the population of drifts looks like.

A choice times its `drift_weight` is an unbiased *drift pseudo-label*; a regression of pseudo-labels
on the attribute differences (their mean, in a scalar problem) estimates the average preference. The
slope of the zero-drift log density does the same for the squared drift, hence for the spread.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import RowError
from bayes_ddm.estimators.averages import averages
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.design import combine, design, inner
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.of_sums import by_sums, of_all
from bayes_ddm.estimators.regression import labels_at, regression, row_weights
from bayes_ddm.estimators.result import Boundary, Estimate, assembled
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

# the spread is a regression on p (p + 1) / 2 products of attribute differences
MOST_SPREAD_FEATURES = 8


def drift_pseudo_labels(
    choices: Choices, boundary: ArrayLike, ndt: ArrayLike = 0.0, collapse: ArrayLike = 0.0
) -> FloatArray:
    """Unbiased estimate of the drift behind each single choice: ``choice * w_b(rt - ndt)``.

    Parameters
    ----------
    choices : Choices
    boundary, ndt : array_like
        Half the boundary separation; non-decision time in seconds. One number, or one per row.
    collapse : array_like
        Share of the boundary that is lost per second. Drift that varies from trial to trial changes
        nothing: labels are unbiased for its mean.

    Returns
    -------
    ndarray, shape (rows,)
        In a contextual problem the drift is ``features @ theta``.

    Raises
    ------
    InputError
        If a boundary is not positive, an ndt not below its response time, or the bounds have met
        before it.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.

    Examples
    --------
    >>> import pandas as pd
    >>> choices = Choices.from_frame(pd.DataFrame({"choice": [1, -1], "rt": [0.8, 0.8]}))
    >>> drift_pseudo_labels(choices, 1.25, ndt=0.3).round(4)
    array([ 1.7001, -1.7001])
    """
    time = choices.rt - np.asarray(ndt, dtype=float)
    if not (time > 0).all():
        row = int(np.argmin(time))
        raise RowError(
            f"ndt is not below the response time, {choices.rt[row]:.4g} s in",
            row if choices.row is None else int(choices.row[row]),
            "; give a smaller ndt, or remove rows that are too fast to be decisions.",
        )
    stretched = wiener.stretched_time(time, collapse)
    if np.isinf(stretched).any():
        row = int(np.argmax(np.isinf(stretched)))
        raise RowError(
            f"the bounds have met before the response, {choices.rt[row]:.4g} s in",
            row if choices.row is None else int(choices.row[row]),
            f"; give a collapse below {1 / time.max():.3g} per second.",
        )
    return choices.signed * wiener.drift_weight(stretched, boundary)


def consistent_values(
    choices: Choices,
    boundary: ArrayLike,
    ndt: ArrayLike,
    trial: TrialDrift = STEADY,
    shares: Mapping[str, float] | None = None,
) -> FloatArray:
    """Values of `consistent` alone, for repeated evaluation (say, over posterior draws).

    Parameters
    ----------
    choices : Choices
    boundary, ndt : array_like
        Half the boundary separation; non-decision time in seconds. One number, or one per row.
    trial : TrialDrift
        Noise of the drift, which only the spread needs, and bounds that close in.
    shares : mapping of str to float, optional
        As in `consistent`.

    Returns
    -------
    ndarray, shape (parameters,)
        All NaN, of averages and spreads alone, where (boundary, ndt, collapse) are impossible for
        these response times.

    Examples
    --------
    >>> import pandas as pd
    >>> choices = Choices.from_frame(pd.DataFrame({"choice": [1, -1, 1], "rt": [0.3, 0.4, 0.6]}))
    >>> consistent_values(choices, 1.25, 0.0).round(4)
    array([0.7752, 1.545 ])
    """
    choices = of_all(choices)
    maps = _maps(choices)
    values = np.full(2 * len(maps.average), np.nan)
    if _cannot(choices, boundary, ndt, trial):
        return values
    if choices.between:
        spreads = ("",) * len(maps.average)
        return _with_influence(choices, None, (boundary, ndt), spreads, shares, trial).values
    p, time = len(maps.average), trial.time(choices.rt, ndt)
    labels = choices.signed * wiener.drift_weight(time, boundary)
    values[:p] = inner(maps.average, choices.count * labels) / design(choices).scale
    if not maps.why_not:
        slopes = 2 * wiener.zero_drift_log_slope(time, boundary) - trial.variance
        variance = inner(maps.second, choices.count * slopes) - values[:p] ** 2
        values[p:][variance > 0] = np.sqrt(variance[variance > 0])
    return values


@by_sums
def consistent(
    choices: Choices,
    boundary: Boundary,
    *,
    by_row: tuple[FloatArray, FloatArray] | None = None,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
) -> Estimate:
    """Average preference and its spread between labelers, from drift pseudo-labels.

    Labelers count equally, however many choices each made.

    Parameters
    ----------
    choices : Choices
    boundary : Boundary
        From `known_boundary`, `two_scale`, `three_scale` or `conditional_boundary`.
    by_row : tuple of ndarray, shape (rows,), optional
        Boundary and ndt of each row, taken as known, where labelers have their own.
    shares : mapping of str to float, optional
        Of the groups that the choices' `between` formula makes, in the population that the average
        is meant for; by default they are the sample's.
    trial : TrialDrift
        Noise of the drift, which only the spread needs, and bounds that close in; taken as known.

    Returns
    -------
    Estimate
        Parameters "mu" and "sigma"; or the features' names and "sigma[feature]"; then, where
        choices have a `between` formula, averages of groups "mu[country=FR]", differences
        "mu[country=JP - FR]" and slopes "mu:age", and sigma is what these leave. Standard errors
        count the boundary's uncertainty and are clustered by labeler. Values are NaN where they
        cannot be computed; a flag on the boundary is passed on.

    Notes
    -----
    ``theta = (mean psi psi')^-1 mean(psi Z w)`` with row weights ``1 / n_i``; ``psi = 1`` in a
    scalar problem. Attribute differences must not depend on the labeler's preferences. With
    covariates ``g`` of labelers, ``psi`` is multiplied by each of them. The spread
    rests on ``E[2 d log f0(T) / dt | v] = v^2``.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.

    Examples
    --------
    >>> import pandas as pd
    >>> from bayes_ddm.estimators.boundaries.known import known_boundary
    >>> choices = Choices.from_frame(pd.DataFrame({"choice": [1, -1, 1], "rt": [0.3, 0.4, 0.6]}))
    >>> estimate = consistent(choices, known_boundary(choices, 1.25))
    >>> estimate.parameters, estimate.values.round(4), estimate.se.round(4)
    (('mu', 'sigma'), array([0.7752, 1.545 ]), array([1.6626, 0.7984]))
    """
    names = design(choices).names
    spreads = tuple(f"sigma[{n}]" for n in names) if choices.contextual else ("sigma",)
    p, units = len(names), len(choices.unit_count)
    moments = _Moments(np.full(2 * p, np.nan), np.full((units, 2 * p), np.nan))
    note = boundary.note
    at = boundary.at if by_row is None else by_row
    why_not = _cannot(choices, at[0], at[1], trial)
    if why_not:
        note = note or why_not
    else:
        uncertain = by_row is None and bool(np.any(boundary.influence))
        moments = _with_influence(
            choices, boundary if uncertain else None, at, spreads, shares, trial
        )
    late = left_out(choices)
    return assembled(
        choices,
        METHODS[boundary.method].consistent,
        names + spreads + moments.further,
        moments.values,
        moments.influence,
        boundary,
        (note, late if late not in note else ""),
        parameter_notes=moments.notes,
        labelers=moments.labelers if moments.further else None,
    )


@dataclass(frozen=True, eq=False)
class _Maps:
    """Linear maps from rows to parameters: everything that does not depend on (boundary, ndt).

    With ``y`` the pseudo-labels and ``s`` twice the log slopes, ``average @ (count * y)`` is the
    average preference for the scaled design, and ``second @ (count * s)`` the second moment of each
    coefficient.
    """

    average: FloatArray
    second: FloatArray
    every_second: FloatArray  # of each product of coefficients, with the design scaled
    why_not: str


_cache: weakref.WeakKeyDictionary[Choices, _Maps] = weakref.WeakKeyDictionary()


def _maps(choices: Choices) -> _Maps:
    maps = _cache.get(choices)
    if maps is None:
        maps = _cache[choices] = _regression(choices)
    return maps


def _products(psi: FloatArray) -> FloatArray:
    """Rows ``q`` with ``psi' M psi = m . q``, ``m`` the upper triangle of a symmetric ``M``."""
    k, m = np.triu_indices(len(psi))
    return psi[k] * psi[m] * np.where(k == m, 1, 2)[:, None]


def _regression(choices: Choices) -> _Maps:
    weight = row_weights(choices)
    counted = weight * choices.count
    psi, scale = design(choices).psi, design(choices).scale
    p = len(psi)
    average = regression(psi, weight, choices.count)
    nothing = np.empty((0, len(choices)))
    if p > MOST_SPREAD_FEATURES:
        why_not = f"the spread is computed for at most {MOST_SPREAD_FEATURES} features"
        return _Maps(average, nothing, nothing, why_not)
    products = _products(psi)
    gram = inner(products * counted, products)
    # attributes that never differ together have no product, and need none
    identified = np.diag(gram) > 0
    size = np.sqrt(np.diag(gram)[identified])
    inverse = np.zeros_like(gram)
    if np.linalg.eigvalsh(gram[np.ix_(identified, identified)] / np.outer(size, size))[0] < 1e-8:
        why_not = "these attribute differences cannot tell the spread of each coefficient"
        return _Maps(average, nothing, nothing, why_not)
    inverse[np.ix_(identified, identified)] = np.linalg.inv(gram[np.ix_(identified, identified)])
    every_second = combine(inverse, products) * weight
    k, m = np.triu_indices(p)
    second = every_second[k == m] / scale[:, None] ** 2
    return _Maps(average, second, every_second, "")


def _cannot(choices: Choices, boundary: ArrayLike, ndt: ArrayLike, trial: TrialDrift) -> str:
    """Why there is no value at all; empty when there is one."""
    if not np.all(np.asarray(boundary) > 0):
        return "there is no positive boundary"
    own_ndt = np.broadcast_to(np.asarray(ndt, dtype=float), len(choices))
    late = np.argmin(choices.rt - own_ndt)
    own, rt = float(own_ndt[late]), float(choices.rt[late])
    if not own < rt:
        return f"ndt {own:.3g} s is not below the smallest response time {rt:.3g} s"
    if np.isinf(trial.time(choices.rt, own_ndt)).any():
        slowest = float(choices.rt.max())
        return f"the bounds have met before the slowest response, after {slowest:.3g} s"
    return ""


@dataclass(frozen=True, eq=False)
class _Moments:
    values: FloatArray
    influence: FloatArray
    labelers: FloatArray | None = None
    further: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


def _with_influence(
    choices: Choices,
    boundary: Boundary | None,
    at: tuple[Any, Any],
    spreads: tuple[str, ...],
    shares: Mapping[str, float] | None,
    trial: TrialDrift = STEADY,
) -> _Moments:
    """Values and influence; without a boundary, it is known."""
    maps, psi, count = _maps(choices), design(choices).psi, choices.count
    b, time = at[0], trial.time(choices.rt, at[1])
    labels = labels_at(choices, boundary, b, time, trial.rate(time))
    means = averages(choices, labels, maps.average, shares)
    p = len(psi)
    sd, on_sd = np.full(p, np.nan), np.full((len(choices.unit_count), p), np.nan)
    if maps.why_not:
        notes = dict.fromkeys(spreads, maps.why_not)
    else:
        notes = {}
        slopes = 2 * wiener.zero_drift_log_slope(time, b) - trial.variance
        fitted = combine(inner(maps.every_second, count * slopes), _products(psi))
        on_second = sum_by_unit(choices, (maps.second * (slopes - fitted)).T)
        if boundary is not None:
            by = count * _slopes_by(time, b, slopes + trial.variance)
            by[1] *= trial.rate(time)
            on_second = on_second + boundary.carried(maps.second, *by)
        variance = inner(maps.second, count * slopes) - means.square
        for j, name in enumerate(spreads):
            if variance[j] <= 0:
                notes[name] = f"the closed-form variance is not positive ({variance[j]:.3g})"
                continue
            sd[j] = np.sqrt(variance[j])
            on_sd[:, j] = (on_second[:, j] - means.on_square[:, j]) / (2 * sd[j])
    values = np.concatenate([means.values, sd, means.further])
    influence = np.concatenate([means.influence, on_sd, means.on_further], axis=1)
    n = np.full(p, float(choices.unit_count.sum()))
    labelers = np.concatenate([means.labelers, n, means.further_labelers])
    return _Moments(values, influence, labelers, means.names, notes)


def _slopes_by(time: FloatArray, boundary: Any, slopes: FloatArray) -> FloatArray:
    """Derivatives of twice the log slopes by (boundary, ndt), shape (2, rows)."""
    _, slope, curvature = wiener.zero_drift_log_derivatives(time, boundary)
    by_log_time = 2 * (curvature - slope) / time
    # the slope is b^-2 times a function of t / b^2
    return np.stack([-2 * (slopes + by_log_time) / boundary, -by_log_time / time])
