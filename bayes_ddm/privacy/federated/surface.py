"""A log likelihood known at Chebyshev nodes: interpolated, and integrated to a posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.privacy.federated.likelihood import log_prior
from bayes_ddm.privacy.federated.question import LOGS, PARAMETERS, Question

POINTS = 32  # of Gauss-Legendre quadrature, a side
ZOOM = 7.0  # standard deviations
FINE = 4001
Box = tuple[FloatArray, FloatArray]


@dataclass(frozen=True, eq=False)
class Surface:
    """Chebyshev coefficients of a log likelihood over a box.

    Attributes
    ----------
    low, high : ndarray, shape (4,)
        Of the box, positive parameters as logs.
    coefficients : ndarray, shape (mu, sigma, boundary, ndt)
    """

    low: FloatArray
    high: FloatArray
    coefficients: FloatArray

    @classmethod
    def of(cls, question: Question, values: FloatArray) -> Surface:
        """Interpolate values at the nodes of a question."""
        coefficients = values - values.max()
        for axis, k in enumerate(values.shape):
            angle = np.pi * (np.arange(k) + 0.5) / k
            transform = 2 / k * np.cos(np.arange(k)[:, None] * angle)
            transform[0] /= 2
            coefficients = np.moveaxis(
                np.tensordot(transform, coefficients, axes=(1, axis)), 0, axis
            )
        return cls(*question.box, coefficients)

    def smoother(self) -> Surface:
        """Return the surface without the highest polynomial of each axis."""
        coefficients = self.coefficients.copy()
        for axis, k in enumerate(coefficients.shape):
            if k > 1:
                np.moveaxis(coefficients, axis, 0)[-1] = 0.0
        return replace(self, coefficients=coefficients)

    def at(self, axes: list[FloatArray]) -> FloatArray:
        """Log likelihood at all combinations of these values of the axes."""
        values = self.coefficients
        for axis, x in enumerate(axes):
            width = self.high[axis] - self.low[axis]
            place = (2 * x - self.low[axis] - self.high[axis]) / width if width else np.zeros(1)
            degrees = values.shape[axis] - 1
            basis = np.polynomial.chebyshev.chebvander(place, degrees)
            values = np.moveaxis(np.tensordot(basis, values, axes=(1, axis)), 0, axis)
        return values

    def posterior(self, within: Box | None = None) -> Marginals:
        """Marginal posteriors over a box, by default the whole."""
        low, high = (self.low, self.high) if within is None else within
        nodes, weights = np.polynomial.legendre.leggauss(POINTS)
        axes, by_axis = list[FloatArray](), list[FloatArray]()
        for a, b in zip(low, high, strict=True):
            axes.append((a + b) / 2 + (b - a) / 2 * nodes if b > a else np.array([a]))
            by_axis.append((b - a) / 2 * weights if b > a else np.ones(1))
        prior = reduce(np.add.outer, log_prior(*axes))
        log_density = self.at(axes) + prior
        density = np.exp(log_density - log_density.max())
        density = density * reduce(np.multiply.outer, by_axis)
        density /= density.sum()
        others = [tuple(k for k in range(4) if k != j) for j in range(4)]
        shares = [density.sum(axis=others[j]) for j in range(4)]
        return Marginals(self, low, high, axes, by_axis, shares)


@dataclass(frozen=True, eq=False)
class Marginals:
    """Marginal posteriors at the nodes of quadrature; made by `Surface.posterior`."""

    surface: Surface
    low: FloatArray
    high: FloatArray
    axes: list[FloatArray]
    weights: list[FloatArray]
    shares: list[FloatArray]

    def _moments(self, *, natural: bool) -> tuple[FloatArray, FloatArray]:
        axes = [np.exp(x) if natural and log else x for x, log in zip(self.axes, LOGS, strict=True)]
        mean = np.array([p @ x for p, x in zip(self.shares, axes, strict=True)])
        square = [p @ (x - m) ** 2 for p, x, m in zip(self.shares, axes, mean, strict=True)]
        return mean, np.sqrt(square)

    @property
    def mean(self) -> FloatArray:
        """Posterior means of mu, sigma, boundary, ndt."""
        return self._moments(natural=True)[0]

    @property
    def sd(self) -> FloatArray:
        """Posterior standard deviations."""
        return self._moments(natural=True)[1]

    def zoom(self) -> Box:
        """Box of several standard deviations around the mean, within the surface's."""
        mean, sd = self._moments(natural=False)
        low = np.maximum(mean - ZOOM * sd, self.surface.low)
        return low, np.minimum(mean + ZOOM * sd, self.surface.high)

    def at_ends(self) -> FloatArray:
        """Log marginal density at the box's ends below the highest, shape (4, 2).

        Minus infinity where the end of the surface is out of sight.
        """
        ends = np.full((4, 2), -np.inf)
        for j, (p, w) in enumerate(zip(self.shares, self.weights, strict=True)):
            if len(p) == 1:
                continue
            with np.errstate(divide="ignore"):
                log_density = np.log(p / w)
            for side, (end, limit) in enumerate(
                ((self.low, self.surface.low), (self.high, self.surface.high))
            ):
                if end[j] == limit[j]:
                    ends[j, side] = log_density[-side] - log_density.max()
        return ends

    def table(self, prob: float) -> pd.DataFrame:
        """Mean, standard deviation and interval of each parameter."""
        mean, sd = self._moments(natural=True)
        ends = [self._interval(j, prob) for j in range(4)]
        columns = {
            "mean": mean,
            "sd": sd,
            "low": [a for a, _ in ends],
            "high": [b for _, b in ends],
        }
        return pd.DataFrame(columns, index=list(PARAMETERS))

    def _interval(self, j: int, prob: float) -> tuple[float, float]:
        x, p, w = self.axes[j], self.shares[j], self.weights[j]
        if len(x) == 1:
            ends = np.array([x[0], x[0]])
        else:
            from scipy.interpolate import CubicSpline  # slow to load

            positive = p > 0
            spline = CubicSpline(x[positive], np.log(p[positive] / w[positive]))
            fine = np.linspace(x[positive][0], x[positive][-1], FINE)
            below = np.cumsum(np.exp(spline(fine)))
            ends = np.interp([(1 - prob) / 2, (1 + prob) / 2], below / below[-1], fine)
        low, high = np.exp(ends) if LOGS[j] else ends
        return float(low), float(high)
