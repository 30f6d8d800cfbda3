"""Rows of a table that are asked for, and values in it that are no response; each is counted."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray
from bayes_ddm.data import columns
from bayes_ddm.data.columns import one_line
from bayes_ddm.errors import InputError, did_you_mean

Where = Mapping[str, Any] | Sequence[str] | str
Missing = Mapping[str, Any] | Sequence[Any]

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_COMPARISON = re.compile(r"\s*(.+?)\s*(!=|<=|>=|==|<|>|=)\s*(.*?)\s*", re.DOTALL)
SHOWN = 12


@dataclass(frozen=True)
class Condition:
    """A column compared with a value: ``task=choice``, ``age>=18``; several values are any."""

    column: str
    sign: str
    values: tuple[Any, ...]

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"{self.column} {self.sign} {' or '.join(one_line(v) for v in self.values)}"

    def mask(self, frame: pd.DataFrame) -> BoolArray:
        """Which rows meet it.

        Raises
        ------
        InputError
            If the column is not there, holds no such value, or no numbers to compare.
        """
        column, compare = columns.find(frame, self.column), COMPARISONS[self.sign]
        if self.sign not in ("=", "==", "!="):
            bound = _number(self.values[0])
            if bound is None:
                raise InputError(f"row selection {str(self)!r} compares numbers; give a number.")
            return np.asarray(compare(columns.numbers(column, self.column), bound))
        equal = _alike(column, self.values)
        if not equal.any():
            levels = [one_line(level) for level in pd.unique(column.dropna())]
            listed = ", ".join(levels[:SHOWN]) + (", ..." if len(levels) > SHOWN else "")
            near = did_you_mean(self.values[0], levels, f"it holds {listed}.", cutoff=0.6)
            raise InputError(
                f"row selection {str(self)!r}: no such value in column {self.column!r}; {near}"
            )
        return equal if self.sign != "!=" else ~equal


def conditions(where: Where | None) -> list[Condition]:
    """Read a row selection: ``{"task": "choice"}`` or ``["task=choice", "age>=18"]``.

    Raises
    ------
    InputError
        If a text is no comparison.

    Examples
    --------
    >>> [str(each) for each in conditions(["task=choice", "age>=18"])]
    ['task = choice', 'age >= 18']
    >>> str(*conditions({"block": [1, 2]}))
    'block = 1 or 2'
    """
    if where is None:
        return []
    if isinstance(where, Mapping):
        return [
            Condition(str(name), "=", tuple(value) if several(value) else (value,))
            for name, value in where.items()
        ]
    return [_condition(text) for text in ([where] if isinstance(where, str) else where)]


def _condition(text: Any) -> Condition:
    match = _COMPARISON.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InputError(
            f"row selection {text!r} is no comparison; write COLUMN=VALUE, or !=, <, >, <=, >=."
        )
    return Condition(match[1], match[2], (match[3],))


def selected(
    frame: pd.DataFrame, where: Where | None, counts: NDArray[np.int64]
) -> tuple[BoolArray, dict[str, int]]:
    """Return which rows are asked for, and how many choices each condition leaves out.

    Raises
    ------
    InputError
        As `conditions` and `Condition.mask`; if no row is left.
    """
    keep, dropped = np.ones(len(frame), dtype=bool), {}
    for condition in conditions(where):
        meets = condition.mask(frame)
        dropped[f"not {condition}"] = int(counts[keep & ~meets].sum())
        keep &= meets
    if not keep.any():
        wanted = ", ".join(map(str, conditions(where)))
        raise InputError(f"no row is left by the row selection {wanted}; ask for less.")
    return keep, dropped


def without_missing(
    frame: pd.DataFrame, missing: Missing | None, choice: str, rt: str
) -> pd.DataFrame:
    """Empty the cells of choice and response time that hold values for no response.

    Raises
    ------
    InputError
        If that would leave no choice, or one where there are two: ``-1`` may be either.
    """
    if missing is None:
        return frame
    if isinstance(missing, Mapping):
        codes_by_column = {
            str(name): value if several(value) else [value] for name, value in missing.items()
        }
    else:
        codes = missing if several(missing) else [missing]
        codes_by_column = {choice: codes, rt: codes}
    table = frame.copy(deep=False)
    for name, codes in codes_by_column.items():
        column = columns.find(frame, name)
        empty = _alike(column, codes)
        least = 1 if isinstance(missing, Mapping) else 2
        if name == choice and empty.any() and column[~empty].nunique() < least:
            raise InputError(
                f"missing {', '.join(map(one_line, codes))} would take choices out of column "
                f"{choice!r}; say of which column they are: missing={{{rt!r}: ...}} "
                f"(--missing {rt}=...)."
            )
        table[name] = column.mask(empty)
    return table


def without_values(
    frame: pd.DataFrame, drop: Sequence[Any], choice: str, counts: NDArray[np.int64]
) -> tuple[BoolArray, dict[str, int]]:
    """Return rows whose choice is none of some values, such as ``tie``, and how many those are.

    Raises
    ------
    InputError
        If no row is left.
    """
    if isinstance(drop, str) or not isinstance(drop, Sequence):
        raise InputError(f"drop must be a list of values of the choice column; got {drop!r}.")
    keep, dropped = np.ones(len(frame), dtype=bool), {}
    column = columns.find(frame, choice)
    for value in drop:
        equal = _alike(column, [value])
        dropped[one_line(value)] = int(counts[equal].sum())
        keep &= ~equal
    if not keep.any():
        raise InputError(f"drop= leaves no choice in column {choice!r}; drop less.")
    return keep, dropped


def _alike(column: pd.Series, values: Iterable[Any]) -> BoolArray:
    """Which cells mean one of the values; a missing one means none."""
    keys = {key(value) for value in values}
    codes, levels = pd.factorize(column)
    return np.append(np.array([key(level) in keys for level in levels], dtype=bool), False)[codes]


def several(value: Any) -> bool:
    """Whether a value is a collection of values."""
    return isinstance(value, (list, tuple, set, frozenset, range, np.ndarray, pd.Index))


def _number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def key(value: Any) -> Any:
    """What two cells have in common that mean the same: ``true`` and True, ``1`` and 1.0."""
    text = str(value).strip()
    if text.lower() in {"true", "false"}:
        return text.lower()
    number = _number(text)
    return text if number is None else number
