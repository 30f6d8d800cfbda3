"""Boundary and ndt from the law of drifts over rows, whatever their attribute differences are.

The drift of a row is a product of attributes and preferences; its law over all rows is a smooth one
of a single dimension, and tells the boundary as well as the law of preference vectors does, at a
cost that does not grow with the number of features.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.boundaries.mixture import DriftMixture, drift_mixture


def without_features(choices: Choices) -> Choices:
    """Rows as if each were an anonymous labeler's, of no known comparison."""
    return replace(
        choices,
        labeler=None,
        labelers=None,
        features=np.empty((len(choices), 0)),
        feature_names=(),
        covariates=None,
        drift="",
        between="",
    )


def marginal_mixture(
    choices: Choices, ndt: float | None = None, *, boundary: float | None = None
) -> tuple[DriftMixture, FloatArray]:
    """Fit a mixture of normals to the drifts of rows, their attribute differences ignored.

    Parameters
    ----------
    choices : Choices
    ndt, boundary : float, optional
        As in `drift_mixture`.

    Returns
    -------
    mixture : DriftMixture
        Of drifts in one dimension.
    influence : ndarray, shape (units, 2)
        Influence of each sampling unit of `choices` on boundary and ndt, its rows summed.

    Raises
    ------
    InputError
        As `drift_mixture`.
    """
    rows = without_features(choices)
    mixture = drift_mixture(lossless(rows), ndt, boundary=boundary)
    return mixture, sum_by_unit(choices, mixture.influence_on(rows)[:, :2])
