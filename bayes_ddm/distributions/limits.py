"""Limits that response times set: an ndt below the smallest, bounds that meet after the slowest."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayes_ddm._typing import IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.distributions.by_condition import Factor
from bayes_ddm.distributions.rows import observed_rows

# maps the group of each row to the largest value that each group may have
Limit = Callable[[IntArray], Any]


def smallest_time(choices: Choices) -> Limit:
    """Limit of a non-decision time: the smallest response time of rows, in seconds."""
    rt = observed_rows(choices)[:, 0]
    return lambda group: _of_groups(rt, group, np.minimum)


def soonest_meeting(choices: Choices, ndt: Any, factor: Factor | None = None) -> Limit:
    """Limit of a collapse: bounds must not meet before the slowest decision, per second.

    Parameters
    ----------
    choices : Choices
    ndt : tensor, shape () or (labelers,)
        Non-decision time, in seconds; in the middle of conditions.
    factor : Factor, optional
        How it differs by condition.
    """
    rt, ndt = observed_rows(choices)[:, 0], pt.as_tensor(ndt)

    def limit(group: IntArray) -> Any:
        keys = [group, choices.unit if ndt.ndim else np.zeros_like(group)]
        keys.append(np.zeros_like(group) if factor is None else factor.conditions.cell)
        alike, index = np.unique(np.column_stack(keys), axis=0, return_inverse=True)
        delay = ndt[alike[:, 1]] if ndt.ndim else ndt
        if factor is not None:
            delay = delay * factor.value[alike[:, 2]]
        times = _of_groups(rt, index.reshape(-1), np.maximum)
        # one as a number: a rewrite would make another constant of it, that is not known as data
        slowest = pt.as_tensor(times if len(alike) > 1 else times[0])
        slowest.tag.is_data = True
        return 1 / _of_groups(pt.atleast_1d(slowest - delay), alike[:, 0], np.maximum)

    return limit


def by_labeler(limit: Limit, choices: Choices, factor: Factor | None = None) -> Any:
    """Largest value that each labeler may have in the middle of conditions, shape (labelers,)."""
    if factor is None:
        return limit(choices.unit)
    alike, group = np.unique(
        np.column_stack([choices.unit, factor.conditions.cell]), axis=0, return_inverse=True
    )
    least = pt.as_tensor(limit(group.reshape(-1))) / factor.value[alike[:, 1]]
    return _of_groups(least, alike[:, 0], np.minimum)


def _of_groups(values: Any, group: IntArray, extreme: np.ufunc) -> Any:
    """Smallest or largest value of each group, shape (groups,)."""
    counts = np.bincount(group)
    order = np.argsort(group, kind="stable")
    first = np.cumsum(counts) - counts
    if isinstance(values, np.ndarray):
        return extreme.reduceat(values[order], first)
    if len(counts) == len(group):
        return values if (np.diff(order) > 0).all() else values[order]
    # a line per group; short ones repeat their last row
    column = np.minimum(np.arange(counts.max()), counts[:, None] - 1)
    lines = values[order[first[:, None] + column]]
    return lines.min(axis=1) if extreme is np.minimum else lines.max(axis=1)
