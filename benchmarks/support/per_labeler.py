"""Rivals of the hierarchical models: a fit of its own for every labeler, all labelers at once.

Each takes training rows and gives, for test rows of the same labelers, the probability of +1 and
the log densities of the choice and of (choice, rt).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, log_expit

from bayes_ddm import wiener

__all__ = [
    "PENALTIES",
    "Rows",
    "Scored",
    "logit",
    "penalised",
    "ratio",
    "ratio_likelihood",
    "ratio_own_ndt",
]

FloatArray = NDArray[np.float64]

PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
NDT_SHARES = np.append(np.arange(0.0, 1.0, 0.05), 0.98)
LOG_BOUNDARIES = np.linspace(np.log(0.4), np.log(5.0), 50)
LARGEST_BOUNDARY = 20.0


@dataclass(frozen=True)
class Rows:
    """Choices of known labelers; ``who`` counts them from 0, ``psi`` has shape (rows, d)."""

    who: NDArray[np.int64]
    psi: FloatArray
    choice: FloatArray
    rt: FloatArray
    labelers: int

    def take(self, keep: NDArray) -> Rows:
        """Those rows."""
        return Rows(self.who[keep], self.psi[keep], self.choice[keep], self.rt[keep], self.labelers)

    def scaled(self, scale: FloatArray) -> Rows:
        """The same with attribute differences divided by ``scale``."""
        return Rows(self.who, self.psi / scale, self.choice, self.rt, self.labelers)

    def total(self, values: FloatArray) -> FloatArray:
        """Sum of a per-row quantity, shape (rows, ...), over each labeler's rows."""
        flat = values.reshape(len(values), -1)
        sums = [np.bincount(self.who, column, self.labelers) for column in flat.T]
        return np.stack(sums, axis=1).reshape(self.labelers, *values.shape[1:])


@dataclass(frozen=True)
class Scored:
    """Predictions of test rows, each of shape (rows,)."""

    positive: FloatArray
    log_choice: FloatArray
    log_joint: FloatArray


def _diffusion(test: Rows, theta: FloatArray, boundary: FloatArray, ndt: FloatArray) -> Scored:
    drift = (test.psi * theta[test.who]).sum(axis=1)
    b, shift = boundary[test.who], ndt[test.who]
    return Scored(
        positive=expit(2 * b * drift),
        log_choice=log_expit(2 * b * drift * test.choice),
        log_joint=wiener.log_density(test.rt, test.choice, drift=drift, boundary=b, ndt=shift),
    )


def _ratios(train: Rows, ndt: FloatArray) -> FloatArray:
    """``(sum T psi psi')^-1 sum Z psi`` of each labeler, shape (labelers, d)."""
    time = train.rt - ndt[train.who]
    gram = train.total(time[:, None, None] * train.psi[:, :, None] * train.psi[:, None, :])
    sums = train.total(train.choice[:, None] * train.psi)
    return np.linalg.solve(gram, sums[:, :, None])[:, :, 0]


def _matched_boundary(train: Rows, g: FloatArray, ndt: FloatArray) -> FloatArray:
    """Boundary at which the mean decision time of each labeler is the observed one.

    With drift ``b psi.g`` it is ``tanh(b^2 psi.g) / (psi.g)``, averaged over rows; labelers slower
    than any boundary allows get `LARGEST_BOUNDARY`.
    """
    slope = np.maximum(np.abs((train.psi * g[train.who]).sum(axis=1)), 1e-12)
    wanted = train.total(train.rt - ndt[train.who])
    low, high = np.full(train.labelers, 1e-4), np.full(train.labelers, LARGEST_BOUNDARY**2)
    for _ in range(60):
        middle = np.sqrt(low * high)
        short = train.total(np.tanh(middle[train.who] * slope) / slope) < wanted
        low, high = np.where(short, middle, low), np.where(short, high, middle)
    return np.sqrt(low * high)


def _smallest(train: Rows) -> FloatArray:
    smallest = np.full(train.labelers, np.inf)
    np.minimum.at(smallest, train.who, train.rt)
    return smallest


def ratio(train: Rows, test: Rows) -> Scored:
    """Ratio of [GF] as published: non-decision time 0, boundary from the mean response time."""
    none = np.zeros(train.labelers)
    g = _ratios(train, none)
    boundary = _matched_boundary(train, g, none)
    return _diffusion(test, boundary[:, None] * g, boundary, none)


def ratio_own_ndt(train: Rows, test: Rows) -> Scored:
    """The same with a non-decision time per labeler, the likeliest on a grid."""
    smallest = _smallest(train)
    best = np.full(train.labelers, -np.inf)
    theta = np.zeros((train.labelers, train.psi.shape[1]))
    boundary, ndt = np.ones(train.labelers), np.zeros(train.labelers)
    for share in NDT_SHARES:
        shift = share * smallest
        g = _ratios(train, shift)
        b = _matched_boundary(train, g, shift)
        value = train.total(_diffusion(train, b[:, None] * g, b, shift).log_joint)
        better = value > best
        best[better], theta[better] = value[better], (b[:, None] * g)[better]
        boundary[better], ndt[better] = b[better], shift[better]
    return _diffusion(test, theta, boundary, ndt)


def ratio_likelihood(train: Rows, test: Rows) -> Scored:
    """Maximum likelihood of a diffusion per labeler: preference, boundary, non-decision time.

    Given boundary and ndt the likeliest preference is boundary times the ratio; those two are
    found on a grid.
    """
    smallest = _smallest(train)
    best = np.full(train.labelers, -np.inf)
    theta = np.zeros((train.labelers, train.psi.shape[1]))
    boundary, ndt = np.ones(train.labelers), np.zeros(train.labelers)
    sums = train.total(train.choice[:, None] * train.psi)
    for share in NDT_SHARES:
        shift = share * smallest
        g = _ratios(train, shift)
        gain = 0.5 * (g * sums).sum(axis=1)
        time = train.rt - shift[train.who]
        for b in np.exp(LOG_BOUNDARIES):
            value = train.total(wiener.zero_drift_log_density(time, b)) + b**2 * gain
            better = value > best
            best[better], theta[better] = value[better], b * g[better]
            boundary[better], ndt[better] = b, shift[better]
    return _diffusion(test, theta, boundary, ndt)


def logit_weights(train: Rows, penalty: float) -> FloatArray:
    """Ridge logistic regression of each labeler, attribute differences of unit size assumed."""
    d = train.psi.shape[1]
    beta = np.zeros((train.labelers, d))
    signed = train.choice[:, None] * train.psi

    def objective(candidate: FloatArray) -> FloatArray:
        fitted = train.total(log_expit((signed * candidate[train.who]).sum(axis=1)))
        return fitted - 0.5 * penalty * (candidate**2).sum(axis=1)

    value = objective(beta)
    for _ in range(30):
        share = expit(-(signed * beta[train.who]).sum(axis=1))
        slope = train.total(share[:, None] * signed) - penalty * beta
        weight = (share * (1 - share))[:, None, None]
        hessian = train.total(weight * train.psi[:, :, None] * train.psi[:, None, :])
        step = np.linalg.solve(hessian + penalty * np.eye(d), slope[:, :, None])[:, :, 0]
        length = np.ones(train.labelers)
        for _ in range(12):
            worse = objective(beta + length[:, None] * step) < value - 1e-9
            if not worse.any():
                break
            length[worse] /= 2
        beta = beta + length[:, None] * step
        value = objective(beta)
        if np.abs(step).max() < 1e-6:
            break
    return beta


def penalised(penalty: float) -> Callable[[Rows, Rows], Scored]:
    """`logit` with that ridge penalty."""
    return partial(logit, penalty=penalty)


def logit(train: Rows, test: Rows, penalty: float, *, apart: bool = False) -> Scored:
    """Logistic regression of the choice; log-normal rt, its median depending on |utility|.

    With ``apart`` response times are log-normal whatever the comparison.
    """
    scale = np.sqrt((train.psi**2).mean(axis=0))
    train, test = train.scaled(scale), test.scaled(scale)
    beta = logit_weights(train, penalty)

    def utility(rows: Rows) -> FloatArray:
        return (rows.psi * beta[rows.who]).sum(axis=1)

    # least squares of log rt on (1, |utility|), labeler by labeler
    x, y = np.abs(utility(train)), np.log(train.rt)
    n = train.total(np.ones(len(x)))
    mean_x, mean_y = train.total(x) / n, train.total(y) / n
    centred = x - mean_x[train.who]
    slope = train.total(centred * y) / np.maximum(train.total(centred**2), 1e-9)
    slope = 0 * slope if apart else slope
    left = y - mean_y[train.who] - slope[train.who] * centred
    sd = np.sqrt(train.total(left**2) / (n - 2))
    u = utility(test)
    expected = mean_y[test.who] + slope[test.who] * (np.abs(u) - mean_x[test.who])
    z, s = (np.log(test.rt) - expected) / sd[test.who], sd[test.who]
    log_rt = -0.5 * z**2 - np.log(s * test.rt) - 0.5 * np.log(2 * np.pi)
    log_choice = log_expit(u * test.choice)
    return Scored(expit(u), log_choice, log_choice + log_rt)
