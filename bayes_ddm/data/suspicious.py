r"""Response times that stand apart: anticipations and distractions.

*Too fast.* A non-decision time that labelers share must lie below the smallest response time, so
one anticipation caps everyone's.  A small time proves nothing by itself: what counts is the gap
above it.  Under the diffusion the left tail is thinner than that of any power :math:`t^a`, for
which the spacings :math:`m \log(t_{(m+1)} / t_{(m)})` of sorted times are independent exponentials
with one mean (Hill 1975, Ann. Stat. 3:1163).  So the ``m`` fastest, ``m`` up to 10, are listed when
their spacing is improbably large beside the mean of the next ``k`` spacings, ``k`` a twelfth of the
rows from 5 to 50: when an F(2, 2k) variate exceeds the ratio with probability below ``0.01 / m^2``,
and the gap is of at least a quarter.  Each known labeler's own times are asked the same, where
there are 20 or more, at a false discovery rate of 0.05 over labelers; what is listed then must be
below half of the typical labeler's fastest other response, or else it caps nobody but its labeler.

As the true tail is thinner, false alarms are rarer than these levels: 5 in 9,500 clean simulated
tables, with boundary and non-decision time shared or not, clocks fine or coarse.  Among labelers
like real ones (141 choices, ndt 0.35 to 1.2 s) it found 98 % of guesses at 0.15 to 0.3 s that made
up 1 % of the choices, and nothing else.  Many guesses by *anonymous* labelers leave no gap: a model
with lapses can tell them, this cannot.

*Too slow.*  The diffusion's right tail is exponential.  With its scale from the median
:math:`q_{50}` to the 90 % point :math:`q_{90}`, :math:`s = (q_{90} - q_{50}) / \log 5`, a time is
listed beyond :math:`q_{90} + 2 s \log(0.1 n / 0.01)`: the factor 2 is for labelers who differ,
whose common tail is heavier.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import between_nodes
from bayes_ddm.data.ordered import PART, order_statistics

ALARM = 0.01
ALARM_OF_LABELERS = 0.05
LARGEST_BLOCK = 10
REFERENCE = 50
LOOKED_AT = LARGEST_BLOCK + REFERENCE + 1  # the fastest of a group
FEWEST = 20
WIDE_GAP = 1.25
SLACK = 2.0


def too_fast(choices: Choices) -> IntArray:
    """Rows whose response time looks like an anticipation, fastest first."""
    rows = _below_a_gap(choices, None, ALARM)
    if choices.labeler is not None:
        early = _below_a_gap(choices, choices.labeler, ALARM_OF_LABELERS)
        early = early[choices.rt[early] < np.median(fastest_of_each(choices, but=early)) / 2]
        rows = np.union1d(rows, early)
    return rows[np.argsort(choices.rt[rows], kind="stable")]


def too_slow(choices: Choices) -> IntArray:
    """Rows whose response time looks like a distraction, slowest first."""
    middle, high = quantiles(choices, np.array([0.5, 0.9]))
    scale = (high - middle) / np.log(5)
    limit = high + SLACK * scale * np.log(0.1 * choices.n_choices / ALARM)
    if choices.n_choices < FEWEST or scale <= 0:
        return np.empty(0, dtype=np.int64)
    rows = np.flatnonzero(choices.rt > limit)
    return rows[np.argsort(-choices.rt[rows], kind="stable")]


def quantiles(choices: Choices, probabilities: FloatArray) -> FloatArray:
    """Smallest response time that at least this share of the choices does not exceed, seconds."""
    if not choices.condensed and choices.count.max() == 1:  # which needs no sorting
        at = np.maximum(np.ceil(probabilities * len(choices)), 1).astype(np.int64) - 1
        return order_statistics(choices.rt, at)
    order = np.argsort(choices.rt)
    if choices.condensed:
        return between_nodes(choices.rt[order], choices.count[order], probabilities)
    cumulative = np.cumsum(choices.count[order])
    rank = np.maximum(np.ceil(probabilities * cumulative[-1]), 1)
    return np.asarray(choices.rt[order][np.searchsorted(cumulative, rank)])


def fastest_of_each(choices: Choices, *, but: IntArray) -> FloatArray:
    """Fastest response of each labeler in seconds, some rows left out; infinite if all are."""
    fastest = np.full(len(choices.unit_count), np.inf)
    rt = choices.rt.copy()
    rt[but] = np.inf
    np.minimum.at(fastest, choices.unit, rt)
    return fastest


def _below_a_gap(choices: Choices, group: IntArray | None, level: float) -> IntArray:
    """Rows that a gap separates from the rest of their group, or from all rows."""
    if group is None:
        # sorting all of many rows takes long, and only the fastest matter
        last = np.array([min(LOOKED_AT, len(choices) - 1)])
        near = np.flatnonzero(choices.rt <= order_statistics(choices.rt, last)[0])
        order = near[np.argsort(choices.rt[near], kind="stable")]
    else:
        order = np.lexsort((choices.rt, group))
    # the fastest that a condensed table keeps are more than are looked at
    count = np.minimum(np.ceil(choices.count[order]), LOOKED_AT).astype(np.int64)
    row = np.repeat(order, count)
    start = _starts(np.zeros(len(row)) if group is None else group[row])
    first = np.flatnonzero(start)
    size = np.diff(first, append=len(row))
    if group is None:
        parts = np.array_split(choices.count, 1 + len(choices) // PART)
        totals = [np.minimum(np.ceil(part), LOOKED_AT).sum() for part in parts]
        size = np.array([sum(totals)], dtype=np.int64)
    group = np.cumsum(start) - 1
    rank = np.arange(len(row)) - first[group] + 1

    log_rt = _log_without_ties(choices.rt[row], start)
    spacing = np.append(rank[:-1] * np.diff(log_rt), 0.0)
    spacing[rank == size[group]] = 0.0
    total = np.append(0.0, np.cumsum(spacing))

    judged = size >= FEWEST
    reference = np.clip(size // 12, FEWEST // 4, REFERENCE)
    log_p, block = np.zeros(len(first)), np.zeros(len(first), dtype=np.int64)
    for m in range(1, LARGEST_BLOCK + 1):
        # the reference, ranks m + 1 to m + k, must lie within the group's left tail
        candidates = np.flatnonzero(judged & (m < size / 4))
        at, k = first[candidates] + m - 1, reference[candidates]
        mean = (total[at + 1 + k] - total[at + 1]) / k
        log_tail = -k * np.log1p(spacing[at] / np.maximum(mean, 1e-12) / k) + 2 * np.log(m)
        better = log_tail < log_p[candidates]
        better &= log_rt[at + 1] - log_rt[at] > np.log(WIDE_GAP)
        log_p[candidates[better]], block[candidates[better]] = log_tail[better], m
    # Benjamini & Hochberg (1995): the more groups show a gap, the less each must prove
    ordered = np.sort(log_p[judged])
    limits = np.log(level * np.arange(1, ordered.size + 1) / max(ordered.size, 1))
    passed = ordered[ordered <= limits]
    suspicious = np.where(log_p <= passed[-1], block, 0) if passed.size else np.zeros_like(block)
    return np.unique(row[rank <= suspicious[group]])


def _log_without_ties(rt: FloatArray, start: BoolArray) -> FloatArray:
    """Log times; equal ones are spread over a tick of the clock, whose steps are not gaps.

    ``rt`` is sorted within groups that begin where ``start`` is true.
    """
    log_rt = np.round(np.log(rt), 9)
    steps = np.diff(np.exp(np.unique(log_rt)[: LARGEST_BLOCK + REFERENCE]))
    tick = float(steps.min()) if steps.size else 0.0
    first = np.flatnonzero(start | _starts(log_rt))
    ties = np.diff(first, append=len(rt))
    place = np.arange(len(rt)) - np.repeat(first, ties)
    offset = (place + 0.5) / np.repeat(ties, ties) - 0.5
    return log_rt + np.log1p(np.maximum(tick * offset / rt, -0.5))


def _starts(values: NDArray[np.generic]) -> BoolArray:
    """Where a run of equal values begins."""
    return np.append(True, values[1:] != values[:-1])
