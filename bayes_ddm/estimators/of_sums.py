"""Closed forms where known labelers are condensed to sums: values of all, spread of some.

Every closed form is a sum over rows, which the weighted rows have; how much labelers differ in
their part of it is told by those who were kept whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.wiener.trial_drift import STEADY, TrialDrift


@dataclass(frozen=True, eq=False)
class Kept:
    """What is at hand of known labelers who are condensed; made by `kept`.

    Attributes
    ----------
    rows : Choices
        The weighted rows that stand for all, as if each were an anonymous labeler's.
    whole : Choices
        Some labelers with all their choices.
    each : Choices
        The same rows as if anonymous, each as often as its labeler counts.
    """

    rows: Choices
    whole: Choices
    each: Choices

    def by_labeler(self, influence: FloatArray) -> FloatArray:
        """Sum what each of the rows of `each` moves over its labeler, shape (labelers, numbers)."""
        n = len(self.whole.unit_count)
        sums = [np.bincount(self.whole.unit, x, n) for x in influence.T]
        return np.reshape(sums, (len(sums), n)).T

    def argument(self, side: int, value: Any) -> Any:
        """Return what an estimator of labelers is given as one of `rows`, or `each`, has it."""
        few = (self.rows, self.each)[side]
        if isinstance(value, Choices):
            return few
        if isinstance(value, TrialDrift):  # sums are of trials that all go alike
            return STEADY
        if not isinstance(value, Boundary):
            return value
        influence = np.zeros((len(few), value.influence.shape[1]))
        if side:
            influence = (value.influence / self.whole.choices_each[:, None])[self.whole.unit]
        return replace(value, influence=influence, unit_count=few.count)


# a value must not hold its key
_cache: WeakKeyDictionary[Choices, Kept] = WeakKeyDictionary()


def kept(choices: Choices) -> Kept:
    """Return what is at hand of labelers who are condensed to sums.

    Raises
    ------
    InputError
        If no labeler was kept whole, as in files of earlier versions.
    """
    if choices not in _cache:
        sums = choices.summed
        if sums is None or not len(sums.whole):
            raise InputError(
                "these labelers' sums were condensed by a version that kept no labeler whole, from "
                "whom it is told how labelers differ; condense the table again."
            )
        some = sums.whole
        rows = replace(choices, summed=None)
        one = np.ones(len(some.rt), dtype=np.int64)
        whole = replace(
            rows,
            choice=some.choice,
            rt=some.rt,
            labeler=some.labeler,
            labelers=np.arange(len(some)),
            features=np.empty((len(one), 0)),
            count=one,
            bins=None,
        )
        each = replace(whole, labeler=None, labelers=None, count=some.weight[some.labeler])
        _cache[choices] = Kept(rows, whole, each)
    return _cache[choices]


def of_all(choices: Choices) -> Choices:
    """Return the weighted rows alone, where labelers are condensed to sums; else the choices."""
    return choices if choices.summed is None else kept(choices).rows


def kept_whole(choices: Choices) -> Choices:
    """Return the labelers who were kept whole, where they are condensed to sums; else all."""
    return choices if choices.summed is None else kept(choices).whole


def by_sums[**P](make: Callable[P, Estimate]) -> Callable[P, Estimate]:
    """Let an estimator of rows take labelers who are condensed to sums.

    Values are those of all choices, each of which counts equally; the influence of labelers is that
    of those who were kept whole.
    """

    @wraps(make)
    def estimator(*args: P.args, **kwargs: P.kwargs) -> Estimate:
        arguments = (*args, *kwargs.values())
        choices = next((x for x in arguments if isinstance(x, Choices)), None)
        if choices is None or choices.summed is None:
            return make(*args, **kwargs)
        condensed = kept(choices)
        of_rows, of_each = (
            make(
                *(condensed.argument(side, x) for x in args),
                **{k: condensed.argument(side, x) for k, x in kwargs.items()},
            )
            for side in (0, 1)
        )
        influence = condensed.by_labeler(of_each.influence)
        at = next((x for x in arguments if isinstance(x, Boundary)), None)
        return replace(of_rows, influence=influence, unit_count=choices.unit_count, boundary=at)

    return estimator


def said_of_sums(choices: Choices) -> list[str]:
    """Say what estimates of labelers' sums are, and what cannot be had; nothing of others."""
    sums = choices.summed
    if sums is None:
        return []
    notes = [
        f"labelers are condensed to sums: standard errors are told by {len(sums.whole):,} of "
        f"{sums.n_labelers:,} labelers, kept whole; the published boundaries and labelers' own "
        "need every labeler's rows."
    ]
    if np.ptp(sums.n):
        notes.append(
            f"labelers made {sums.n.min():,} to {sums.n.max():,} choices, and each choice counts "
            "equally, not each labeler."
        )
    return notes
