"""Average preference from private rows in closed form, over the levels that labelers chose."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.bounded.six_cells import CellWeight, cell_weight
from bayes_ddm.estimators.recommend import Recommendation
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.account import Account
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
        Average pseudo-label of the labelers of each kind (`Kinds`).
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

    def sentence(self, levels: Sequence[float]) -> str:
        """Say the average at each level, and whether they are equal."""
        rows = zip(np.array(levels)[self.used], self.mean, self.variance, strict=True)
        averages = ", ".join(f"{x:g} the average is {m:.3g} (se {v**0.5:.2g})" for x, m, v in rows)
        q, p_value = self.cochran
        df = len(self.n) - 1
        return (
            f"at level {averages}; equal averages: Cochran's Q({df}) = {q:.3g}, p = {p_value:.2g}"
        )


def averages_by_level(kinds: Kinds, boundary: float, ndt: float) -> Levels:
    """Average the labelers' pseudo-labels at each level.

    Raises
    ------
    InputError
        If fewer than 30 labelers chose a level.
    """
    label, level, count = kinds.labels(boundary, ndt), kinds.level, kinds.count
    used = np.unique(level)
    n, total, square = (
        np.bincount(level, count * x)[used] for x in (np.ones(len(label)), label, label**2)
    )
    few = np.flatnonzero(n < FEWEST)
    if len(few):
        chosen = kinds.scheme.levels[used[few[0]]]
        raise InputError(
            f"level {chosen:g} has {n[few[0]]:.0f} labelers, too few for a standard error (at "
            f"least {FEWEST}); wait for more, or leave their rows out."
        )
    mean = total / n
    return Levels(used, label, level, count, n, mean, (square / n - mean**2) / (n - 1))


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
    averages = averages_by_level(kinds, b, t)
    errors = (
        scheme.boundary_se if boundary is None else 0.0,
        scheme.ndt_se if ndt is None else 0.0,
    )
    rows = _Rows.at(kinds, averages, b, t, errors)
    notes, advice = [], Recommendation("cells", "it needs no assumption on the population")
    estimates: tuple[Estimate, ...] = (rows.stratified("cells"),)
    if len(averages.used) > 1:
        estimates = rows.stratified("cells_stratified"), rows.efficient("cells_efficient")
        notes.append(f"{averages.sentence(scheme.levels)}.")
        advice = _advice(averages.cochran[1])
    population = normal_population(kinds, b, t)
    notes.append(f"{population_test(kinds, population).sentence}.")
    if population.fitted:
        most = int(np.argmax(scheme.epsilons))
        leak = coordinates(scheme, population.cells, level=most)
        account = replace(account, delta_choice=leak.delta_choice)
    return EstimateTable(
        n_choices=int(kinds.count @ kinds.sent.sum(axis=1)),
        n_labelers=int(kinds.total) if labelers else None,
        dropped={},
        boundaries=(rows.boundary,),
        estimates=estimates,
        prob=prob,
        notes=tuple(notes),
        recommendation=advice,
        published=len(estimates) > 1,  # one row of levels is not read without the other
        privacy=account,
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """What all rows of the table share.

    ``aside`` is the influence of two units more, which are nobody's own, on boundary and ndt: what
    a pilot left open moves all labelers alike. ``moved`` are derivatives of labels by both.
    """

    averages: Levels
    boundary: Boundary
    aside: FloatArray
    moved: tuple[FloatArray, FloatArray]
    weight: CellWeight

    @classmethod
    def at(
        cls, kinds: Kinds, averages: Levels, b: float, ndt: float, errors: tuple[float, float]
    ) -> _Rows:
        """Prepare them at this boundary and ndt, known up to these standard errors."""
        units = np.append(averages.count, [1, 1])
        aside = np.diag(errors) * np.sqrt(1 - 1 / units.sum())
        boundary = Boundary(
            method="pilot" if any(errors) else "known",
            boundary=b,
            ndt=ndt,
            influence=np.vstack([np.zeros((len(averages.count), 2)), aside]),
            unit_count=units,
            n_eff=None,
            reliable=True,
            note="",
        )
        by_boundary = (kinds.labels(b + STEP, ndt) - averages.label) / STEP
        by_ndt = (kinds.labels(b, ndt + STEP) - averages.label) / STEP
        weight = cell_weight(b, ndt, kinds.scheme.edges)
        return cls(averages, boundary, aside, (by_boundary, by_ndt), weight)

    def stratified(self, name: str) -> Estimate:
        """Average over labelers, each counted equally."""
        share = self.averages.n / self.averages.n.sum()
        influence = (self.averages.label - share @ self.averages.mean) / self.averages.n.sum()
        return self._estimate(name, share, influence)

    def efficient(self, name: str) -> Estimate:
        """Average over levels, each by its precision."""
        averages, share = self.averages, self.averages.efficient
        place = np.searchsorted(averages.used, averages.level)
        return self._estimate(
            name, share, (share / averages.n)[place] * (averages.label - averages.mean[place])
        )

    def _estimate(self, name: str, share: FloatArray, influence: FloatArray) -> Estimate:
        """Row of these shares of levels, with labelers' own influence."""
        averages, weight = self.averages, self.weight
        by_level = [
            np.bincount(averages.level, averages.count * x)[averages.used] for x in self.moved
        ]
        slopes = np.array([share @ (by / averages.n) for by in by_level])
        return Estimate(
            estimator=name,
            parameters=("mu",),
            values=np.array([share @ averages.mean]),
            influence=np.append(influence, self.aside @ slopes)[:, None],
            unit_count=self.boundary.unit_count,
            unit="drift",
            boundary=self.boundary,
            reliable=True,
            note="",
            largest_bias=np.array([weight.largest_bias]),
            remark=(
                f"bias of at most {weight.largest_bias:.2g} for drifts up to "
                f"{weight.most_drift:.3g}, in the interval"
            ),
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
    averages = averages_by_level(kinds, scheme.boundary, scheme.ndt)
    weight = cell_weight(scheme.boundary, scheme.ndt, scheme.edges)
    labels = unbiased_labels(scheme, scheme.boundary, scheme.ndt)[averages.used]
    n, width = kinds.total, float(labels.max() - labels.min())
    mean = float(averages.count @ averages.label) / n
    variance = float(averages.count @ (averages.label - mean) ** 2) / (n - 1)
    log_odds = math.log(4 / (1 - prob))  # of two sides
    half = math.sqrt(2 * variance * log_odds / n) + 7 * width * log_odds / (3 * (n - 1))
    half += weight.largest_bias
    return mean - half, mean + half
