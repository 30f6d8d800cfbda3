"""Fewer rows of choices: identical ones merged, whose counts add up; and parts of them.

`bayes_ddm.data.choices` imports this file, which so takes choices without naming their class.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import IntArray
from bayes_ddm.data.ordered import PART, order_statistics


def grouped(choices: Any) -> Any:
    """Merge identical rows; see `Choices.grouped`."""
    if _scalar(choices):
        return _grouped_scalar(choices)
    frame = keys_of(choices)
    keys = list(frame.columns)
    frame["count"] = choices.count
    by = frame.groupby(keys, sort=True, as_index=False, dropna=False, observed=True)
    frame = by["count"].sum()
    return replace(
        choices,
        choice=frame["choice"].to_numpy(np.int8),
        rt=frame["rt"].to_numpy(),
        labeler=None if choices.labeler is None else frame["labeler"].to_numpy(),
        features=frame[[k for k in keys if k.startswith("feature_")]].to_numpy(float),
        count=frame["count"].to_numpy(),
        row=None,
        covariates=_covariates_of(choices, frame),
        deadline=None if choices.deadline is None else frame["deadline"].to_numpy(),
        omitted=None if choices.omitted is None else grouped(choices.omitted),
    )


def n_distinct(choices: Any) -> int:
    """Number of rows that `grouped` leaves."""
    if not _scalar(choices):
        return len(keys_of(choices).drop_duplicates())
    # a part of the times at a time, since they are sorted in copies
    ranks = np.arange(4 * PART, len(choices), 4 * PART)
    ends = np.unique(order_statistics(choices.rt, ranks)).tolist()
    total = 0
    for low, high in pairwise([0.0, *ends, np.inf]):
        inside = (choices.rt >= low) & (choices.rt < high)
        for sign in (1, -1):
            rt = np.sort(choices.rt[inside & (choices.choice == sign)])
            total += int(np.count_nonzero(rt[1:] != rt[:-1])) + bool(len(rt))
    return total


def _scalar(choices: Any) -> bool:
    """Whether rows are identical where choice and response time are."""
    plain = choices.covariates is None and choices.deadline is None
    return choices.labeler is None and not choices.contextual and plain


def keys_of(choices: Any) -> pd.DataFrame:
    """Return what makes two rows identical, a column each."""
    frame = pd.DataFrame({"choice": choices.choice, "rt": choices.rt})
    if choices.labeler is not None:
        frame["labeler"] = choices.labeler
    for j in range(choices.features.shape[1]):
        frame[f"feature_{j}"] = choices.features[:, j]
    if choices.covariates is not None:
        for j, name in enumerate(choices.covariates.columns):
            frame[f"covariate_{j}"] = choices.covariates[name].array
    if choices.deadline is not None:
        frame["deadline"] = choices.deadline
    return frame


def part_of(choices: Any, rows: NDArray[np.intp]) -> tuple[Any, IntArray]:
    """Return some rows as choices of their own, and the units that made them."""
    part = choices._take(rows)
    if choices.labeler is None or choices.labelers is None:
        return part, rows
    units, codes = np.unique(choices.labeler[rows], return_inverse=True)
    names, late = choices.labelers[units], choices.omitted
    if late is not None and late.labeler is not None:
        kept_too = np.flatnonzero(np.isin(late.labeler, units))
        late_codes = np.searchsorted(units, late.labeler[kept_too])
        late = replace(late._take(kept_too), labeler=late_codes, labelers=names)
    return replace(part, labeler=codes, labelers=names, omitted=late), units


def _grouped_scalar(choices: Any) -> Any:
    order = np.lexsort((choices.rt, choices.choice))
    choice, rt = choices.choice[order], choices.rt[order]
    first = np.flatnonzero(
        np.append(True, (choice[1:] != choice[:-1]) | (rt[1:] != rt[:-1]))[: len(rt)]
    )
    distinct = choices._take(order[first])
    return replace(distinct, count=np.add.reduceat(choices.count[order], first), row=None)


def _covariates_of(choices: Any, keys: pd.DataFrame) -> pd.DataFrame | None:
    if choices.covariates is None:
        return None
    names = {f"covariate_{j}": name for j, name in enumerate(choices.covariates.columns)}
    return keys[list(names)].rename(columns=names)
