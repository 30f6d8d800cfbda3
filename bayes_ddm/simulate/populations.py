"""Populations: how drifts, or preference vectors, are spread over labelers."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError, did_you_mean, positive

Sampler = Callable[[np.random.Generator, int], Any]


@dataclass(frozen=True)
class Population:
    """A distribution of drifts over labelers; build it with `population`.

    Attributes
    ----------
    name : str
    parameters : mapping
        What it was built with, defaults included.
    mean : float or ndarray, shape (d,)
        Average drift, or average preference vector: the target of every estimator.
    """

    name: str
    parameters: Mapping[str, Any]
    mean: Any
    sampler: Sampler = field(repr=False, compare=False)

    def draw(self, rng: np.random.Generator, size: int) -> FloatArray:
        """Draw one drift per labeler: shape (size,), or (size, d) for preference vectors."""
        return np.asarray(self.sampler(rng, size), dtype=float)

    __call__ = draw

    def __str__(self) -> str:
        text = ", ".join(f"{key} {_short(value)}" for key, value in self.parameters.items())
        return f"a {self.name} population" + (f" ({text})" if text else "")


def _normal(
    *, mean: ArrayLike = 0.5, sd: ArrayLike | None = None, covariance: ArrayLike | None = None
) -> tuple[Any, Sampler]:
    centre = np.asarray(mean, dtype=float)
    if covariance is None:
        spread = np.asarray(1.0 if sd is None else sd, dtype=float)
        if not (spread >= 0).all() or spread.shape not in {(), centre.shape}:
            raise InputError(f"sd must be at least 0, one or as many as mean has; got {spread}.")
        return centre[()], lambda rng, n: centre + spread * rng.standard_normal((n, *centre.shape))
    if sd is not None:
        raise InputError("give sd or covariance, not both.")
    matrix = np.asarray(covariance, dtype=float)
    if centre.ndim != 1 or matrix.shape != (centre.size, centre.size):
        raise InputError(
            f"covariance must be square, one row per feature: mean has shape {centre.shape}, "
            f"covariance {matrix.shape}."
        )
    symmetric = np.allclose(matrix, matrix.T)
    values, vectors = np.linalg.eigh(matrix if symmetric else np.eye(centre.size))
    if not symmetric or values[0] < -1e-10 * abs(values[-1]):
        raise InputError("covariance must be symmetric, with no negative eigenvalue.")
    # eigenvectors rather than Cholesky: a spread of zero in some direction is allowed
    root = vectors * np.sqrt(np.maximum(values, 0))
    return centre, lambda rng, n: centre + rng.standard_normal((n, centre.size)) @ root.T


def _student(
    *, mean: float = 0.5, sd: float | None = None, scale: float | None = None, df: float = 3.0
) -> tuple[Any, Sampler]:
    if not df > 1:
        raise InputError(f"df must be greater than 1, or there is no mean; got {df}.")
    if sd is not None:
        if scale is not None:
            raise InputError("give sd or scale, not both.")
        if not df > 2:
            raise InputError(f"sd needs df greater than 2; got df={df}: give scale instead.")
        scale = float(positive("sd", sd) * np.sqrt((df - 2) / df))
    width = float(positive("scale", 1.0 if scale is None else scale))
    return float(mean), lambda rng, n: mean + width * rng.standard_t(df, n)


def _mixture(
    *,
    means: ArrayLike = (1.2, -1.5),
    sds: ArrayLike = 0.2,
    weights: ArrayLike = (0.7, 0.3),
) -> tuple[Any, Sampler]:
    centres, shares = np.asarray(means, dtype=float), np.asarray(weights, dtype=float)
    spreads = np.asarray(sds, dtype=float)
    if (
        centres.ndim != 1
        or shares.shape != centres.shape
        or spreads.shape
        not in {
            (),
            centres.shape,
        }
    ):
        raise InputError("means, sds and weights of a mixture must have equal lengths.")
    if not (shares >= 0).all() or abs(shares.sum() - 1) > 1e-6:
        raise InputError(f"weights must be at least 0 and sum to 1; they sum to {shares.sum():g}.")
    if not (spreads >= 0).all():
        raise InputError(f"sds must be at least 0; got {spreads.min():g}.")
    shares, spreads = shares / shares.sum(), np.broadcast_to(spreads, centres.shape)

    def sampler(rng: np.random.Generator, n: int) -> FloatArray:
        group = rng.choice(centres.size, n, p=shares)
        return centres[group] + spreads[group] * rng.standard_normal(n)

    return float(shares @ centres), sampler


def _skewed(*, scale: float = 1.2, shift: float = -0.5) -> tuple[Any, Sampler]:
    width = float(positive("scale", scale))
    return width + shift, lambda rng, n: shift + rng.exponential(width, n)


def _point(*, value: ArrayLike) -> tuple[Any, Sampler]:
    centre = np.asarray(value, dtype=float)
    return centre[()], lambda rng, n: np.broadcast_to(centre, (n, *centre.shape))


POPULATIONS: Mapping[str, Callable[..., tuple[Any, Sampler]]] = {
    "normal": _normal,
    "student": _student,
    "mixture": _mixture,
    "skewed": _skewed,
    "point": _point,
}
# scales that another parameter may stand for: that one, and the scale without it
WHEN_OMITTED: dict[str, tuple[str, dict[str, float]]] = {
    "normal": ("covariance", {"sd": 1.0}),
    "student": ("sd", {"scale": 1.0}),
}


def population(name: str, **parameters: Any) -> Population:
    """Build a population of drifts by name.

    Parameters
    ----------
    name : {"normal", "student", "mixture", "skewed", "point"}
    **parameters
        ``normal``: ``mean`` 0.5, ``sd`` 1; for preference vectors ``mean`` of shape (d,) with
        ``sd`` or ``covariance``, shape (d, d).
        ``student``: ``mean`` 0.5, ``df`` 3, and ``scale`` (1) or ``sd``.
        ``mixture`` of normals: ``means`` (1.2, -1.5), ``sds`` 0.2, ``weights`` (0.7, 0.3).
        ``skewed``: an exponential of mean ``scale`` 1.2, moved by ``shift`` -0.5.
        ``point``: everybody has the drift (or preference vector) ``value``.

    Returns
    -------
    Population

    Raises
    ------
    InputError
        If the name or a parameter is unknown, or a value impossible.

    Examples
    --------
    >>> skewed = population("skewed")
    >>> skewed.mean
    0.7
    >>> skewed.draw(np.random.default_rng(1), 2).shape
    (2,)
    """
    if name not in POPULATIONS:
        hint = did_you_mean(name, POPULATIONS, f"there are {', '.join(POPULATIONS)}.")
        raise InputError(f"unknown population {name!r}; {hint}")
    make = POPULATIONS[name]
    arguments = inspect.signature(make).parameters
    for argument in parameters:
        if argument not in arguments:
            hint = did_you_mean(argument, arguments, f"there are {', '.join(arguments)}.")
            raise InputError(f"a {name} population has no {argument!r}; {hint}")
    for needed, parameter in arguments.items():
        if parameter.default is inspect.Parameter.empty and needed not in parameters:
            raise InputError(f"a {name} population needs {needed}=.")
    mean, sampler = make(**parameters)
    if not np.isfinite(mean).all():
        raise InputError(f"the mean of a {name} population must be finite; got {mean}.")
    values: dict[str, Any] = {
        key: p.default for key, p in arguments.items() if p.default not in (None, p.empty)
    }
    if name in WHEN_OMITTED and WHEN_OMITTED[name][0] not in parameters:
        values.update(WHEN_OMITTED[name][1])
    values.update(parameters)
    return Population(name, values, mean, sampler)


def _short(value: ArrayLike) -> str:
    array = np.asarray(value)
    return f"{array:g}" if array.ndim == 0 else str(array.tolist())


def draw_drifts(source: Any, rng: np.random.Generator, size: int) -> FloatArray:
    """Draw one drift (or preference vector) per labeler, whatever kind of population it is.

    Parameters
    ----------
    source : Population, str, SciPy frozen distribution, or callable
        A callable takes ``(rng, size)``; a name stands for that population's default parameters.
    rng : numpy.random.Generator
    size : int

    Returns
    -------
    ndarray, shape (size,) or (size, d)

    Raises
    ------
    InputError
        If it is none of these, or draws an array of another shape.

    Examples
    --------
    >>> draw_drifts(lambda rng, size: np.linspace(0, 1, size), np.random.default_rng(1), 3)
    array([0. , 0.5, 1. ])
    """
    if isinstance(source, str):
        source = population(source)
    if hasattr(source, "rvs"):
        # SciPy squeezes a single multivariate draw
        drifts = np.asarray(source.rvs(size=size, random_state=rng), dtype=float)
        drifts = drifts.reshape(size, -1) if drifts.size > size else drifts.reshape(size)
    elif callable(source):
        drifts = np.asarray(source(rng, size), dtype=float)
    else:
        raise InputError(
            "a population is a name, population(...), a SciPy frozen distribution or a function "
            f"of (rng, size); got {type(source).__name__}."
        )
    if drifts.shape[:1] != (size,) or drifts.ndim > 2:
        raise InputError(
            f"the population drew an array of shape {drifts.shape} for {size} labelers; "
            f"({size},) or ({size}, features) is needed."
        )
    return drifts
