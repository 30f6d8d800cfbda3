"""Likelihood of repeated choices where known labelers are condensed to sums: of all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.summed import SummedLabelers
from bayes_ddm.estimators.boundaries.repeats_likelihood import (
    LONGEST_STEP,
    PRECISION,
    STEP,
    differenced,
)
from bayes_ddm.estimators.newton import Derivatives, newton

# of boundary, and of what ndt is below the smallest time, for second derivatives
DIFFERENCE = 1e-4


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
            b, where = natural(point).tolist()
            value, slopes = self.at(b, where)

            def by_log() -> tuple[FloatArray, FloatArray]:
                gradient = slopes * [b, 1.0]
                return gradient, np.eye(2) * (gradient @ gradient)

            return value, by_log

        def exact(point: FloatArray) -> FloatArray:
            units = np.array([np.exp(point[0]), 1.0])
            return self.curvature(natural(point)) * np.outer(units, units)

        top = newton(at, first, PRECISION, low=low, high=high, longest=LONGEST_STEP, exact=exact)
        found = natural(top.point)
        free = np.flatnonzero((low < high) & (found > 0))
        curvature = self.curvature(found)[np.ix_(free, free)]
        inverse = np.zeros((2, 2))
        if not (np.linalg.eigvalsh(curvature) > 0).all():
            return found, inverse, False
        inverse[np.ix_(free, free)] = np.linalg.inv(curvature)
        return found, inverse, top.found

    def at(self, b: float, ndt: float) -> tuple[float, FloatArray]:
        """Value and derivatives."""
        t, sums = self.rt - ndt, self.sums
        value = float(self.count @ wiener.zero_drift_log_density(t, b))
        slope = self.count * wiener.zero_drift_log_slope(t, b)
        # both densities are b^-2 times a function of t / b^2
        by_log_b, by_ndt = -2 * self.count.sum() - 2 * float(t @ slope), -float(slope.sum())
        for k in np.unique(sums.n).tolist():
            of = sums.n == k
            total, weight = sums.rt[of] - k * ndt, sums.weight[of]
            around = np.stack([total * (1 - STEP), total, total * (1 + STEP)])
            below, here, above = wiener.convolved_log_density(around, b, k)
            of_total = (above - below) / (2 * STEP)
            value -= float(weight @ here)
            by_log_b += float(weight @ (2 + 2 * of_total))
            by_ndt += float(weight @ (k * of_total / total))
        return value, np.array([by_log_b / b, by_ndt])

    def curvature(self, point: FloatArray) -> FloatArray:
        """Minus the second derivatives."""
        gap = float(self.rt.min()) - point[1]
        steps = DIFFERENCE * float(point[0]), DIFFERENCE * gap
        return differenced(lambda b, ndt: self.at(b, ndt)[1], point, steps)
