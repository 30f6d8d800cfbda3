"""Planning: how well a design will know the population average, and the cheapest good one.

Standard errors fall with the square root of the number of labelers, so one number per way of
estimating and per number of choices says everything: the variance of a labeler's influence on the
average.  With a known boundary it is a one-dimensional integral; otherwise it is measured on a
large simulated pilot, from the influence functions of the estimators themselves.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError, probability, whole_numbers
from bayes_ddm.estimators.planning.assumptions import Assumptions
from bayes_ddm.estimators.planning.like import like_these
from bayes_ddm.estimators.planning.menu import Protect
from bayes_ddm.estimators.planning.pilot import (
    CONDITIONAL,
    KNOWN,
    MODELS,
    SEMIPARAMETRIC,
    Precision,
    simulate_pilot,
)
from bayes_ddm.estimators.planning.priced import priced
from bayes_ddm.estimators.planning.recruit import Aim, best_mixes, described, read_groups
from bayes_ddm.estimators.planning.result import Design, Plan
from bayes_ddm.progress import track
from bayes_ddm.simulate.formulas import Formula
from bayes_ddm.simulate.populations import draw_drifts
from bayes_ddm.simulate.populations import population as build

FEWEST_PILOT = 1000
# the fewer assumptions the earlier
METHODS = (KNOWN, CONDITIONAL, SEMIPARAMETRIC, *MODELS)


@dataclass(frozen=True, eq=False)
class Question:
    """Which designs to look at, how good they must be, and what they cost.

    Attributes
    ----------
    choices : list of int
        By each labeler.
    labelers : list of int or None
        None for as many as are needed.
    target : ndarray, shape (parameters,), or None
        Largest standard errors.
    costs : mapping of str to float
        Per labeler, choice and second; if all are 0, the cost is the time.
    """

    choices: list[int]
    labelers: list[int] | None
    target: FloatArray | None
    costs: dict[str, float]

    def fewest_labelers(self, precision: Precision) -> int | None:
        """Fewest labelers whose standard error, and bias, stay within the target."""
        if self.target is None:
            return None
        room = self.target**2 - precision.bias**2
        if not (np.isfinite(precision.variance).all() and (room > 0).all()):
            return None
        # a target taken from a predicted standard error is reached by the same design
        return max(precision.fewest, math.ceil(float((precision.variance / room).max()) - 1e-9))

    def designs(self, precision: Precision) -> Iterator[Design]:
        """Designs of one method and number of choices."""
        fewest = self.fewest_labelers(precision)
        for n in [fewest] if self.labelers is None else self.labelers:
            size = math.nan if n is None else n
            # rounded so that groups add up
            ends = np.round(np.cumsum(precision.mix) * size) if n else np.empty(0)
            recruit = tuple(np.diff(ends, prepend=0.0).astype(int).tolist()) if n else ()
            time = cost = size * precision.seconds
            if precision.price or any(self.costs.values()):
                cost = precision.price * size + self.costs["choice"] * size * precision.choices
                cost += self.costs["second"] * time
            yield Design(
                method=precision.method,
                labelers=n,
                choices=precision.choices,
                se=tuple(np.sqrt(precision.variance / size).tolist()),
                bias=tuple(precision.bias.tolist()),
                needed=fewest,
                seconds=time,
                cost=cost,
                usable=precision.usable,
                reaches=fewest is not None and size >= fewest,
                note=precision.note,
                recruit=recruit,
            )


def plan(
    *,
    boundary: float | Formula | None = None,
    like: Any = None,
    population: Any = None,
    mean: ArrayLike | None = None,
    sd: ArrayLike | None = None,
    ndt: float | Formula = 0.0,
    known: Sequence[str] = (),
    groups: Mapping[str, Mapping[str, Any]] | None = None,
    aim: Aim = "average",
    labelers: int | Sequence[int] | None = None,
    choices: int | Sequence[int] = (1, 2, 5, 10),
    features: ArrayLike | Callable[[np.random.Generator, int], Any] | None = None,
    table: pd.DataFrame | None = None,
    drift: str | None = None,
    target_se: ArrayLike | None = None,
    target_width: ArrayLike | None = None,
    prob: float = 0.95,
    cost_labeler: float = 0.0,
    cost_choice: float = 0.0,
    cost_second: float = 0.0,
    method: str | None = None,
    privacy: Sequence[float] | None = None,
    price: Sequence[float] | None = None,
    available: Sequence[float] | None = None,
    budget: float | None = None,
    protect: Protect = "row",
    pilot: int = 20_000,
    seed: int = 1,
    progress: bool = True,
) -> Plan:
    """Predict how well designs will know the population average; find the cheapest good one.

    Parameters
    ----------
    boundary : float or mapping
        Assumed half boundary separation; by condition, a formula in the columns of `table` with the
        values of its cells, ``{"instruction": {"speed": 0.8, "accuracy": 1.5}}``, to be estimated
        in each.
    like : Choices or Condensed, optional
        Choices that boundary, ndt, population and features are taken from, in place of these.
    population : Population, str, SciPy frozen distribution, or callable, optional
        Assumed drifts, as `bayes_ddm.simulate.experiment` takes them; a normal one by default.
    mean, sd : float or array_like, shape (features,), optional
        Of the normal population; 0.5 and 1 by default.
    ndt : float or mapping
        Assumed non-decision time, seconds; or the same.
    known : sequence of {"boundary", "ndt"}
        What will be known when the data are analysed; the rest is estimated from them.
    groups : mapping of str to mapping, optional
        Whom labelers can be recruited from: ``{"FR": {"share": 0.4, "mean": 0.8, "sd": 0.6},
        ...}``. Of each group its share of the population, its drifts (``population``, or ``mean``
        and ``sd`` of a normal one), and the ``cost`` of a labeler where it is not `cost_labeler`.
    aim : {"average", "worst", "difference"}
        What of the groups the target is of: the average over their shares, the group that is known
        least, or the difference between two. It decides how many labelers of each are best.
    labelers : int or sequence of int, optional
        Candidates. By default as many as the target needs.
    choices : int or sequence of int
        Candidate numbers of choices by each labeler.
    features : array_like or callable, optional
        Attribute differences, as `bayes_ddm.simulate.experiment` takes them; the target is then
        each feature's average preference.
    table : DataFrame, optional
        What formulas name: a design that every labeler goes through, with no more rows than
        choices.
    drift : str, optional
        Formula whose columns are the features, such as ``"1 + np.log(amount)"``.
    target_se, target_width : float or array_like, shape (features,), optional
        Largest standard error, or width of the interval, of the average preference.
    prob : float
        Probability of the interval.
    cost_labeler, cost_choice, cost_second : float
        Cost of a labeler, of a choice, of a second of response time. If all are 0, the cost is the
        expected time in seconds.
    method : str, optional
        What the recommendation is estimated with: "consistent_known_boundary",
        "consistent_conditional_boundary", "semiparametric", or "hierarchical" ("contextual" with
        features). By default the closed form that what is known allows: of a known boundary, or of
        repeated comparisons, neither of which takes a shape of the population for granted; else
        "semiparametric".
    privacy, price, available : sequence of float, optional
        A menu of labels from people who answer once: levels of privacy (epsilon of a row), the
        price of a label at each, and how many would take it (by default, any number). In place of
        designs the plan then has what `budget` buys (``menu``), at a known boundary and ndt.
    budget : float, optional
    protect : {"row", "choice"}
        What is private on the menu: choice and time, or the choice alone.
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
    from the pilot). Conditional boundary, semiparametric: the variance of the pilot labelers'
    influence. Model:
    the inverse information about ``mu``, ``sigma`` and what is unknown of boundary and ndt, from
    the scores of each labeler's likelihood, the drift integrated out. Where the population is not
    normal, the model is first fitted to the pilot by maximum likelihood: its bias is told, and
    counts against the target, as does that of "semiparametric". Designs with fewer than 20
    labelers reach none. Boundary and ndt by condition are planned for with closed forms alone.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> made = bd.plan(mean=0.5, sd=1, boundary=1.25, known=["boundary", "ndt"],
    ...     target_se=0.05, cost_labeler=1.0, cost_choice=0.1, progress=False)
    >>> made.recommended.labelers, made.recommended.choices, made.recommended.cost
    (588, 5, 882.0)
    """
    if like is not None:
        own = (boundary, population, mean, sd, features, groups, table, drift)
        if ndt or any(x is not None for x in own):
            raise InputError(
                "like= gives boundary, ndt, population and features; leave those, groups=, table= "
                "and drift= out."
            )
        values = like_these(like)
        boundary, ndt, population = (values[x] for x in ("boundary", "ndt", "population"))
        features = values.get("features")
    if boundary is None:
        raise InputError(
            "give a boundary, or choices to plan after (boundary= or like=; --boundary or --like)."
        )
    if not isinstance(boundary, Mapping):
        boundary = _number("boundary", boundary, above=0.0)
    ndt = _number("ndt", ndt, least=0.0) if not isinstance(ndt, Mapping) else ndt
    costs = {"labeler": cost_labeler, "choice": cost_choice, "second": cost_second}
    costs = {key: _number(f"cost_{key}", cost, least=0.0) for key, cost in costs.items()}
    probability(prob)
    per_labeler = np.unique(whole_numbers("choices", choices)).tolist()
    sizes = None if labelers is None else np.unique(whole_numbers("labelers", labelers, 2)).tolist()
    pilot = whole_numbers("pilot", pilot, FEWEST_PILOT).item()
    seed = whole_numbers("seed", seed, 0).item()
    names = (known,) if isinstance(known, str) else tuple(known)
    for name in names:
        if name not in {"boundary", "ndt"}:
            raise InputError(f"known takes 'boundary' and 'ndt'; got {name!r}.")
    recruits = None if groups is None else read_groups(groups, aim)
    if recruits and not (population is mean is sd is features is None):
        raise InputError("groups have populations of their own, and no features; leave those out.")
    if recruits and drift is not None:
        raise InputError("groups have one drift each; leave drift= out.")
    drawn_from = _population(population, mean, sd)
    assumed = Assumptions(
        drawn_from, boundary, ndt, frozenset(names), features, seed, table=table, drift=drift
    )
    if any(x is not None for x in (privacy, price, available, budget)):
        if privacy is None:
            raise InputError(
                "price, available and budget go with levels of privacy; give privacy=."
            )
        others = (target_se, target_width, sizes, recruits, features, drift, method)
        if any(x is not None for x in others):
            raise InputError(
                "a menu has one drift, one choice by each labeler, and a budget for its target; "
                "leave labelers, targets, groups, features, drift and method out."
            )
        return priced(assumed, privacy, price, available, budget, protect, prob, pilot)
    if target_se is None and target_width is None and sizes is None:
        raise InputError("give target_se= or target_width=, or labelers= to see their precision.")
    if method is not None and method not in METHODS:
        raise InputError(f"method must be one of {', '.join(METHODS)}; got {method!r}.")
    rng = np.random.default_rng
    everyone = (
        [assumed]
        if recruits is None
        else [_with_population(assumed, g.population) for g in recruits]
    )
    drifts = [draw_drifts(a.population, rng([seed, 0]), pilot) for a in everyone]
    target = _target(target_se, target_width, prob, drifts[0].shape[1] if drifts[0].ndim > 1 else 1)
    question = Question(per_labeler, sizes, target, costs)
    precisions = list[Precision]()
    for k in track(per_labeler, "planning", progress=progress):
        pilots = [simulate_pilot(a, x, k) for a, x in zip(everyone, drifts, strict=True)]
        seconds = [simulated.seconds for simulated in pilots]
        if recruits is None:
            precisions += [_timed(p, seconds[0], cost_labeler) for p in pilots[0].precisions]
        else:
            precisions += best_mixes(recruits, pilots, seconds, costs, aim)
    method = _usable_method(method, precisions)
    precisions.sort(key=lambda p: (p.method != method, not p.usable, p.method))
    result = Plan(
        designs=tuple(d for p in precisions for d in question.designs(p)),
        recommended=None,
        method=method,
        parameters=pilots[0].feature_names or ("mu",),
        target_se=None if target is None else tuple(target.tolist()),
        prob=prob,
        assumed=str(assumed) if recruits is None else described(recruits, everyone[0]),
        costs=costs,
        pilot=pilot,
        accuracy=float(np.nanmax([p.error for p in precisions])),
        groups=() if recruits is None else tuple(g.name for g in recruits),
        aim=aim,
    )
    return dataclasses.replace(result, recommended=result.cheapest(method))


def _timed(precision: Precision, seconds: float, price: float) -> Precision:
    return dataclasses.replace(precision, seconds=seconds, price=price)


def _with_population(assumed: Assumptions, population: Any) -> Assumptions:
    return dataclasses.replace(assumed, population=population)


def _number(name: str, value: Any, *, least: float = -math.inf, above: float = -math.inf) -> float:
    condition = "positive" if above == 0 else "at least 0"
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise InputError(f"{name} must be a number; got {value!r}.") from None
    if not (math.isfinite(number) and number >= least and number > above):
        raise InputError(f"{name} must be {condition} and finite; got {number:g}.")
    return number


def _population(population: Any, mean: ArrayLike | None, sd: ArrayLike | None) -> Any:
    moments = {key: x for key, x in (("mean", mean), ("sd", sd)) if x is not None}
    if population is None:
        return build("normal", **moments)
    if moments:
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


def _usable_method(method: str | None, precisions: list[Precision]) -> str:
    """Return the method of the recommendation, if it can be used."""
    usable = list(dict.fromkeys(p.method for p in precisions if p.usable))
    if not usable:
        raise InputError(
            "with conditions and so many features no closed form can learn the boundary; let "
            "labelers repeat a comparison within each condition, or name what will be known."
        )
    if method is None:
        return min(usable, key=METHODS.index)
    if method not in usable:
        raise InputError(
            f"method {method!r} cannot be used with these choices and what is known; there "
            f"{'is' if len(usable) == 1 else 'are'} {' and '.join(usable)}."
        )
    return method
