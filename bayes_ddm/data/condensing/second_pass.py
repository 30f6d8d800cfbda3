"""Condensed rows from what two passes over files found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.first_pass import FirstPass
from bayes_ddm.data.quadrature import MOMENTS, Rule, gauss
from bayes_ddm.data.reduced import Bins, joined


@dataclass(frozen=True, eq=False)
class Law:
    """Rule of a bin, and the ends of its interval, in widths beyond the smallest time."""

    rule: Rule
    low: float
    high: float


def laws_of(
    binned: pd.DataFrame, ends: Mapping[tuple[bool, int], tuple[float, float]] | None = None
) -> dict[tuple[bool, int], Law]:
    """Rule of each choice and level."""
    found = binned[binned["level"] >= 0]
    moment = found[[f"t{i}" for i in range(MOMENTS)]].to_numpy(float)
    places = zip(found["positive"].astype(bool).tolist(), found["level"].tolist(), strict=True)
    made = {}
    for place, of_bin in zip(places, moment, strict=True):
        at = (2.0 ** place[1], 2.0 ** (place[1] + 1)) if ends is None else ends[place]
        made[place] = Law(gauss(of_bin), *at)
    return made


def assembled(
    seen: FirstPass, binned: pd.DataFrame, laws: Mapping[tuple[bool, int], Law], source: str
) -> Condensed:
    """Put the fastest rows and the nodes of all bins together."""
    alone = binned["level"].to_numpy() < 0
    side, count = binned["positive"].to_numpy(bool), binned["t0"].to_numpy(np.int64)
    weights = []
    for of_side, fastest in zip((False, True), seen.fastest, strict=True):
        weight = np.ones(len(fastest))
        if len(fastest):
            # all that tie with the slowest of them are kept
            weight[-1] += count[alone & (side == of_side)].sum() - len(fastest)
        weights.append(weight)
    places = sorted(laws)
    width = np.array([seen.sides.width[positive] for positive, _ in places])
    positive = np.array([place[0] for place in places], dtype=bool)
    low, high = (
        seen.lo + width * np.array([getattr(laws[place], end) for place in places])
        for end in ("low", "high")
    )
    rules = [laws[place].rule for place in places]
    together = np.zeros(len(places), dtype=np.int64)
    rows = joined(_exact(seen, weights), positive, low, high, rules, together)[:3]
    level = np.array([level for _, level in places], dtype=int)
    counted = {
        (bool(p), int(k)): int(n)
        for p, k, n in zip(side[~alone], binned["level"][~alone], count[~alone], strict=True)
    }
    bins = Bins(
        positive,
        seen.lo + np.ldexp(width, level),
        seen.lo + np.ldexp(width, level + 1),
        np.array([counted[place] for place in places], dtype=np.int64),
    )
    notes: tuple[str, ...] = ()
    if not (seen.sides.positive and seen.sides.negative):
        notes = ("all choices are alike: all rests on response times.",)
    return Condensed(
        *rows,
        lo=seen.lo,
        n_choices=int(count.sum()),
        bins=bins,
        dropped=seen.dropped,
        source=source,
        notes=notes,
    )


def _exact(
    seen: FirstPass, weights: list[FloatArray]
) -> tuple[Any, FloatArray, FloatArray, IntArray]:
    """Distinct fastest rows of both sides: whether +1, time, count and group."""
    made = []
    for side, times, weight in zip((False, True), seen.fastest, weights, strict=True):
        distinct, inverse = np.unique(times, return_inverse=True)
        made.append((np.full(len(distinct), side), distinct, np.bincount(inverse, weight)))
    sides, times, counted = (np.concatenate(column) for column in zip(*made, strict=True))
    return sides, times, counted, np.zeros(len(times), dtype=np.int64)
