"""Condense a table: a few hundred weighted rows that say what all of them say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.learned_values import valued_design
from bayes_ddm.data.preference_sums import preference_sums
from bayes_ddm.data.reduced import PART, ROWS_EACH, reduced
from bayes_ddm.data.sufficient import labeler_sums
from bayes_ddm.data.summed import SummedLabelers, summed
from bayes_ddm.data.whole_labelers import chosen
from bayes_ddm.errors import InputError

# below, rows are as quick as they are
MANY_ROWS = 2_000
# of the log likelihood: relative, or absolute
LARGEST_RELATIVE, LARGEST_ERROR = 1e-9, 1e-5
# shares of the smallest response time at which ndt is tried
NDT_SHARES = (0.5, 0.999)


def condense(
    source: Choices | Condensed | str | Path | Sequence[str | Path] | Any, **columns: Any
) -> Condensed:
    """Reduce choices to a few hundred weighted rows with the same log likelihood.

    Anonymous choices, of one comparison or of few; and choices by known labelers without features,
    whose sums are kept beside the rows.

    Parameters
    ----------
    source : Choices, path, glob or folder, a sequence of these, or ibis.Table
        Choices in memory; Parquet or CSV files of any size, which are read in bounded memory by
        DuckDB (``pip install 'bayes-ddm[scale]'``); or a table of Ibis on a connection of your own,
        such as Spark's, which does the work.
    **columns
        Of files and tables: `choice`, `rt`, `labeler`, `features`, `rt_unit`, `positive`, `min_rt`
        and `max_rt`, as `Choices.from_frame` takes them; `drop` and `missing`, values of the choice
        and of the rt that mean no choice. Of files: `resume`, a folder where each file's rows are
        kept when it is done, so that a run that was stopped, or met a broken file, goes on where it
        was.

    Returns
    -------
    Condensed

    Raises
    ------
    InputError
        If labelers are known and there are features, comparisons are more than pay, there is a
        deadline, or as in `read_choices`.

    Notes
    -----
    The 64 fastest rows of each choice are kept; the others are binned by twofold steps from the
    smallest time, and each bin's rows replaced by 10 nodes of Gauss's quadrature for their own law.
    Whatever a scalar analysis takes from the rows is a sum of functions that are analytic beyond
    the smallest time, and such sums are kept to rounding at any parameters. With features that
    is done within each comparison. Known labelers are grouped by number and sum of choices, and
    their summed response times replaced by nodes as well: exact for normal drifts, or mixtures of
    them, and a boundary, ndt and start that all share.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> options = {"labelers": 20_000, "choices": 1, "boundary": 1.25, "ndt": 0.3}
    >>> condensed = condense(bd.simulate.experiment("normal", **options, seed=1))
    >>> condensed.n_choices, len(condensed) < 350
    (20000, True)
    """
    if isinstance(source, Condensed):
        return source
    if isinstance(source, str | Path | list | tuple):
        from bayes_ddm.data.condensing.engine import condense_files

        return condense_files(source, **columns)
    from bayes_ddm.data.condensing.by_ibis import condense_table, is_ibis

    if is_ibis(source):
        return condense_table(source, **columns)
    if not isinstance(source, Choices):
        raise InputError(
            f"cannot condense a {type(source).__name__}; give choices, or the path of Parquet or "
            "CSV files."
        )
    if columns:
        raise InputError(f"{next(iter(columns))}= is for files; choices have their columns.")
    why = cannot(source) or too_many_comparisons(source)
    if why:
        raise InputError(f"these choices cannot be condensed: {why}.")
    notes = source.notes
    if source.covariates is not None:
        names = ", ".join(map(str, source.covariates.columns))
        notes += (f"columns kept for formulas are not condensed: {names}.",)
    lo = float(source.rt.min())
    group, features = comparisons(source)
    rows = reduced(source.choice, source.rt, source.count, lo, group)
    condensed = Condensed(
        *rows.columns,
        lo=lo,
        n_choices=source.n_choices,
        bins=rows.bins,
        dropped=source.dropped,
        source="choices in memory",
        notes=notes,
        error=None,
        features=None if features is None else features[rows.group],
        feature_names=source.feature_names,
        labelers=None if source.anonymous else summed_labelers(source, lo),
        options=(source.origin.plus, source.origin.minus),
    )
    object.__setattr__(condensed, "error", error_of(condensed, source))
    return condensed


def cannot(choices: Choices) -> str:
    """Why choices cannot be condensed, however many; empty if they can."""
    if choices.contextual and not choices.anonymous:
        return (
            f"they have labelers and features ({', '.join(choices.feature_names)}), and each "
            "labeler's own comparisons tell of their preferences; fit the rows"
        )
    if choices.deadline is not None:
        return "they have a deadline; fit them as they are, identical rows are grouped"
    if choices.flip:
        return "they are private answers, which estimate and fit condense themselves"
    return ""


def too_many_comparisons(choices: Choices) -> str:
    """Why condensing by comparison does not pay; empty if it does, or there are no features."""
    if not choices.contextual:
        return ""
    distinct = len(np.unique(choices.features, axis=0))
    most = choices.n_choices // ROWS_EACH
    if distinct <= max(most, 1):
        return ""
    return (
        f"they are of {distinct:,} distinct comparisons, and more than {max(most, 1):,} do not pay "
        f"with {choices.n_choices:,} choices; go on with the rows"
    )


def comparisons(choices: Choices) -> tuple[IntArray | None, FloatArray | None]:
    """Comparison of each row, counted from 0, and attribute differences of each comparison."""
    if not choices.contextual:
        return None, None
    features, group = np.unique(choices.features, axis=0, return_inverse=True)
    return group.ravel(), features


def summed_labelers(choices: Choices, lo: float) -> SummedLabelers:
    """Weighted labelers that say of a normal drift what known ones say."""
    sums = labeler_sums(choices)
    n, choice = (np.rint(x).astype(np.int64) for x in (sums.n, sums.choice[:, 0]))
    rows, weight = choices.expanded(), np.ones(len(n))
    whole = chosen(rows.unit, rows.choice, rows.rt, weight)
    return summed(n, choice, sums.rt_gram[:, 0, 0], weight, lo=lo, whole=whole)


def lossless(choices: Choices, *formulas: object) -> Choices:
    """Choices that say the same in fewer rows, where that loses nothing and saves time.

    Parameters
    ----------
    choices : Choices
    *formulas : object
        What boundary and ndt are: columns are kept for text. What a formula of the drift makes of
        columns are features, which need them no more.

    Returns
    -------
    Choices
        The same where there are few rows, labelers are known, comparisons are many, or formulas
        need columns; else weighted rows, unless their log likelihood is not that of all.
    """
    plain = replace(choices, flip=0.0, covariates=None)
    as_is = len(choices) <= MANY_ROWS or not choices.anonymous or _needs_columns(choices, formulas)
    if as_is or cannot(plain) or too_many_comparisons(plain):
        return choices
    reduced_choices = _exactly(plain)
    return choices if reduced_choices is plain else replace(reduced_choices, flip=choices.flip)


def lossless_by_labelers(choices: Choices) -> Choices:
    """Choices by known labelers reduced to labelers' sums, as `lossless` does.

    For likelihoods of normal preferences alone: estimates take every labeler's rows.
    """
    if len(choices) <= MANY_ROWS or choices.labeler is None or _needs_columns(choices):
        return choices
    if not choices.contextual:
        return choices if cannot(choices) else _exactly(choices)
    if choices.deadline is not None or choices.flip:
        return choices
    sums = preference_sums(choices)

    def moved(boundary: float, ndt: float) -> float:
        every, weighted = (_passed(x, boundary, ndt) for x in (choices, sums))
        return every - weighted

    return sums if _largest(choices, moved) <= LARGEST_ERROR else choices


def _needs_columns(choices: Choices, formulas: Sequence[object] = ()) -> bool:
    """Whether columns are kept that a formula will ask for again."""
    if choices.covariates is None:
        return False
    learned = valued_design(choices) is not None  # features are made anew at each of its values
    return bool(choices.between) or learned or any(isinstance(x, str) for x in formulas)


def _exactly(choices: Choices) -> Choices:
    condensed = condense(choices)
    exact = condensed.error is not None and condensed.error <= LARGEST_ERROR
    return (
        replace(condensed.choices, flip=choices.flip, origin=choices.origin) if exact else choices
    )


def condensed_note(rows: Choices, choices: Choices) -> str:
    """Say in how many rows choices were condensed."""
    return (
        f"the {choices.n_choices:,} choices are condensed to {len(rows):,} weighted rows, with the "
        "same log likelihood"
    )


def error_of(condensed: Condensed, choices: Choices) -> float:
    """Largest error of the log likelihood over a few parameters, at which all rows are visited."""
    if choices.anonymous:
        of_rows = partial(_of_rows, choices), partial(_of_rows, condensed.choices)
        return _largest(choices, lambda *at: of_rows[0](*at) - of_rows[1](*at))
    sums, reduced_sums = labeler_sums(choices), condensed.choices.summed
    assert reduced_sums is not None
    every = _of_labelers(choices, sums.n, sums.choice[:, 0], sums.rt_gram[:, 0, 0])
    weighted = _of_labelers(
        condensed.choices, reduced_sums.n, reduced_sums.choice, reduced_sums.rt, reduced_sums.weight
    )
    return _largest(choices, lambda *at: every(*at) - weighted(*at))


def _largest(choices: Choices, difference: Callable[[float, float], float]) -> float:
    """Largest size of a difference at a few usual boundaries and ndts of these choices."""
    mean_rt = float(np.average(choices.rt, weights=choices.count))
    ndts = [share * float(choices.rt.min()) for share in NDT_SHARES]
    return max(abs(difference(float(np.sqrt(1.3 * (mean_rt - ndt))), ndt)) for ndt in ndts)


def _passed(choices: Choices, boundary: float, ndt: float) -> float:
    """Log density of all rows at drift 0."""
    return float(choices.count @ wiener.zero_drift_log_density(choices.rt - ndt, boundary))


def _of_rows(choices: Choices, boundary: float, ndt: float) -> float:
    """Log likelihood of anonymous choices at a usual population."""
    largest = np.maximum(np.abs(choices.features).max(axis=0), 1e-300)
    total = 0.0
    for first in range(0, len(choices), PART):  # of many rows, what is between them is large
        part = slice(first, first + PART)
        mean, sd = np.array(0.5 / boundary), np.array(1 / boundary)
        if choices.contextual:
            psi = choices.features[part] / largest
            mean, sd = mean * psi.sum(axis=1), sd * np.sqrt((psi**2).sum(axis=1))
        density = wiener.random_drift_log_density(
            choices.rt[part], choices.choice[part], mean=mean, sd=sd, boundary=boundary, ndt=ndt
        )
        total += float(choices.count[part] @ density)
    return total


def _of_labelers(
    choices: Choices, n: Any, choice: Any, rt: Any, weight: Any = 1.0
) -> Callable[[float, float], float]:
    """Log likelihood of known labelers at a usual population, as a function of boundary and ndt."""

    def at(boundary: float, ndt: float) -> float:
        mean, variance = 0.5 / boundary, boundary**-2
        time = rt - n * ndt
        factor = wiener.random_drift_log_factor(boundary * choice, time, mean, variance)
        return _passed(choices, boundary, ndt) + float(np.sum(weight * factor))

    return at
