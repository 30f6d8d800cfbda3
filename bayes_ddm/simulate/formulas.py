"""Values of parameters by the cells, or the columns, of a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.conditions import conditions_in
from bayes_ddm.errors import InputError, did_you_mean

BACK: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("boundary", "ndt", "drift_noise", "collapse"), np.exp),
    "start": expit,
}

Formula = Mapping[str, Mapping[str, Any]]


def values_by_row(name: str, mapping: Formula, table: pd.DataFrame) -> FloatArray:
    """Value of a parameter in each row of a table.

    Parameters
    ----------
    name : str
        The parameter, named in errors.
    mapping : mapping of one formula to its values
        By cell, ``{"instruction": {"speed": 0.8, "accuracy": 1.5}}``; or by column of the design,
        on the models' link (a logarithm, of the start the logit), ``{"1 + load":
        {"Intercept": 0.2, "load": 0.3}}``.
    table : DataFrame

    Returns
    -------
    ndarray, shape (rows,) or (rows, d)

    Raises
    ------
    InputError
        If a cell has no value, or a value no cell.

    Examples
    --------
    >>> table = pd.DataFrame({"task": ["a", "b", "a", "b"], "load": [0.0, 1.0, 2.0, 3.0]})
    >>> values_by_row("boundary", {"task": {"a": 1.0, "b": 1.5}}, table)
    array([1. , 1.5, 1. , 1.5])
    >>> values_by_row("ndt", {"1 + load": {"Intercept": -1.0, "load": 0.1}}, table).round(3)
    array([0.368, 0.407, 0.449, 0.497])
    """
    if len(mapping) != 1 or not all(isinstance(values, Mapping) for values in mapping.values()):
        raise InputError(
            f"{name} by condition is one formula with its values, such as "
            f'{name}={{"instruction": {{"speed": 0.8, "accuracy": 1.5}}}}.'
        )
    ((formula, values),) = mapping.items()
    cells = conditions_in(table, formula, what=name)
    values = {str(key): value for key, value in values.items()}
    by_cell = cells.by_cell and not set(values) <= set(cells.design.names)
    names = cells.names if by_cell else cells.design.names
    for key in values:
        if key not in names:
            hint = did_you_mean(key, names, f"there are {', '.join(names)}.")
            raise InputError(f"{name} formula {formula!r} has no {key!r}; {hint}")
    absent = [key for key in names if key not in values]
    if absent:
        raise InputError(f"{name} formula {formula!r} needs a value for {', '.join(absent)}.")
    numbers = np.array([values[key] for key in names], dtype=float)
    if by_cell:
        return numbers[cells.cell]
    back = BACK.get(name, np.asarray)
    return np.asarray(back(cells.design.matrix @ numbers))
