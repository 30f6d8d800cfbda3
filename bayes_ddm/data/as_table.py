"""Choices as a table again, and in a line.

`bayes_ddm.data.choices` imports this file, which so takes choices without naming their class.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from bayes_ddm.data.columns import weighted_median


def frame_of(choices: Any) -> pd.DataFrame:
    """Return the table; see `Choices.to_frame`."""
    columns: dict[str, Any] = {"choice": choices.choice, "rt": choices.rt}
    if choices.labelers is not None:
        columns["labeler"] = choices.labelers[choices.labeler]
    columns |= {name: choices.features[:, j] for j, name in enumerate(choices.feature_names)}
    late = choices.omitted
    if (choices.count != 1).any() or (late is not None and (late.count != 1).any()):
        columns["count"] = choices.count
    if choices.deadline is not None:
        columns["deadline"] = choices.deadline
    if choices.covariates is not None:
        columns = {str(name): column.array for name, column in choices.covariates.items()} | columns
    frame = pd.DataFrame(columns)
    if late is None:
        return frame
    late_frame = frame_of(late).assign(choice=np.nan, rt=np.nan, count=late.count)
    return pd.concat([frame, late_frame[frame.columns]], ignore_index=True)


def unformed(choices: Any) -> pd.DataFrame:
    """Return the table without columns that a formula made of others, and makes again."""
    frame = frame_of(choices)
    if not choices.drift:
        return frame
    covariates = [] if choices.covariates is None else list(map(str, choices.covariates.columns))
    return frame.drop(columns=[x for x in choices.feature_names if x not in covariates])


def head_of(choices: Any) -> pd.DataFrame:
    """Return the first rows of the table."""
    return frame_of(replace(choices._take(np.arange(min(len(choices), 5))), omitted=None))


def described(choices: Any) -> str:
    """Return how many choices there are, by whom, of what, and what was dropped."""
    n_labelers = choices.n_labelers
    labelers = "anonymous labelers" if n_labelers is None else f"{n_labelers} labelers"
    text = f"Choices: {choices.n_choices:,} choices by {labelers}, "
    text += f"median response time {weighted_median(choices.rt, choices.count):.3g} s"
    if choices.contextual:
        text += ", features " + ", ".join(choices.feature_names)
    if choices.deadline is not None:
        text += f"; {choices.window}"
    if choices.dropped:
        text += "; dropped " + ", ".join(f"{n} ({why})" for why, n in choices.dropped.items())
    return text
