"""Condensed rows from what two passes over files found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.first_pass import FirstPass
from bayes_ddm.data.condensing.query import Place
from bayes_ddm.data.origin import options_of
from bayes_ddm.data.quadrature import MOMENTS, Rule, gauss
from bayes_ddm.data.reduced import Bins, joined


@dataclass(frozen=True, eq=False)
class Law:
    """Rule of a bin, and the ends of its interval, in widths beyond the smallest time."""

    rule: Rule
    low: float
    high: float


def laws_of(
    binned: pd.DataFrame,
    names: Sequence[str] = (),
    ends: Mapping[Place, tuple[float, float]] | None = None,
) -> dict[Place, Law]:
    """Rule of each choice, level and comparison, the latter in columns of these names."""
    found = binned[binned["level"] >= 0]
    moment = found[[f"t{i}" for i in range(MOMENTS)]].to_numpy(float)
    made = {}
    for place, of_bin in zip(places_of(found, names), moment, strict=True):
        at = (2.0 ** place[1], 2.0 ** (place[1] + 1)) if ends is None else ends[place]
        made[place] = Law(gauss(of_bin), *at)
    return made


def places_of(found: pd.DataFrame, names: Sequence[str]) -> list[Place]:
    """Choice, level and comparison of each row of what a query found."""
    columns = [found["positive"].astype(bool), found["level"].astype(int)]
    columns += [found[name].astype(float) for name in names]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def assembled(
    seen: FirstPass,
    binned: pd.DataFrame,
    laws: Mapping[Place, Law],
    source: str,
    *,
    features: Sequence[str] = (),
    kept: pd.DataFrame | None = None,
) -> Condensed:
    """Put the fastest rows and the nodes of all bins together.

    With features, ``kept`` holds the fastest rows of each comparison.
    """
    alone = binned["level"].to_numpy() < 0
    side, count = binned["positive"].to_numpy(bool), binned["t0"].to_numpy(np.int64)
    places = sorted(laws)
    positive = np.array([place[0] for place in places], dtype=bool)
    low, high = (
        seen.lo + seen.sides.width * np.array([getattr(laws[place], end) for place in places])
        for end in ("low", "high")
    )
    distinct = None
    if kept is None:
        exact = _exact(seen, [count[alone & (side == at)].sum() for at in (False, True)])
        group = np.zeros(len(places) + len(exact[1]), dtype=np.int64)
    else:
        exact, theirs = _exact_of(seen, kept, len(features))
        compared = np.array([*(place[2:] for place in places), *theirs], dtype=float)
        distinct, group = np.unique(compared, axis=0, return_inverse=True)
        group = group.ravel()
    rules = [laws[place].rule for place in places]
    of_bins, of_exact = group[: len(places)], group[len(places) :]
    made = joined((*exact, of_exact), positive, low, high, rules, of_bins)
    choice, rt, weight, of_rows = made
    notes: tuple[str, ...] = ()
    if not (seen.sides.positive and seen.sides.negative):
        notes = ("all choices are alike: all rests on response times.",)
    return Condensed(
        choice=choice,
        rt=rt,
        weight=weight,
        lo=seen.lo,
        n_choices=int(count.sum()),
        bins=_bins(seen, side[~alone], binned["level"].to_numpy(int)[~alone], count[~alone]),
        dropped=seen.dropped,
        source=source,
        notes=notes,
        features=None if distinct is None else distinct[of_rows],
        feature_names=tuple(features),
        positive=tuple(map(str, seen.sides.positive)),
        options=options_of(seen.sides.positive, seen.sides.negative),
    )


def _bins(seen: FirstPass, side: BoolArray, level: IntArray, count: IntArray) -> Bins:
    """Count what falls in each level of each side, whatever the comparison."""
    found, place = np.unique(np.stack([side, level]), axis=1, return_inverse=True)
    positive = found[0].astype(bool)
    low, high = (seen.lo + np.ldexp(seen.sides.width, found[1] + end) for end in (0, 1))
    counted = np.bincount(place.ravel(), count, found.shape[1])
    return Bins(positive, low, high, np.rint(counted).astype(np.int64))


def _exact(seen: FirstPass, sizes: Sequence[int]) -> tuple[Any, FloatArray, FloatArray]:
    """Distinct fastest rows of both sides: whether +1, time and count."""
    made = []
    for side, listed, size in zip((False, True), seen.fastest, sizes, strict=True):
        times = listed[(listed - seen.lo) * (1 / seen.sides.width) < 1]
        weight = np.ones(len(times))
        if len(times):
            # all that tie with the slowest of them are kept
            weight[-1] += size - len(times)
        distinct, inverse = np.unique(times, return_inverse=True)
        made.append((np.full(len(distinct), side), distinct, np.bincount(inverse, weight)))
    sides, times, counted = (np.concatenate(column) for column in zip(*made, strict=True))
    return sides, times, counted


def _exact_of(
    seen: FirstPass, kept: pd.DataFrame, features: int
) -> tuple[tuple[Any, FloatArray, FloatArray], list[tuple[float, ...]]]:
    """Return the same, and the comparison of each."""
    side = kept["positive"].to_numpy(bool)
    rt = seen.lo + kept["e"].to_numpy(float) * seen.sides.width
    compared = kept[[f"k{j}" for j in range(features)]].astype(float)
    exact = side, np.maximum(rt, seen.lo), kept["n"].to_numpy(float)
    return exact, list(compared.itertuples(index=False, name=None))
