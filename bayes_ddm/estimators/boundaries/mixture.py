"""Boundary, ndt and the population of drifts together: a mixture of normals, by likelihood.

The number of components is taken from the data, and their widths are kept from shrinking to points,
which would push the boundary up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import ndtri

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError, at_least
from bayes_ddm.estimators.boundaries.known import check_boundary, check_ndt
from bayes_ddm.estimators.boundaries.likelihood import (
    Carried,
    Layout,
    Units,
    gathered,
    penalty,
    refuse_many,
    scores_of,
    strided,
    units_of,
)
from bayes_ddm.estimators.newton import Derivatives, newton


@dataclass(frozen=True)
class Settings:
    """What the fit is held to; likelihoods are in natural logarithms."""

    most_components: int = 4
    # units that are enough to choose where to climb from; cells, or units, that stand for all
    searched: int = 2_000
    cells: int = 6_000
    used: int = 50_000
    # spread of the means and width of each component, in units of the population's own scale;
    # factor of the boundary
    starts: tuple[tuple[float, ...], ...] = ((1.0, 0.7, 1.0), (1.0, 0.35, 1.25), (1.6, 0.35, 1.1))
    # widths far below this share of the population's scale are penalised
    narrow: float = 1 / 4
    narrow_alone: float = 1 / 20
    # gain of the last step: while choosing where to climb from, and in the end
    rough: float = 1e-2
    fine: float = 1e-6
    undecided: float = 4.0  # of the criterion where it is rough, within which one looks closer
    # of the criterion, that one more component must gain: by less, a narrow or a wide one that
    # fits chance may move the boundary by many of its standard errors
    clearly: float = 4.0
    # of the criterion, by which a fit counts a factor e less as what might have been: odds, which
    # take 2, are too sure of themselves where the population is no such mixture
    doubted: float = 5.0
    # first steps, without second derivatives: quick, but far from the model not sure
    easy_steps: int = 15
    longest_step: float = 1.0
    damping: float = 1e-3
    quickest: float = 0.01  # decision time to start from, in squared boundaries
    difference: float = 1e-4  # for second derivatives


SETTINGS = Settings()


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
    tried : ndarray, shape (fits, 3)
        Boundary, ndt and criterion with each number of components that was tried; roughly, where
        it did worse.
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
    tried: FloatArray = field(repr=False)
    _carried: Carried = field(repr=False)

    def influence_on(self, choices: Choices) -> FloatArray:
        """Influence that units of other choices, of like features, would have among as many."""
        return self._carried(units_of(choices)[0])

    @property
    def between(self) -> FloatArray:
        """How far boundary and ndt are with other numbers of components, shape (fits, 2).

        Weighted, so that their summed squares are what not knowing the number adds to a variance.
        """
        root = np.exp(-np.maximum(self.tried[:, 2] - self.criterion, 0) / (2 * SETTINGS.doubted))
        return root[:, None] * (self.tried[:, :2] - [self.boundary, self.ndt])

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
    >>> mixture = drift_mixture(choices, ndt=0.0)
    >>> mixture.means.ravel().round(1), mixture.weights.round(1)
    (array([-1.5,  1.2]), array([0.3, 0.7]))
    """
    d = max(1, choices.features.shape[1])
    refuse_many(d)
    if components is not None:
        at_least(1, components=components)
    fixed = _Fixed(
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
    best = _alone(few, all_, fixed)
    standings = [best.standing()]
    for k in range(2, (components or SETTINGS.most_components) + 1):
        rough = _several(k, few, fixed, best)
        worse = rough.criterion - best.on(few).criterion
        if components is None and worse > SETTINGS.undecided:
            standings.append(rough.standing(best.criterion + worse))
            break
        rough = rough.climbed(all_, SETTINGS.rough)
        if components is None and rough.criterion > best.criterion + SETTINGS.undecided:
            standings.append(rough.standing())
            break
        fit = rough.climbed(all_)
        standings.append(fit.standing())
        if components is None and fit.criterion > best.criterion - SETTINGS.clearly:
            break
        best = fit
    b, delay, log_weights, means, chol = best.layout.split(best.point)
    order = np.argsort(means[:, 0])
    root, carried = chol / scale[:, None], _carried(best, scale)
    return DriftMixture(
        boundary=b,
        ndt=delay,
        weights=np.exp(log_weights)[order],
        means=(means / scale)[order],
        covariances=(root @ root.transpose(0, 2, 1))[order],
        log_likelihood=best.log_likelihood,
        criterion=best.criterion,
        influence=carried.of_all(best.units, len(choices.unit_count)),
        unit_count=choices.unit_count,
        tried=np.array(standings),
        _carried=carried,
    )


def _thinned(units: Units, choices: Choices) -> tuple[Units, Units]:
    """Few units to search with, and as many as stand for all."""
    if choices.labeler is None and not choices.contextual:
        all_ = gathered(units, SETTINGS.cells)
        return gathered(all_, SETTINGS.searched), all_  # cells of cells: the rows are sorted once
    all_ = strided(units, -(-len(units.count) // SETTINGS.used))
    stride = -(-len(all_.count) // SETTINGS.searched)
    few = strided(all_, stride)
    return replace(few, count=few.count * stride), all_


@dataclass(frozen=True)
class _Fixed:
    """What is known of the diffusion."""

    boundary: float | None
    ndt: float | None

    def bounds(self, point: FloatArray, smallest: float) -> tuple[FloatArray, FloatArray]:
        """Of every parameter; what is known stays."""
        low, high = np.full(len(point), -np.inf), np.full(len(point), np.inf)
        low[1], high[1] = 0.0, smallest
        for j, value in enumerate((self.boundary, self.ndt)):
            if value is not None:
                low[j] = high[j] = point[j]
        return low, high


@dataclass(frozen=True, eq=False)
class _Fit:
    """A point, and how well it does on some units."""

    point: FloatArray
    layout: Layout
    narrow: float
    fixed: _Fixed
    units: Units
    converged: bool = False

    @property
    def log_likelihood(self) -> float:
        return float(self.units.count @ scores_of(self.point, self.layout, self.units)[0])

    @property
    def penalised(self) -> float:
        return self.log_likelihood - penalty(self.point, self.layout, self.narrow)[0]

    @property
    def criterion(self) -> float:
        cost = 2 * np.log(np.log(self.units.count.sum()))
        return float(cost * len(self.point) - 2 * self.log_likelihood)

    def standing(self, criterion: float | None = None) -> tuple[float, float, float]:
        """Boundary, ndt and criterion."""
        b, ndt, *_ = self.layout.split(self.point)
        return b, ndt, self.criterion if criterion is None else criterion

    def on(self, units: Units) -> _Fit:
        return replace(self, units=units)

    def below(self, smallest: float) -> _Fit:
        """Move ndt below a smallest response time that the fit may not have seen."""
        if self.fixed.ndt is not None:
            return self
        point = self.point.copy()
        least = SETTINGS.quickest * self.layout.split(point)[0] ** 2
        point[1] = min(point[1], max(smallest - least, 0.8 * smallest))
        return replace(self, point=point)

    def climbed(self, units: Units, precision: float = SETTINGS.fine) -> _Fit:
        """Levenberg-Marquardt ascent within 0 <= ndt < smallest response time."""
        smallest = float(units.rt.min())
        fit = self.below(smallest).on(units)
        low, high = fit.fixed.bounds(fit.point, smallest)
        top = newton(
            fit.objective,
            fit.point,
            precision,
            low=low,
            high=high,
            longest=SETTINGS.longest_step,
            damping=SETTINGS.damping,
            exact=fit.curvature if precision == SETTINGS.fine else None,
            easy=SETTINGS.easy_steps,
        )
        return replace(fit, point=top.point, converged=top.converged)

    def objective(self, point: FloatArray) -> tuple[float, Derivatives]:
        """Penalised log likelihood, its gradient, and a positive stand-in for its curvature."""
        value, scores = scores_of(point, self.layout, self.units)
        cost, by_cost = penalty(point, self.layout, self.narrow)

        def derivatives() -> tuple[FloatArray, FloatArray]:
            weighted = scores * self.units.count[:, None]
            metric = weighted.T @ scores
            factors = np.arange(self.layout.factors.start, len(point))
            metric[factors, factors] += 1.0
            return weighted.sum(0) - by_cost, metric

        return float(self.units.count @ value) - cost, derivatives

    def curvature(self, point: FloatArray) -> FloatArray:
        """Minus the second derivatives of the objective."""
        matrix = np.empty((len(point), len(point)))
        for j in range(len(point)):
            step = np.zeros(len(point))
            step[j] = SETTINGS.difference * max(1.0, abs(point[j]))
            if j == 1:
                step[j] = 1e-3 * (float(self.units.rt.min()) - point[1])
            above, below = (self.objective(point + s)[1]()[0] for s in (step, -step))
            matrix[j] = (below - above) / (2 * step[j])
        return (matrix + matrix.T) / 2


def _alone(few: Units, all_: Units, fixed: _Fixed) -> _Fit:
    """One normal population."""
    d = all_.choice.shape[1]
    smallest, mean = float(few.rt.min()), float(few.rt.mean())
    fits = []
    for ndt in [0.0, 0.5 * smallest, 0.9 * smallest] if fixed.ndt is None else [fixed.ndt]:
        boundary = fixed.boundary or float(np.sqrt(1.3 * (mean - ndt)))
        width = 0.8 / boundary / np.sqrt(d)
        layout = Layout(1, d)
        start = layout.join(boundary, ndt, np.zeros((1, d)), np.array([width]))
        fit = _Fit(start, layout, SETTINGS.narrow_alone * width, fixed, few)
        fits.append(fit.climbed(few, SETTINGS.rough))
    return max(fits, key=lambda fit: fit.penalised).climbed(all_)


def _several(k: int, few: Units, fixed: _Fixed, fewer: _Fit) -> _Fit:
    """More than one, roughly: from several starts around the fit with fewer components."""
    b, ndt, log_weights, means, chol = fewer.layout.split(fewer.point)
    d = fewer.layout.d
    weights = np.exp(log_weights)
    centre = weights @ means
    second = np.einsum("k,kij,klj->il", weights, chol, chol)
    second += np.einsum("k,ki,kj->ij", weights, means - centre, means - centre)
    values, vectors = np.linalg.eigh(second)
    scale = max(float(np.sqrt(values[-1])), 0.8 / b / np.sqrt(d))
    fits = []
    for wide, width, factor in SETTINGS.starts:
        along = wide * scale * ndtri((np.arange(k) + 0.5) / k)
        layout = Layout(k, d)
        start = layout.join(
            fixed.boundary or b * factor,
            ndt * (2 - factor) if fixed.ndt is None else ndt,
            centre + along[:, None] * vectors[:, -1],
            np.full(k, width * scale),
        )
        fit = _Fit(start, layout, SETTINGS.narrow * scale, fixed, few)
        fits.append(fit.climbed(few, SETTINGS.rough))
    return max(fits, key=lambda fit: fit.penalised)


def _carried(fit: _Fit, scale: FloatArray) -> Carried:
    point, layout = fit.point, fit.layout
    # at ndt = 0 the constraint holds it there: as good as known
    free = point > fit.fixed.bounds(point, np.inf)[0]
    matrix = np.full((len(point), 2 + layout.d), np.nan)
    curvature = fit.curvature(point)[np.ix_(free, free)]
    if fit.converged and np.linalg.eigvalsh(curvature)[0] > 0:
        matrix[~free] = 0.0
        matrix[free] = np.linalg.inv(curvature) @ layout.average_by(point, scale)[:, free].T
    return Carried(point, layout, matrix)
