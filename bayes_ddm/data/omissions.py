"""Choices together with the trials that ran out of time, which have none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.deadline import OMISSIONS, STRANGERS
from bayes_ddm.errors import InputError


def with_omitted(choices: Choices) -> Choices:
    """Return all trials as rows: choices first, then those that ran out of time.

    Returns
    -------
    Choices
        The same where there are no such trials; else `choice` is 0 in the last rows, and `rt` the
        deadline.
    """
    late = choices.omitted
    if late is None or not len(late):
        return choices
    covariates = None
    if choices.covariates is not None:
        covariates = pd.concat([choices.covariates, late.covariates], ignore_index=True)
    return replace(
        choices,
        choice=np.append(choices.choice, late.choice),
        rt=np.append(choices.rt, late.rt),
        labeler=_joined(choices.labeler, late.labeler),
        features=np.concatenate([choices.features, late.features]),
        count=np.append(choices.count, late.count),
        row=_joined(choices.row, late.row),
        covariates=covariates,
        deadline=_joined(choices.deadline, late.deadline),
        # none are left, and none are absent
        omitted=late._take(np.arange(0)),
    )


def recoded(choices: Choices, features: FloatArray, names: tuple[str, ...], drift: str) -> Choices:
    """Return choices with other attribute differences, of the rows of `with_omitted`."""
    n, late = len(choices), choices.omitted
    coding: dict[str, Any] = {"feature_names": names, "drift": drift}
    if late is not None:
        late = replace(late, features=features[n:], **coding)
    return replace(choices, features=features[:n], omitted=late, **coding)


def cut_off(choices: Choices, deadline: FloatArray, omissions: str = "rows") -> Choices:
    """Return choices of which those after a deadline never came.

    Parameters
    ----------
    choices : Choices
    deadline : ndarray, shape (rows,)
        Seconds.
    omissions : {"rows", "absent"}
        Whether trials that ran out of time are kept as `omitted`, or left out. Those of labelers
        who never chose are left out, and counted.

    Raises
    ------
    InputError
        If a deadline is not positive, no choice comes in time, or `omissions` is neither.
    """
    if omissions not in OMISSIONS:
        raise InputError(f"omissions must be 'rows' or 'absent'; got {omissions!r}.")
    if not (deadline > 0).all():
        raise InputError(f"deadline must be positive; got {deadline.min():g}.")
    late = choices.rt > deadline
    if late.all():
        raise InputError(f"no choice comes by the deadline of {deadline.max():g} s; give a later.")
    every = replace(choices, deadline=deadline)
    in_time, units = every._part(np.flatnonzero(~late))
    if omissions == "absent":
        return in_time
    omitted_rows, labeler = late, None
    if choices.labeler is not None:
        omitted_rows = late & np.isin(choices.labeler, units)
        labeler = np.searchsorted(units, choices.labeler[omitted_rows])
    omitted = replace(
        every._take(np.flatnonzero(omitted_rows)),
        choice=np.zeros(int(omitted_rows.sum()), dtype=np.int8),
        rt=deadline[omitted_rows],
        labeler=labeler,
        labelers=in_time.labelers,
    )
    lost = int(choices.count[late & ~omitted_rows].sum())
    dropped = {STRANGERS: lost} if lost else {}
    return replace(in_time, omitted=omitted, dropped={**in_time.dropped, **dropped})


def _joined(first: Any, last: Any) -> Any:
    return None if first is None or last is None else np.append(first, last)
