"""Condense a table of any engine that Ibis speaks to, on the connection that it came with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.passes import condensed_by, refuse_unusable
from bayes_ddm.errors import InputError

NAME = "bayes_ddm_rows"


def is_ibis(source: Any) -> bool:
    """Whether a source is a table of Ibis."""
    kind = type(source)
    return kind.__module__.startswith("ibis.") and hasattr(source, "get_backend")


def condense_table(
    table: Any,
    *,
    choice: str = "choice",
    rt: str = "rt",
    labeler: str | None = None,
    features: Sequence[str] = (),
    rt_unit: str | None = None,
    positive: Any = None,
    min_rt: float | None = None,
    max_rt: float | None = None,
    drop: Sequence[Any] = (),
    missing: Sequence[float] = (),
) -> Condensed:
    """Condense an Ibis table: each pass is a query of its own engine; see `bayes_ddm.condense`.

    Parameters
    ----------
    table : ibis.Table
        Of DuckDB, Spark, or what else `ibis` connects to; filtered and joined as you like.
    **columns
        As `bayes_ddm.data.condensing.engine.condense_files` takes them.

    Raises
    ------
    InputError
        If the table has no such column, the connection fails, or as `Choices.from_frame`.
    """
    refuse_unusable(choice, rt_unit)
    return condensed_by(
        _Engine(table),
        f"a table of {table.get_backend().name}",
        choice=choice,
        rt=rt,
        labeler=labeler,
        features=tuple(features),
        rt_unit=rt_unit,
        positive=positive,
        min_rt=min_rt,
        max_rt=max_rt,
        drop=drop,
        missing=missing,
    )


class _Engine:
    """The table, and the connection that it came with."""

    table = NAME

    def __init__(self, table: Any) -> None:
        self.rows = table.alias(NAME)

    def types(self) -> dict[str, str]:
        """Type of each column."""
        return {name: str(kind).upper() for name, kind in self.rows.schema().items()}

    def frame(self, sql: str, words: str = "") -> pd.DataFrame:
        """Run a query."""
        try:
            return self.rows.sql(sql, dialect="duckdb").to_pandas()
        except Exception as error:  # each engine has errors of its own
            reason = " ".join(str(error).split())[:200].rstrip(".")
            title = f" ({words})" if words else ""
            raise InputError(
                f"the connection failed while condensing{title}: {type(error).__name__}: {reason}; "
                "nothing is half done: connect again, and condense anew."
            ) from error
