"""Condense a table: a few hundred weighted rows that say what all of them say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bayes_ddm import wiener
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.reduced import reduced
from bayes_ddm.errors import InputError

# below, rows are as quick as they are
MANY_ROWS = 2_000
# of the log likelihood: relative, or absolute
LARGEST_RELATIVE, LARGEST_ERROR = 1e-9, 1e-5
# shares of the smallest response time at which ndt is tried
NDT_SHARES = (0.5, 0.999)


def condense(
    source: Choices | Condensed | str | Path | Sequence[str | Path], **columns: Any
) -> Condensed:
    """Reduce anonymous choices to a few hundred weighted rows with the same log likelihood.

    Parameters
    ----------
    source : Choices, path, glob or folder, or a sequence of these
        Choices in memory; or Parquet or CSV files of any size, which are read in bounded memory by
        DuckDB (``pip install 'bayes-ddm[scale]'``).
    **columns
        Of files: `choice`, `rt`, `rt_unit`, `positive`, `min_rt` and `max_rt`, as
        `Choices.from_frame` takes them; `drop` and `missing`, values of the choice and of the rt
        that mean no choice.

    Returns
    -------
    Condensed

    Raises
    ------
    InputError
        If labelers are known, there are features, or as in `read_choices`.

    Notes
    -----
    The 64 fastest rows of each choice are kept; the others are binned by twofold steps from the
    smallest time, and each bin's rows replaced by 10 nodes of Gauss's quadrature for their own law.
    Whatever a scalar analysis takes from the rows is a sum of functions that are analytic beyond
    the smallest time, and such sums are kept to rounding at any parameters.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> given = {"labelers": 20_000, "choices": 1, "boundary": 1.25, "ndt": 0.3}
    >>> few = condense(bd.simulate.experiment("normal", **given, seed=1))
    >>> few.n_choices, len(few) < 350
    (20000, True)
    """
    if isinstance(source, Condensed):
        return source
    if isinstance(source, str | Path | list | tuple):
        from bayes_ddm.data.condensing.engine import condense_files

        return condense_files(source, **columns)
    if not isinstance(source, Choices):
        raise InputError(
            f"cannot condense a {type(source).__name__}; give choices, or the path of Parquet or "
            "CSV files."
        )
    if columns:
        raise InputError(f"{next(iter(columns))}= is for files; choices have their columns.")
    why = cannot(source)
    if why:
        raise InputError(f"only anonymous choices without features are condensed: {why}.")
    notes = source.notes
    if source.covariates is not None:
        names = ", ".join(map(str, source.covariates.columns))
        notes += (f"columns kept for formulas are not condensed: {names}.",)
    lo = float(source.rt.min())
    rows = reduced(source.choice, source.rt, source.count, lo)
    made = Condensed(
        *rows.columns,
        lo=lo,
        n_choices=source.n_choices,
        bins=rows.bins,
        dropped=source.dropped,
        source="choices in memory",
        notes=notes,
        error=None,
    )
    object.__setattr__(made, "error", error_of(made, source))
    return made


def cannot(choices: Choices) -> str:
    """Why choices cannot be condensed; empty if they can."""
    if choices.contextual:
        return f"these have features ({', '.join(choices.feature_names)})"
    if not choices.anonymous:
        return "these have labelers, whose drifts are their own"
    if choices.deadline is not None:
        return "these have a deadline; fit them as they are, identical rows are grouped"
    if choices.flip:
        return "these are private answers, which estimate and fit condense themselves"
    return ""


def lossless(choices: Choices) -> Choices:
    """Choices that say the same in fewer rows, where that loses nothing and saves time.

    Returns
    -------
    Choices
        The same where there are few rows, labelers are known, or formulas need columns; else
        weighted rows, unless their log likelihood is not that of all.
    """
    plain = replace(choices, flip=0.0)
    if len(choices) <= MANY_ROWS or choices.covariates is not None or cannot(plain):
        return choices
    made = condense(plain)
    exact = made.error is not None and made.error <= LARGEST_ERROR
    return replace(made.choices, flip=choices.flip) if exact else choices


def condensed_note(few: Choices, choices: Choices) -> str:
    """Say in how many rows choices were condensed."""
    return (
        f"the {choices.n_choices:,} choices are condensed to {len(few):,} weighted rows, with the "
        "same log likelihood"
    )


def error_of(made: Condensed, choices: Choices) -> float:
    """Largest error of the log likelihood over a few parameters, at which all rows are visited."""
    mean_rt = float(np.average(choices.rt, weights=choices.count))
    worst = 0.0
    for share in NDT_SHARES:
        ndt = share * made.lo
        boundary = float(np.sqrt(1.3 * (mean_rt - ndt)))
        given = {"mean": 0.5 / boundary, "sd": 1 / boundary, "boundary": boundary, "ndt": ndt}
        every, few = (
            x.count @ wiener.random_drift_log_density(x.rt, x.choice, **given)
            for x in (choices, made.choices)
        )
        worst = max(worst, abs(float(every - few)))
    return worst
