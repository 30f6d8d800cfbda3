"""Averages of bounded pseudo-labels: at a boundary for all, and at each labeler's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.averages import averages
from bayes_ddm.estimators.boundaries.by_labeler import LabelerBoundaries
from bayes_ddm.estimators.bounded.labels import bounded_labels
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.design import combine, design
from bayes_ddm.estimators.methods import METHODS
from bayes_ddm.estimators.of_sums import by_sums
from bayes_ddm.estimators.regression import Labels, regression, row_weights
from bayes_ddm.estimators.result import Boundary, Estimate, assembled
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift

MANY_BEYOND = 0.01  # of the comparisons, whose average drift is beyond the largest


@by_sums
def bounded(
    choices: Choices,
    boundary: Boundary,
    *,
    by_row: tuple[FloatArray, FloatArray] | None = None,
    most_drift: float = MOST_DRIFT,
    shares: Mapping[str, float] | None = None,
    trial: TrialDrift = STEADY,
) -> Estimate:
    """Average preference from pseudo-labels that are bounded: `consistent`, for real presses.

    Parameters
    ----------
    choices, boundary, by_row
        As in `consistent`; response times need not be slower than ndt. Beside omissions `by_row`
        has values of those trials too, after the others (`with_omitted`).
    most_drift : float
        Largest drift, either way, up to which it is nearly unbiased; see `bounded_weight`.
    shares, trial
        As in `consistent`.

    Returns
    -------
    Estimate
        Averages, of groups too, without the spread. Intervals are wider by the largest bias, which
        the remark names.

    Notes
    -----
    Trials that ran out of time count, with labels of 0, wherever the boundary does not rest on the
    others alone: known, or a fit's. Averages are then of all trials.
    Where rows stand for many (`condense`), the weight goes straight from bin to bin: averages are
    within a few hundredths of a standard error of those of all rows.

    Examples
    --------
    >>> from bayes_ddm.estimators import known_boundary
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=4000, choices=1, boundary=1.25, ndt=0.3, seed=1)
    >>> made = bounded(choices, known_boundary(choices, 1.25, 0.3))
    >>> made.parameters, made.values.round(1), made.largest_bias.round(3)
    (('mu',), array([0.5]), array([0.004]))
    """
    late = left_out(choices)
    if counts_omitted(choices, boundary):
        choices, late = with_omitted(choices), ""
    at = boundary.at if by_row is None else by_row
    note = boundary.note
    if not np.all(np.asarray(at[0]) > 0):
        return _nothing(choices, boundary, note or "there is no positive boundary")
    uncertain = boundary if by_row is None and np.any(boundary.influence) else None
    try:
        labels = bounded_labels(choices, at, most_drift, trial, uncertain)
    except InputError as error:
        return _nothing(choices, boundary, str(error).removesuffix("."))
    return _averaged(choices, boundary, labels, most_drift, shares, late)


def counts_omitted(choices: Choices, boundary: Boundary) -> bool:
    """Whether bounded labels at this boundary take trials that ran out of time for what they are.

    A boundary that was learned from the others is wrong beside them.
    """
    if choices.deadline is None or choices.truncated or boundary.by_cell is not None:
        return False
    # anonymous trials without a choice have no influence on what is learned of the others
    known = boundary.method == "known"
    return known or (boundary.method == "model" and not choices.anonymous)


def bounded_own(
    choices: Choices,
    own: LabelerBoundaries,
    *,
    most_drift: float = MOST_DRIFT,
    shares: Mapping[str, float] | None = None,
) -> Estimate:
    """Average preference from bounded pseudo-labels at each labeler's own boundary and ndt.

    Parameters
    ----------
    choices : Choices
    own : LabelerBoundaries
        Of these choices.
    most_drift, shares
        As in `bounded`.

    Returns
    -------
    Estimate
        Its standard errors count what a labeler's own choices leave open, since labelers are the
        unit of sampling, and how the medians of the population, towards which each is drawn, move
        all of them at once.

    Examples
    --------
    >>> from bayes_ddm.estimators import labeler_boundaries
    >>> from bayes_ddm.simulate import experiment
    >>> own = np.linspace(0.9, 1.6, 50)
    >>> choices = experiment("normal", labelers=50, choices=60, boundary=own, ndt=0.3, seed=1)
    >>> made = bounded_own(choices, labeler_boundaries(choices))
    >>> made.estimator, made.reliable
    ('bounded_labeler_boundary', True)
    """
    medians = own.of_population()
    if not own.reliable:
        medians = replace(medians, reliable=False, note=own.note)
    try:
        labels = bounded_labels(choices, own.by_row(choices), most_drift, boundary=medians)
    except InputError as error:
        return _nothing(choices, medians, str(error).removesuffix("."))
    # by the logs of a labeler's own, then by those of the medians, then by the medians
    by_own = np.stack([labels.by_boundary, labels.by_ndt]) * np.stack(own.by_row(choices))
    by_median = np.einsum("in,nij->jn", by_own, own.pull[choices.unit])
    by = by_median / np.where(own.median > 0, own.median, 1.0)[:, None]
    labels = replace(labels, by_boundary=by[0], by_ndt=by[1])
    estimate = _averaged(choices, medians, labels, most_drift, shares, left_out(choices))
    return replace(estimate, allows=frozenset({"boundary"}))


def _averaged(
    choices: Choices,
    boundary: Boundary,
    labels: Labels,
    most_drift: float,
    shares: Mapping[str, float] | None,
    late: str,
) -> Estimate:
    psi, names = design(choices).psi, design(choices).names
    rows = regression(psi, row_weights(choices), choices.count)
    means = averages(choices, labels, rows, shares)
    bias = np.concatenate([means.bias, means.further_bias])
    beyond = _beyond(choices, means.values, most_drift)
    return assembled(
        choices,
        METHODS[boundary.method].bounded,
        names + means.names,
        np.concatenate([means.values, means.further]),
        np.concatenate([means.influence, means.on_further], axis=1),
        boundary,
        (boundary.note, beyond, "" if late in boundary.note else late),
        labelers=np.concatenate([means.labelers, means.further_labelers]) if means.names else None,
        largest_bias=bias,
        remark=_remark(choices, boundary, bias[: len(names)], most_drift),
    )


def _remark(choices: Choices, boundary: Boundary, bias: FloatArray, most_drift: float) -> str:
    """Name the largest bias, what it is of, and how many rows are too fast."""
    sizes = ", ".join(f"{x:.2g}" for x in bias)
    sentence = (
        f"bias of at most {sizes} for drifts up to {most_drift:g} (most_drift), in the interval"
    )
    if boundary.method == "labelers":
        return sentence
    fast = choices.rt <= boundary.at[1]
    n = whole(choices.count[fast].sum())
    return f"{sentence}; {n:,} faster than ndt, in the first bin" if n else sentence


def _beyond(choices: Choices, average: FloatArray, most_drift: float) -> str:
    """Say so if average drifts are larger than what the weight was made for."""
    drift = np.abs(combine(average * design(choices).scale, design(choices).psi))
    share = float(choices.count[drift > most_drift].sum()) / choices.n_choices
    if not share > MANY_BEYOND:
        return ""
    order = np.argsort(drift)
    at = np.searchsorted(np.cumsum(choices.count[order]), (1 - MANY_BEYOND) * choices.n_choices)
    least = math.ceil(10 * drift[order[min(int(at), len(order) - 1)]]) / 10
    return (
        f"average drifts are beyond most_drift {most_drift:g} in {share:.0%} of the rows: give at "
        f"least {least:g} (--most-drift)"
    )


def _nothing(choices: Choices, boundary: Boundary, note: str) -> Estimate:
    names = design(choices).names
    values = np.full(len(names), np.nan)
    influence = np.full((len(choices.unit_count), len(names)), np.nan)
    return assembled(
        choices, METHODS[boundary.method].bounded, names, values, influence, boundary, (note,)
    )
