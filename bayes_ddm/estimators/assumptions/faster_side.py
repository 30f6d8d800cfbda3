"""Whether one side is chosen faster, where no labeler answers a comparison twice.

`choice_time_test` needs the same comparison; here what attributes say of the choice and of its time
is taken out of both, labeler by labeler, and what is left of them should have nothing in common.
"""

from __future__ import annotations

import numpy as np
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
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
MOST_COLUMNS = 5  # with more, a labeler's own linear score is too rough to allow for
MOST_LABELERS = 2000  # looked at, at even steps: with more, what matters shows as surely
ROWS_PER_COLUMN = 4  # that a labeler's regressions rest on, at the least
SAME = 1e-6  # share of a column that the others leave, at which it is one of them


def faster_side(choices: Choices) -> Finding | None:
    """Say that one side, or the usual choice, is faster than its attributes make it.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Finding or None
        None where nothing stands out, fewer than 20 labelers choose often enough to tell, or there
        are more than four attributes beside an intercept.

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
    >>> people = lambda rng, n: rng.normal(0.5, 1, (n, 2))
    >>> given = {"labelers": 60, "choices": 60, "boundary": 1.25, "seed": 1}
    >>> given |= {"features": lambda rng, n: rng.normal(size=(n, 2))}
    >>> faster_side(experiment(people, **given))
    >>> faster_side(experiment(people, start=0.6, **given)).about
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
        sentence = (
            f"fast answers lean to {choices.origin.options[int(side < 0)]} (z = {abs(side):.1f})"
        )
        return Finding("start", f"{GIVEN} {sentence}, and so do closed forms: {START}", side)
    if apart < -APART:
        pace, cause = ("slower", ERRORS) if usual > 0 else ("faster", GUESSES)
        sentence = f"labelers are {pace} at the choice they rarely make (z = {abs(usual):.1f})"
        return Finding("errors", f"{GIVEN} {sentence}: {cause}", usual)
    sentence = f"choice and time depend on each other (p = {chdtrc(df, statistic):.2g})"
    return Finding("order", f"{GIVEN} {sentence}: {START}, or {ERRORS}", statistic**0.5)


def _products(choices: Choices) -> FloatArray:
    """Average product of residuals, and that times the score's sign, of each labeler who can tell.

    Returns
    -------
    ndarray, shape (labelers, 2)
    """
    columns = design(choices).psi.T
    if not spans_one(columns):
        columns = np.column_stack([np.ones(len(choices)), columns])
    n = np.bincount(choices.unit)
    enough = np.flatnonzero(n >= ROWS_PER_COLUMN * (columns.shape[1] + 3))
    if len(enough) < FEWEST_LABELERS or columns.shape[1] > MOST_COLUMNS:
        return np.empty((0, 2))
    looked_at = enough[:: -(-len(enough) // MOST_LABELERS)]
    rows = np.split(np.argsort(choices.unit, kind="stable"), np.cumsum(n)[:-1])
    answers = np.column_stack([choices.choice, np.log(choices.rt)])
    both = [_product(columns[rows[labeler]], answers[rows[labeler]]) for labeler in looked_at]
    return np.array([x for x in both if x is not None]).reshape(-1, 2)


def _product(columns: FloatArray, answers: FloatArray) -> FloatArray | None:
    """The same of one labeler, from choices and log times; None if they tell nothing."""
    choice = answers[:, :1]
    residual = _residuals(columns, choice)
    if residual is None:
        return None
    score = choice - residual
    wide = np.column_stack([columns, np.abs(score), score**2, score * np.abs(score)])
    both = _residuals(wide, answers)
    if both is None or np.min((both**2).mean(axis=0)) <= ROUNDING:
        return None  # of one who always chooses or takes the same, rounding is left
    quick = -both[:, 0] * both[:, 1]
    sums = np.array([quick.sum(), np.sign(score[:, 0]) @ quick])
    return sums / np.sqrt(len(answers) * (both[:, 1] ** 2).sum())


def _residuals(columns: FloatArray, values: FloatArray) -> FloatArray | None:
    """Residuals of a regression; None where columns cannot be told apart."""
    across, triangle = np.linalg.qr(columns)
    size = np.linalg.norm(columns, axis=0)
    if (np.abs(np.diag(triangle)) <= SAME * size).any():
        return None
    return values - across @ (across.T @ values)
