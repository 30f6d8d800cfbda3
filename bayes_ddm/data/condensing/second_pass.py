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
    bins = binned[binned["level"] >= 0]
    moment = bins[[f"t{i}" for i in range(MOMENTS)]].to_numpy(float)
    laws = {}
    for place, of_bin in zip(places_of(bins, names), moment, strict=True):
        interval = (2.0 ** place[1], 2.0 ** (place[1] + 1)) if ends is None else ends[place]
        laws[place] = Law(gauss(of_bin), *interval)
    return laws


def places_of(rows: pd.DataFrame, names: Sequence[str]) -> list[Place]:
    """Choice, level and comparison of each row of what a query found."""
    columns = [rows["positive"].astype(bool), rows["level"].astype(int)]
    columns += [rows[name].astype(float) for name in names]
    return list(zip(*(column.tolist() for column in columns), strict=True))


def assembled(
    first: FirstPass,
    binned: pd.DataFrame,
    laws: Mapping[Place, Law],
    source: str,
    *,
    features: Sequence[str] = (),
    fastest: pd.DataFrame | None = None,
) -> Condensed:
    """Put the fastest rows and the nodes of all bins together.

    With features, ``fastest`` holds the fastest rows of each comparison.
    """
    alone = binned["level"].to_numpy() < 0
    side, count = binned["positive"].to_numpy(bool), binned["t0"].to_numpy(np.int64)
    places = sorted(laws)
    positive = np.array([place[0] for place in places], dtype=bool)
    low, high = (
        first.lo + first.sides.width * np.array([getattr(laws[place], end) for place in places])
        for end in ("low", "high")
    )
    distinct = None
    if fastest is None:
        exact = _exact(first, [count[alone & (side == at)].sum() for at in (False, True)])
        group = np.zeros(len(places) + len(exact[1]), dtype=np.int64)
    else:
        exact, comparisons = _exact_of(first, fastest, len(features))
        compared = np.array([*(place[2:] for place in places), *comparisons], dtype=float)
        distinct, group = np.unique(compared, axis=0, return_inverse=True)
        group = group.ravel()
    rules = [laws[place].rule for place in places]
    of_bins, of_exact = group[: len(places)], group[len(places) :]
    choice, rt, weight, of_rows = joined((*exact, of_exact), positive, low, high, rules, of_bins)
    notes: tuple[str, ...] = ()
    if not (first.sides.positive and first.sides.negative):
        notes = ("all choices are alike: all rests on response times.",)
    return Condensed(
        choice=choice,
        rt=rt,
        weight=weight,
        lo=first.lo,
        n_choices=int(count.sum()),
        bins=_bins(first, side[~alone], binned["level"].to_numpy(int)[~alone], count[~alone]),
        dropped=first.dropped,
        source=source,
        notes=notes,
        features=None if distinct is None else distinct[of_rows],
        feature_names=tuple(features),
        positive=tuple(map(str, first.sides.positive)),
        options=options_of(first.sides.positive, first.sides.negative),
    )


def _bins(first: FirstPass, side: BoolArray, level: IntArray, count: IntArray) -> Bins:
    """Count what falls in each level of each side, whatever the comparison."""
    distinct, place = np.unique(np.stack([side, level]), axis=1, return_inverse=True)
    positive = distinct[0].astype(bool)
    low, high = (first.lo + np.ldexp(first.sides.width, distinct[1] + end) for end in (0, 1))
    counted = np.bincount(place.ravel(), count, distinct.shape[1])
    return Bins(positive, low, high, np.rint(counted).astype(np.int64))


def _exact(first: FirstPass, sizes: Sequence[int]) -> tuple[Any, FloatArray, FloatArray]:
    """Distinct fastest rows of both sides: whether +1, time and count."""
    parts = []
    for side, listed, size in zip((False, True), first.fastest, sizes, strict=True):
        times = listed[(listed - first.lo) * (1 / first.sides.width) < 1]
        weight = np.ones(len(times))
        if len(times):
            # all that tie with the slowest of them are kept
            weight[-1] += size - len(times)
        distinct, inverse = np.unique(times, return_inverse=True)
        parts.append((np.full(len(distinct), side), distinct, np.bincount(inverse, weight)))
    sides, times, counted = (np.concatenate(column) for column in zip(*parts, strict=True))
    return sides, times, counted


def _exact_of(
    first: FirstPass, fastest: pd.DataFrame, features: int
) -> tuple[tuple[Any, FloatArray, FloatArray], list[tuple[float, ...]]]:
    """Return the same, and the comparison of each."""
    side = fastest["positive"].to_numpy(bool)
    rt = first.lo + fastest["e"].to_numpy(float) * first.sides.width
    compared = fastest[[f"k{j}" for j in range(features)]].astype(float)
    exact = side, np.maximum(rt, first.lo), fastest["n"].to_numpy(float)
    return exact, list(compared.itertuples(index=False, name=None))
