"""Boundary, ndt and the population of drifts together: a mixture of normals, by likelihood.

The number of components is taken from the data, and their widths are kept from shrinking to points,
which would push the boundary up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError, at_least
from bayes_ddm.estimators.boundaries.known import check_boundary, check_ndt
from bayes_ddm.estimators.boundaries.likelihood import (
    Layout,
    Units,
    gathered,
    scores_of,
    strided,
    units_of,
)

__all__ = ["DriftMixture", "drift_mixture"]


MOST_COMPONENTS = 4
MOST_FEATURES = 8
# units that are enough to choose where to climb from; cells, or units, that stand for all
SEARCHED, CELLS, USED = 2_000, 6_000, 50_000
# starts: spread of the means and width of each component, in units of the population's own scale;
# factor of the boundary
STARTS = ((1.0, 0.7, 1.0), (1.0, 0.35, 1.25), (1.6, 0.35, 1.1))
# widths far below this share of the population's scale are penalised
NARROW, NARROW_ALONE = 1 / 4, 1 / 20
# of the log likelihood, a step: while choosing where to climb from, and in the end
ROUGH, FINE = 1e-2, 1e-6
UNDECIDED = 4.0  # of the criterion where it is rough, within which one looks closer
# of the criterion, that one more component must gain: by less, a narrow or a wide one that fits
# chance may move the boundary by many of its standard errors
CLEARLY = 4.0
# of those, the first with the scores' outer product for curvature: no second derivatives, but
# far from the model, slow
MOST_STEPS, EASY_STEPS = 60, 15
LONGEST_STEP = 1.0
QUICKEST = 0.01  # decision time to start from, in squared boundaries
STEP = 1e-4


@dataclass(frozen=True, eq=False)
class DriftMixture:
    """A population of drifts, or of preference vectors, and the diffusion they go through.

    Attributes
    ----------
    boundary, ndt : float
        Half the boundary separation; non-decision time in seconds.
    weights : ndarray, shape (components,)
    means : ndarray, shape (components, d)
        ``d`` is the number of features, or 1.
    covariances : ndarray, shape (components, d, d)
    log_likelihood : float
        Without the penalty.
    criterion : float
        Hannan and Quinn's; lower is better.
    influence : ndarray, shape (units, 2 + d)
        Influence of each sampling unit on boundary, ndt and average preference, divided by their
        number. NaN where the maximum has no curvature in some direction.
    unit_count : ndarray of int, shape (units,)
        How many identical units each stands for.
    """

    boundary: float
    ndt: float
    weights: FloatArray
    means: FloatArray
    covariances: FloatArray
    log_likelihood: float
    criterion: float
    influence: FloatArray = field(repr=False)
    unit_count: IntArray = field(repr=False)

    @property
    def mean(self) -> FloatArray:
        """Average preference under the mixture, shape (d,)."""
        return self.weights @ self.means

    @property
    def pinned(self) -> bool:
        """Whether a maximum was found, with curvature in every direction."""
        return bool(np.isfinite(self.influence).all())

    @property
    def se(self) -> FloatArray:
        """Sandwich standard errors of boundary, ndt and average preference."""
        return np.sqrt(self.unit_count @ self.influence**2)


def drift_mixture(
    choices: Choices,
    ndt: float | None = None,
    components: int | None = None,
    *,
    boundary: float | None = None,
) -> DriftMixture:
    """Fit a mixture of normal populations, with boundary and ndt, by penalised likelihood.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time in seconds; by default it is estimated.
    components : int, optional
        Number of normals; by default as many, up to 4, as improve Hannan and Quinn's
        criterion by 4 each.
    boundary : float, optional
        A known half boundary separation; by default it is estimated.

    Returns
    -------
    DriftMixture

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time, the boundary not positive, there
        are more than 8 features, or fewer units than parameters.

    Notes
    -----
    More than 6,000 anonymous rows without features are gathered in cells of nearly equal response
    times. Of more than 50,000 other units a random half, third, ... is used.

    The penalty on each component's covariance is ``c^2 trace(inv(Sigma)) / 2``, with ``c`` a
    quarter of the population's own scale (a twentieth when it is one normal), and ``-log`` on its
    weight.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("mixture", labelers=500, choices=10, boundary=1.25, seed=1)
    >>> found = drift_mixture(choices, ndt=0.0)
    >>> found.means.ravel().round(1), found.weights.round(1)
    (array([-1.5,  1.2]), array([0.3, 0.7]))
    """
    d = max(1, choices.features.shape[1])
    if d > MOST_FEATURES:
        raise InputError(f"a mixture takes at most {MOST_FEATURES} features; there are {d}.")
    if components is not None:
        at_least(1, components=components)
    given = _Given(
        None if boundary is None else check_boundary(boundary),
        None if ndt is None else check_ndt(choices, ndt),
    )
    units, scale = units_of(choices)
    fewest = 2 + d + d * (d + 1) // 2
    if units.count.sum() <= fewest:
        raise InputError(
            f"too few labelers ({units.count.sum():g}) to fit a population to; at least "
            f"{fewest + 1} are needed."
        )
    few, all_ = _thinned(units, choices)
    best = _alone(few, all_, given)
    for k in range(2, (components or MOST_COMPONENTS) + 1):
        rough = _several(k, few, given, best)
        if components is None and rough.criterion > best.on(few).criterion + UNDECIDED:
            break
        rough = rough.climbed(all_, ROUGH)
        if components is None and rough.criterion > best.criterion + UNDECIDED:
            break
        found = rough.climbed(all_)
        if components is None and found.criterion > best.criterion - CLEARLY:
            break
        best = found
    b, where, log_weights, means, chol = best.layout.split(best.point)
    order = np.argsort(means[:, 0])
    root = chol / scale[:, None]
    return DriftMixture(
        boundary=b,
        ndt=where,
        weights=np.exp(log_weights)[order],
        means=(means / scale)[order],
        covariances=(root @ root.transpose(0, 2, 1))[order],
        log_likelihood=best.log_likelihood,
        criterion=best.criterion,
        influence=_influence(best, choices, scale),
        unit_count=choices.unit_count,
    )


def _thinned(units: Units, choices: Choices) -> tuple[Units, Units]:
    """Few units to search with, and as many as stand for all."""
    if choices.labeler is None and not choices.contextual:
        all_ = gathered(units, CELLS) if len(units.rt) > CELLS else units
        # cells of cells: the rows are sorted once
        return (gathered(all_, SEARCHED) if len(all_.rt) > SEARCHED else all_), all_
    all_ = strided(units, -(-len(units.count) // USED))
    stride = -(-len(all_.count) // SEARCHED)
    few = strided(all_, stride)
    return replace(few, count=few.count * stride), all_


# --- the climb ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Given:
    """What is known of the diffusion."""

    boundary: float | None
    ndt: float | None

    def free(self, point: FloatArray, gradient: FloatArray | None = None) -> BoolArray:
        """Parameters that may move: at ndt 0, only where the gradient points upwards."""
        free = np.ones(len(point), dtype=bool)
        free[0] = self.boundary is None
        held = point[1] <= 0 and (gradient is None or gradient[1] <= 0)
        free[1] = self.ndt is None and not held
        return free


@dataclass(frozen=True, eq=False)
class _Fit:
    """A point, and how well it does on some units."""

    point: FloatArray
    layout: Layout
    narrow: float
    given: _Given
    units: Units
    found: bool = False

    @property
    def log_likelihood(self) -> float:
        return float(self.units.count @ scores_of(self.point, self.layout, self.units)[0])

    @property
    def penalised(self) -> float:
        return self.log_likelihood - _penalty(self.point, self.layout, self.narrow)[0]

    @property
    def criterion(self) -> float:
        each = 2 * np.log(np.log(self.units.count.sum()))
        return float(each * len(self.point) - 2 * self.log_likelihood)

    def on(self, units: Units) -> _Fit:
        return replace(self, units=units)

    def below(self, smallest: float) -> _Fit:
        """Move ndt below a smallest response time that the fit may not have seen."""
        if self.given.ndt is not None:
            return self
        point = self.point.copy()
        least = QUICKEST * self.layout.split(point)[0] ** 2
        point[1] = min(point[1], max(smallest - least, 0.8 * smallest))
        return replace(self, point=point)

    def climbed(self, units: Units, precision: float = FINE) -> _Fit:
        """Levenberg-Marquardt ascent within 0 <= ndt < smallest response time."""
        smallest = float(units.rt.min())
        fit, damping = self.below(smallest).on(units), 1e-3
        value, gradient, metric = fit.objective(fit.point)
        for steps in range(MOST_STEPS):
            free = self.given.free(fit.point, gradient)
            if precision == FINE and steps >= EASY_STEPS:
                exact = fit.curvature()
                if np.linalg.eigvalsh(exact[np.ix_(free, free)])[0] > 0:
                    metric = exact
            for _ in range(40):
                damped = metric[np.ix_(free, free)]
                damped = damped + damping * np.diag(np.diag(damped) + 1e-9)
                step = np.zeros(len(fit.point))
                step[free] = np.linalg.lstsq(damped, gradient[free], rcond=1e-13)[0]
                step *= min(1.0, LONGEST_STEP / max(np.abs(step).max(), 1e-300))
                moved = fit.point + step
                if free[1]:
                    most = fit.point[1] + 0.8 * (smallest - fit.point[1])
                    moved[1] = np.clip(moved[1], 0.0, most)
                new = fit.objective(moved)
                if new[0] > value:
                    break
                damping = max(4 * damping, 1e-4)
            else:
                return replace(fit, found=True)  # as high as rounding can tell
            gain, damping = new[0] - value, damping / 4
            fit, (value, gradient, metric) = replace(fit, point=moved), new
            if gain < precision:
                return replace(fit, found=True)
        return fit

    def objective(self, point: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Penalised log likelihood, its gradient, and a positive stand-in for its curvature."""
        value, scores = scores_of(point, self.layout, self.units)
        penalty, by_penalty = _penalty(point, self.layout, self.narrow)
        weighted = scores * self.units.count[:, None]
        metric = weighted.T @ scores
        held = np.arange(self.layout.factors.start, len(point))
        metric[held, held] += 1.0
        return float(self.units.count @ value) - penalty, weighted.sum(0) - by_penalty, metric

    def curvature(self) -> FloatArray:
        """Minus the second derivatives of the objective."""
        made = np.empty((len(self.point), len(self.point)))
        for j in range(len(self.point)):
            step = np.zeros(len(self.point))
            step[j] = STEP * max(1.0, abs(self.point[j]))
            if j == 1:
                step[j] = 1e-3 * (float(self.units.rt.min()) - self.point[1])
            above = self.objective(self.point + step)[1]
            below = self.objective(self.point - step)[1]
            made[j] = (below - above) / (2 * step[j])
        return (made + made.T) / 2


def _penalty(point: FloatArray, layout: Layout, narrow: float) -> tuple[float, FloatArray]:
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


def _alone(few: Units, all_: Units, given: _Given) -> _Fit:
    """One normal population."""
    d = all_.choice.shape[1]
    smallest, mean = float(few.rt.min()), float(few.rt.mean())
    tried = []
    for where in [0.0, 0.5 * smallest, 0.9 * smallest] if given.ndt is None else [given.ndt]:
        boundary = given.boundary or float(np.sqrt(1.3 * (mean - where)))
        width = 0.8 / boundary / np.sqrt(d)
        layout = Layout(1, d)
        start = layout.join(boundary, where, np.zeros((1, d)), np.array([width]))
        fit = _Fit(start, layout, NARROW_ALONE * width, given, few)
        tried.append(fit.climbed(few, ROUGH))
    return max(tried, key=lambda fit: fit.penalised).climbed(all_)


def _several(k: int, few: Units, given: _Given, fewer: _Fit) -> _Fit:
    """More than one, roughly: from several starts around the fit with fewer components."""
    b, where, log_weights, means, chol = fewer.layout.split(fewer.point)
    d = fewer.layout.d
    weights = np.exp(log_weights)
    centre = weights @ means
    second = np.einsum("k,kij,klj->il", weights, chol, chol)
    second += np.einsum("k,ki,kj->ij", weights, means - centre, means - centre)
    values, vectors = np.linalg.eigh(second)
    scale = max(float(np.sqrt(values[-1])), 0.8 / b / np.sqrt(d))
    tried = []
    for wide, width, factor in STARTS:
        along = wide * scale * ndtri((np.arange(k) + 0.5) / k)
        layout = Layout(k, d)
        start = layout.join(
            given.boundary or b * factor,
            where * (2 - factor) if given.ndt is None else where,
            centre + along[:, None] * vectors[:, -1],
            np.full(k, width * scale),
        )
        tried.append(_Fit(start, layout, NARROW * scale, given, few).climbed(few, ROUGH))
    return max(tried, key=lambda fit: fit.penalised)


def _influence(fit: _Fit, choices: Choices, scale: FloatArray) -> FloatArray:
    """Influence of every sampling unit on boundary, ndt and average preference."""
    point, layout = fit.point, fit.layout
    free = fit.given.free(point)  # at ndt = 0 the constraint holds it there: as good as known
    influence = np.zeros((len(choices.unit_count), 2 + layout.d))
    curvature = fit.curvature()[np.ix_(free, free)]
    if not fit.found or np.linalg.eigvalsh(curvature)[0] <= 0:
        return np.full_like(influence, np.nan)
    scores = scores_of(point, layout, fit.units)[1][:, free]
    target = _target(point, layout, scale)
    moved = scores @ np.linalg.inv(curvature) @ target[:, free].T
    if fit.units.cell is not None:
        return moved[fit.units.cell]
    influence[fit.units.sampled] = moved
    return influence


def _target(point: FloatArray, layout: Layout, scale: FloatArray) -> FloatArray:
    """Derivatives of boundary, ndt and average preference, shape (2 + d, parameters)."""
    b, _, log_weights, means, _ = layout.split(point)
    weights = np.exp(log_weights)
    target = np.zeros((2 + layout.d, len(point)))
    target[0, 0], target[1, 1] = b, 1.0
    for j in range(layout.d):
        at = 2 + j + layout.d * np.arange(layout.k)
        target[2 + j, at] = weights / scale[j]
        by_odds = weights[1:] * (means[1:, j] - weights @ means[:, j])
        target[2 + j, layout.odds] = by_odds / scale[j]
    return target
