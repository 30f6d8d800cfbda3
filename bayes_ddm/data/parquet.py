"""Tables from Parquet: of many rows, numbers are read part by part into arrays made beforehand."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import pyarrow as pa

MANY_ROWS = 1_000_000
PART = 100_000  # rows
BUFFER = 1 << 20  # bytes of a column that are read at a time
MOST_TEXTS = 100  # distinct ones of a column of choices


class Owned(pd.DataFrame):
    """A table that nobody else holds, whose numbers may be taken without a copy."""


def read_parquet(
    path: str | Path, columns: Collection[str] | None = None, *, choice: str | None = None
) -> pd.DataFrame:
    """Read a table, or some of its columns, as pandas does, in less memory.

    Parameters
    ----------
    path : str or Path
    columns : collection of str, optional
        Those to read, in the order of the file.
    choice : str, optional
        Column of few distinct texts, which may become a categorical.

    Returns
    -------
    DataFrame
    """
    from pyarrow import parquet

    with parquet.ParquetFile(path, buffer_size=BUFFER) as file:
        schema, rows = file.schema_arrow, file.metadata.num_rows
        names = [name for name in schema.names if columns is None or name in columns]
        if rows < MANY_ROWS or _indexed(schema) or len({*schema.names}) < len(schema.names):
            return pd.read_parquet(path, columns=None if columns is None else names)
        table: dict[str, Any] = {}
        for name in names:
            column = _numbers(file, schema.field(name), rows)
            if column is None and name == choice:
                column = _texts(file, schema.field(name), rows)
            table[name] = pd.read_parquet(path, columns=[name])[name] if column is None else column
    return Owned(table, copy=False)


def _indexed(schema: pa.Schema) -> bool:
    """Whether pandas wrote the table, with an index or names of columns that are no text."""
    about = schema.pandas_metadata or {}
    index = [x for x in about.get("index_columns", []) if not isinstance(x, dict) or x.get("name")]
    kinds = {x.get("pandas_type") for x in about.get("column_indexes", [])}
    return bool(index) or not kinds <= {"unicode", "string", "empty"}


def _parts(file: Any, name: str) -> Iterator[Any]:
    """Go through a column; a reader of several groups of rows would keep all that it read."""
    for group in range(file.num_row_groups):
        batches = file.iter_batches(PART, row_groups=[group], columns=[name], use_threads=False)
        yield from (batch.column(0) for batch in batches)


def _numbers(file: Any, field: pa.Field, rows: int) -> Any:
    """Return a column of numbers; None if it holds none, or truth values some of them missing."""
    from pyarrow import types

    kind = field.type
    if not (types.is_integer(kind) or types.is_floating(kind) or types.is_boolean(kind)):
        return None
    values, first = np.empty(rows, dtype=kind.to_pandas_dtype()), 0
    for cells in _parts(file, field.name):
        part = cells.to_numpy(zero_copy_only=False)
        if part.dtype == object:
            return None
        if not np.can_cast(part.dtype, values.dtype):  # whole numbers, some of them missing
            values = values.astype(part.dtype)
        values[first : first + len(part)] = part
        first += len(part)
    return values


def _texts(file: Any, field: pa.Field, rows: int) -> Any:
    """Return a column of a few texts as a categorical; None if it holds others."""
    from pyarrow import types

    if not (types.is_string(field.type) or types.is_large_string(field.type)):
        return None
    codes, levels, first = np.empty(rows, dtype=np.int8), dict[str, int](), 0
    for cells in _parts(file, field.name):
        part = cells.dictionary_encode()
        numbers = [levels.setdefault(text, len(levels)) for text in part.dictionary.to_pylist()]
        if len(levels) > MOST_TEXTS:
            return None
        at = part.indices.fill_null(len(numbers)).to_numpy(zero_copy_only=False)
        codes[first : first + len(at)] = np.array([*numbers, -1], dtype=np.int8)[at]
        first += len(at)
    return pd.Categorical.from_codes(codes, categories=list(levels))
