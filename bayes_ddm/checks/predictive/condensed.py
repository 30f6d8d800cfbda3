"""Rows to replicate where choices are condensed: as many of each weighted row as it stands for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices

# replicated at a time; beyond, shares of these are held against those of all
MOST_ROWS = 200_000
# of the exact times, those that hardly any choice is before or between are left out
SMALLEST_SHARE = 1e-4


def repeated(choices: Choices) -> Choices:
    """Return one row per choice, in the order of the condensed ones, at most 200,000.

    Rows are taken evenly along comparison, choice and response time, so that the share of any
    stretch of them, such as of all bins up to one, is that of all choices to half a row.
    """
    order = np.lexsort((choices.rt, choices.choice, *choices.features.T))
    n = min(choices.n_choices, MOST_ROWS)
    ends = np.cumsum(choices.count[order]) * (n / choices.count.sum())
    copies = np.diff(np.rint(ends).astype(np.int64), prepend=0)
    rows = choices._take(np.repeat(order, copies), counted=False)
    return replace(rows, bins=choices.bins)


def exact_times(choices: Choices) -> FloatArray:
    """Times by which condensed choices are counted exactly, that tell them apart; seconds."""
    if choices.bins is None or not len(choices.bins):
        return np.empty(0)
    edges = choices.bins.edges
    shares = np.searchsorted(np.sort(choices.rt), edges) / len(choices)
    distinct = np.diff(shares, prepend=0.0) > SMALLEST_SHARE
    return edges[distinct | (np.arange(len(edges)) == len(edges) - 1)]
