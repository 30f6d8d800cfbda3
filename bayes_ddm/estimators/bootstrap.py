"""Bootstrap over sampling units: labelers, or rows when labelers are anonymous."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.result import Estimate
from bayes_ddm.progress import track


def resample(choices: Choices, rng: np.random.Generator) -> Choices:
    """Draw as many sampling units as there are, with replacement.

    A labeler drawn twice becomes two labelers. Anonymous rows stay grouped: only their counts
    change.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4], "n": [40, 60]})
    >>> drawn = resample(Choices.from_frame(frame, count="n"), np.random.default_rng(1))
    >>> drawn.n_choices
    100
    """
    choices.refuse_condensed("a bootstrap")
    every, late = with_omitted(choices), choices.omitted
    n = int(every.unit_count.sum())
    times = rng.multinomial(n, every.unit_count / n)
    if choices.labeler is None:
        present, omitted = np.split(times, [len(choices)])
        sample = _counted(choices, present)
        return sample if late is None else replace(sample, omitted=_counted(late, omitted))
    labelers = np.repeat(np.arange(n), times)
    sample = _copied(choices, labelers)
    return sample if late is None else replace(sample, omitted=_copied(late, labelers))


def _counted(choices: Choices, times: IntArray) -> Choices:
    rows = np.flatnonzero(times)
    return replace(choices._take(rows), count=times[rows], row=None)


def _copied(choices: Choices, labelers: IntArray) -> Choices:
    """Rows of the labelers drawn, each of whom is a labeler of their own."""
    assert choices.labeler is not None
    n = len(labelers)
    order = np.argsort(choices.labeler, kind="stable")
    size = np.bincount(choices.labeler, minlength=n)
    start = np.cumsum(size) - size
    labeler = np.repeat(np.arange(n), size[labelers])
    within = np.arange(len(labeler)) - (np.cumsum(size[labelers]) - size[labelers])[labeler]
    rows = order[start[labelers][labeler] + within]
    return replace(choices._take(rows), labeler=labeler, labelers=np.arange(n), row=None)


def bootstrap(
    choices: Choices,
    statistic: Callable[[Choices], ArrayLike],
    replications: int,
    seed: int | None = None,
    *,
    progress: bool = True,
) -> FloatArray:
    """Values of a statistic on resampled data.

    Parameters
    ----------
    choices : Choices
    statistic : callable
        Takes `Choices`, returns a number or a one-dimensional array.
    replications : int
    seed : int, optional
        The same seed gives the same replicates.
    progress : bool
        Show a progress bar.

    Returns
    -------
    ndarray, shape (replications, ...)

    Raises
    ------
    InputError
        If fewer than 2 replications are asked for.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1, 1, 1], "rt": [0.9, 1.4, 0.8, 1.1]})
    >>> choices = Choices.from_frame(frame)
    >>> bootstrap(choices, lambda c: c.count @ c.rt / c.n_choices, 200, seed=1).std().round(1)
    np.float64(0.1)
    """
    if replications < 2:
        raise InputError(f"a bootstrap needs at least 2 replications; got {replications}.")
    rng = np.random.default_rng(seed)
    steps = track(range(replications), "bootstrapping", progress=progress)
    return np.array([statistic(resample(choices, rng)) for _ in steps], dtype=float)


def replicated(
    choices: Choices,
    again: Callable[[Choices], Sequence[Estimate]],
    estimates: Sequence[Estimate],
    replications: int,
    seed: int | None,
    *,
    progress: bool,
) -> tuple[FloatArray, ...]:
    """Replicates of each estimate, shape (replications, parameters); NaN where there is none."""
    sizes = {e.estimator: len(e.parameters) for e in estimates}

    def values(sample: Choices) -> FloatArray:
        p = sample.features.shape[1]
        replicate: dict[str, FloatArray] = {}
        if np.linalg.matrix_rank(sample.features) == p:  # not collinear among the labelers drawn
            with suppress(InputError):  # a group that was not drawn
                replicate = {e.estimator: e.values for e in again(sample)}
        return np.concatenate(
            [replicate.get(k, np.full(size, np.nan)) for k, size in sizes.items()]
        )

    replicates = bootstrap(choices, values, replications, seed, progress=progress)
    return tuple(np.split(replicates, np.cumsum(list(sizes.values()))[:-1], axis=1))


def summarised(replicates: FloatArray, prob: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Standard deviation, percentile interval and share of failures of each column."""
    p = replicates.shape[1]
    se, interval = np.full(p, np.nan), np.full((p, 2), np.nan)
    finite = np.isfinite(replicates)
    for j in range(p):
        good = replicates[finite[:, j], j]
        if len(good) > 1:
            se[j] = good.std(ddof=1)
            interval[j] = np.quantile(good, [(1 - prob) / 2, (1 + prob) / 2])
    return se, interval, 1 - finite.mean(axis=0)
