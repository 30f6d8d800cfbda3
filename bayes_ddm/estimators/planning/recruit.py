"""Whom to recruit: how many labelers of each group, for what is to be known."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError, did_you_mean
from bayes_ddm.estimators.planning.assumptions import Assumptions
from bayes_ddm.estimators.planning.pilot import Pilot, Precision
from bayes_ddm.estimators.shares import by_group
from bayes_ddm.simulate.populations import population as build

Aim = Literal["average", "worst", "difference"]
AIMS = ("average", "worst", "difference")
GIVEN = ("share", "population", "mean", "sd", "cost")


@dataclass(frozen=True)
class Group:
    """A group that labelers can be recruited from.

    Attributes
    ----------
    name : str
    share : float
        Of the population that the average is meant for.
    population : Population, or what else draws drifts
    cost : float or None
        Of each labeler; None for the common one.
    """

    name: str
    share: float
    population: Any
    cost: float | None


def read_groups(groups: Mapping[str, Mapping[str, Any]], aim: str = "average") -> list[Group]:
    """Return the groups that a mapping describes.

    Raises
    ------
    InputError
        If there are fewer than two, or not two for a difference; a word is unknown; or shares do
        not sum to 1.

    Examples
    --------
    >>> [g.share for g in read_groups({"FR": {"share": 0.4, "mean": 0.8}, "JP": {"share": 0.6}})]
    [0.4, 0.6]
    """
    if aim not in AIMS:
        raise InputError(f"aim must be one of {', '.join(AIMS)}; got {aim!r}.")
    if len(groups) < 2:
        raise InputError("groups= takes at least two; without groups, leave it out.")
    if aim == "difference" and len(groups) != 2:
        raise InputError(f"a difference is between two groups; there are {len(groups)}.")
    for name, group in groups.items():
        for word in group:
            if word not in GIVEN:
                hint = f"there are {', '.join(GIVEN)}."
                raise InputError(f"group {name!r}: {word!r}; {did_you_mean(word, GIVEN, hint)}")
        cost = group.get("cost", 1.0)
        if not (math.isfinite(cost) and cost > 0):
            raise InputError(f"the cost of group {name!r} must be positive; got {cost:g}.")
    equal = 1 / len(groups)
    parts = {name: g.get("share", equal) for name, g in groups.items()}
    shares = by_group(parts, {"group": {name: f"group={name}" for name in groups}})
    return [
        Group(name, shares[f"group={name}"], _drifts(g), g.get("cost"))
        for name, g in groups.items()
    ]


def _drifts(group: Mapping[str, Any]) -> Any:
    normal = {key: group[key] for key in ("mean", "sd") if key in group}
    law = group.get("population")
    if law is not None and normal:
        raise InputError("give a group's population, or mean and sd of a normal one; not both.")
    if law is None:
        return build("normal", **normal)
    return build(law) if isinstance(law, str) else law


def described(groups: Sequence[Group], assumed: Assumptions) -> str:
    """Return what is assumed of groups, and of the diffusion."""
    rest = str(assumed).partition(", boundary ")[2]
    return f"{', '.join(f'{g.name} ({g.share:.2g})' for g in groups)}, boundary {rest}"


def best_mixes(
    groups: Sequence[Group],
    pilots: Sequence[Pilot],
    seconds: Sequence[float],
    costs: Mapping[str, float],
    aim: Aim,
) -> list[Precision]:
    """Precision of the best mix of groups by each method that all of them allow.

    Parameters
    ----------
    groups : sequence of Group
    pilots : sequence of Pilot
        One of each group, with as many choices by a labeler.
    seconds : sequence of float
        That a labeler of each group takes.
    costs : mapping of str to float
        Of a labeler, a choice and a second; if all are 0, the time is the cost.
    aim : {"average", "worst", "difference"}

    Notes
    -----
    With ``s_g^2`` the variance of a labeler's influence, ``pi_g`` the shares and ``c_g`` the costs,
    the average is known best with ``n_g ~ pi_g s_g / sqrt(c_g)``, a difference with
    ``n_g ~ s_g / sqrt(c_g)``, and all groups equally well with ``n_g ~ s_g^2``. Each group's
    boundary is its own: one that they share is known better.
    """
    if not costs["labeler"] and 0 < sum(g.cost is None for g in groups) < len(groups):
        raise InputError("some groups cost and others nothing; give cost_labeler= for these.")
    by_method = [{p.method: p for p in pilot.precisions} for pilot in pilots]
    time, price = (
        np.array(seconds),
        np.array([costs["labeler"] if g.cost is None else g.cost for g in groups]),
    )
    precisions = []
    for method, first in by_method[0].items():
        if not all(method in table for table in by_method):
            continue
        parts = [table[method] for table in by_method]
        cost = price + first.choices * costs["choice"] + time * costs["second"]
        mix, variance, bias = _best(
            [g.share for g in groups], parts, cost if cost.any() else time, aim
        )
        fewest = [
            math.ceil(p.fewest / f) for p, f in zip(parts, mix.tolist(), strict=True) if f > 0
        ]
        precisions.append(
            replace(
                first,
                variance=np.array([variance]),
                bias=np.array([bias]),
                error=max(p.error for p in parts),
                fewest=max(fewest),
                note="; ".join(dict.fromkeys(p.note for p in parts if p.note)),
                mix=tuple(mix.tolist()),
                seconds=float(mix @ time),
                price=float(mix @ price),
            )
        )
    return precisions


def _best(
    shares: Sequence[float], parts: Sequence[Precision], cost: FloatArray, aim: Aim
) -> tuple[FloatArray, float, float]:
    """Parts of the labelers, and the variance (times their number) and bias that follow."""
    variance = np.array([float(p.variance[0]) for p in parts])
    bias = np.array([float(p.bias[0]) for p in parts])
    if aim == "worst":
        total = float(variance.sum())
        return variance / total, total, float(bias[np.abs(bias).argmax()])
    weight = np.array([-1.0, 1.0]) if aim == "difference" else np.array(shares)
    mix = np.abs(weight) * np.sqrt(variance / cost)
    mix /= mix.sum()
    present = mix > 0
    mixed = float((weight[present] ** 2 * variance[present] / mix[present]).sum())
    return mix, mixed, float(weight @ bias)
