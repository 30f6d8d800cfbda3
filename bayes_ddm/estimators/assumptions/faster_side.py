"""Whether one side is chosen faster, where no labeler answers a comparison twice.

`choice_time_test` needs the same comparison; here what attributes say of the choice and of its time
is taken out of both, labeler by labeler, and what is left of them should have nothing in common.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import determined, sum_by_unit
from bayes_ddm.estimators.assumptions.choice_time import APART, ERRORS, GUESSES
from bayes_ddm.estimators.assumptions.finding import Finding
from bayes_ddm.estimators.assumptions.intercept import spans_one
from bayes_ddm.estimators.design import design

START = "evidence does not start halfway (start=by_labeler())"
GIVEN = "with the attributes allowed for,"
LEVEL = 1e-3
ONE = 0.95  # squared correlation from which a side and the usual choice cannot be told apart
FEWEST_LABELERS = 20
ROUNDING = 1e-9
ROWS_PER_COLUMN = 4  # that a labeler's regressions rest on, at the least


def faster_side(choices: Choices) -> Finding | None:
    """Say that one side, or the usual choice, is faster than its attributes make it.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Finding or None
        None where nothing stands out, or fewer than 20 labelers choose often enough to tell.

    Notes
    -----
    Given the drift, choice and time are independent, so what the attributes leave of either is
    uncorrelated with what they leave of the other; the mean of the product is zero if one of the
    two regressions is right [1]_. Both are on the attributes, and on size, square and signed square
    of the choice's linear score. Each labeler's mean product, and that of the product times the
    score's sign, are tested together.

    References
    ----------
    .. [1] Shah & Peters (2020), Annals of Statistics 48:1514: the generalised covariance measure.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> given = {"labelers": 60, "choices": 60, "boundary": 1.25, "seed": 1}
    >>> given |= {"features": lambda rng, n: rng.normal(size=(n, 2))}
    >>> faster_side(experiment("normal", **given))
    >>> faster_side(experiment("normal", start=0.6, **given)).about
    'start'
    """
    if choices.anonymous or choices.condensed or not choices.contextual:
        return None
    both = _products(choices.expanded())
    n = len(both)
    if n < FEWEST_LABELERS:
        return None
    mean, covariance = both.mean(axis=0), np.cov(both.T) / n
    if covariance[0, 1] ** 2 > ONE * covariance[0, 0] * covariance[1, 1]:
        z, df = mean / np.sqrt(np.diag(covariance)), 1
        statistic, apart = float(z[0] ** 2), 0.0
    else:
        precision, df = np.linalg.inv(covariance), 2
        # of each with the other allowed for
        z = precision @ mean / np.sqrt(np.diag(precision))
        statistic, apart = float(mean @ precision @ mean), float(abs(z[0]) - abs(z[1]))
    if not chdtrc(df, statistic) < LEVEL:
        return None
    side, usual = z.tolist()
    if apart > APART:
        said = f"fast answers lean to {choices.origin.options[int(side < 0)]} (z = {abs(side):.1f})"
        return Finding("start", f"{GIVEN} {said}, and so do closed forms: {START}", side)
    if apart < -APART:
        how, cause = ("slower", ERRORS) if usual > 0 else ("faster", GUESSES)
        said = f"labelers are {how} at the choice they rarely make (z = {abs(usual):.1f})"
        return Finding("errors", f"{GIVEN} {said}: {cause}", usual)
    said = f"choice and time depend on each other (p = {chdtrc(df, statistic):.2g})"
    return Finding("order", f"{GIVEN} {said}: {START}, or {ERRORS}", statistic**0.5)


def _products(choices: Choices) -> FloatArray:
    """Average product of residuals, and that times the score's sign, of each labeler who can tell.

    Returns
    -------
    ndarray, shape (labelers, 2)
    """
    columns = design(choices).psi.T
    if not spans_one(columns):
        columns = np.column_stack([np.ones(len(choices)), columns])
    n = sum_by_unit(choices, np.ones(len(choices)))
    enough = n >= ROWS_PER_COLUMN * (columns.shape[1] + 3)
    if enough.sum() < FEWEST_LABELERS:
        return np.empty((0, 2))
    choice = choices.choice.astype(float)
    score = choice - _left(choices, columns, choice)
    columns = np.column_stack([columns, np.abs(score), score**2, score * np.abs(score)])
    left, slow = (_left(choices, columns, x) for x in (choice, np.log(choices.rt)))
    product = -left * slow
    both = sum_by_unit(choices, np.stack([product, np.sign(score) * product], axis=1))
    varying, spread = (sum_by_unit(choices, x**2) for x in (left, slow))
    # of one who always chooses or takes the same, rounding is left
    told = enough & (np.minimum(varying, spread) > ROUNDING * n)
    return both[told] / np.sqrt(n * spread)[told, None]


def _left(choices: Choices, columns: FloatArray, values: FloatArray) -> FloatArray:
    """Residuals of each labeler's own regression on columns, shape (rows,); NaN without one."""
    unit = choices.unit
    gram = np.stack([sum_by_unit(choices, columns * c[:, None]) for c in columns.T], axis=1)
    known = np.isfinite(gram).all(axis=(1, 2))
    known[known] = determined(gram[known])
    gram[~known] = np.eye(columns.shape[1])
    found = np.linalg.solve(gram, sum_by_unit(choices, columns * values[:, None])[:, :, None])
    left = values - (columns * found[unit, :, 0]).sum(axis=1)
    return np.where(known[unit], left, np.nan)
