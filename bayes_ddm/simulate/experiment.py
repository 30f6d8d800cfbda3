"""Exact simulation of experiments: populations, designs, and the choices that follow from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import DesignMatrix, design_matrix
from bayes_ddm.data.omissions import cut_off
from bayes_ddm.errors import InputError, positive, whole_numbers
from bayes_ddm.simulate.formulas import Formula, values_by_row
from bayes_ddm.simulate.populations import draw_drifts
from bayes_ddm.wiener._regimes import inside
from bayes_ddm.wiener.drift_link import saturated
from bayes_ddm.wiener.sampling import first_passage

# the median that the models' prior gives it, LogNormal(0.5, 1)
LAPSE_RT = float(np.exp(0.5))

MOST_CHOICES = 1_000_000_000


def experiment(
    population: Any,
    *,
    labelers: int,
    choices: ArrayLike = 1,
    boundary: ArrayLike | Formula,
    ndt: ArrayLike | Formula = 0.0,
    start: ArrayLike | Formula = 0.5,
    drift_noise: ArrayLike | Formula = 0.0,
    collapse: ArrayLike | Formula = 0.0,
    features: ArrayLike | Callable[[np.random.Generator, int], Any] | None = None,
    feature_names: Sequence[str] | None = None,
    table: pd.DataFrame | None = None,
    drift: str | None = None,
    saturation: float | None = None,
    between: Formula | None = None,
    lapse: float = 0.0,
    lapse_rt: float | None = None,
    deadline: ArrayLike | None = None,
    omissions: str = "rows",
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
    boundary, ndt : float, array_like of shape (labelers,) or (total choices,), or mapping
        Half the boundary separation; non-decision time in seconds. One per choice goes labeler by
        labeler. By condition, a formula in the columns of `table` with the values of its cells,
        ``{"instruction": {"speed": 0.8, "accuracy": 1.5}}``, or of its columns, on the models'
        link: ``{"1 + load": {"Intercept": 0.2, "load": 0.3}}``.
    start : float, array_like or mapping
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    drift_noise, collapse : float, array_like or mapping
        Standard deviation of the drift from trial to trial; share of the boundary that is lost per
        second.
    features : array_like or callable, optional
        Attribute differences: a design of shape (rows, d), which every labeler goes through from
        its first row and again when it ends; a table with one row per choice, shape
        (total choices, d), labeler by labeler; or a function of ``(rng, total choices)``.
    feature_names : sequence of str, optional
        ``feature_1``, ``feature_2``, ... by default.
    table : DataFrame, optional
        What formulas name: one row per choice, labeler by labeler, or a design that every labeler
        goes through. Kept as the choices' `covariates`.
    drift : str, optional
        Formula whose columns are the features, such as ``"1 + np.log(amount)"``; the population
        then draws one preference for each.
    saturation : float, optional
        Largest drift ``s``, where the drift is ``s tanh(features @ preference / s)``.
    between : mapping, optional
        What is added to the preferences of a group's labelers, ``{"country": {"FR": -0.3, "JP":
        0.3}}``; with features a list, one number for each.
    lapse : float
        Share of choices replaced by a guess, as the models have it: either choice, at a response
        time exponential from 0 on, also before the non-decision time has passed.
    lapse_rt : float, optional
        Mean response time of these, in seconds; by default 1.65, the median of the models' prior.
    deadline : float or array_like, optional
        Seconds after which no response is taken; one per labeler or per choice, too.
    omissions : {"rows", "absent"}
        Whether trials that ran out of time are kept as omissions, or left out.
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
    labelers = int(_per_labeler("labelers", labelers, ()))
    per_labeler = _per_labeler("choices", choices, (labelers,))
    if int(per_labeler.sum(dtype=float)) > MOST_CHOICES:
        raise InputError(
            f"{labelers:,} labelers make more than {MOST_CHOICES:,} choices, which do not fit in "
            "memory; ask for fewer."
        )
    labeler = np.repeat(np.arange(labelers), per_labeler)
    rows = _rows(table, per_labeler)
    parameters: dict[str, Any] = {"boundary": boundary, "ndt": ndt, "start": start}
    parameters |= {"drift_noise": drift_noise, "collapse": collapse}
    if rows is None and (drift or between or any(map(_is_formula, parameters.values()))):
        raise InputError("a formula needs table=, whose columns it names.")
    if rows is not None:
        parameters = {
            name: values_by_row(name, value, rows) if _is_formula(value) else value
            for name, value in parameters.items()
        }
        if drift is not None:
            if features is not None:
                raise InputError("features and drift= say the same; give one of them.")
            design = design_matrix(drift, rows, what="drift")
            _refuse_open(design)
            if design.names != ("Intercept",):
                features, feature_names = design.matrix, design.names
    by_row = {
        name: _per_choice(name, value, labelers, labeler) for name, value in parameters.items()
    }
    b, delay = by_row["boundary"], by_row.pop("ndt")
    if not (b > 0).all():
        raise InputError(f"boundary must be positive; got {b.min():g}.")
    if not (delay >= 0).all():
        raise InputError(f"ndt must be at least 0 seconds; got {delay.min():g}.")
    inside("start", by_row["start"])
    if not 0 <= lapse < 1:
        raise InputError(f"lapse is a share from 0 to below 1; got {lapse}.")
    lapse_rt = LAPSE_RT if lapse_rt is None else float(lapse_rt)
    if not 0 < lapse_rt < np.inf:
        raise InputError(f"lapse_rt must be positive and finite, in seconds; got {lapse_rt:g}.")

    drifts = draw_drifts(population, rng, labelers)
    if between is not None and rows is not None:
        drifts = drifts + _shift(between, rows, labeler)
    names: tuple[str, ...] = ()
    psi = _design(features, per_labeler, rng)
    if psi is None:
        if drifts.ndim > 1:
            raise InputError("the population draws preference vectors; give features=.")
        if feature_names is not None:
            raise InputError("feature_names needs features=.")
        if saturation is not None:
            raise InputError("saturation needs features=, or drift=, in which the drift bends.")
        psi, row_drift = np.empty((labeler.size, 0)), drifts[labeler]
    else:
        drifts = drifts.reshape(labelers, -1)
        names = tuple(feature_names or (f"feature_{j + 1}" for j in range(psi.shape[1])))
        if not drifts.shape[1] == psi.shape[1] == len(names):
            raise InputError(
                f"{psi.shape[1]} features, {len(names)} feature names and preference vectors of "
                f"length {drifts.shape[1]}: these must be equal."
            )
        row_drift = (psi * drifts[labeler]).sum(axis=1)
        if saturation is not None:
            row_drift = saturated(row_drift, float(positive("saturation", saturation)))

    choice, time = first_passage(row_drift, rng=rng, **by_row)
    rt = time + delay
    if lapse:
        guess = rng.random(rt.size) < lapse
        choice[guess] = rng.choice(np.array([1, -1], dtype=np.int8), guess.sum())
        rt[guess] = rng.exponential(lapse_rt, guess.sum())
    if anonymous is None:
        anonymous = bool((per_labeler == 1).all())
    every = Choices(
        choice=choice,
        rt=rt,
        labeler=None if anonymous else labeler,
        labelers=None if anonymous else np.arange(labelers),
        features=psi,
        feature_names=names,
        count=np.ones(rt.size, dtype=np.int64),
        covariates=rows,
        drift=drift or "",
    )
    if deadline is None:
        return every
    return cut_off(every, _per_choice("deadline", deadline, labelers, labeler), omissions)


def _refuse_open(design: DesignMatrix) -> None:
    """Refuse a value function without its parameter, which is a truth like any other."""
    for call in design.values:
        if call.known is None:
            raise InputError(
                f"{call.function.name} needs its {call.function.keyword} to be simulated: "
                f"{call.function.name}(..., {call.function.keyword}=...)."
            )


def _is_formula(value: Any) -> bool:
    return isinstance(value, Mapping)


def _rows(table: pd.DataFrame | None, per_labeler: IntArray) -> pd.DataFrame | None:
    """What formulas name, one row per choice."""
    if table is None:
        return None
    total = int(per_labeler.sum())
    if len(table) != total:
        table = table.iloc[_repeated(len(table), per_labeler, "table")]
    return table.reset_index(drop=True)


def _shift(between: Formula, rows: pd.DataFrame, labeler: IntArray) -> FloatArray:
    """What is added to each labeler's preferences, shape (labelers,) or (labelers, d)."""
    by_row = values_by_row("between", between, rows)
    first = np.unique(labeler, return_index=True)[1]
    shift: FloatArray = by_row[first]
    if (by_row != shift[labeler]).any():
        raise InputError("between varies within a labeler; give each labeler one group in table=.")
    return shift


def _per_labeler(name: str, value: ArrayLike, shape: tuple[int, ...]) -> IntArray:
    array = whole_numbers(name, value)
    if array.shape not in {(), shape}:
        raise InputError(f"{name} must be one number or one per labeler; got shape {array.shape}.")
    return np.broadcast_to(array, shape)


def _per_choice(name: str, value: Any, labelers: int, labeler: IntArray) -> FloatArray:
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
    is_function = callable(features)
    table = np.asarray(features(rng, total) if is_function else features, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    if table.ndim != 2 or not table.size or not np.isfinite(table).all():
        raise InputError(
            f"features must be finite numbers of shape (rows, d); got shape {table.shape}."
        )
    if len(table) == total:
        return table
    return table[_repeated(len(table), per_labeler, "features", allowed=not is_function)]


def _repeated(n: int, per_labeler: IntArray, name: str, *, allowed: bool = True) -> IntArray:
    """Row of a design that each choice takes: every labeler goes through it, again and again."""
    total = int(per_labeler.sum())
    if not allowed or not n or n > per_labeler.max():
        raise InputError(
            f"{name} have {n} rows; needed are {total}, one per choice, or a design of "
            f"at most {per_labeler.max()}, as many as a labeler has choices."
        )
    first = np.cumsum(per_labeler) - per_labeler
    return (np.arange(total) - np.repeat(first, per_labeler)) % n
