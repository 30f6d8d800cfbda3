"""Average preferences of a release, where attribute differences are public: sums with noise."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.display import Words
from bayes_ddm.errors import InputError, probability
from bayes_ddm.estimators.bounded.weight import bounded_weight
from bayes_ddm.estimators.design import design
from bayes_ddm.estimators.table import EstimateTable
from bayes_ddm.privacy.discrete_laplace import Noise, variance
from bayes_ddm.privacy.published import Published

UNITS = 1 << 20  # of the largest sum that a labeler can have
FOR_SQUARES = Fraction(1, 5)  # of epsilon, to learn how labelers differ
ROOM = 4 / 3  # of the bound of the weight, above the least that there can be


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class ReleasedPreferences(Published):
    """Noisy sums of choices times attribute differences; made by `bayes_ddm.release`.

    Attributes
    ----------
    names : tuple of str
        Of the features.
    sums, squares : ndarray of int64, shape (d,)
        Of labelers' contributions in the design's own geometry, and of the squares of what they add
        to each preference; in units of 2^-20 of the largest that there can be.
    reach : float
        That largest contribution.
    bounds : ndarray, shape (d,)
        The largest that one adds to each preference.
    sensitivity, square_sensitivity : int
        How far other answers of a labeler can move the sums, and the squares, in all.
    root, scale : ndarray, shape (d, d) and (d,)
        Inverse square root of the mean of ``psi psi'``, and what features are divided by.
    explained : ndarray, shape (d, d, d)
        What the preferences themselves add to squares.
    bias : ndarray, shape (d,)
        Largest bias of each preference.
    most_drift : float
    epsilon, boundary, ndt : float
        Of all answers of a labeler; half the separation, and seconds, public.
    labelers, n_choices : int
    anonymous, simulated : bool
        Whether each row counts as a labeler of its own; whether the noise is from a seed.
    """

    names: tuple[str, ...]
    sums: NDArray[np.int64] = field(repr=False)
    squares: NDArray[np.int64] = field(repr=False)
    reach: float
    bounds: FloatArray = field(repr=False)
    sensitivity: int
    square_sensitivity: int
    root: FloatArray = field(repr=False)
    scale: FloatArray = field(repr=False)
    explained: FloatArray = field(repr=False)
    bias: FloatArray = field(repr=False)
    most_drift: float

    ARRAYS: ClassVar[tuple[str, ...]] = (
        "sums",
        "squares",
        "bounds",
        "root",
        "scale",
        "explained",
        "bias",
    )

    def closed_form(self, *, most_drift: float | None = None, prob: float = 0.95) -> EstimateTable:
        """Return average preferences with intervals: what `bayes_ddm.estimate` asks for.

        Raises
        ------
        InputError
            If another `most_drift` is asked for than that of the release.
        """
        probability(prob)
        if most_drift is not None and most_drift != self.most_drift:
            raise InputError(
                f"most_drift of a release with features is its own, {self.most_drift:g}; leave it "
                "out."
            )
        n, share = self.labelers, float(FOR_SQUARES)
        unit = self.reach / UNITS / n
        preferences = self.root @ self.sums * unit
        sums_variance = variance(self.sensitivity / (self.epsilon * (1 - share)))
        noise = self.root @ self.root * sums_variance * unit**2
        # how labelers differ is learned from noisy squares: taken a standard error high
        error = variance(self.square_sensitivity / (self.epsilon * share)) ** 0.5
        square = np.minimum((np.maximum(self.squares, 0) + error) / UNITS / n, 1.0)
        explained = np.einsum("kij,i,j->k", self.explained, preferences, preferences)
        sampling = np.maximum(square * self.bounds**2 - explained, 0) / n
        by = np.sqrt(np.diag(noise)) / self.scale, np.sqrt(sampling) / self.scale
        noise_error, sampling_error = (", ".join(f"{x:.2g}" for x in part) for part in by)
        remark = (
            f"largest bias for drifts up to {self.most_drift:g} (most_drift) in the interval; the "
            f"noise's standard error is {noise_error}, that of who was asked and what they "
            f"answered at most {sampling_error}"
        )
        covariance = (noise + np.diag(sampling)) / np.outer(self.scale, self.scale)
        values, bias = preferences / self.scale, self.bias / self.scale
        return self.table(tuple(self.names), values, covariance, bias, remark, prob)

    def blocks(self) -> tuple[Words, ...]:
        """Return what was released, and what was promised."""
        content = f"noisy sums for {', '.join(self.names)}"
        return (self.title(content), *self.promised())


def released_preferences(
    choices: Choices,
    epsilon: float,
    boundary: float,
    ndt: float,
    most_drift: float,
    noise: Noise,
    *,
    simulated: bool,
) -> ReleasedPreferences:
    """Sums of bounded pseudo-labels times attribute differences, and of squares, with noise.

    Noise is added where the mean of ``psi psi'`` is the identity, so that it hurts every direction
    as much as sampling does; its scale follows from the public design and the bound of the weight.
    """
    least = most_drift / math.tanh(boundary * most_drift)
    weight = bounded_weight(boundary, most_drift, bound=ROOM * least)
    largest = float(np.abs(weight.values).max())
    labels = choices.choice * weight.at(choices.rt - ndt)
    psi, counts = design(choices).psi, choices.unit_count
    n = float(counts.sum())
    unit_rows = sum_by_unit(choices, np.ones(len(choices)))

    def mean_by_unit(rows: FloatArray) -> FloatArray:
        return sum_by_unit(choices, rows) / unit_rows.reshape((-1,) + (1,) * (rows.ndim - 1))

    grams = mean_by_unit((psi[:, None] * psi[None]).transpose(2, 0, 1))
    gram = np.einsum("i,ijk->jk", counts, grams) / n
    sizes, directions = np.linalg.eigh(gram)
    root = directions / np.sqrt(sizes) @ directions.T
    inverse = root @ root
    # of any answers that there can be
    reach = largest * mean_by_unit(np.abs(root @ psi).T).sum(axis=1).max()
    by_preference = largest * mean_by_unit(np.abs(inverse @ psi).T)
    bounds = by_preference.max(axis=0)
    d = len(psi)
    within = min(float(d), 2 * float(((by_preference / bounds) ** 2).sum(axis=1).max()))
    sensitivity, square_sensitivity = 2 * (UNITS + d), math.ceil(within * UNITS) + d
    contributions = mean_by_unit((psi * labels).T)
    total = _whole_sum(counts, contributions @ root * (UNITS / reach))
    squares = _whole_sum(counts, (contributions @ inverse / bounds) ** 2 * UNITS)
    share = Fraction(epsilon) * FOR_SQUARES
    sum_noise = noise(sensitivity / (Fraction(epsilon) - share), d)
    square_noise = noise(square_sensitivity / share, d)
    by_own = inverse @ grams
    return ReleasedPreferences(
        names=tuple(choices.feature_names),
        sums=total + sum_noise,
        squares=squares + square_noise,
        sensitivity=sensitivity,
        square_sensitivity=square_sensitivity,
        reach=reach,
        root=root,
        scale=design(choices).scale,
        explained=np.einsum("n,nki,nkj->kij", counts, by_own, by_own) / n,
        bounds=bounds,
        bias=weight.largest_bias / largest * (counts @ by_preference) / n,
        epsilon=epsilon,
        boundary=boundary,
        ndt=ndt,
        most_drift=most_drift,
        labelers=int(counts.sum()),
        n_choices=choices.n_choices,
        anonymous=choices.anonymous,
        simulated=simulated,
    )


def _whole_sum(counts: NDArray[Any], values: FloatArray) -> NDArray[np.int64]:
    return np.asarray(counts @ np.rint(values).astype(np.int64))
