"""A plan of what a budget buys of labels at several levels of privacy."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence

import numpy as np

from bayes_ddm.errors import InputError
from bayes_ddm.estimators.planning.assumptions import Assumptions
from bayes_ddm.estimators.planning.menu import Protect, menu
from bayes_ddm.estimators.planning.pilot import KNOWN, simulate_pilot
from bayes_ddm.estimators.planning.result import Plan
from bayes_ddm.simulate.populations import draw_drifts


def priced(
    assumed: Assumptions,
    privacy: Sequence[float],
    price: Sequence[float] | None,
    available: Sequence[float] | None,
    budget: float | None,
    protect: Protect,
    prob: float,
    pilot: int,
) -> Plan:
    """Plan what a budget buys of labels at several levels of privacy."""
    if isinstance(assumed.boundary, Mapping) or isinstance(assumed.ndt, Mapping):
        raise InputError("a menu of private labels has one boundary and one ndt; give numbers.")
    informed = dataclasses.replace(assumed, known=frozenset({"boundary", "ndt"}))
    drifts = draw_drifts(informed.population, np.random.default_rng([informed.seed, 0]), pilot)
    if drifts.ndim > 1:
        raise InputError("a menu of private labels is for one drift; give one mean and one sd.")
    (exact,) = simulate_pilot(informed, drifts, 1).precisions[0].variance
    offer = menu(
        drifts,
        assumed.boundary,
        float(exact),
        privacy=privacy,
        price=price,
        available=available,
        budget=budget,
        protect=protect,
    )
    return Plan(
        designs=(),
        recommended=None,
        method=KNOWN,
        parameters=("mu",),
        target_se=None,
        prob=prob,
        assumed=str(informed),
        costs={},
        pilot=pilot,
        accuracy=math.nan,
        menu=offer,
    )
