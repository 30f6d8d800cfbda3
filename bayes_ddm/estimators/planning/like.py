"""What a plan takes for granted, from choices that were made already, condensed or not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import expect_choices
from bayes_ddm.data.condensing.condense import lossless
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.mixture import drift_mixture
from bayes_ddm.estimators.of_sums import of_all
from bayes_ddm.simulate.populations import population


def like_these(choices: Any) -> dict[str, Any]:
    """Boundary, ndt, population and features as in these choices, for `bayes_ddm.plan`.

    Parameters
    ----------
    choices : Choices or Condensed

    Returns
    -------
    dict
        ``boundary``, ``ndt``, ``population``: a mixture of normals fitted to drifts or preferences;
        and ``features``, drawn from these.

    Raises
    ------
    InputError
        If choices do not pin the boundary down, or there are more than 8 features.

    Examples
    --------
    >>> from bayes_ddm.simulate import experiment
    >>> made = like_these(experiment("normal", labelers=4000, boundary=1.25, ndt=0.3, seed=1))
    >>> round(made["boundary"], 1), round(made["ndt"], 1)
    (1.3, 0.3)
    """
    few = lossless(of_all(expect_choices(choices, summed=True)))
    mixture = drift_mixture(few)
    if not mixture.pinned:
        raise InputError(
            "these choices do not pin the boundary down; give plan boundary=, ndt= and a "
            "population in place of like=."
        )
    options: dict[str, Any] = {"boundary": mixture.boundary, "ndt": mixture.ndt}
    if few.contextual:
        sampler = _sampler(mixture.weights, mixture.means, mixture.covariances)
        return options | {"population": sampler, "features": _alike(few.features, few.count)}
    sds = np.sqrt(mixture.covariances[:, 0, 0])
    parameters = {"weights": mixture.weights, "means": mixture.means[:, 0], "sds": sds}
    return options | {"population": population("mixture", **parameters)}


def _sampler(
    weights: FloatArray, means: FloatArray, covariances: FloatArray
) -> Callable[[np.random.Generator, int], FloatArray]:
    roots = np.linalg.cholesky(covariances)

    def draw(rng: np.random.Generator, n: int) -> FloatArray:
        kind = rng.choice(len(weights), n, p=weights)
        normal = rng.normal(size=(n, means.shape[1]))
        return means[kind] + np.einsum("nij,nj->ni", roots[kind], normal)

    return draw


def _alike(features: FloatArray, count: Any) -> Callable[[np.random.Generator, int], FloatArray]:
    share = count / count.sum()
    return lambda rng, n: features[rng.choice(len(features), n, p=share)]
