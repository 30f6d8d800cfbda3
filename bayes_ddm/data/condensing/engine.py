"""Condense files of any size with DuckDB: two passes over them, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.by_part import by_part
from bayes_ddm.data.condensing.parts import Parts, parts_of, refuse_unlike
from bayes_ddm.data.condensing.passes import condensed_by, refuse_unusable
from bayes_ddm.data.condensing.query import literal
from bayes_ddm.data.read import MISSING
from bayes_ddm.errors import InputError
from bayes_ddm.progress import bar

if TYPE_CHECKING:
    import duckdb

MEMORY = "800MB"
POLL = 0.1  # seconds


def condense_files(
    source: str | Path | Sequence[str | Path],
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
    resume: str | Path | None = None,
    progress: bool = True,
) -> Condensed:
    """Condense CSV or Parquet files; see `bayes_ddm.condense`.

    Parameters
    ----------
    source : path, glob or folder, or several
    choice, rt, labeler, features, rt_unit, positive, min_rt, max_rt
        As `Choices.from_frame` takes them.
    drop : sequence
        Values of the choice to leave out, such as ties; counted.
    missing : sequence of float
        Values of the response time that mean no response, in the column's unit.
    resume : str or Path, optional
        Folder where what is made of each file is kept when it is done, and found the next time:
        each is then condensed by itself. Known labelers may stand in several files, and are not.
    progress : bool
        Show a bar.

    Raises
    ------
    InputError
        If DuckDB is not installed, nothing matches, a file cannot be read or differs from the
        others (with `resume`, once all that can be are done), or as `Choices.from_frame`.
    """
    if find_spec("duckdb") is None:
        raise InputError(
            "condensing files needs DuckDB: pip install 'bayes-ddm[scale]'; or read them with "
            "bd.read_choices and condense those."
        )
    import duckdb

    refuse_unusable(choice, rt_unit)
    parts = parts_of(source)
    options: dict[str, Any] = {
        "choice": choice,
        "rt": rt,
        "labeler": labeler,
        "features": tuple(features),
    }
    options |= {"rt_unit": rt_unit, "positive": positive, "min_rt": min_rt, "max_rt": max_rt}
    options |= {"drop": drop, "missing": missing}
    if resume is None:
        refuse_unlike(parts, choice, rt, *([labeler] if labeler is not None else []))
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute("SET preserve_insertion_order = false")
        if resume is None:
            return condensed_by(_Engine(connection, parts, progress), parts.description, **options)
        return by_part(parts, resume, options, lambda part: _Engine(connection, part, progress))


class _Engine:
    """A connection to DuckDB, and the table that files make there."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, parts: Parts, progress: bool) -> None:
        self.connection, self.parts, self.progress = connection, parts, progress
        self.table = _reading(parts.paths, parts.parquet)

    def types(self) -> dict[str, str]:
        """Type of each column."""
        described = self.frame(f"DESCRIBE SELECT * FROM {self.table}")
        return dict(zip(described["column_name"], described["column_type"], strict=True))

    def frame(self, sql: str, words: str = "") -> pd.DataFrame:
        """Run a query, behind a bar if it has a name."""
        import duckdb

        results: list[Any] = []

        def run() -> None:
            try:
                arrays = self.connection.execute(sql).fetchnumpy()
                masked = {key: np.ma.isMaskedArray(x) for key, x in arrays.items()}
                plain = {key: x.tolist() if masked[key] else x for key, x in arrays.items()}
                results.append(pd.DataFrame(plain))
            except duckdb.Error as error:
                results.append(error)

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
        unread = duckdb.IOException | duckdb.DataError | duckdb.InvalidInputException
        # of a damaged page it raises the bare class
        if isinstance(results[0], unread) or type(results[0]) is duckdb.Error:
            raise self._refusal(results[0]) from results[0]
        if isinstance(results[0], Exception):
            raise results[0]
        return results[0]

    def _damaged(self) -> str:
        """Return the first file that cannot be read to its end; all, if none is by itself."""
        import duckdb

        for path in self.parts.paths:
            columns = (
                f"SELECT bit_xor(hash(COLUMNS(*))) FROM {_reading([path], self.parts.parquet)}"
            )
            try:
                self.connection.execute(columns).fetchall()
            except duckdb.Error:
                return str(path)
        return self.parts.source

    def _refusal(self, error: Exception) -> InputError:
        text = " ".join(str(error).split())
        where = next((str(p) for p in self.parts.paths if str(p) in text), self._damaged())
        reason = text[:200].rstrip(".")
        return InputError(
            f"cannot read {where!r} ({reason}); mend that file, or leave it out (resume= keeps "
            "what is made of the others)."
        )


def _reading(files: Sequence[Path], parquet: bool) -> str:
    """Return what stands after FROM, of files."""
    paths = ", ".join(literal(str(path)) for path in files)
    if parquet:
        return f"read_parquet([{paths}])"
    return f"read_csv([{paths}], header = true, nullstr = [{', '.join(map(literal, MISSING))}])"
