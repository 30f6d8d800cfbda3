"""Pooled Bradley-Terry: the logistic regression that sees choices only."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import whole
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.design import combine, design, inner
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.of_sums import by_sums
from bayes_ddm.estimators.result import Estimate, pooled

PRECISION = 1e-14  # of the log likelihood of a choice
LAST_STEP = 1e-3


@by_sums
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
    psi, count = design(choices).psi, choices.count
    positive = whole(count[choices.choice > 0].sum())
    alike = positive in {0, choices.n_choices}
    if choices.flip:
        return _allowing(choices)
    if choices.contextual:
        theta = _maximise(psi * choices.choice, count)
    else:
        odds = np.nan if alike else positive / (choices.n_choices - positive)
        theta = np.array([np.log(odds)])
    note = ""
    if np.isnan(theta).any():
        note = "infinite: " + (
            "all choices are alike" if alike else "the attribute differences separate the choices"
        )
    share = expit(combine(theta, psi))
    hessian = inner(psi * (count * share * (1 - share)), psi)
    scores = sum_by_unit(choices, (psi * ((choices.choice > 0) - share)).T)
    return pooled(choices, "bradley_terry", theta, hessian, scores, None, note)


def _allowing(choices: Choices) -> Estimate:
    """Allow for choices that were turned round; without features the share of +1 tells how many."""
    psi = design(choices).psi
    share = float(0.5 + choices.count @ choices.signed / (2 * choices.n_choices))
    note = ""
    if choices.contextual:
        note = "a logistic regression is not one of choices that were randomised"
    elif not 0 < share < 1:
        note = f"the share of +1 is {share:.3g} once what was randomised is allowed for"
    theta = np.full(len(psi), np.nan) if note else np.array([np.log(share / (1 - share))])
    hessian = inner(psi * (choices.count * (share * (1 - share) or np.nan)), psi)
    scores = sum_by_unit(choices, (psi * (0.5 + choices.signed / 2 - share)).T)
    return pooled(choices, "bradley_terry", theta, hessian, scores, None, note)


def _maximise(signed: FloatArray, count: IntArray) -> FloatArray:
    """Coefficients of the likelihood's maximum; NaN when it is at infinity."""

    def at(theta: FloatArray) -> tuple[float, Derivatives]:
        fitted = combine(theta, signed)

        def derivatives() -> tuple[FloatArray, FloatArray]:
            wrong = expit(-fitted)
            curvature = inner(signed * (count * wrong * (1 - wrong)), signed)
            return inner(signed, count * wrong), curvature

        return float((count * log_expit(fitted)).sum()), derivatives

    precision = PRECISION * float(count.sum())
    top = newton(at, np.zeros(len(signed)), precision, singular=0.0)
    # towards infinity every step is as long as the last
    settled = top.converged and np.abs(top.step).max() <= LAST_STEP * (1 + np.abs(top.point).max())
    return top.point if settled else np.full(len(signed), np.nan)
