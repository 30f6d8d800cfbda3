"""The average preference by weighted least squares: deviations of labelers taken as normal.

A labeler's deviation from the average, integrated out of one choice, leaves a weighted square: what
a reward model can be trained on, whatever its form.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.flipped import refuse_private
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.consistent import _cannot
from bayes_ddm.estimators.deadline import left_out
from bayes_ddm.estimators.design import combine, design, inner
from bayes_ddm.estimators.regression import regression
from bayes_ddm.estimators.result import Boundary, Estimate, assembled
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift


@dataclass(frozen=True, eq=False)
class DriftTargets:
    """What the drift of each choice is regressed on, and with which weight.

    Attributes
    ----------
    target : ndarray, shape (rows,)
        1/sqrt(seconds).
    weight : ndarray, shape (rows,)
        Seconds: a precision.
    """

    target: FloatArray
    weight: FloatArray


def drift_targets(
    choice: ArrayLike, decision_time: ArrayLike, boundary: ArrayLike, variance: ArrayLike
) -> DriftTargets:
    """Target and weight of each choice, for a model of the average drift given what was compared.

    Parameters
    ----------
    choice, decision_time, boundary : array_like
        +1 or -1; seconds, positive; half the boundary separation.
    variance : array_like
        Of drifts between labelers who compare the same; 0 for labelers who are alike, where this is
        the likelihood of the diffusion itself.

    Notes
    -----
    With drift ``v ~ Normal(r, sqrt(variance))``, minus twice the log likelihood of one choice is
    ``weight * (target - r)**2`` plus terms free of ``r``, ``target = choice * boundary / t`` and
    ``weight = t / (1 + variance t)``.

    Examples
    --------
    >>> made = drift_targets([1, -1], [0.5, 2.0], 1.25, variance=1.0)
    >>> made.target, made.weight.round(3)
    (array([ 2.5  , -0.625]), array([0.333, 0.667]))
    """
    t = np.asarray(decision_time, dtype=float)
    return DriftTargets(np.asarray(choice) * boundary / t, t / (1 + np.asarray(variance) * t))


def efficient(choices: Choices, boundary: Boundary, *, trial: TrialDrift = STEADY) -> Estimate:
    """Average preference where labelers deviate from it normally, whatever was compared.

    Parameters
    ----------
    choices : Choices
        With features.
    boundary : Boundary
    trial : TrialDrift
        Noise of the drift, and bounds that close in; taken as known.

    Returns
    -------
    Estimate
        Averages without the spread, which the remark names: `drift_spread`. Standard errors count
        the uncertainty of boundary and spread, and are clustered by labeler. Choices count equally.

    Notes
    -----
    More precise than `consistent`, and biased where deviations are not normal.

    Examples
    --------
    >>> from bayes_ddm.estimators import known_boundary
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment(
    ...     lambda rng, n: np.array([1.0, -0.5]) + rng.normal(size=(n, 2)), labelers=4000,
    ...     features=lambda rng, n: rng.normal(size=(n, 2)), boundary=1.0, seed=1)
    >>> made = efficient(choices, known_boundary(choices, 1.0))
    >>> made.parameters, made.values.round(1)
    (('feature_1', 'feature_2'), array([ 1. , -0.5]))
    """
    choices.refuse_summed("the efficient estimate")
    attributes = design(choices)
    p, units = len(attributes.names), len(choices.unit_count)
    values, influence = np.full(p, np.nan), np.full((units, p), np.nan)
    note, remark = boundary.note, ""
    b, ndt = boundary.at
    why_not = _cannot(choices, b, ndt, trial)
    if why_not:
        note = note or why_not
    else:
        likeliest = _likeliest(choices, boundary, trial)
        values = likeliest.theta / attributes.scale
        influence = _influence(choices, boundary, trial, likeliest) / attributes.scale
        remark = f"labelers' deviations taken as normal, {likeliest.spread.words}"
    notes = note, left_out(choices)
    fields = attributes.names, values, influence, boundary, notes
    return assembled(choices, "efficient", *fields, remark=remark)


@dataclass(frozen=True, eq=False)
class DriftSpread:
    """Variance of drifts between labelers who compare the same; made by `drift_spread`.

    Attributes
    ----------
    typical : float
        Variance of the average comparison.
    scale : ndarray, shape (d,)
        Of the features: the variance grows with the mean square of scaled attribute differences,
        as where labelers differ equally in all preferences. Empty if it is the same for all.
    """

    typical: float
    scale: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    @property
    def words(self) -> str:
        """Its size, in words."""
        return f"of sd {np.sqrt(self.typical):.3g} for a typical comparison"

    def variance(self, features: ArrayLike) -> FloatArray:
        """Variance for these comparisons, shape (rows,); features of shape (rows, d)."""
        psi = np.asarray(features, dtype=float)
        if not len(self.scale):
            return np.full(len(psi), self.typical)
        return self.typical * np.mean((psi / self.scale) ** 2, axis=1)


def drift_spread(choices: Choices, boundary: Boundary, trial: TrialDrift = STEADY) -> DriftSpread:
    """How drifts vary between labelers who compare the same: the likeliest, if normally.

    Examples
    --------
    >>> from bayes_ddm.estimators import known_boundary
    >>> from bayes_ddm.simulate import experiment
    >>> choices = experiment("normal", labelers=20_000, boundary=1.0, seed=1)
    >>> drift_spread(choices, known_boundary(choices, 1.0)).words
    'of sd 0.999 for a typical comparison'
    """
    return _likeliest(choices, boundary, trial).spread


@dataclass(frozen=True, eq=False)
class _Likeliest:
    theta: FloatArray  # of scaled features
    spread: DriftSpread
    variance: FloatArray  # of each row's drift, that of its trial included
    gathered: FloatArray  # evidence of each row, less what the average drift gathers in its time
    time: FloatArray


def _likeliest(choices: Choices, boundary: Boundary, trial: TrialDrift) -> _Likeliest:
    """Averages and spread with the largest likelihood of single choices."""
    from scipy.optimize import brentq

    refuse_private(choices)
    psi, count, size = design(choices).psi, choices.count, _size(choices)
    b, ndt = boundary.at
    time = trial.time(choices.rt, ndt)

    def at(value: float) -> _Likeliest:
        variance = value * size + trial.variance
        targets = drift_targets(choices.choice, time, b, variance)
        theta = inner(regression(psi, targets.weight, count), count * targets.target)
        gathered = targets.weight * (targets.target - combine(theta, psi))
        scale = design(choices).scale if choices.contextual else np.empty(0)
        return _Likeliest(theta, DriftSpread(value, scale), variance, gathered, targets.weight)

    def slope(value: float) -> float:
        likeliest = at(value)
        return float((count * size) @ (likeliest.gathered**2 - likeliest.time))

    high = 1.0
    if slope(0.0) <= 0:
        return at(0.0)
    while slope(high) > 0:
        high *= 4
    return at(brentq(slope, 0.0, high, xtol=1e-10))


def _size(choices: Choices) -> FloatArray:
    return np.asarray((design(choices).psi ** 2).mean(axis=0))


def _influence(
    choices: Choices, boundary: Boundary, trial: TrialDrift, likeliest: _Likeliest
) -> FloatArray:
    """Units' influence on the averages: the likelihood's slopes through its curvature."""
    psi, count, size = design(choices).psi, choices.count, _size(choices)
    gathered, time = likeliest.gathered, likeliest.time
    # slopes by the averages, and by half the spread where that is not 0
    spread = likeliest.spread.typical > 0
    of_spread = size * (gathered**2 - time)
    slopes = np.vstack([psi * gathered, of_spread]) if spread else psi * gathered
    on = np.vstack([psi * time, 2 * size * time * gathered]) if spread else psi * time
    curvature = inner(on, count * psi)
    if spread:
        across = inner(psi, count * size * time * gathered)
        own = float(count @ (size**2 * (2 * time * gathered**2 - time**2)))
        curvature = np.column_stack([curvature, np.append(across, own)])
    towards = np.linalg.inv(curvature)
    influence = sum_by_unit(choices, slopes.T) @ towards.T
    if np.any(boundary.influence):
        elapsed = trial.time(choices.rt, boundary.at[1])
        shrinkage = 1 / (1 + likeliest.variance * elapsed)
        drift = combine(likeliest.theta, psi)
        by_boundary = choices.choice * shrinkage
        by_time = -(drift + likeliest.variance * gathered) * shrinkage
        rate = -trial.rate(elapsed)
        influence += boundary.carried(
            combine(towards[:, : len(psi)], psi), count * by_boundary, count * by_time * rate
        )
        if spread:
            of_time = 2 * gathered * by_time - shrinkage**2
            influence += boundary.carried(
                towards[:, -1:] * size,
                count * 2 * gathered * by_boundary,
                count * of_time * rate,
            )
    return np.asarray(influence[:, : len(psi)])
