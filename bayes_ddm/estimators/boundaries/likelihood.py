"""Likelihood of labelers whose drifts come from a mixture of normals, and its derivatives.

A labeler's choices enter through sums, so normal drifts, or preference vectors, integrate out
exactly; mixtures of normals are sums of such terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import log_true_counts
from bayes_ddm.data.sufficient import labeler_sums
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.design import design
from bayes_ddm.wiener.density import random_drift_log_factor

MOST_FEATURES = 8


@dataclass(frozen=True, eq=False)
class Units:
    """Independent units, usually labelers: their sums, and the response times behind them.

    Attributes
    ----------
    choice : ndarray, shape (units, d)
        Sum of ``choice * x``, with ``x`` the scaled features, or 1.
    gram, time_gram : ndarray, shape (units, d, d)
        Sums of ``x x'`` and of ``rt x x'``.
    count : ndarray, shape (units,)
        How many each stands for.
    rt : ndarray, shape (rows,)
        Of each row, sorted by unit.
    first : ndarray of int, or None
        First row of each unit; None where units are rows.
    sampled : ndarray of int, or None
        The sampling unit that each belongs to; None for cells of several.
    cell : ndarray of int, or None
        The cell of each row that was gathered.
    flip : float
        Probability that a choice was sent as the other one.
    """

    choice: FloatArray
    gram: FloatArray
    time_gram: FloatArray
    count: FloatArray
    rt: FloatArray
    first: IntArray | None
    sampled: IntArray | None
    cell: IntArray | None = None
    flip: float = 0.0

    def total(self, rows: FloatArray) -> FloatArray:
        """Sum over each unit's rows."""
        return rows if self.first is None else np.add.reduceat(rows, self.first)

    @cached_property
    def truths(self) -> list[tuple[FloatArray, Units]]:
        """Units as they may have chosen before choices were turned round, and the log odds of it.

        All choices of a labeler are then of one comparison.
        """
        if self.first is None:
            turned = replace(self, choice=-self.choice)
            n = len(self.count)
            return [
                (np.full(n, np.log1p(-self.flip)), self),
                (np.full(n, np.log(self.flip)), turned),
            ]
        size = np.rint(self.gram[:, 0, 0]).astype(np.int64)
        positive = np.rint((size + self.choice[:, 0]) / 2).astype(np.int64)
        log_odds = log_true_counts(positive, size, self.flip)
        return [
            (odds, replace(self, choice=(2.0 * np.minimum(k, size) - size)[:, None]))
            for k, odds in enumerate(log_odds.T)
        ]


def refuse_many(d: int) -> None:
    """Raise `InputError` for more features than a population is fitted to.

    A covariance of 64 features has 2,080 entries, and its curvature takes hours.
    """
    if d > MOST_FEATURES:
        raise InputError(
            f"a population of preferences is fitted to at most {MOST_FEATURES} features, and these "
            f"are {d}; name those that matter."
        )


def units_of(choices: Choices) -> tuple[Units, FloatArray]:
    """Units of likelihood, and the scale that each feature was divided by."""
    scale = design(choices).scale
    sums = labeler_sums(choices, scale)
    of_labelers = sums.choice, sums.gram, sums.rt_gram
    if choices.labeler is None:
        every = np.arange(len(choices))
        count = choices.count.astype(float)
        rows = Units(*of_labelers, count, choices.rt, first=None, sampled=every)
        return replace(rows, flip=choices.flip), scale
    if choices.flip and choices.contextual:
        raise InputError(
            "preferences of known labelers do not integrate out of private answers with features."
        )
    # grouped rows of one labeler are as many rows
    rows_of = np.repeat(np.arange(len(choices)), choices.count)
    rows_of = rows_of[np.argsort(choices.labeler[rows_of], kind="stable")]
    labeler, first = np.unique(choices.labeler[rows_of], return_index=True)
    choice, gram, rt_gram = (part[labeler] for part in of_labelers)
    ones, rt = np.ones(len(labeler)), choices.rt[rows_of]
    labelers = Units(choice, gram, rt_gram, ones, rt, first=first, sampled=labeler)
    return replace(labelers, flip=choices.flip), scale


def gathered(units: Units, most: int) -> Units:
    """Cells of equal choices and near-equal response times; the fastest and slowest stay alone."""
    if len(units.rt) <= most:
        return units
    parts, cells = [], 0
    cell = np.empty(len(units.rt), dtype=np.int64)
    for sign in (-1.0, 1.0):
        of_sign = np.flatnonzero(units.choice[:, 0] == sign)
        order = of_sign[np.argsort(units.rt[of_sign])]
        ends = min(most // 8, len(order) // 2)
        outer = np.arange(ends)
        middle = np.linspace(ends, len(order) - ends, most // 4, dtype=np.int64)
        edges = np.unique(np.concatenate([outer, middle, len(order) - ends + outer]))
        edges = edges[edges < len(order)]
        if len(edges):
            count = np.add.reduceat(units.count[order], edges)
            rt = np.add.reduceat((units.count * units.rt)[order], edges) / count
            parts.append((np.full(len(rt), sign), rt, count))
            size = np.diff(edges, append=len(order))
            cell[order] = cells + np.repeat(np.arange(len(edges)), size)
            cells += len(edges)
    choice, rt, count = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Units(
        choice=choice[:, None],
        gram=np.ones((len(rt), 1, 1)),
        time_gram=rt[:, None, None],
        count=count,
        rt=rt,
        first=None,
        sampled=None,
        cell=cell,
        flip=units.flip,
    )


def strided(units: Units, stride: int) -> Units:
    """One in so many units, at random: designs may repeat every so many rows."""
    if stride == 1:
        return units
    n = len(units.count)
    sampled = np.sort(np.random.default_rng(0).permutation(n)[: -(-n // stride)])
    names = ("choice", "gram", "time_gram", "count", "sampled")
    part = replace(units, **{name: getattr(units, name)[sampled] for name in names})
    if units.first is None:
        return replace(part, rt=units.rt[sampled])
    size = np.diff(units.first, append=len(units.rt))[sampled]
    first = np.cumsum(size) - size
    rows = np.arange(size.sum()) - np.repeat(first - units.first[sampled], size)
    return replace(part, rt=units.rt[rows], first=first)


@dataclass(frozen=True)
class Layout:
    """Where the parameters stand: log b, ndt, means, Cholesky factors (log diagonals), log odds."""

    k: int
    d: int

    @property
    def means(self) -> slice:
        """Of each component's mean."""
        return slice(2, 2 + self.k * self.d)

    @property
    def factors(self) -> slice:
        """Of each component's Cholesky factor."""
        return slice(self.means.stop, self.means.stop + self.k * self.d * (self.d + 1) // 2)

    @property
    def odds(self) -> slice:
        """Of the log odds against the first component."""
        return slice(self.factors.stop, self.factors.stop + self.k - 1)

    def split(self, point: FloatArray) -> tuple[float, float, FloatArray, FloatArray, FloatArray]:
        """Boundary, ndt, log weights, means (k, d), Cholesky factors (k, d, d)."""
        rows, columns = np.tril_indices(self.d)
        chol = np.zeros((self.k, self.d, self.d))
        chol[:, rows, columns] = point[self.factors].reshape(self.k, -1)
        diagonal = np.arange(self.d)
        chol[:, diagonal, diagonal] = np.exp(chol[:, diagonal, diagonal])
        odds = np.concatenate([[0.0], point[self.odds]])
        log_weights = odds - np.logaddexp.reduce(odds)
        means = point[self.means].reshape(self.k, self.d)
        return float(np.exp(point[0])), float(point[1]), log_weights, means, chol

    def join(
        self, boundary: float, ndt: float, means: FloatArray, widths: FloatArray
    ) -> FloatArray:
        """Point with equal weights and uncorrelated components."""
        rows, columns = np.tril_indices(self.d)
        factors = np.where(rows == columns, np.log(widths)[:, None], 0.0)
        odds = np.zeros(self.k - 1)
        return np.concatenate([[np.log(boundary), ndt], means.ravel(), factors.ravel(), odds])

    def average_by(self, point: FloatArray, scale: FloatArray) -> FloatArray:
        """Derivatives of boundary, ndt and average preference, shape (2 + d, parameters)."""
        b, _, log_weights, means, _ = self.split(point)
        weights = np.exp(log_weights)
        by = np.zeros((2 + self.d, len(point)))
        by[0, 0], by[1, 1] = b, 1.0
        for j in range(self.d):
            by[2 + j, 2 + j + self.d * np.arange(self.k)] = weights / scale[j]
            by[2 + j, self.odds] = weights[1:] * (means[1:, j] - weights @ means[:, j]) / scale[j]
        return by


def penalty(point: FloatArray, layout: Layout, narrow: float) -> tuple[float, FloatArray]:
    """Penalty on narrow components and small weights, and its derivatives."""
    log_weights, _, chol = layout.split(point)[2:]
    inverse = np.linalg.inv(chol)
    c2 = narrow**2
    # d tr(inv(L L')) / dL = -2 inv(L)' inv(L) inv(L)'
    by_chol = -c2 * np.einsum("kji,kjl,kml->kim", inverse, inverse, inverse)
    rows, columns = np.tril_indices(layout.d)
    stretch = np.where(rows == columns, chol[:, rows, columns], 1.0)
    gradient = np.zeros_like(point)
    gradient[layout.factors] = (by_chol[:, rows, columns] * stretch).ravel()
    gradient[layout.odds] = layout.k * np.exp(log_weights[1:]) - 1
    return 0.5 * c2 * float((inverse**2).sum()) - float(log_weights.sum()), gradient


def scores_of(point: FloatArray, layout: Layout, units: Units) -> tuple[FloatArray, FloatArray]:
    """Log likelihood of each unit, and its derivatives, shape (units, parameters)."""
    b, ndt, log_weights, means, chol = layout.split(point)
    t = units.rt - ndt
    slope = wiener.zero_drift_log_slope(t, b)
    zero_drift = units.total(wiener.zero_drift_log_density(t, b))
    tilt = _tilt
    if layout.d == 1:
        tilt = _scalar_tilt
    elif units.first is None:
        tilt = _row_tilt
    truths = units.truths if units.flip else []

    def tilted(mean: FloatArray, root: FloatArray) -> Sequence[FloatArray]:
        if not truths:
            return tilt(units, b, ndt, mean, root)
        return _averaged([(odds, tilt(true, b, ndt, mean, root)) for odds, true in truths])

    parts = [tilted(mean, root) for mean, root in zip(means, chol, strict=True)]
    terms = np.stack([part[0] for part in parts], axis=1) + log_weights
    log_tilt = np.logaddexp.reduce(terms, axis=1)
    share = np.exp(terms - log_tilt[:, None])

    n, scores = len(log_tilt), np.empty((len(log_tilt), len(point)))
    # f0 is b^-2 times a function of t / b^2
    scores[:, 0], scores[:, 1] = units.total(-2 - 2 * t * slope), units.total(-slope)
    rows, columns = np.tril_indices(layout.d)
    by_means, by_factors = [], []
    for (_, by_mean, by_covariance, by_log_b, by_ndt), root, weight in zip(
        parts, chol, share.T, strict=True
    ):
        scores[:, 0] += weight * by_log_b
        scores[:, 1] += weight * by_ndt
        stretch = np.where(rows == columns, root[rows, columns], 1.0)
        by_root = 2 * (by_covariance @ root)[:, rows, columns] * stretch
        by_means.append(weight[:, None] * by_mean)
        by_factors.append(weight[:, None] * by_root)
    scores[:, layout.means] = np.stack(by_means, axis=1).reshape(n, -1)
    scores[:, layout.factors] = np.stack(by_factors, axis=1).reshape(n, -1)
    scores[:, layout.odds] = share[:, 1:] - np.exp(log_weights[1:])
    return zero_drift + log_tilt, scores


def _averaged(
    truths: Sequence[tuple[FloatArray, Sequence[FloatArray]]],
) -> Sequence[FloatArray]:
    """Log of a sum of terms, each with its log weight, and its derivatives."""
    logs = np.stack([odds + terms[0] for odds, terms in truths])
    value = np.logaddexp.reduce(logs, axis=0)
    share = np.exp(logs - value)
    rest = zip(*(terms[1:] for _, terms in truths), strict=True)
    return value, *(np.einsum("tn,tn...->n...", share, np.stack(by)) for by in rest)


@dataclass(frozen=True, eq=False)
class Carried:
    """From units' scores at a maximum to their influence; NaN where it has no curvature.

    Attributes
    ----------
    point : ndarray, shape (parameters,)
    layout : Layout
    matrix : ndarray, shape (parameters, 2 + d)
    """

    point: FloatArray
    layout: Layout
    matrix: FloatArray

    def __call__(self, units: Units) -> FloatArray:
        """Influence of each unit on boundary, ndt and average preference."""
        return scores_of(self.point, self.layout, units)[1] @ self.matrix

    def of_all(self, units: Units, n: int) -> FloatArray:
        """Influence of all ``n`` sampling units, some of which, or cells of which, were used."""
        moved = self(units)
        if units.cell is not None:
            return moved[units.cell]
        nothing = 0.0 if np.isfinite(self.matrix).all() else np.nan
        influence = np.full((n, moved.shape[1]), nothing)
        influence[units.sampled] = moved
        return influence


def _scalar_tilt(
    units: Units, b: float, ndt: float, mean: FloatArray, root: FloatArray
) -> tuple[FloatArray, ...]:
    """`_tilt` in one dimension."""
    s, n = b * units.choice[:, 0], units.gram[:, 0, 0]
    time = units.time_gram[:, 0, 0] - ndt * n
    value, by_mean, by_var, drift, square = _scalar(s, time, mean[0], root[0, 0] ** 2)
    return value, by_mean[:, None], by_var[:, None, None], s * drift, 0.5 * n * square


def _row_tilt(
    units: Units, b: float, ndt: float, mean: FloatArray, root: FloatArray
) -> tuple[FloatArray, ...]:
    """`_tilt` of single rows, which know of ``v`` only ``u``, the drift towards their choice."""
    along = units.choice
    var = ((along @ root) ** 2).sum(axis=1)
    value, by_mean, by_var, drift, square = _scalar(b, units.rt - ndt, along @ mean, var)
    outer = along[:, :, None] * along[:, None, :]
    by_covariance = by_var[:, None, None] * outer
    return value, by_mean[:, None] * along, by_covariance, b * drift, 0.5 * square


def _scalar(
    s: FloatArray | float, time: FloatArray, mean: FloatArray | float, var: FloatArray | float
) -> tuple[FloatArray, ...]:
    """``log E[exp(s u - u^2 time / 2)]``, derivatives by mean and variance, moments of ``u``."""
    spread = 1 + var * time
    by_mean = (s - mean * time) / spread
    drift = mean + var * by_mean
    return (
        random_drift_log_factor(s, time, mean, var),
        by_mean,
        0.5 * (by_mean**2 - time / spread),
        drift,
        drift**2 + var / spread,
    )


def _tilt(
    units: Units, b: float, ndt: float, mean: FloatArray, root: FloatArray
) -> tuple[FloatArray, ...]:
    """``log E[exp(s'v - v'Av / 2)]`` for normal ``v``; derivatives by its mean and covariance.

    Then those by log b, through ``s``, and by ndt, through ``A``: they take the mean of ``v`` given
    the data, and its second moments.
    """
    s, precision = b * units.choice, units.time_gram - ndt * units.gram
    covariance = root @ root.T
    residual = s - precision @ mean
    # (I + A Sigma)^-1 stays finite where the covariance is singular
    spread = np.eye(len(mean)) + precision @ covariance
    inverse = np.linalg.inv(spread)
    by_mean = np.einsum("nij,nj->ni", inverse, residual)
    shift = by_mean @ covariance
    drift = mean + shift
    value = s @ mean - 0.5 * np.einsum("i,nij,j->n", mean, precision, mean)
    value += 0.5 * (shift * residual).sum(axis=1) - 0.5 * np.log(np.linalg.det(spread))
    by_covariance = 0.5 * (by_mean[:, :, None] * by_mean[:, None, :] - inverse @ precision)
    second = drift[:, :, None] * drift[:, None, :] + covariance @ inverse
    by_ndt = 0.5 * (units.gram * second).sum(axis=(1, 2))
    return value, by_mean, by_covariance, (s * drift).sum(axis=1), by_ndt
