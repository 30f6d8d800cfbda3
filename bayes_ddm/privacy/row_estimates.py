"""Average preference from private rows in closed form, over the levels that labelers chose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.recommend import Recommendation
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.cells import cell_weight
from bayes_ddm.privacy.coordinates import coordinates
from bayes_ddm.privacy.kinds import Kinds, unbiased_labels
from bayes_ddm.privacy.row_likelihood import normal_population, population_test

FEWEST = 30  # labelers at a level, for a standard error
REJECTED = 0.05
STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Levels:
    """Averages at each level; made by `averages_by_level`.

    Attributes
    ----------
    used : ndarray of int
        Levels that somebody chose.
    label : ndarray, shape (kinds,)
        Average pseudo-label of the labelers of each kind (`PrivateRows.counts`).
    level, count : ndarray of int, shape (kinds,)
    n, mean, variance : ndarray, shape (levels used,)
        Labelers, their average, and its variance.
    """

    used: IntArray
    label: FloatArray
    level: IntArray
    count: IntArray
    n: FloatArray
    mean: FloatArray
    variance: FloatArray

    @property
    def efficient(self) -> FloatArray:
        """Weight of each level with the least variance: right if level and preference are apart."""
        precision = 1 / self.variance
        return precision / precision.sum()

    @property
    def cochran(self) -> tuple[float, float]:
        """Cochran's Q of equal averages at all levels, and its p-value; NaN at one level.

        References
        ----------
        Cochran (1954), Biometrics 10:101.
        """
        off = self.mean - self.efficient @ self.mean
        q = float((off**2 / self.variance).sum())
        return (q, float(chdtrc(len(self.n) - 1, q))) if len(self.n) > 1 else (math.nan, math.nan)


def averages_by_level(kinds: Kinds, boundary: float, ndt: float) -> Levels:
    """Average the labelers' pseudo-labels at each level.

    Raises
    ------
    InputError
        If fewer than 30 labelers chose a level.
    """
    own, level, count = kinds.labels(boundary, ndt), kinds.level, kinds.count
    used = np.unique(level)
    n, total, square = (
        np.bincount(level, count * x)[used] for x in (np.ones(len(own)), own, own**2)
    )
    few = np.flatnonzero(n < FEWEST)
    if len(few):
        chosen = kinds.scheme.levels[used[few[0]]]
        raise InputError(
            f"level {chosen:g} has {n[few[0]]:.0f} labelers, too few for a standard error (at "
            f"least {FEWEST}); wait for more, or leave their rows out."
        )
    mean = total / n
    return Levels(used, own, level, count, n, mean, (square / n - mean**2) / (n - 1))


def row_estimates(
    kinds: Kinds,
    account: Account,
    *,
    labelers: bool,
    boundary: float | None = None,
    ndt: float | None = None,
    prob: float = 0.95,
) -> EstimateTable:
    """Closed forms of private rows: what `bayes_ddm.estimate` makes of them.

    Parameters
    ----------
    kinds : Kinds
    account : Account
        What was promised.
    labelers : bool
        Whether labelers are known.
    boundary, ndt : float, optional
        Where they are known better than when the scheme was made; by default the scheme's.
    prob : float
        Probability of the intervals.

    Returns
    -------
    EstimateTable
        With several levels ``cells_stratified``, which is every labeler's average and holds
        whatever level has to do with preference, and ``cells_efficient``, which weighs levels by
        their precision.

    Raises
    ------
    InputError
        If fewer than 30 labelers chose a level, or a number is impossible.
    """
    probability(prob)
    scheme = kinds.scheme
    b = scheme.boundary if boundary is None else float(boundary)
    t = scheme.ndt if ndt is None else float(ndt)
    found = averages_by_level(kinds, b, t)
    weight = cell_weight(b, t, scheme.edges)
    errors = (
        scheme.boundary_se if boundary is None else 0.0,
        scheme.ndt_se if ndt is None else 0.0,
    )
    moved = [
        (at.label - found.label) / STEP
        for at in (averages_by_level(kinds, b + STEP, t), averages_by_level(kinds, b, t + STEP))
    ]
    # what a pilot left open moves all labelers alike: two units more, which are nobody's own
    units = np.append(found.count, [1, 1])
    aside = np.diag(errors) * np.sqrt(1 - 1 / units.sum())
    pilot = any(errors)
    at = Boundary(
        method="pilot" if pilot else "known",
        boundary=b,
        ndt=t,
        influence=np.vstack([np.zeros((len(found.count), 2)), aside]),
        unit_count=units,
        n_eff=None,
        reliable=True,
        note="",
    )

    def estimate(name: str, share: FloatArray, own: FloatArray) -> Estimate:
        """Make a row of these shares of levels, with labelers' own influence."""
        by_level = [np.bincount(found.level, found.count * x)[found.used] / found.n for x in moved]
        slopes = np.array([share @ by for by in by_level])
        return Estimate(
            estimator=name,
            parameters=("mu",),
            values=np.array([share @ found.mean]),
            influence=np.append(own, aside @ slopes)[:, None],
            unit_count=units,
            unit="drift",
            boundary=at,
            reliable=True,
            note="",
            largest_bias=np.array([weight.largest_bias]),
            remark=(
                f"bias of at most {weight.largest_bias:.2g} for drifts up to "
                f"{weight.most_drift:.3g}, in the interval"
            ),
        )

    n = found.count.sum()
    share = found.n / n
    stratified = estimate("cells_stratified", share, (found.label - share @ found.mean) / n)
    made: Sequence[Estimate] = [replace(stratified, estimator="cells")]
    advice = Recommendation("cells", "it needs no assumption on the population")
    notes = []
    q, p_value = found.cochran
    if len(found.used) > 1:
        of = np.searchsorted(found.used, found.level)
        own = (found.efficient / found.n)[of] * (found.label - found.mean[of])
        made = [stratified, estimate("cells_efficient", found.efficient, own)]
        each = zip(np.array(scheme.levels)[found.used], found.mean, found.variance, strict=True)
        notes.append(
            "at level "
            + ", ".join(f"{x:g} the average is {m:.3g} (se {v**0.5:.2g})" for x, m, v in each)
            + f"; equal averages: Cochran's Q({len(found.n) - 1}) = {q:.3g}, p = {p_value:.2g}."
        )
        advice = _advice(p_value)
    population = normal_population(kinds, b, t)
    notes.append(f"{population_test(kinds, population).sentence}.")
    if population.found:
        most = int(np.argmax(scheme.epsilons))
        leak = coordinates(scheme, population.cells, level=most)
        account = replace(account, delta_choice=leak.delta_choice)
    return EstimateTable(
        n_choices=int(kinds.count @ kinds.sent.sum(axis=1)),
        n_labelers=int(kinds.total) if labelers else None,
        dropped={},
        boundaries=(at,),
        estimates=tuple(made),
        prob=prob,
        notes=tuple(notes),
        recommendation=advice,
        privacy=account,
    )


def _advice(p_value: float) -> Recommendation:
    if p_value < REJECTED:
        return Recommendation(
            "cells_stratified",
            f"people who chose different levels differ (Cochran's Q, p = {p_value:.2g}), and the "
            "other row takes them to be alike",
        )
    return Recommendation(
        "cells_efficient",
        f"people who chose different levels do not seem to differ (Cochran's Q, p = {p_value:.2g});"
        " if they may, take cells_stratified",
    )


def finite_sample_interval(kinds: Kinds, prob: float = 0.95) -> tuple[float, float]:
    """Interval of the average over labelers that holds at any number of them, by Bernstein.

    At the scheme's boundary and ndt; the largest bias is counted.

    References
    ----------
    Maurer & Pontil (2009), COLT, theorem 4: the empirical Bernstein bound.
    """
    probability(prob)
    scheme = kinds.scheme
    found = averages_by_level(kinds, scheme.boundary, scheme.ndt)
    weight = cell_weight(scheme.boundary, scheme.ndt, scheme.edges)
    labels = unbiased_labels(scheme, scheme.boundary, scheme.ndt)[found.used]
    n, width = kinds.total, float(labels.max() - labels.min())
    mean = float(found.count @ found.label) / n
    variance = float(found.count @ (found.label - mean) ** 2) / (n - 1)
    log_odds = math.log(4 / (1 - prob))  # of two sides
    half = math.sqrt(2 * variance * log_odds / n) + 7 * width * log_odds / (3 * (n - 1))
    half += weight.largest_bias
    return mean - half, mean + half
