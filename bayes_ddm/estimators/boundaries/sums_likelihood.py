"""Likelihood of repeated choices where known labelers are condensed to sums: of all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.summed import SummedLabelers
from bayes_ddm.estimators.boundaries.repeats_likelihood import LONGEST_STEP, PRECISION, moved
from bayes_ddm.estimators.newton import Derivatives, newton


@dataclass(frozen=True, eq=False)
class SumsLikelihood:
    """Of choices' times given labelers' sums, by boundary and ndt; weighted rows stand for all."""

    rt: FloatArray
    count: FloatArray
    sums: SummedLabelers

    def maximise(
        self, start: FloatArray, boundary: float | None, ndt: float | None
    ) -> tuple[FloatArray, FloatArray, bool]:
        """Boundary and ndt at the maximum, their covariance, and whether it is a maximum.

        What is known, or held at 0, has no variance.
        """
        smallest = float(self.rt.min())
        first = np.array([np.log(start[0]), min(start[1], 0.999 * smallest)])
        low, high = np.array([-np.inf, 0.0]), np.array([np.inf, smallest])
        if boundary is not None:
            low[0] = high[0] = first[0] = np.log(boundary)
        if ndt is not None:
            low[1] = high[1] = first[1] = ndt

        def natural(point: FloatArray) -> FloatArray:
            return np.array([np.exp(point[0]), point[1]])

        def at(point: FloatArray) -> tuple[float, Derivatives]:
            units = np.array([np.exp(point[0]), 1.0])
            value, slopes, curvature = self.at(*natural(point).tolist())
            gradient = slopes * units
            curvature = curvature * np.outer(units, units) - np.diag([gradient[0], 0.0])
            return value, lambda: (gradient, curvature)

        top = newton(at, first, PRECISION, low=low, high=high, longest=LONGEST_STEP)
        best = natural(top.point)
        free = np.flatnonzero((low < high) & (best > 0))
        curvature = self.at(*best.tolist())[2][np.ix_(free, free)]
        inverse = np.zeros((2, 2))
        if not (np.linalg.eigvalsh(curvature) > 0).all():
            return best, inverse, False
        inverse[np.ix_(free, free)] = np.linalg.inv(curvature)
        return best, inverse, top.converged

    def at(self, b: float, ndt: float) -> tuple[float, FloatArray, FloatArray]:
        """Value, derivatives, and minus the second derivatives."""
        t, sums = self.rt - ndt, self.sums
        parts = [(self.count, wiener.zero_drift_log_derivatives(t, b), 1 / t)]
        for k in np.unique(sums.n).tolist():
            members = sums.n == k
            total = sums.rt[members] - k * ndt
            convolved = wiener.convolved_log_derivatives(total, b, k)
            parts.append((-sums.weight[members], convolved, k / total))
        value, first, second = 0.0, np.zeros(2), np.zeros(3)
        for weight, log_density, rate in parts:
            by, by_two = moved(log_density, rate)
            value += float(weight @ log_density[0])
            first, second = first + by @ weight, second + by_two @ weight
        by_log_b, both, by_ndt = second.tolist()
        by_b = (by_log_b - first[0]) / b**2
        return value, first / [b, 1.0], -np.array([[by_b, both / b], [both / b, by_ndt]])
