"""Condense files of any size with DuckDB: two passes over them, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.first_pass import FirstPass
from bayes_ddm.data.condensing.parts import Parts, parts_of, refuse_unlike
from bayes_ddm.data.condensing.query import Rows, literal, name_of
from bayes_ddm.data.condensing.second_pass import assembled, laws_of
from bayes_ddm.data.read import MISSING
from bayes_ddm.data.validated import refuse_randomised
from bayes_ddm.errors import InputError
from bayes_ddm.progress import bar

if TYPE_CHECKING:
    import duckdb

MEMORY = "800MB"
# of the first rows, above which a column is none of choices
MOST_VALUES, FIRST_ROWS = 50, 100_000
POLL = 0.1  # seconds


def condense_files(
    source: str | Path | Sequence[str | Path],
    *,
    choice: str = "choice",
    rt: str = "rt",
    rt_unit: str | None = None,
    positive: Any = None,
    min_rt: float | None = None,
    max_rt: float | None = None,
    drop: Sequence[Any] = (),
    missing: Sequence[float] = (),
    progress: bool = True,
) -> Condensed:
    """Condense CSV or Parquet files; see `bayes_ddm.condense`.

    Parameters
    ----------
    source : path, glob or folder, or several
    choice, rt, rt_unit, positive, min_rt, max_rt
        As `Choices.from_frame` takes them.
    drop : sequence
        Values of the choice to leave out, such as ties; counted.
    missing : sequence of float
        Values of the response time that mean no response, in the column's unit.
    progress : bool
        Show a bar, on a terminal.

    Raises
    ------
    InputError
        If DuckDB is not installed, nothing matches, a file cannot be read or differs from the
        others, or as `Choices.from_frame`.
    """
    if find_spec("duckdb") is None:
        raise InputError(
            "condensing files needs DuckDB: pip install 'bayes-ddm[scale]'; or read them with "
            "bd.read_choices and condense those."
        )
    import duckdb

    if rt_unit not in {None, *columns.RT_UNITS}:
        raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
    refuse_randomised((choice,), choice)
    parts = parts_of(source)
    refuse_unlike(parts, choice, rt)
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET preserve_insertion_order = false")
        engine = _Engine(connection, parts, progress)
        types = engine.types()
        _refuse_no_numbers(engine, rt, types[rt])
        asked = Rows(
            engine.table,
            choice,
            rt,
            columns.RT_UNITS[rt_unit or "s"],
            tuple(map(float, missing)),
            min_rt,
            max_rt,
            text=types[choice] == "VARCHAR",
        )
        _refuse_no_choices(engine, choice)
        overview = engine.frame(asked.overview(), "the fastest responses")
        seen = FirstPass(overview, asked, drop, positive)
        binned = engine.frame(asked.moments(seen.sides), "moments")
        laws = laws_of(binned)
        if missed := [place for place, law in laws.items() if not law.rule.good]:
            # bins that times hardly fill
            found = engine.frame(asked.ends(seen.sides, missed), "a few bins")
            ends = {
                (bool(row.positive), int(row.level)): (float(row.low), float(row.high))
                for row in found.itertuples()
            }
            again = engine.frame(asked.narrower(seen.sides, ends), "a few bins again")
            laws |= laws_of(again, ends)
    few = assembled(seen, binned, laws, parts.said)
    columns.refuse_wrong_unit(columns.weighted_median(few.rt, few.weight), rt, rt_unit)
    return few


class _Engine:
    """A connection to DuckDB, and the table that files make there."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parts: Parts, progress: bool) -> None:
        self.connection, self.parts, self.progress = connection, parts, progress
        paths = ", ".join(literal(str(path)) for path in parts.paths)
        empty = ", ".join(map(literal, MISSING))
        self.table = (
            f"read_parquet([{paths}])"
            if parts.parquet
            else f"read_csv([{paths}], header = true, nullstr = [{empty}])"
        )

    def types(self) -> dict[str, str]:
        """Type of each column."""
        described = self.frame(f"DESCRIBE SELECT * FROM {self.table}")
        return dict(zip(described["column_name"], described["column_type"], strict=True))

    def frame(self, sql: str, words: str = "") -> pd.DataFrame:
        """Run a query, behind a bar if it has a name."""
        import duckdb

        found: list[Any] = []

        def run() -> None:
            try:
                made = self.connection.execute(sql)
                names = [column[0] for column in made.description or ()]
                found.append(pd.DataFrame(made.fetchall(), columns=names))
            except duckdb.Error as error:
                found.append(error)

        # in a thread of its own, so that it can be watched and stopped
        worker = threading.Thread(target=run, daemon=True)
        worker.start()
        try:
            with bar(f"condensing: {words}", 100.0, progress=self.progress and bool(words)) as tell:
                while worker.is_alive():
                    worker.join(POLL)
                    if worker.is_alive():
                        tell(max(0.0, self.connection.query_progress()))
        except BaseException:
            self.connection.interrupt()
            worker.join()
            raise
        if isinstance(
            found[0], duckdb.IOException | duckdb.DataError | duckdb.InvalidInputException
        ):
            raise self._refusal(found[0]) from found[0]
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def _refusal(self, error: Exception) -> InputError:
        said = " ".join(str(error).split())
        where = next((str(p) for p in self.parts.paths if str(p) in said), self.parts.source)
        reason = said[:200].rstrip(".")
        return InputError(f"cannot read {where!r} ({reason}); mend that file, or leave it out.")


def _refuse_no_numbers(engine: _Engine, rt: str, kind: str) -> None:
    if not kind.startswith("VARCHAR"):
        if kind.split("(")[0] in {"DATE", "TIME", "TIMESTAMP", "INTERVAL", "BLOB", "BOOLEAN"}:
            raise InputError(f"column {rt!r} holds {kind.lower()}, not numbers.")
        return
    c = name_of(rt)
    bad = engine.frame(
        f"SELECT {c} AS v FROM {engine.table} WHERE {c} IS NOT NULL AND "
        f"TRY_CAST({c} AS DOUBLE) IS NULL LIMIT 1"
    )
    if len(bad):
        raise InputError(f"column {rt!r} must hold numbers but holds {bad['v'][0]!r}; correct it.")


def _refuse_no_choices(engine: _Engine, choice: str) -> None:
    c = name_of(choice)
    found = engine.frame(
        f"SELECT count(DISTINCT {c}) AS n FROM (SELECT {c} FROM {engine.table} LIMIT {FIRST_ROWS})"
    )
    n = int(found["n"][0])
    if n > MOST_VALUES:
        raise InputError(
            f"column {choice!r} has {n:,} distinct values in its first rows, and choices have two; "
            "name another column."
        )
