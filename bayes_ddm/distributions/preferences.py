"""Labelers' own preferences as a random variable, where they cannot be integrated out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pymc.distributions.transforms import Transform

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.learned_values import valued_design
from bayes_ddm.distributions._custom import DiffusionDistribution, by_name, mixture_draw
from bayes_ddm.distributions._terms import log_sum
from bayes_ddm.estimators.design import design

CORES = {"mean": "k,d", "chol": "k,d,d", "weight": "k"}


class Preferences(DiffusionDistribution):
    """Preference vectors of labelers: Gaussian, or a mixture of Gaussians.

    A multivariate normal written out for few dimensions, so that it compiles in seconds.

    Parameters
    ----------
    name : str
    mean : tensor_like, shape (d,) or (types, d)
    chol : tensor_like, shape (d, d) or (types, d, d)
        Lower triangular factors of the covariances, with a positive diagonal.
    weight : tensor_like, shape (types,), optional
        Shares of the types.
    **kwargs
        ``shape=(labelers,)`` or dims, and what any PyMC distribution takes.

    Examples
    --------
    >>> import pymc as pm
    >>> with pm.Model() as model:
    ...     x = Preferences("x", np.zeros(2), np.eye(2), shape=(5, 2))
    >>> model["x"].eval().shape
    (5, 2)
    """

    @classmethod
    def _functions(
        cls, mean: Any, chol: Any, *, weight: Any = None, **kwargs: Any
    ) -> tuple[tuple[Any, ...], dict, dict]:
        parameters = {"mean": mean, "chol": chol, "weight": weight}
        return *by_name(parameters, CORES, "d", _logp, _random), kwargs


def _shared(ndim: int, x: Any) -> Any:
    """One value for all labelers: without the batch dimensions that PyMC puts in front."""
    while x.ndim > ndim:
        x = x[0]
    return x


def _logp(value: Any, mean: Any, chol: Any, weight: Any = None) -> Any:
    types = 0 if weight is None else 1
    mean, chol = _shared(1 + types, mean), _shared(2 + types, chol)
    d = value.type.shape[-1] or chol.type.shape[-1] or mean.type.shape[-1]
    if weight is None:
        return _normal([value[..., j] for j in range(d)], mean, chol)
    parts = [value[..., j][..., None] for j in range(d)]
    return log_sum(pt.log(weight) + _normal(parts, mean.T, chol.transpose(1, 2, 0)))


def _normal(value: list[Any], mean: Any, chol: Any) -> Any:
    """Log density by forward substitution; types last."""
    score: list[Any] = []
    log_density: Any = 0.0
    for i in range(len(value)):
        explained = sum(chol[i, j] * score[j] for j in range(i))
        score.append((value[i] - mean[i] - explained) / chol[i, i])
        log_density = log_density - 0.5 * score[i] ** 2 - pt.log(chol[i, i])
    return log_density - 0.5 * len(value) * np.log(2 * np.pi)


def _random(
    rng: np.random.Generator, size: Any, mean: Any, chol: Any, weight: Any = None
) -> FloatArray:
    types = 0 if weight is None else 1
    mean, chol = _shared(1 + types, mean), _shared(2 + types, chol)
    shape = tuple(size or ())
    normal = rng.normal(size=(*shape, mean.shape[-1]))
    if weight is not None:
        kind = mixture_draw(rng, _shared(1, weight), int(np.prod(shape))).reshape(shape)
        mean, chol = mean[kind], chol[kind]
    return mean + np.einsum("...ij,...j->...i", chol, normal)


class _Whitened(Transform):
    """Preferences as sampled: a fixed linear map of vectors that data make about independent.

    Attributes that go together leave a labeler's preferences for them strongly correlated, and a
    sampler without their covariance takes steps as small as the narrowest direction.

    Parameters
    ----------
    root : ndarray, shape (d, d)
        Lower triangular; its product with its transpose is about the covariance that a labeler's
        preferences have, given their choices.
    """

    name = "whitened"
    ndim_supp = 1

    def __init__(self, root: FloatArray) -> None:
        self.root, self.inverse = (pt.as_tensor(x) for x in (root, np.linalg.inv(root)))
        # not of the program: the same code serves other rows (fitting/code.py)
        self.root.tag.is_data = self.inverse.tag.is_data = True

    def backward(self, value: Any, *inputs: Any) -> Any:
        return _mapped(self.root, value)

    def forward(self, value: Any, *inputs: Any) -> Any:
        return _mapped(self.inverse, value)

    def log_jac_det(self, value: Any, *inputs: Any) -> Any:
        return pt.full(value.shape[:-1], pt.log(pt.diagonal(self.root)).sum())


def whitened(choices: Choices) -> Transform | None:
    """How `Preferences` of labelers who choose as often as these are sampled, if not as they are.

    By features scaled to rms 1, in which labelers are taken to differ by 1.
    """
    if len(choices.feature_names) < 2 or valued_design(choices) is not None:
        return None
    psi, time = choices.features / design(choices).scale, choices.rt - choices.rt.min()
    weight = (choices.count * time / len(choices.unit_count))[:, None]
    precision = (weight * psi).T @ psi + np.eye(psi.shape[1])
    return _Whitened(np.linalg.cholesky(np.linalg.inv(precision)))


def _mapped(lower: Any, value: Any) -> Any:
    # sums: products of tiny matrices stall
    d = lower.type.shape[0]
    parts = [sum(lower[a, b] * value[..., b] for b in range(a + 1)) for a in range(d)]
    return pt.stack(parts, axis=-1)
