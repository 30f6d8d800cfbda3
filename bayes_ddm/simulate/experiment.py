"""Exact simulation of experiments: populations, designs, and the choices that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError, whole_numbers
from bayes_ddm.simulate.populations import draw_drifts
from bayes_ddm.wiener._regimes import inside
from bayes_ddm.wiener.sampling import first_passage

# the median that the models' prior gives it, LogNormal(0.5, 1)
LAPSE_RT = float(np.exp(0.5))


def experiment(
    population: Any,
    *,
    labelers: int,
    choices: ArrayLike = 1,
    boundary: ArrayLike,
    ndt: ArrayLike = 0.0,
    start: ArrayLike = 0.5,
    features: ArrayLike | Callable[[np.random.Generator, int], Any] | None = None,
    feature_names: Sequence[str] | None = None,
    lapse: float = 0.0,
    lapse_rt: float | None = None,
    anonymous: bool | None = None,
    seed: int | np.random.Generator | None = None,
) -> Choices:
    """Simulate an experiment, exactly; the same seed gives the same data.

    Parameters
    ----------
    population : Population, str, SciPy frozen distribution, or callable
        Drifts, one per labeler; a callable takes ``(rng, labelers)``. With `features`, preference
        vectors of shape (labelers, features).
    labelers : int
    choices : int or array_like, shape (labelers,)
        Choices made by each labeler.
    boundary, ndt : float or array_like, shape (labelers,) or (total choices,)
        Half the boundary separation; non-decision time in seconds. One per choice goes labeler by
        labeler, as where conditions move it.
    start : float or array_like, shape (labelers,) or (total choices,)
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    features : array_like or callable, optional
        Attribute differences: a design of shape (rows, d), which every labeler goes through from
        its first row and again when it ends; a table with one row per choice, shape
        (total choices, d), labeler by labeler; or a function of ``(rng, total choices)``.
    feature_names : sequence of str, optional
        ``feature_1``, ``feature_2``, ... by default.
    lapse : float
        Share of choices replaced by a guess, as the models have it: either choice, at a response
        time exponential from 0 on, also before the non-decision time has passed.
    lapse_rt : float, optional
        Mean response time of these, in seconds; by default 1.65, the median of the models' prior.
    anonymous : bool, optional
        Leave out who chose. By default exactly when everyone chooses once; known labelers are
        called 0, 1, 2, ...
    seed : int or numpy.random.Generator, optional

    Returns
    -------
    Choices

    Raises
    ------
    InputError
        In one line: what is wrong, and the mend.

    Examples
    --------
    >>> experiment("normal", labelers=100, choices=10, boundary=1.25, ndt=0.3, seed=1)
    Choices: 1,000 choices by 100 labelers, median response time 1.19 s
    """
    try:
        rng = np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise InputError(f"seed must be a whole number of at least 0; got {seed!r}.") from error
    labelers = int(_whole("labelers", labelers, ()))
    per_labeler = _whole("choices", choices, (labelers,))
    labeler = np.repeat(np.arange(labelers), per_labeler)
    b = _per_choice("boundary", boundary, labelers, labeler)
    delay = _per_choice("ndt", ndt, labelers, labeler)
    if not (b > 0).all():
        raise InputError(f"boundary must be positive; got {b.min():g}.")
    if not (delay >= 0).all():
        raise InputError(f"ndt must be at least 0 seconds; got {delay.min():g}.")
    origin = inside("start", _per_choice("start", start, labelers, labeler))
    if not 0 <= lapse < 1:
        raise InputError(f"lapse is a share from 0 to below 1; got {lapse}.")
    lapse_rt = LAPSE_RT if lapse_rt is None else float(lapse_rt)
    if not 0 < lapse_rt < np.inf:
        raise InputError(f"lapse_rt must be positive and finite, in seconds; got {lapse_rt:g}.")

    drift = draw_drifts(population, rng, labelers)
    names: tuple[str, ...] = ()
    psi = _design(features, per_labeler, rng)
    if psi is None:
        if drift.ndim > 1:
            raise InputError("the population draws preference vectors; give features=.")
        if feature_names is not None:
            raise InputError("feature_names needs features=.")
        psi, row_drift = np.empty((labeler.size, 0)), drift[labeler]
    else:
        drift = drift.reshape(labelers, -1)
        names = tuple(feature_names or (f"feature_{j + 1}" for j in range(psi.shape[1])))
        if not drift.shape[1] == psi.shape[1] == len(names):
            raise InputError(
                f"{psi.shape[1]} features, {len(names)} feature names and preference vectors of "
                f"length {drift.shape[1]}: these must be equal."
            )
        row_drift = (psi * drift[labeler]).sum(axis=1)

    choice, time = first_passage(row_drift, b, rng, origin)
    rt = time + delay
    if lapse:
        guess = rng.random(rt.size) < lapse
        choice[guess] = rng.choice(np.array([1, -1], dtype=np.int8), guess.sum())
        rt[guess] = rng.exponential(lapse_rt, guess.sum())
    if anonymous is None:
        anonymous = bool((per_labeler == 1).all())
    return Choices(
        choice=choice,
        rt=rt,
        labeler=None if anonymous else labeler,
        labelers=None if anonymous else np.arange(labelers),
        features=psi,
        feature_names=names,
        count=np.ones(rt.size, dtype=np.int64),
    )


def _whole(name: str, value: ArrayLike, shape: tuple[int, ...]) -> IntArray:
    array = whole_numbers(name, value)
    if array.shape not in {(), shape}:
        raise InputError(f"{name} must be one number or one per labeler; got shape {array.shape}.")
    return np.broadcast_to(array, shape)


def _per_choice(name: str, value: ArrayLike, labelers: int, labeler: IntArray) -> FloatArray:
    array = np.asarray(value, dtype=float)
    if array.shape not in {(), (labelers,), labeler.shape} or not np.isfinite(array).all():
        raise InputError(
            f"{name} must be a finite number, or {labelers} of them, one per labeler, or "
            f"{len(labeler)}, one per choice; got shape {array.shape}."
        )
    if array.shape == (labelers,):
        return array[labeler]
    return np.broadcast_to(array, labeler.shape)


def _design(features: Any, per_labeler: IntArray, rng: np.random.Generator) -> FloatArray | None:
    """Attribute differences of every row, shape (total choices, d)."""
    if features is None:
        return None
    total = int(per_labeler.sum())
    drawn = callable(features)
    table = np.asarray(features(rng, total) if drawn else features, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise InputError(
            f"features must be finite numbers of shape (rows, d); got shape {table.shape}."
        )
    if len(table) == total:
        return table
    if drawn or len(table) > per_labeler.max():
        raise InputError(
            f"features have {len(table)} rows; needed are {total}, one per choice, or a design of "
            f"at most {per_labeler.max()}, as many as a labeler has choices."
        )
    first = np.cumsum(per_labeler) - per_labeler
    return table[(np.arange(total) - np.repeat(first, per_labeler)) % len(table)]
