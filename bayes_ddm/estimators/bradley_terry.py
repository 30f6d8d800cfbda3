"""Pooled Bradley-Terry: the logistic regression that sees choices only."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.design import combine, inner
from bayes_ddm.estimators.result import Estimate, joined_notes

__all__ = ["bradley_terry"]


MOST_STEPS = 50


def bradley_terry(choices: Choices) -> Estimate:
    """Pooled Bradley-Terry: logistic regression of the choice without an intercept.

    Every choice counts equally; response times and the differences between labelers are ignored.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Estimate
        In native units: ``2 * boundary * theta`` if all labelers were alike (in a scalar problem
        the logit of the share of +1). NaN and unreliable where it is infinite. Standard errors are
        clustered by labeler.

    References
    ----------
    Bradley & Terry (1952), Biometrika 39:324.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 1, 1, -1], "rt": [0.9, 1.4, 0.7, 1.1]})
    >>> bradley_terry(Choices.from_frame(frame)).values.round(4)  # log(3)
    array([1.0986])
    """
    names = choices.feature_names if choices.contextual else ("mu",)
    rows, units = len(choices), len(choices.unit_count)
    psi = np.ascontiguousarray(choices.features.T) if choices.contextual else np.ones((1, rows))
    scale = np.sqrt(inner(psi**2, choices.count) / choices.n_choices)
    psi = psi / scale[:, None]
    if choices.contextual:
        found = _maximise(psi * choices.choice, choices.count)
    else:
        positive = int(choices.count[choices.choice > 0].sum())
        negative = choices.n_choices - positive
        found = np.array([np.log(positive / negative)]) if positive and negative else None
    values = np.full(len(names), np.nan)
    influence = np.full((units, len(names)), np.nan)
    note = ""
    if found is None:
        alike = bool((choices.choice == choices.choice[0]).all())
        note = "infinite: " + (
            "all choices are alike" if alike else "the attribute differences separate the choices"
        )
    else:
        values = found / scale
        share = expit(combine(found, psi))
        hessian = inner(psi * (choices.count * share * (1 - share)), psi)
        scores = sum_by_unit(choices, (psi * ((choices.choice > 0) - share)).T)
        influence = combine(np.linalg.inv(hessian) / scale[:, None], scores.T).T
    note = joined_notes(choices.unit_count, note)
    return Estimate(
        estimator="bradley_terry",
        parameters=names,
        values=values,
        influence=influence,
        unit_count=choices.unit_count,
        unit="native",
        boundary=None,
        reliable=not note,
        note=note,
    )


def _maximise(signed: FloatArray, count: IntArray) -> FloatArray | None:
    """Newton's method with step halving; None when the maximum is at infinity."""
    beta = np.zeros(len(signed))
    value = _log_likelihood(signed, count, beta)
    for _ in range(MOST_STEPS):
        wrong = expit(-combine(beta, signed))
        gradient = inner(signed, count * wrong)
        hessian = inner(signed * (count * wrong * (1 - wrong)), signed)
        try:
            step = np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            return None
        if np.abs(step).max() <= 1e-9 * (1 + np.abs(beta).max()):
            return beta + step
        for _ in range(30):
            moved = _log_likelihood(signed, count, beta + step)
            if moved >= value - 1e-10 * abs(value):  # rounding is not a descent
                break
            step = step / 2
        beta, value = beta + step, moved
    # towards infinity every step is as long as the last
    return None


def _log_likelihood(signed: FloatArray, count: IntArray, beta: FloatArray) -> float:
    return float((count * log_expit(combine(beta, signed))).sum())
