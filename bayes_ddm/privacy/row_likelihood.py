"""Likelihood of private rows under a normal population, and the test of that population."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from bayes_ddm._typing import FloatArray
from bayes_ddm.estimators.bounded.six_cells import cell_weight, chances
from bayes_ddm.privacy.kinds import Kinds
from bayes_ddm.privacy.row_scheme import RowScheme

# of the drift across labelers, by Gauss and Hermite
NODES, NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(40)
NODE_WEIGHTS = NODE_WEIGHTS / NODE_WEIGHTS.sum()
STEP = 1e-3
# of the population's spread, in units where the boundary is 1: below, it cannot be told from none
LEAST, MOST = 0.02, 6.0


@dataclass(frozen=True, eq=False)
class NormalPopulation:
    """The normal population with the largest likelihood; made by `normal_population`.

    Attributes
    ----------
    mu, sigma : float
        NaN where there is no maximum with curvature.
    boundary, ndt : float
        What they were found at.
    influence : ndarray, shape (kinds, 2)
        Of one labeler of each kind on mu and sigma, divided by their number.
    cells : ndarray, shape (6,)
        Share of each true cell.
    """

    mu: float
    sigma: float
    boundary: float
    ndt: float
    influence: FloatArray
    cells: FloatArray

    @property
    def fitted(self) -> bool:
        """Whether there is one."""
        return math.isfinite(self.mu)


def cell_shares(
    mu: float, sigma: float, boundary: float, ndt: float, scheme: RowScheme
) -> FloatArray:
    """Share of each true cell in a normal population, shape (6,).

    Examples
    --------
    >>> from bayes_ddm.privacy.row_scheme import rows
    >>> cell_shares(0.5, 1.0, 1.25, 0.3, rows(2.0, boundary=1.25, ndt=0.3)).round(2)
    array([0.09, 0.3 , 0.28, 0.03, 0.14, 0.17])
    """
    return NODE_WEIGHTS @ chances(mu + sigma * NODES, boundary, ndt, scheme.edges)


def log_likelihood(
    kinds: Kinds, mu: float, sigma: float, boundary: float, ndt: float
) -> FloatArray:
    """Log likelihood of one labeler of each kind, shape (kinds,)."""
    true = chances(mu + sigma * NODES, boundary, ndt, kinds.scheme.edges)
    levels = range(len(kinds.scheme.levels))
    by_node = np.log(np.stack([true @ kinds.scheme.matrix(k) for k in levels]))[kinds.level]
    exponent = (kinds.sent[:, None, :] * by_node).sum(axis=2)
    top = exponent.max(axis=1, keepdims=True)
    return np.log(np.exp(exponent - top) @ NODE_WEIGHTS) + top[:, 0]


def normal_population(kinds: Kinds, boundary: float, ndt: float) -> NormalPopulation:
    """Fit a normal population of drifts to private rows, by maximum likelihood."""
    from scipy.optimize import minimize

    def by_kind(point: FloatArray) -> FloatArray:
        mu, sigma = point / boundary
        return log_likelihood(kinds, mu, sigma, boundary, ndt)

    top = minimize(
        lambda point: -float(kinds.count @ by_kind(point)) / kinds.total,
        np.array([0.0, 1.0]),
        method="L-BFGS-B",
        bounds=[(-MOST, MOST), (LEAST, MOST)],
        options={"ftol": 1e-13, "gtol": 1e-8},
    )
    steps = STEP * np.eye(2)

    def slopes(point: FloatArray) -> FloatArray:
        return np.stack(
            [(by_kind(point + s) - by_kind(point - s)) / (2 * STEP) for s in steps], axis=1
        )

    around = [(slopes(top.x - s) - slopes(top.x + s)) / (2 * STEP) for s in steps]
    curvature = np.stack([kinds.count @ by for by in around])
    identified = bool(np.linalg.eigvalsh(curvature)[0] > 0) and LEAST < top.x[1] < MOST
    if not identified:
        none = np.full((len(kinds.count), 2), np.nan), np.full(6, np.nan)
        return NormalPopulation(math.nan, math.nan, boundary, ndt, *none)
    mu, sigma = (top.x / boundary).tolist()
    influence = np.linalg.solve(curvature, slopes(top.x).T).T / boundary
    cells = cell_shares(mu, sigma, boundary, ndt, kinds.scheme)
    return NormalPopulation(mu, sigma, boundary, ndt, influence, cells)


@dataclass(frozen=True)
class PopulationTest:
    """Closed form less what a normal population would have it be; made by `population_test`.

    Attributes
    ----------
    difference, se, p_value : float
        NaN where a normal population cannot be fitted.
    mu, sigma : float
        Of the normal population.
    """

    difference: float
    se: float
    p_value: float
    mu: float
    sigma: float

    @property
    def sentence(self) -> str:
        """Return the test in words."""
        if not math.isfinite(self.p_value):
            return "these rows do not tell how far labelers differ, so no population is tested"
        return (
            f"a normal population would have mu {self.mu:.3g} and sigma {self.sigma:.3g}; the "
            f"closed form is {self.difference:+.2g} (se {self.se:.2g}) from what that implies, "
            f"p = {self.p_value:.2g}"
        )


def population_test(kinds: Kinds, population: NormalPopulation) -> PopulationTest:
    """Test the normal population: whether it implies the average of the pseudo-labels.

    The weights' bias under that population is in what it implies, so none is left in the
    difference; its variance comes from labelers' influence on both [1]_. Labelers count equally.

    References
    ----------
    .. [1] Hausman (1978), Econometrica 46:1251; with a variance that holds without efficiency.
    """
    mu, sigma, b, ndt = population.mu, population.sigma, population.boundary, population.ndt
    if not population.fitted:
        return PopulationTest(math.nan, math.nan, math.nan, mu, sigma)
    weight = cell_weight(b, ndt, kinds.scheme.edges).values

    def implied(mu: float, sigma: float) -> float:
        return float(weight @ cell_shares(mu, sigma, b, ndt, kinds.scheme))

    labels = kinds.labels(b, ndt)
    mean = float(kinds.count @ labels) / kinds.total
    by_mu = (implied(mu + STEP, sigma) - implied(mu - STEP, sigma)) / (2 * STEP)
    by_sigma = (implied(mu, sigma + STEP) - implied(mu, sigma - STEP)) / (2 * STEP)
    normal_influence = population.influence @ np.array([by_mu, by_sigma])
    influence = (labels - mean) / kinds.total - normal_influence
    difference = mean - implied(mu, sigma)
    se = math.sqrt(float(kinds.count @ influence**2))
    return PopulationTest(difference, se, 2 * float(ndtr(-abs(difference) / se)), mu, sigma)
