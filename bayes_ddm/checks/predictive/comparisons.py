"""Comparisons: rows that put the same question, or nearly so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import IntArray
from bayes_ddm.checks.predictive.statistics import grouped_share
from bayes_ddm.data.choices import Choices

# more distinct attribute differences than this are put into bins
MOST_DISTINCT = 20
BINS = 10
FEWEST_LABELERS = 5


@dataclass(frozen=True, eq=False)
class Comparisons:
    """Rows sorted into comparisons.

    Attributes
    ----------
    assign : callable
        Maps choices, shape (rows,), to the comparison of each row, counted from 0.
    labels : tuple of str
        What each comparison is.
    unit : str
        What the labels say.
    name : str
        What is compared: a comparison, or a tenth of the labelers.
    """

    assign: Callable[[NDArray[np.int8]], IntArray]
    labels: tuple[str, ...]
    unit: str
    name: str = "comparison"

    def __len__(self) -> int:
        return len(self.labels)


def comparisons(choices: Choices) -> Comparisons:
    """Sort rows by their attribute differences; without any, labelers by their share of +1.

    Many attribute differences are put into ten bins of the straight line through them that goes
    best with the choices. Tenths of labelers are formed anew in each replication, as they were in
    the data: what is sorted by its own outcome looks more extreme than it is.

    Parameters
    ----------
    choices : Choices
        One row per choice.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, 0, 1], "rt": [0.9, 1.4, 0.7], "amount": [2, 3, 2]})
    >>> comparisons(Choices.from_frame(frame, features=["amount"])).labels
    ('2', '3')
    """
    if not choices.contextual:
        return _tenths(choices)
    distinct, group = np.unique(choices.features, axis=0, return_inverse=True)
    if len(distinct) <= MOST_DISTINCT:
        labels = tuple(", ".join(f"{x:.4g}" for x in row) for row in distinct)
        return _fixed(group.ravel(), labels, ", ".join(choices.feature_names))
    signs = choices.choice.astype(float)
    score = choices.features @ np.linalg.lstsq(choices.features, signs, rcond=None)[0]
    edges = np.unique(np.quantile(score, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins, group = np.unique(np.searchsorted(edges, score, side="right"), return_inverse=True)
    centres = [np.median(score[group == i]) for i in range(len(bins))]
    labels = tuple(f"{x:.2g}" for x in centres)
    return _fixed(group, labels, "linear score of the attribute differences")


def _fixed(group: IntArray, labels: tuple[str, ...], unit: str) -> Comparisons:
    return Comparisons(lambda choice: group, labels, unit)


def _tenths(choices: Choices) -> Comparisons:
    labeler = choices.labeler
    present = np.empty(0, dtype=np.int64) if labeler is None else np.unique(labeler)
    groups = min(BINS, len(present) // FEWEST_LABELERS)
    if labeler is None or groups < 2:
        return _fixed(np.zeros(len(choices), dtype=np.int64), ("all rows",), "comparison")
    size = int(present[-1]) + 1

    def assign(choice: NDArray[np.int8]) -> IntArray:
        order = present[np.argsort(grouped_share(choice, labeler, size)[present], kind="stable")]
        group = np.empty(size, dtype=np.int64)
        group[order] = np.arange(len(order)) * groups // len(order)
        return group[labeler]

    ends = [f"{100 * i // groups}-{100 * (i + 1) // groups} %" for i in range(groups)]
    unit = f"labelers, by share of {choices.origin.options[0]}"
    return Comparisons(assign, tuple(ends), unit, "group of labelers")
