"""What columns that are not used yet could be said to be, and how."""

from __future__ import annotations

import pandas as pd

from bayes_ddm.data.choices import Choices
from bayes_ddm.data.columns import coerced
from bayes_ddm.data.design import per_labeler_range

MOST_LEVELS, MOST_CODES = 12, 4


def roles(choices: Choices) -> dict[str, list[str]]:
    """Sort covariates by what a formula may say of them.

    Returns
    -------
    dict
        Names under ``"people"`` (never varying within a labeler, so that they differ between
        labelers alone), ``"conditions"`` (a few levels) and ``"numbers"``; columns of one value,
        or of a value for nearly every row that is no number, are under none.

    Examples
    --------
    >>> rows = {"choice": [1, 0, 1, 0], "rt": [0.9, 1.4, 0.7, 0.8], "id": [0, 0, 1, 1],
    ...         "task": ["a", "b", "a", "b"], "age": [20, 20, 31, 31], "load": [0.1, 0.7, 0.3, 0.9]}
    >>> kept = ["task", "age", "load"]
    >>> roles(Choices.from_frame(pd.DataFrame(rows), labeler="id", covariates=kept))
    {'people': ['age'], 'conditions': ['task'], 'numbers': ['load']}
    """
    names: dict[str, list[str]] = {"people": [], "conditions": [], "numbers": []}
    if choices.covariates is None:
        return names
    for name in choices.covariates.columns:
        values = choices.covariates[name]
        codes, levels = pd.factorize(values)
        if len(levels) < 2:
            continue
        numeric = values.dtype.kind in "iuf" if hasattr(values.dtype, "kind") else False
        within = per_labeler_range(choices, codes.astype(float)[:, None])
        if choices.labeler is not None and not within.any():
            names["people"].append(str(name))
        elif len(levels) <= (MOST_CODES if numeric else MOST_LEVELS) and not _fractions(values):
            names["conditions"].append(str(name))
        elif numeric:
            names["numbers"].append(str(name))
    return names


def _fractions(values: pd.Series) -> bool:
    numbers = coerced(values).dropna()
    return bool((numbers % 1 != 0).any())
