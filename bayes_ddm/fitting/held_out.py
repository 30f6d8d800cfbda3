"""How well a model predicts rows that were held out, from the other rows of the same labelers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import batched

import numpy as np
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.fitting.approximate import Approximator
from bayes_ddm.fitting.labelers import labelers_given
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.preferences import drawn_populations
from bayes_ddm.fitting.rows import rows_of

# in place of a fold's number: rows that are never held out, and rows that are not looked at
KNOWN, UNUSED = -1, -2
# share of a response of either kind at any time, so that no score is infinite
ANYTHING = 1e-3
# draws that a prediction is averaged over
DRAWS = 50


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What `held_out` returns.

    Attributes
    ----------
    score : ndarray, shape (rows,)
        Log density of each row's choice and time, given the rows of the other folds; NaN for rows
        that were never held out.
    fit : DataTree
        Of all rows, approximated.
    settled : bool
        Whether every search for an approximation ended by itself.
    """

    score: FloatArray
    fit: xr.DataTree
    settled: bool


def folds_of(choices: Choices, folds: int, seed: int) -> IntArray:
    """Fold of each row, every labeler's rows spread over the folds; -1 for a labeler's only row."""
    rng = np.random.default_rng(seed)
    unit = choices.unit
    # place of each row among its labeler's, in a random order
    order = np.lexsort([rng.random(len(unit)), unit])
    count = choices.choices_each
    place = np.empty(len(unit), dtype=np.int64)
    place[order] = np.arange(len(unit)) - np.repeat(np.cumsum(count) - count, count)
    fold = (place + rng.integers(folds, size=len(count))[unit]) % folds
    return np.where(count[unit] > 1, fold, KNOWN)


def held_out(
    approximator: Approximator,
    fold: IntArray,
    *,
    advance: Callable[[int], None] = lambda done: None,
) -> HeldOut:
    """Predict each fold's rows from the others, the posterior approximated.

    Parameters
    ----------
    approximator : Approximator
    fold : ndarray of int, shape (rows,)
        From 0 on; `KNOWN` where a row is never held out, `UNUSED` where it is not looked at.
    advance : callable
        Told how many posteriors are done, of one more than there are folds.
    """
    choices = approximator.choices
    whole = approximator.normal(fold != UNUSED)
    advance(1)
    approximations = []
    for k in range(int(fold.max()) + 1):
        approximations.append(approximator.normal((fold != k) & (fold != UNUSED), near=whole))
        advance(k + 2)
    posterior = Posterior(approximator.fit(approximations, DRAWS))
    numbers = batched(drawn_populations(posterior, posterior.samples()), DRAWS)
    everything = rows_of(posterior, choices)
    score = np.full(len(choices), np.nan)
    anything = np.log(ANYTHING / (2 * choices.rt.max()))
    for k, draws in enumerate(numbers):
        rows = np.flatnonzero(fold == k)
        fold_rows = everything.take(rows, everything.labeler[rows])
        density = np.full(len(rows), -np.inf)
        known = np.flatnonzero(approximations[k].count)
        for labelers in labelers_given(posterior, known, draws, approximator.seed):
            log_density = labelers.log_density(choices.choice[rows], choices.rt[rows], fold_rows)
            density = np.logaddexp(density, log_density)
        score[rows] = np.logaddexp(np.log1p(-ANYTHING) + density - np.log(DRAWS), anything)
    settled = all(normal.settled for normal in [whole, *approximations])
    return HeldOut(score, approximator.fit([whole]), settled)
