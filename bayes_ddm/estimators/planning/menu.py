"""Labels at several levels of privacy and their prices: what each is worth, and what to buy."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.display import Block, Table, Words, number, text
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.bounded.six_cells import cell_edges, cell_weight, chances

MOST_EPSILON = 20.0
CURVE = (0.1, 10.0, 41)  # levels of the curve: from, to, how many
SELECTED = (
    "Prices select people: whoever takes a level for its price may prefer otherwise than others, "
    "and weights by precision take the level to have nothing to do with it. A few labels of every "
    "level let that be tested, and averages over levels' shares are right in any case."
)
Protect = Literal["row", "choice"]


@dataclass(frozen=True)
class Level:
    """A level of privacy on the menu.

    Attributes
    ----------
    epsilon, price : float
    available : float
        Labelers who would take it; infinite without a limit.
    sd : float
        Of one private label, as an estimate of the average drift.
    worth : float
        Precision for one unit of money, over that of the best level.
    buy : int
        How many labels are bought.
    alone : float
        Standard error if the whole budget goes to this level; infinite where it buys none.
    shared : int
        How many are bought when levels count by their shares of the available labelers.
    """

    epsilon: float
    price: float
    available: float
    sd: float
    worth: float
    buy: int
    alone: float
    shared: int


@dataclass(frozen=True, eq=False)
class Menu:
    """What a budget buys; made by `menu`.

    Attributes
    ----------
    levels : tuple of Level
    budget, cost : float
        Given, and spent.
    se : float
        Standard error of the average drift with the labels that are bought, weighted by precision.
    shared_se : float or None
        Standard error when levels count by their shares of the available labelers, which holds
        whoever takes which; None without a limit on who is available.
    largest_bias : float
        Of the cells' weights; 0 where only choices are private.
    protect : {"row", "choice"}
    curve : DataFrame
        The cost of privacy: epsilon, sd of a label, and labels that are worth one without noise.
    """

    levels: tuple[Level, ...]
    budget: float
    cost: float
    se: float
    shared_se: float | None
    largest_bias: float
    protect: str
    curve: pd.DataFrame

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values."""
        own = {"budget": self.budget, "cost": self.cost, "se": number(self.se)}
        return own | {
            "shared_se": number(self.shared_se),
            "largest_bias": self.largest_bias,
            "protect": self.protect,
            "levels": [
                {k: number(x) if isinstance(x, float) else x for k, x in asdict(level).items()}
                for level in self.levels
            ],
            "curve": self.curve.to_dict("records"),
        }

    def blocks(self) -> list[Block]:
        """Return the menu, what to buy, the cost of privacy, and what prices do."""
        rows = tuple(
            (
                f"{x.epsilon:g}",
                *(f"{value:.3g}" for value in (x.sd, x.price, x.worth)),
                "-" if math.isinf(x.available) else f"{x.available:,.0f}",
                f"{x.buy:,}",
                text(number(x.alone), 3),
            )
            for x in self.levels
        )
        head = ("epsilon", "sd", "price", "worth", "available", "buy", "se if alone")
        few = self.curve[["epsilon", "labels"]].iloc[:: (len(self.curve) - 1) // 8]
        curve = tuple((f"{e:.2g}", f"{n:.3g}") for e, n in few.to_numpy())
        noun = "rows" if self.protect == "row" else "choices, not their times,"
        bias = f", largest bias {self.largest_bias:.2g}" if self.largest_bias else ""
        sentences = [f"Buy these for {self.cost:,.6g}: standard error {self.se:.3g} of mu{bias}."]
        if self.shared_se is not None:
            shared = ", ".join(f"{x.shared:,} at {x.epsilon:g}" for x in self.levels)
            sentences.append(
                f"Averaged over levels' shares of those available: standard error "
                f"{self.shared_se:.3g} with {shared}."
            )
        return [
            Table(f"Private {noun} by level; worth is precision for money", head, rows),
            *map(Words, sentences),
            Table("The cost of privacy", ("epsilon", "labels for one without noise"), curve),
            Words(SELECTED),
        ]


def menu(
    drifts: FloatArray,
    boundary: float,
    exact: float,
    *,
    privacy: Sequence[float],
    price: Sequence[float] | None,
    available: Sequence[float] | None,
    budget: float | None,
    protect: Protect,
) -> Menu:
    """Say what labels at each level of privacy are worth, and which to buy.

    Parameters
    ----------
    drifts : ndarray, shape (labelers,)
        Of the assumed population.
    boundary : float
        Known, as is ndt.
    exact : float
        Variance of one pseudo-label without noise.
    privacy, price, available, budget, protect
        As in `bayes_ddm.plan`.

    Raises
    ------
    InputError
        If lists are not of one length, a number is not positive, or the budget buys no two labels.

    Notes
    -----
    One choice by each labeler. Rows are sent as one of six cells by randomised response: with
    ``q`` the probabilities of what is sent, ``g`` the cells' weights and
    ``s = (e^eps + 5) / (e^eps - 1)``, a label's variance is ``s^2 q.g^2 - (p.g)^2``. Choices alone:
    ``C^2 E[w^2] - mu^2``, ``C = (e^eps + 1) / (e^eps - 1)``. Precisions add, so the budget goes to
    levels in the order of precision for money.
    """
    if protect not in ("row", "choice"):
        raise InputError(f"protect must be 'row' or 'choice'; got {protect!r}.")
    epsilon = _numbers("privacy", privacy, most=MOST_EPSILON)
    if price is None or budget is None:
        missing = "price" if price is None else "budget"
        raise InputError(f"levels of privacy need price= and budget=; give {missing}=.")
    cost = _numbers("price", price, len(epsilon))
    limit = np.full(len(epsilon), np.inf)
    if available is not None:
        limit = np.floor(_numbers("available", available, len(epsilon)))
    money = _numbers("budget", [budget]).item()
    if len(np.unique(epsilon)) < len(epsilon):
        raise InputError("privacy names a level twice; give each level one price.")
    variance, bias = _variances(drifts, boundary, exact, protect)
    variances = variance(epsilon)
    worth = 1 / (variances * cost)
    buy, remainder = np.zeros(len(epsilon)), money
    for i in np.argsort(-worth, kind="stable"):
        buy[i] = min(limit[i], math.floor(remainder / cost[i] + 1e-9))
        remainder -= buy[i] * cost[i]
    if buy.sum() < 2:
        raise InputError(f"a budget of {money:g} buys fewer than two labels at these prices.")
    alone = np.minimum(limit, np.floor(money / cost + 1e-9))
    shared, shared_se = np.zeros(len(epsilon)), None
    if available is not None:
        share = limit / limit.sum()
        shared = _spread(share * np.sqrt(variances / cost), cost, limit, money)
        if (shared > 0).all():
            shared_se = float(np.sqrt((share**2 * variances / shared).sum()))
    with np.errstate(divide="ignore"):
        se_alone = np.sqrt(variances / alone)
    levels = np.geomspace(*CURVE)
    curve = {"epsilon": levels, "sd": variance(levels) ** 0.5, "labels": variance(levels) / exact}
    rows = zip(
        epsilon,
        cost,
        limit,
        np.sqrt(variances),
        worth / worth.max(),
        buy.astype(int),
        se_alone,
        shared.astype(int),
        strict=True,
    )
    return Menu(
        levels=tuple(Level(*(x.item() for x in row)) for row in rows),
        budget=money,
        cost=float(buy @ cost),
        se=float((buy / variances).sum() ** -0.5),
        shared_se=shared_se,
        largest_bias=bias,
        protect=protect,
        curve=pd.DataFrame(curve),
    )


def _variances(
    drifts: FloatArray, boundary: float, exact: float, protect: Protect
) -> tuple[Callable[[FloatArray], FloatArray], float]:
    """Variance of a private label by level, and its largest bias."""
    mean = float(drifts.mean())
    if protect == "choice":

        def of_choices(epsilon: FloatArray) -> FloatArray:
            return np.asarray((exact + mean**2) / np.tanh(epsilon / 2) ** 2 - mean**2)

        return of_choices, 0.0
    edges = cell_edges(boundary, 0.0)
    weight = cell_weight(boundary, 0.0, edges)
    values, share = weight.values, chances(drifts, boundary, 0.0, edges).mean(axis=0)

    def of_rows(epsilon: FloatArray) -> FloatArray:
        truth = np.expm1(epsilon) / (np.exp(epsilon) + len(values) - 1)
        sent = (1 - truth)[..., None] / len(values) + truth[..., None] * share
        return np.asarray(sent @ values**2 / truth**2 - (share @ values) ** 2)

    return of_rows, weight.largest_bias


def _spread(size: FloatArray, cost: FloatArray, limit: FloatArray, money: float) -> FloatArray:
    """Labels in proportion to sizes, within limits, for the money that there is."""
    bought, free = np.zeros(len(size)), np.ones(len(size), dtype=bool)
    while free.any():
        remainder = money - float(bought @ cost)
        labels = size * remainder / float(size[free] @ cost[free])
        full = free & (labels >= limit)
        if not full.any():
            bought[free] = labels[free]
            break
        bought[full] = limit[full]
        free &= ~full
    return np.floor(bought + 1e-9)


def _numbers(
    name: str, values: ArrayLike, length: int | None = None, most: float = math.inf
) -> FloatArray:
    try:
        array = np.atleast_1d(np.asarray(values, dtype=float))
    except (TypeError, ValueError):
        raise InputError(f"{name} must be positive numbers; got {values!r}.") from None
    if length is not None and len(array) != length:
        raise InputError(f"{name} must be one number per level, {length}; got {len(array)}.")
    if not (np.isfinite(array) & (array > 0) & (array <= most)).all():
        limit = f" and at most {most:g}" if math.isfinite(most) else " and finite"
        numbers = ", ".join(f"{x:g}" for x in array)
        raise InputError(f"{name} must be positive{limit}; got {numbers}.")
    return array
