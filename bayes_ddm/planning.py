"""Planning: how well a design will know the population average, and the cheapest good one.

Standard errors fall with the square root of the number of labelers, so one number per way of
estimating and per number of choices says everything: the variance of a labeler's influence on the
average.  With a known boundary it is a one-dimensional integral; otherwise it is measured on a
large simulated pilot, from the influence functions of the estimators themselves.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

from bayes_ddm.errors import InputError
from bayes_ddm.pilot import CONDITIONAL, KNOWN, MODELS, Precision, simulate_pilot
from bayes_ddm.populations import Population, draw_drifts
from bayes_ddm.populations import population as build
from bayes_ddm.progress import track
from bayes_ddm.tables import aligned, html_paragraph, html_table, marked, number, numbered, text

__all__ = ["Design", "Plan", "plan"]

FloatArray = NDArray[np.float64]

SCHEMA_VERSION = 1
FEWEST_PILOT = 1000
METHODS = (KNOWN, CONDITIONAL, *MODELS)


@dataclass(frozen=True)
class Design:
    """A number of labelers and of choices, and what one way of estimating makes of them.

    Attributes
    ----------
    method : str
        The estimator, or the model.
    labelers : int or None
        None where no number of labelers reaches the target.
    choices : int
        By each labeler.
    se, bias : tuple of float
        Predicted standard error and bias, one per parameter. Only a model whose population has
        another shape than the assumed one is biased; 0 where the pilot cannot tell it from none.
    needed : int or None
        Labelers with which this many choices each reach the target; None if no number does, or
        there is no target.
    seconds : float
        Expected response time of all labelers together.
    cost : float
        In the unit of the costs given; without costs, the seconds.
    usable : bool
        Whether what the method takes as known is known.
    reaches : bool
        Whether it has the labelers that it needs.
    note : str
    """

    method: str
    labelers: int | None
    choices: int
    se: tuple[float, ...]
    bias: tuple[float, ...]
    needed: int | None
    seconds: float
    cost: float
    usable: bool
    reaches: bool
    note: str


@dataclass(frozen=True, eq=False)
class Plan:
    """What `plan` returns.

    Attributes
    ----------
    designs : tuple of Design
    recommended : Design or None
        The cheapest that reaches the target by `method`; None if none does, or there is no target.
    method : str
        What the recommendation is estimated with.
    parameters : tuple of str
        "mu", or the features.
    target_se : tuple of float, or None
        One per parameter.
    prob : float
        Probability of the intervals that a target width is of.
    assumed : str
        Population, boundary and ndt.
    costs : mapping of str to float
        Per labeler, choice and second; all zero where the cost is the time.
    pilot : int
        Simulated labelers.
    accuracy : float
        Largest relative Monte Carlo standard error of a predicted standard error.
    """

    designs: tuple[Design, ...]
    recommended: Design | None
    method: str
    parameters: tuple[str, ...]
    target_se: tuple[float, ...] | None
    prob: float
    assumed: str
    costs: dict[str, float]
    pilot: int
    accuracy: float

    @property
    def table(self) -> pd.DataFrame:
        """A row per design; ``se`` and ``bias`` have a column per feature, if there are any."""
        rows = []
        for design in self.designs:
            row = dataclasses.asdict(design)
            for key in ("se", "bias"):
                values = row.pop(key)
                row |= {self._label(key, j): value for j, value in enumerate(values)}
            rows.append(row)
        whole = {"labelers": "Int64", "needed": "Int64"}
        ends = ["needed", "seconds", "cost", "usable", "reaches", "note"]
        frame = pd.DataFrame(rows).astype(whole)
        return frame[[*(name for name in frame if name not in ends), *ends]]

    def _label(self, key: str, j: int) -> str:
        return key if self.parameters == ("mu",) else f"{key}[{self.parameters[j]}]"

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values; None stands for what cannot be had."""
        return {
            "schema_version": SCHEMA_VERSION,
            "assumed": self.assumed,
            "parameters": list(self.parameters),
            "target_se": None if self.target_se is None else list(self.target_se),
            "prob": self.prob,
            "costs": self.costs,
            "pilot": self.pilot,
            "accuracy": number(self.accuracy),
            "method": self.method,
            "designs": [_as_json(design) for design in self.designs],
            "recommended": None if self.recommended is None else _as_json(self.recommended),
        }

    def to_json(self, path: str | Path | None = None) -> str:
        """Return the plan as JSON text, written to `path` too when one is given."""
        made = json.dumps(self.to_dict(), indent=2, allow_nan=False, ensure_ascii=False)
        if path is not None:
            Path(path).write_text(made + "\n", encoding="utf-8")
        return made

    def cheapest(self, method: str) -> Design | None:
        """Return the cheapest design that reaches the target by one method, if any does."""
        good = [d for d in self.designs if d.method == method and d.reaches]
        return min(good, key=lambda d: (d.cost, d.labelers), default=None)

    def _cells(self) -> tuple[list[list[str]], list[str]]:
        priced, biased = any(self.costs.values()), any(any(d.bias) for d in self.designs)
        keys = ["se", "bias"] if biased else ["se"]
        heads = [self._label(key, j) for key in keys for j in range(len(self.parameters))]
        cells = [["method", "choices", "labelers", *heads, "hours"]]
        told = all(d.labelers == d.needed for d in self.designs) or self.target_se is None
        cells[0] += (["cost"] if priced else []) + ([] if told else ["needs"]) + [""]
        notes: list[str] = []
        for d in self.designs:
            row = [d.method, str(d.choices), "-" if d.labelers is None else f"{d.labelers:,}"]
            row += [text(number(x), 3) for key in keys for x in getattr(d, key)]
            row += [text(number(d.seconds / 3600), 3)]
            row += [text(number(d.cost), 6)] if priced else []
            row += [] if told else ["-" if d.needed is None else f"{d.needed:,}"]
            mark = "<- recommended" if d is self.recommended else ""
            cells.append([*row, f"{marked(notes, d.note)} {mark}".strip()])
        return cells, notes

    def _title(self) -> list[str]:
        lines = [f"Plan for {self.assumed}"]
        if self.target_se is not None:
            width = [2 * float(ndtri((1 + self.prob) / 2)) * se for se in self.target_se]
            shown = [", ".join(f"{x:.3g}" for x in values) for values in (self.target_se, width)]
            several = "s" if len(self.target_se) > 1 else ""
            lines += [
                f"Target: standard error{several} {shown[0]} of {', '.join(self.parameters)} "
                f"({100 * self.prob:g} % interval{several} of width {shown[1]})"
            ]
        return lines

    def _verdict(self) -> list[str]:
        if self.target_se is None:
            return []
        lines = []
        if all(d.method in MODELS for d in self.designs if d.usable):
            lines += [
                "No closed form can be used: the boundary is to be estimated, and nobody answers "
                "the same comparison twice."
            ]
        if self.recommended is not None:
            lines += [f"Recommended: {self._shown(self.recommended)}."]
        else:
            mine = [d for d in self.designs if d.method == self.method and d.needed is not None]
            fewest = {d.choices: d.needed for d in mine}
            would = ", or ".join(f"{n:,} labelers x {k}" for k, n in fewest.items())
            lines += [
                f"No design here reaches the target with {self.method}; "
                + (f"these would: {would}." if would else "no number of labelers would.")
            ]
        for other in dict.fromkeys(d.method for d in self.designs if d.usable):
            best = self.cheapest(other)
            if other != self.method and best is not None:
                lines += [f"Cheapest otherwise: {self._shown(best)}."]
        return lines

    def _shown(self, design: Design) -> str:
        assert design.labelers is not None
        total = design.labelers * design.choices
        each = "1 choice" if design.choices == 1 else f"{design.choices} choices"
        price = f", cost {design.cost:,.6g}" if any(self.costs.values()) else ""
        return (
            f"{design.labelers:,} labelers x {each} ({total:,} in all, "
            f"{design.seconds / 3600:.3g} hours of responding{price}) with {design.method}"
            + (f", which {design.note}" if design.method in MODELS else "")
        )

    def _footer(self) -> list[str]:
        lines = [
            f"Standard errors are those of large samples, to {100 * self.accuracy:.1g} % "
            f"({self.pilot:,} simulated labelers); hours count response times only."
        ]
        if self.target_se is not None and not any(self.costs.values()):
            lines += ["No costs were given: the cheapest design is the one that takes least time."]
        return lines

    def __repr__(self) -> str:
        cells, notes = self._cells()
        last = len(cells[0]) - 1
        lines = [*self._title(), "", *aligned(cells, {0, last}), *numbered(notes), ""]
        return "\n".join([*lines, *self._verdict(), *self._footer()])

    def _repr_html_(self) -> str:
        cells, notes = self._cells()
        head = [*self._title(), *self._verdict()]
        foot = [*numbered(notes), *self._footer()]
        parts = [*map(html_paragraph, head), html_table(cells), *map(html_paragraph, foot)]
        return "".join(parts)


def _as_json(design: Design) -> dict[str, Any]:
    made = dataclasses.asdict(design)
    for key in ("se", "bias"):
        made[key] = [number(x) for x in made[key]]
    return made | {key: number(made[key]) for key in ("seconds", "cost")}


def plan(
    *,
    boundary: float,
    population: Any = None,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    ndt: float = 0.0,
    known: Sequence[str] = (),
    labelers: int | Sequence[int] | None = None,
    choices: int | Sequence[int] = (1, 2, 5, 10),
    features: ArrayLike | Callable[[np.random.Generator, int], Any] | None = None,
    target_se: ArrayLike | None = None,
    target_width: ArrayLike | None = None,
    prob: float = 0.95,
    cost_labeler: float = 0.0,
    cost_choice: float = 0.0,
    cost_second: float = 0.0,
    method: str | None = None,
    pilot: int = 20_000,
    seed: int = 1,
    progress: bool = True,
) -> Plan:
    """Predict how well designs will know the population average; find the cheapest good one.

    Parameters
    ----------
    boundary : float
        Assumed half boundary separation.
    population : Population, str, SciPy frozen distribution, or callable, optional
        Assumed drifts, as `bayes_ddm.simulate.experiment` takes them; a normal one by default.
    mean, sd : float or array_like, shape (features,), optional
        Of the normal population; 0.5 and 1 by default.
    ndt : float
        Assumed non-decision time, seconds.
    known : sequence of {"boundary", "ndt"}
        What will be known when the data are analysed; the rest is estimated from them.
    labelers : int or sequence of int, optional
        Candidates. By default as many as the target needs.
    choices : int or sequence of int
        Candidate numbers of choices by each labeler.
    features : array_like or callable, optional
        Attribute differences, as `bayes_ddm.simulate.experiment` takes them; the target is then
        each feature's average preference.
    target_se, target_width : float or array_like, shape (features,), optional
        Largest standard error, or width of the interval, of the average preference.
    prob : float
        Probability of the interval.
    cost_labeler, cost_choice, cost_second : float
        Cost of a labeler, of a choice, of a second of response time. If all are 0, the cost is the
        expected time in seconds.
    method : str, optional
        What the recommendation is estimated with: "consistent_known_boundary",
        "consistent_conditional_boundary", or "hierarchical" ("contextual" with features). By
        default the closed form that what is known allows, as it takes no shape of the population
        for granted; the model where single choices, or features that never repeat, allow none.
    pilot : int
        Simulated labelers, at least 1,000.
    seed : int
        Of the pilot.
    progress : bool

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        In one line: what is wrong, and the mend.

    Notes
    -----
    Known boundary: ``N se^2 = Var(v) + (E[w(T)^2] - E[v^2]) / k``, by quadrature (with features,
    from the pilot). Conditional boundary: the variance of the pilot labelers' influence. Model:
    the inverse information about ``mu``, ``sigma`` and what is unknown of boundary and ndt, from
    the scores of each labeler's likelihood, the drift integrated out. Where the population is not
    normal, the model is first fitted to the pilot by maximum likelihood: its bias is told, and
    counts against the target. Designs with fewer than 20 labelers reach none.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> made = bd.plan(mean=0.5, sd=1, boundary=1.25, known=["boundary", "ndt"],
    ...     target_se=0.05, cost_labeler=1.0, cost_choice=0.1, progress=False)
    >>> made.recommended.labelers, made.recommended.choices, made.recommended.cost
    (588, 5, 882.0)
    """
    boundary = _number("boundary", boundary, above=0.0)
    ndt = _number("ndt", ndt, least=0.0)
    costs = {"labeler": cost_labeler, "choice": cost_choice, "second": cost_second}
    costs = {key: _number(f"cost_{key}", cost, least=0.0) for key, cost in costs.items()}
    if not 0 < prob < 1:
        raise InputError(f"prob must be between 0 and 1; got {prob}.")
    each = _whole_numbers("choices", choices, 1)
    groups = None if labelers is None else _whole_numbers("labelers", labelers, 2)
    pilot = _whole_numbers("pilot", [pilot], FEWEST_PILOT)[0]
    seed = _whole_numbers("seed", [seed], 0)[0]
    if isinstance(known, str):
        known = (known,)
    for name in known:
        if name not in {"boundary", "ndt"}:
            raise InputError(f"known takes 'boundary' and 'ndt'; got {name!r}.")
    who = _population(population, mean, sd)
    if target_se is None and target_width is None and groups is None:
        raise InputError("give target_se= or target_width=, or labelers= to see their precision.")
    if method is not None and method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}; got {method!r}.")
    drifts = draw_drifts(who, np.random.default_rng([seed, 0]), pilot)
    target = _target(target_se, target_width, prob, drifts.shape[1] if drifts.ndim > 1 else 1)
    found: list[Precision] = []
    seconds = {}
    names: tuple[str, ...] = ()
    for k in track(each, "planning", progress=progress):
        made = simulate_pilot(
            who, drifts, k, boundary=boundary, known=known, features=features, seed=seed
        )
        seconds[k] = k * (ndt + made.decision_time)
        names = made.feature_names
        found += made.precisions
    method = _chosen(method, found)
    found.sort(key=lambda p: (p.method != method, not p.usable, p.method))

    designs = []
    for p in found:
        needed = _needed(p, target)
        for n in [needed] if groups is None else groups:
            time = math.nan if n is None else n * seconds[p.choices]
            bill = costs["labeler"] * (n or 0) + costs["choice"] * (n or 0) * p.choices
            cost = bill + costs["second"] * time if any(costs.values()) else time
            designs.append(
                Design(
                    method=p.method,
                    labelers=n,
                    choices=p.choices,
                    se=tuple(np.sqrt(p.variance / (n or math.nan)).tolist()),
                    bias=tuple(p.bias.tolist()),
                    needed=needed,
                    seconds=time,
                    cost=math.nan if n is None else cost,
                    usable=p.usable,
                    reaches=needed is not None and n is not None and n >= needed,
                    note=p.note,
                )
            )
    drawn = Plan(
        designs=tuple(designs),
        recommended=None,
        method=method,
        parameters=names or ("mu",),
        target_se=None if target is None else tuple(target.tolist()),
        prob=prob,
        assumed=_assumed(who, boundary, ndt, known),
        costs=costs,
        pilot=pilot,
        accuracy=float(np.nanmax([p.error for p in found])),
    )
    return dataclasses.replace(drawn, recommended=drawn.cheapest(method))


def _number(name: str, value: Any, *, least: float = -math.inf, above: float = -math.inf) -> float:
    wanted = "positive" if above == 0 else "at least 0"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number; got {value!r}.") from None
    if not (math.isfinite(number) and number >= least and number > above):
        raise InputError(f"{name} must be {wanted} and finite; got {number:g}.")
    return number


def _whole_numbers(name: str, values: Any, least: int) -> list[int]:
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "iuf" or array.ndim != 1 or not array.size:
        raise InputError(f"{name} must be whole numbers of at least {least}; got {values!r}.")
    bad = ~((array >= least) & (array == np.round(array)) & (array < 2**53))
    if bad.any():
        raise InputError(
            f"{name} must be whole numbers of at least {least}; got {array[bad][0]:g}."
        )
    return [int(value) for value in np.unique(array)]


def _population(population: Any, mean: ArrayLike | None, sd: ArrayLike | None) -> Any:
    given = {key: x for key, x in (("mean", mean), ("sd", sd)) if x is not None}
    if population is None:
        return build("normal", **{"mean": 0.5, "sd": 1.0} | given)
    if given:
        raise InputError(
            "mean and sd are those of the default population; with population=, give them there: "
            'population("student", mean=0.5, sd=1).'
        )
    return build(population) if isinstance(population, str) else population


def _target(
    se: ArrayLike | None, width: ArrayLike | None, prob: float, d: int
) -> FloatArray | None:
    if se is not None and width is not None:
        raise InputError("give target_se or target_width, not both.")
    if se is None and width is None:
        return None
    name, value = ("target_se", se) if width is None else ("target_width", width)
    try:
        array = np.asarray(value, dtype=float)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a positive number; got {value!r}.") from None
    if array.shape not in {(), (d,)}:
        raise InputError(f"{name} must be one number, or {d}, one per parameter; got {value!r}.")
    if not (np.isfinite(array) & (array > 0)).all():
        raise InputError(f"{name} must be positive and finite; got {array.min():g}.")
    scale = 1.0 if width is None else 2 * float(ndtri((1 + prob) / 2))
    return np.broadcast_to(array, (d,)) / scale


def _chosen(method: str | None, found: list[Precision]) -> str:
    """Return the method of the recommendation, if it can be used."""
    usable = list(dict.fromkeys(p.method for p in found if p.usable))
    if method is None:
        return next((name for name in usable if name not in MODELS), usable[0])
    if method not in usable:
        raise InputError(
            f"method {method!r} cannot be used with these choices and what is known; there "
            f"{'is' if len(usable) == 1 else 'are'} {' and '.join(usable)}."
        )
    return method


def _needed(precision: Precision, target: FloatArray | None) -> int | None:
    """Fewest labelers whose standard error, and bias, stay within the target."""
    if target is None:
        return None
    room = target**2 - precision.bias**2
    if not (np.isfinite(precision.variance).all() and (room > 0).all()):
        return None
    # a target taken from a predicted standard error is reached by the same design
    return max(precision.fewest, math.ceil(float((precision.variance / room).max()) - 1e-9))


def _short(value: ArrayLike) -> str:
    array = np.asarray(value)
    return f"{array:g}" if array.ndim == 0 else str(array.tolist())


def _assumed(who: Any, boundary: float, ndt: float, known: Sequence[str]) -> str:
    shape = "a population of your own"
    if isinstance(who, Population):
        shown = ", ".join(f"{key} {_short(value)}" for key, value in who.parameters.items())
        shape = f"a {who.name} population" + (f" ({shown})" if shown else "")
    how = " and ".join(name for name in ("boundary", "ndt") if name in known)
    rest = " and ".join(name for name in ("boundary", "ndt") if name not in known)
    status = ", ".join(filter(None, [how and f"{how} known", rest and f"{rest} estimated"]))
    return f"{shape}, boundary {boundary:g}, ndt {ndt:g} s; {status}"
