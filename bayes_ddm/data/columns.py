"""Checks of a table's columns; what cannot be used is refused in one line that names the mend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, CountArray, FloatArray, IntArray
from bayes_ddm.errors import InputError, RowError, did_you_mean

LARGEST_COUNT = 1e15
# cells looked at together, and distinct values of choices, which may be wrong
PART, FEW = 100_000, 100
MOST_COUNTED = 10_000_000  # choices of known labelers, who are looked at choice by choice


def find(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return the column of that name, or say which name comes near."""
    if isinstance(name, (list, tuple, dict, set)):
        raise InputError(f"a column is given by its name, as text; got {name!r}.")
    if name not in frame.columns:
        shown = [one_line(c) for c in frame.columns]
        near = did_you_mean(name, map(str, frame.columns))
        if len(shown) == 1 and any(mark in shown[0] for mark in ";|\t "):
            hint = f"its only column is {shown[0]!r}: separate the columns with commas."
        elif near:
            hint = near
        elif name is not None and name in frame.index.names:
            hint = "it is the table's index: call reset_index() first."
        else:
            hint = f"columns are {', '.join(shown[:12])}{', ...' if len(shown) > 12 else '.'}"
        raise InputError(f"no column {name!r} in the table; {hint}")
    column = frame[name]
    if isinstance(column, pd.DataFrame):
        raise InputError(f"the table has more than one column {name!r}; rename one.")
    return column


def one_line(value: Any, width: int = 40) -> str:
    """Text of a cell or a name, short and on one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= width else text[: width - 3] + "..."


def _quoted(values: Iterable[Any], joiner: str = ", ") -> str:
    return joiner.join(repr(one_line(v)) for v in values)


def _distinct(column: pd.Series) -> tuple[NDArray[np.intp], Any]:
    """Index of each cell's value, -1 where missing, and the values in order of appearance."""
    try:
        return pd.factorize(column)
    except (TypeError, NotImplementedError) as error:
        kind = type(column.dropna().iloc[0]).__name__
        raise InputError(
            f"column {column.name!r} holds {kind}s; it must hold numbers or text."
        ) from error


def _few_distinct(column: pd.Series) -> tuple[NDArray[Any], Sequence[Any]]:
    """Return the same, a byte per cell where values are few."""
    levels, codes = dict[Any, int](), np.empty(len(column), dtype=np.int8)
    for first in range(0, len(column), PART):
        part, values = _distinct(column.iloc[first : first + PART])
        places = [levels.setdefault(value, len(levels)) for value in values]
        if len(levels) > FEW:
            return _distinct(column)
        codes[first : first + PART] = np.array([*places, -1], dtype=np.int8)[part]
    return codes, list(levels)


def missing(column: pd.Series) -> BoolArray:
    """Which cells are missing, blank text included."""
    empty = column.isna().to_numpy(dtype=bool)
    if not pd.api.types.is_numeric_dtype(column):
        codes, values = _few_distinct(column)
        blank = [i for i, v in enumerate(values) if isinstance(v, str) and not v.strip()]
        if blank:
            empty = empty | np.isin(codes, blank)
    return empty


def coerced(column: pd.Series) -> pd.Series:
    """Numbers, NaN where a cell holds none; one of hundreds of digits is infinite."""
    try:
        return pd.to_numeric(column, errors="coerce")
    except OverflowError:
        return column.map(_number).astype(float)


def numbers(column: pd.Series, name: str) -> FloatArray:
    """Finite numbers, NaN where a cell is missing."""
    if column.dtype.kind in "mMc":
        raise InputError(
            f"column {name!r} holds {column.dtype}, not numbers; convert it to plain numbers first."
        )
    if isinstance(column.dtype, np.dtype) and column.dtype.kind in "iuf":
        return _finite(column.to_numpy(dtype=float), name)
    try:
        numeric = coerced(column)
    except (TypeError, NotImplementedError) as error:
        raise InputError(f"column {name!r} holds no numbers; it must.") from error
    bad = (numeric.isna() & column.notna()).to_numpy(dtype=bool)
    if bad.any():
        bad = bad & ~missing(column)
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        text = one_line(column.iloc[row])
        raise RowError(
            f"column {name!r} has text where a number belongs: {text!r} in", row, "; correct it."
        )
    return _finite(numeric.to_numpy(dtype=float, na_value=np.nan), name)


def _finite(values: FloatArray, name: str) -> FloatArray:
    if np.isinf(values).any():
        row = int(np.flatnonzero(np.isinf(values))[0])
        raise RowError(f"column {name!r} is infinite in", row, "; correct or remove the row.")
    return values


def weighted_median(values: FloatArray, weights: CountArray) -> float:
    """Median of values that each stand for several."""
    if weights.dtype.kind != "f" and weights.max() == 1:  # which needs no sorting
        k = (len(values) - 1) // 2
        return float(np.partition(values, k)[k])
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order])
    if weights.dtype.kind == "f":
        return float(between_nodes(values[order], weights[order], np.array([0.5]))[0])
    return float(values[order][np.searchsorted(cumulative, cumulative[-1] / 2)])


def between_nodes(values: FloatArray, weights: FloatArray, probabilities: FloatArray) -> FloatArray:
    """Quantiles of a law that nodes of quadrature stand for: half of a node's weight lies below.

    Parameters
    ----------
    values : ndarray, shape (nodes,)
        In ascending order.
    weights : ndarray, shape (nodes,)
    probabilities : ndarray
    """
    cumulative = np.cumsum(weights)
    below = (cumulative - weights / 2) / cumulative[-1]
    return np.asarray(np.interp(probabilities, below, values))


def whole(number: Any) -> int:
    """Return a sum of counts, or of weights, as the whole number that it is."""
    return int(np.rint(number))


def ones(n: int) -> IntArray:
    """Counts of rows that stand for themselves alone, to be read only: they take no memory."""
    return np.broadcast_to(np.int64(1), n)


def of_rows(counts: IntArray, rows: NDArray[Any]) -> IntArray:
    """Counts of some rows, by a mask or their places."""
    n = int(np.count_nonzero(rows)) if rows.dtype == bool else len(rows)
    return ones(n) if counts.strides == (0,) else counts[rows]


def total(counts: IntArray, rows: BoolArray) -> int:
    """How many choices some rows stand for."""
    return int(of_rows(counts, rows).sum())


def counts(frame: pd.DataFrame, name: str | None) -> IntArray:
    """How many identical rows each row stands for."""
    if name is None:
        return ones(len(frame))
    values = numbers(find(frame, name), name)
    bad = ~((values >= 0) & (values < LARGEST_COUNT) & (values == np.round(values)))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        cell = "empty" if np.isnan(values[row]) else f"{values[row]:g}"
        allowed = f"whole counts from 0 to {LARGEST_COUNT:.0e}"
        raise RowError(
            f"column {name!r} must hold {allowed} but is {cell} in", row, "; correct it."
        )
    return values.astype(np.int64)


def refuse_many(weights: IntArray, count: str | None) -> None:
    """Refuse counts of known labelers that no memory holds as rows."""
    total = int(weights.sum(dtype=float))
    if total > max(MOST_COUNTED, len(weights)):
        raise InputError(
            f"column {count!r} adds up to {total:,} choices of known labelers, of {MOST_COUNTED:,} "
            "at most; leave the labelers out, or take a part of them."
        )


def signs(column: pd.Series, rows: NDArray[np.intp], name: str, positive: Any) -> NDArray[np.int8]:
    """Choices as +1 and -1."""
    codes, uniques = _few_distinct(column)
    values = list(uniques)
    as_numbers = [_number(v) for v in values]
    for i, number in enumerate(as_numbers):
        if number is not None and np.isinf(number):
            row = int(rows[np.flatnonzero(codes == i)[0]])
            raise RowError(f"column {name!r} is infinite in", row, "; correct or remove the row.")
    if len(values) > 2:
        rarest = int(np.argmin(np.bincount(codes)))
        shown = _quoted(values[:4]) + (", ..." if len(values) > 4 else "")
        raise RowError(
            f"column {name!r} has {len(values)} distinct choices ({shown}) and two are needed: "
            f"recode or remove the others, such as {one_line(values[rarest])!r} in",
            int(rows[np.flatnonzero(codes == rarest)[0]]),
            "; drop= (--drop) leaves values out.",
        )
    if positive is not None:
        match = _match(values, positive)
        if match is None and len(values) == 2:
            hint = did_you_mean(positive, map(str, values), "choose one of them.", cutoff=0.6)
            listed = _quoted(values, " and ")
            raise InputError(f"positive={positive!r} is not in column {name!r} ({listed}); {hint}")
        return np.where(codes == match, np.int8(1), np.int8(-1))
    if not _are_codes(as_numbers):
        listed = _quoted(values, " and ")
        raise InputError(
            f"column {name!r} holds {listed}; say which is +1 with positive= (--positive)."
        )
    return np.where(np.array(as_numbers, dtype=float) == 1, 1, -1).astype(np.int8)[codes]


def coded(column: pd.Series) -> bool:
    """Whether a column of choices, none missing, is +1/-1, 0/1 or booleans."""
    return _are_codes([_number(value) for value in _few_distinct(column)[1]])


def _are_codes(numbers: list[float | None]) -> bool:
    return set(numbers) <= {1.0, -1.0} or set(numbers) <= {0.0, 1.0}


def _number(value: Any) -> float | None:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return float(value.strip().lower() == "true")
    try:
        return float(value)
    except OverflowError:
        return float("inf")
    except (TypeError, ValueError):
        return None


def _match(values: list[Any], positive: Any) -> int | None:
    """Position of the value meant: the same, the same as text, or the same number."""
    for same in (
        lambda v: v == positive,
        lambda v: str(v) == str(positive),
        lambda v: _number(v) is not None and _number(v) == _number(positive),
    ):
        for i, value in enumerate(values):
            if same(value):
                return i
    return None


def labelers(column: pd.Series, rows: NDArray[np.intp], name: str) -> tuple[IntArray, NDArray[Any]]:
    """Index of each row's labeler, and the labelers' names in order of appearance."""
    unnamed = missing(column)
    if column.dtype.kind == "f":
        unnamed = unnamed | np.isinf(column.to_numpy(dtype=float, na_value=np.nan))
    if unnamed.any():
        row = int(rows[np.flatnonzero(unnamed)[0]])
        raise RowError(f"column {name!r} names no labeler in", row, "; name it or drop the row.")
    codes, names = _distinct(column)
    if names.dtype.kind == "O" and any(isinstance(value, tuple) for value in names):
        raise InputError(f"column {name!r} holds tuples; name labelers by numbers or text.")
    return codes.astype(np.int64), np.asarray(names)


def feature(frame: pd.DataFrame, name: str, keep: BoolArray) -> FloatArray:
    """One attribute difference: a column, or ``"a-b"``, the difference of two."""
    parts = sides(frame, name)
    if len(parts) > 1:
        with np.errstate(over="ignore"):
            left, right = (feature(frame, part, keep) for part in parts)
            difference = left - right
        if np.isinf(difference).any():
            raise InputError(f"feature {name!r} overflows; rescale its columns.")
        return difference
    values = numbers(find(frame, name), name)
    bad = np.isnan(values) & keep
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise RowError(f"feature {name!r} is missing in", row, "; fill it in or remove the row.")
    return values[keep]


def sides(frame: pd.DataFrame, name: str) -> tuple[str, ...]:
    """Columns of an attribute difference: one of this name, or two, ``"a-b"``.

    Raises
    ------
    InputError
        If there are none.
    """
    if name not in frame.columns and "-" in name:
        # a column's own name may hold a hyphen: take the split whose two sides both exist
        parts = name.split("-")
        for cut in range(1, len(parts)):
            left, right = "-".join(parts[:cut]).strip(), "-".join(parts[cut:]).strip()
            if left in frame.columns and right in frame.columns:
                return left, right
        if not did_you_mean(name, map(str, frame.columns), cutoff=0.8):
            for part in (parts[0].strip(), parts[-1].strip()):
                find(frame, part)
    find(frame, name)
    return (name,)


def covariates(frame: pd.DataFrame, names: Sequence[str], keep: BoolArray) -> pd.DataFrame | None:
    """Columns kept for formulas, as they stand in the table; None if there are none."""
    if not names:
        return None
    if len(set(names)) < len(names):
        twice = next(name for name in names if list(names).count(name) > 1)
        raise InputError(f"covariate {twice!r} is named twice; name each once.")
    table = pd.DataFrame({name: find(frame, name)[keep].array for name in names})
    for name in table.columns[[pd.api.types.is_object_dtype(kind) for kind in table.dtypes]]:
        try:
            pd.factorize(table[name])
        except TypeError as error:
            raise InputError(
                f"covariate {name!r} holds lists or the like; keep a number or a text of each."
            ) from error
    return table


def refuse_degenerate_features(matrix: FloatArray, names: tuple[str, ...]) -> None:
    """Refuse attribute differences that do not vary, or not separately."""
    if not names:
        return
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise InputError(f"feature {twice!r} is named twice; name each once.")
    constant = [n for n, x in zip(names, matrix.T, strict=True) if x.min() == x.max()]
    if len(constant) == len(names) or any((matrix[:, names.index(n)] == 0).all() for n in constant):
        raise InputError(
            f"feature {constant[0]!r} is constant; remove it (a scalar problem needs no features)."
        )
    if len(matrix) < len(names):
        raise InputError(
            f"{len(matrix)} rows cannot tell {len(names)} features apart; give fewer features."
        )
    if involved := collinear(matrix, names):
        raise InputError(f"features {', '.join(involved)} are collinear; remove one.")


def collinear(matrix: FloatArray, names: Sequence[str]) -> list[str]:
    """Names of columns, none of them 0 throughout, that are combinations of one another."""
    scaled = matrix / np.abs(matrix).max(axis=0)
    scaled /= np.sqrt((scaled**2).mean(axis=0))
    _, singular, vectors = np.linalg.svd(scaled, full_matrices=False)
    if singular[-1] >= 1e-8 * singular[0]:
        return []
    return [n for n, w in zip(names, vectors[-1], strict=True) if abs(w) > 1e-4]
