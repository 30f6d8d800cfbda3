"""What a fit expects of the population as one thing changes, everything else held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.design import coded_like, nameable
from bayes_ddm.data.people import coded_people
from bayes_ddm.display import Block, Preview, Shown, Words
from bayes_ddm.errors import InputError, at_least, did_you_mean, probability
from bayes_ddm.fitting.labelers import Labelers, new_labelers
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.rows import Rows, rows_of
from bayes_ddm.wiener import decision_time_mean

POINTS = 25
MOST_LEVELS = 8


@dataclass(frozen=True, eq=False, repr=False)
class ResponseCurve(Shown):
    """Expected choices and times along one variable; made by `response_curve`.

    Attributes
    ----------
    name : str
        The variable that changes.
    by : str or None
        The variable of which there is a curve for each value.
    table : DataFrame
        Columns `by`, `name`; ``p_positive``, the probability of +1, and ``rt``, the mean response
        time in seconds, each with ``_low`` and ``_high``.
    held : dict of str to object
        What everything else was held at.
    prob : float
        Probability of the intervals.
    """

    name: str
    by: str | None
    table: pd.DataFrame
    held: dict[str, Any]
    prob: float

    @property
    def has_times(self) -> bool:
        """Whether the model is one of response times."""
        return bool(self.table["rt"].notna().any())

    def blocks(self) -> list[Block]:
        """Return what was held, and the first rows."""
        constants = ", ".join(f"{name} {_as_text(value)}" for name, value in self.held.items())
        beside = f"; held: {constants}" if constants else ""
        title = f"Choices and times by {self.name}{f' and {self.by}' if self.by else ''}{beside}"
        return [Words(title), Preview(self.table)]

    def plot(self, **kwargs: Any) -> Any:
        """Draw `bayes_ddm.plots.response_curve`."""
        from bayes_ddm.plots import response_curve as draw

        return draw(self, **kwargs)


def response_curve(
    fit: xr.DataTree,
    name: str,
    *,
    by: str | None = None,
    at: Sequence[Any] | None = None,
    prob: float = 0.95,
    draws: int = 200,
    people: int = 200,
    seed: int = 0,
) -> ResponseCurve:
    """Average choice and response time of the population, as one variable changes.

    Parameters
    ----------
    fit : DataTree
        Of a model of the family, with features or formulas.
    name : str
        A feature, or a covariate that a formula of the fit names.
    by : str, optional
        Another one, of which each value has a curve.
    at : sequence, optional
        Values of `name`; by default its levels, or 25 from its smallest to its largest.
    prob : float
        Probability of the equal-tailed intervals over posterior draws.
    draws : int
        Posterior draws.
    people : int
        People drawn from the population in each; the same along a curve.
    seed : int

    Returns
    -------
    ResponseCurve
        Numbers that are not `name` or `by` are held at their mean, text at its most frequent level.

    Raises
    ------
    InputError
        If the fit has no such variable, or `by` has more than eight values.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> who = bd.simulate.population("normal", mean=[0.5, 0.3], covariance=np.diag([0.2, 0.1]))
    >>> table = pd.DataFrame({"delay": [0.0, 1.0, 2.0, 3.0]})
    >>> people = {"labelers": 30, "choices": 4, "boundary": 1.2, "ndt": 0.3, "seed": 1}
    >>> choices = bd.simulate.experiment(who, table=table, drift="1 + delay", **people)
    >>> few = {"draws": 500, "tune": 500, "chains": 2, "seed": 2, "progress": False}
    >>> fit = bd.fit(choices, "pooled", **few)
    >>> curve = response_curve(fit, "delay", at=[0, 3], draws=50)
    >>> curve.table["p_positive"].is_monotonic_increasing
    True
    """
    posterior = Posterior.of(fit)
    if not posterior.of_family:
        raise InputError("a model of your own does not say how its population varies.")
    at_least(1, draws=draws, people=people)
    grid, constants = _grid(posterior.choices, name, by, at)
    new = _choices(posterior.choices, grid)
    coded = coded_like(posterior.choices, new)
    rows, between = rows_of(posterior, coded), coded_people(posterior.choices, coded)
    share, time = _expected(posterior, rows, between, draws, people, seed)
    tail = (1 - probability(prob)) / 2
    table = grid[[x for x in (by, name) if x is not None]].copy()
    for column, values in (("p_positive", share), ("rt", time)):
        table[column] = values.mean(axis=0)
        low, high = np.quantile(values, [tail, 1 - tail], axis=0)
        table[f"{column}_low"], table[f"{column}_high"] = low, high
    return ResponseCurve(name, by, table, constants, prob)


def _grid(
    known: Choices, name: str, by: str | None, at: Sequence[Any] | None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Rows of every variable of the fit: one changes, another has its levels, the rest is held."""
    variables = nameable(known)
    for variable in (name, by):
        if variable is not None and variable not in variables:
            known_names = ", ".join(map(str, variables.columns)) or "none"
            hint = did_you_mean(variable, map(str, variables.columns), f"it has {known_names}.")
            raise InputError(f"the fit has no feature or covariate {variable!r}; {hint}")
    if by == name:
        raise InputError("by= is another variable than the one that changes.")
    along = _values(variables[name]) if at is None else list(at)
    levels = [None] if by is None else sorted(variables[by].unique().tolist(), key=str)
    if len(levels) > MOST_LEVELS:
        raise InputError(f"{by!r} has {len(levels)} values, and a curve each is too many; bin it.")
    constants = {
        str(column): _typical(variables[column], known.count)
        for column in variables.columns
        if column not in (name, by)
    }
    records = [
        constants | {name: value} | ({} if by is None else {by: level})
        for level in levels
        for value in along
    ]
    return pd.DataFrame(records)[list(map(str, variables.columns))], constants


def _values(column: pd.Series) -> list[Any]:
    if not pd.api.types.is_numeric_dtype(column) or column.nunique() <= MOST_LEVELS:
        return sorted(column.unique().tolist())
    return np.linspace(column.min(), column.max(), POINTS).tolist()


def _typical(column: pd.Series, count: Any) -> Any:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return float(np.average(column.to_numpy(dtype=float), weights=count))
    return pd.Series(count).groupby(column.to_numpy()).sum().idxmax()


def _choices(known: Choices, grid: pd.DataFrame) -> Choices:
    """Rows of the grid as choices, each by somebody else; what was chosen means nothing."""
    n = len(grid)
    names = () if known.drift else known.feature_names
    covariates = None if known.covariates is None else [str(x) for x in known.covariates.columns]
    return replace(
        known,
        choice=np.ones(n, dtype=np.int8),
        rt=np.full(n, float(np.median(known.rt))),
        labeler=None,
        labelers=None,
        features=grid[list(names)].to_numpy(dtype=float),
        feature_names=names,
        count=np.ones(n, dtype=np.int64),
        dropped={},
        notes=(),
        row=None,
        covariates=None if covariates is None else grid[covariates].reset_index(drop=True),
        drift="",
        deadline=None,
        omitted=None,
    )


def _expected(
    posterior: Posterior,
    rows: Rows,
    coded: FloatArray | None,
    draws: int,
    people: int,
    seed: int,
) -> tuple[FloatArray, FloatArray]:
    """Probability of +1 and mean rt, over people of each draw, shape (draws, rows)."""
    n = len(rows)
    alike = np.zeros(n, dtype=int)
    if coded is not None:  # people differ by what the rows say of them
        alike = np.unique(coded, axis=0, return_inverse=True)[1].ravel()
    averages: list[tuple[FloatArray, FloatArray]] = []
    for group in range(alike.max() + 1):
        members = np.flatnonzero(alike == group)
        own = None if coded is None else np.repeat(coded[members[:1]], people, axis=0)
        group_rows = rows.take(np.repeat(members, people), np.tile(np.arange(people), len(members)))
        shape = len(members), people
        values = [
            _averages(someone, group_rows, shape, np.random.default_rng([seed, k]))
            for k, someone in enumerate(new_labelers(posterior, people, draws, seed, own))
        ]
        share, time = (np.array([value[k] for value in values]) for k in (0, 1))
        averages.append((share, time))
    order: IntArray = np.argsort(np.argsort(alike, kind="stable"), kind="stable")
    share, time = (np.concatenate([pair[k] for pair in averages], axis=1) for k in (0, 1))
    return share[:, order], time[:, order]


def _averages(
    someone: Labelers, rows: Rows, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    share = someone.probability(rows).reshape(shape).mean(axis=1)
    if np.isnan(someone.ndt).any():
        return share, np.full(shape[0], np.nan)
    how = someone.trials(rows)
    if how.keys() == {"boundary", "ndt"}:
        time = how["ndt"] + decision_time_mean(someone.drift(rows), how["boundary"])
        time = (1 - someone.lapse) * time + someone.lapse * someone.lapse_rt
    else:  # no closed form; the same numbers are drawn along a curve
        time = someone.simulate(rows, rng)[1]
    return share, time.reshape(shape).mean(axis=1)


def _as_text(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
