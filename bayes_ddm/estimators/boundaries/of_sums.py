"""Boundary and ndt where known labelers are condensed to sums: of all of them, exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.summed import SummedLabelers
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary, conditional_influence
from bayes_ddm.estimators.boundaries.known import checked
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.boundaries.repeats import PRECISION, STEP
from bayes_ddm.estimators.boundaries.semiparametric import doubts, smoothed
from bayes_ddm.estimators.newton import Derivatives, newton
from bayes_ddm.estimators.of_sums import kept
from bayes_ddm.estimators.result import Boundary

# of boundary, and of what ndt is below the smallest time, for second derivatives
DIFFERENCE = 1e-4


def conditional_of_sums(
    choices: Choices, ndt: float | None = None, *, boundary: float | None = None
) -> Boundary | None:
    """`conditional_boundary` of all labelers: it takes their times' sums and the times' own law.

    None where a labeler made more than 50 choices, whose sum's law is not computed, or nobody
    repeats.
    """
    has, sums = kept(choices), choices.summed
    assert sums is not None
    start = conditional_boundary(has.whole, ndt, boundary=boundary)
    if start is None or int(sums.n.max()) > wiener.MAX_CONVOLUTION:
        return None
    if not start.reliable:
        return replace(start, unit_count=choices.unit_count)
    likelihood = _Likelihood(has.rows.rt, has.rows.count, sums)
    smallest = float(has.rows.rt.min())
    first = np.array([start.boundary, min(start.ndt, 0.999 * smallest)])
    low, high = np.array([0.0, 0.0]), np.array([np.inf, smallest])
    for j, known in enumerate((boundary, ndt)):
        if known is not None:
            low[j] = high[j] = first[j] = known
    top = newton(likelihood.at, first, PRECISION, low=low, high=high, exact=likelihood.curvature)
    free = np.flatnonzero((low < high) & (top.point > 0))
    inverse = np.zeros((2, 2))
    curvature = likelihood.curvature(top.point)[np.ix_(free, free)]
    notes = [] if top.found else ["the repeated comparisons do not pin the boundary down"]
    if (np.linalg.eigvalsh(curvature) > 0).all():
        inverse[np.ix_(free, free)] = np.linalg.inv(curvature)
    else:
        notes = ["the repeated comparisons do not pin the boundary down"]
    influence = conditional_influence(has.whole, *top.point.tolist()) @ inverse
    b, where = top.point.tolist()
    made = checked(has.rows, "conditional", b, where, np.zeros((len(has.rows), 2)), None, notes)
    return replace(made, influence=influence, unit_count=choices.unit_count)


def semiparametric_of_sums(
    choices: Choices, ndt: float | None = None, *, boundary: float | None = None
) -> Boundary:
    """`semiparametric_boundary` of the law of drifts over rows, whosever they are."""
    has = kept(choices)
    found = drift_mixture(has.rows, ndt, boundary=boundary)
    none = np.zeros((len(has.rows), 2))
    notes = doubts(has.rows, found, ndt)
    made = checked(has.rows, "semiparametric", found.boundary, found.ndt, none, None, notes)
    influence = has.by_labeler(found.influence_on(has.each)[:, :2])
    times = np.bincount(has.whole.unit, has.whole.rt)
    influence = smoothed(found.between, influence, choices.unit_count, times)
    return replace(made, influence=influence, unit_count=choices.unit_count)


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Of choices' times given labelers' sums, by boundary and ndt; weighted rows stand for all."""

    rt: FloatArray
    count: FloatArray
    sums: SummedLabelers

    def at(self, point: FloatArray) -> tuple[float, Derivatives]:
        b, ndt = point.tolist()
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
        gradient = np.array([by_log_b / b, by_ndt])
        return value, lambda: (gradient, np.eye(2) * (gradient @ gradient))

    def curvature(self, point: FloatArray) -> FloatArray:
        """Minus the second derivatives."""
        gap = float(self.rt.min()) - point[1]
        made = np.empty((2, 2))
        for j, step in enumerate(np.diag([DIFFERENCE * point[0], DIFFERENCE * gap])):
            above, below = (self.at(point + s)[1]()[0] for s in (step, -step))
            made[j] = (below - above) / (2 * step[j])
        return (made + made.T) / 2
