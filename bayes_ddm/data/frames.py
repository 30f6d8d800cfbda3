"""Tables of other libraries, as pandas holds them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from bayes_ddm.errors import InputError


def as_pandas(table: Any) -> pd.DataFrame:
    """Return a table as a pandas data frame; one that is, as it is.

    Parameters
    ----------
    table : DataFrame or other table
        Of pandas, polars, Arrow, DuckDB or whatever else narwhals knows (a lazy one is computed), a
        Hugging Face ``Dataset``, or a mapping of names to columns of equal length.

    Raises
    ------
    InputError
        If it is none of these, or has splits.

    Examples
    --------
    >>> as_pandas({"choice": [1, -1], "rt": [0.9, 1.4]}).shape
    (2, 2)
    """
    if isinstance(table, pd.DataFrame):
        return table
    if isinstance(table, Mapping):
        return _of_columns(table)
    import narwhals as nw

    frame = nw.from_native(table, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        return frame.collect().to_pandas()
    if isinstance(frame, nw.DataFrame):
        return frame.to_pandas()
    converted = table.to_pandas() if hasattr(table, "to_pandas") else None  # a Dataset, say
    if isinstance(converted, pd.DataFrame):
        return converted
    kind = type(table).__name__
    raise InputError(
        f"expected a table (pandas, polars, Arrow, DuckDB, a Dataset, a dict of columns), got "
        f"{kind}; a file is read by bd.read_choices(path, ...)."
    )


def _of_columns(table: Mapping[Any, Any]) -> pd.DataFrame:
    if splits := [str(name) for name, part in table.items() if hasattr(part, "column_names")]:
        raise InputError(
            f"the data set has splits ({', '.join(splits)}); give one: data[{splits[0]!r}]."
        )
    try:
        return pd.DataFrame({name: _plain(column) for name, column in table.items()})
    except ValueError as error:
        raise InputError(
            f"the columns are no table ({' '.join(str(error).split()).rstrip('.')}); give one "
            "value per row in each."
        ) from error


def _plain(column: Any) -> Any:
    """Return a column without an index, by which pandas would align it with the others."""
    return column.array if isinstance(column, pd.Series) else column
