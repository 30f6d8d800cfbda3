"""Condense files of any size with DuckDB: two passes over them, in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bayes_ddm._typing import FloatArray
from bayes_ddm.data import columns
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.parts import Parts, parts_of, refuse_unlike
from bayes_ddm.data.quadrature import MOMENTS, Rule, gauss
from bayes_ddm.data.query import Rows, Sides, literal, name_of
from bayes_ddm.data.read import MISSING
from bayes_ddm.data.reduced import FASTEST, Bins, joined
from bayes_ddm.errors import InputError, RowError
from bayes_ddm.progress import bar

if TYPE_CHECKING:
    import duckdb

MEMORY = "800MB"
# of the first rows, above which a column is none of choices
MOST_VALUES, FIRST_ROWS = 50, 100_000
POLL = 0.1  # seconds
UNITS = {None: 1.0, **columns.RT_UNITS}


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

    if rt_unit not in UNITS:
        raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
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
            UNITS[rt_unit],
            tuple(map(float, missing)),
            min_rt,
            max_rt,
            text=types[choice] == "VARCHAR",
        )
        _refuse_no_choices(engine, choice)
        overview = engine.frame(asked.overview(), "the fastest responses")
        seen = _Seen(overview, asked, drop, positive)
        binned = engine.frame(asked.moments(seen.sides), "moments")
        laws = _laws(binned)
        if missed := [place for place, law in laws.items() if not law.rule.good]:
            # bins that times hardly fill
            found = engine.frame(asked.ends(seen.sides, missed), "a few bins")
            ends = {
                (bool(row.positive), int(row.level)): (float(row.low), float(row.high))
                for row in found.itertuples()
            }
            again = engine.frame(asked.narrower(seen.sides, ends), "a few bins again")
            laws |= _laws(again, ends)
    return _condensed(seen, binned, laws, parts, asked, rt_unit)


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
                found.append(self.connection.execute(sql).df())
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


class _Seen:
    """What the first pass found: values of the choice, what is dropped, the fastest times."""

    def __init__(
        self, overview: pd.DataFrame, asked: Rows, drop: Sequence[Any], positive: Any
    ) -> None:
        names = [None if columns.missing(pd.Series([c]))[0] else c for c in overview["c"].tolist()]
        dropping = {str(value) for value in drop}
        left_out = [c is not None and str(c) in dropping for c in names]
        chosen = np.array([c is not None for c in names]) & ~np.array(left_out)
        n, timed = overview["n"].to_numpy(np.int64), overview["timed"].to_numpy(np.int64)
        unmatched = dropping - {str(c) for c in names}
        if unmatched:
            raise InputError(f"column {asked.choice!r} has no value {min(unmatched)!r} to drop.")
        counts = {
            "no choice": n[[c is None for c in names]].sum(),
            **{str(c): n[i] for i, c in enumerate(names) if left_out[i]},
            "no response time": (n - timed)[chosen].sum(),
            f"faster than {asked.min_rt} s": overview["fast"].to_numpy()[chosen].sum(),
            f"slower than {asked.max_rt} s": overview["slow"].to_numpy()[chosen].sum(),
        }
        self.dropped = {why: int(count) for why, count in counts.items() if count}
        kept = chosen & (timed > 0)
        if not kept.any():
            raise InputError(
                f"no row has both a choice ({asked.choice!r}) and a response time ({asked.rt!r})."
            )
        if overview["wrong"].to_numpy()[kept].any():
            raise InputError(
                f"column {asked.rt!r} must be positive and finite, and in "
                f"{int(overview['wrong'].to_numpy()[kept].sum()):,} rows is not; leave the cell "
                "empty where there was no response, or name the value in missing=."
            )
        used = [c for c, keep in zip(names, kept, strict=True) if keep]
        signs = _signs(used, asked.choice, positive)
        positives = [c for c, sign in zip(used, signs, strict=True) if sign > 0]
        negatives = [c for c, sign in zip(used, signs, strict=True) if sign < 0]
        first = [np.sort(np.asarray(x, dtype=float)) for x in overview["first"][kept] if len(x)]
        sided = [sign > 0 for sign, x in zip(signs, overview["first"][kept], strict=True) if len(x)]
        if not first:
            raise InputError("no response time is between min_rt and max_rt.")
        # two labels may stand for one side, such as 1 and 1.0 in text
        self.fastest = tuple(
            np.sort(np.concatenate([x for x, s in zip(first, sided, strict=True) if s is side]))[
                :FASTEST
            ]
            if side in sided
            else np.empty(0)
            for side in (False, True)
        )
        self.lo = float(min(x[0] for x in self.fastest if len(x)))
        until = (_last(self.fastest[0], self.lo), _last(self.fastest[1], self.lo))
        self.sides = Sides(positives, negatives, self.lo, until)


def _last(times: FloatArray, otherwise: float) -> float:
    return float(times[-1]) if len(times) else otherwise


def _signs(values: list[Any], name: str, positive: Any) -> list[int]:
    try:
        found = columns.signs(
            pd.Series(values, dtype=object), np.arange(len(values)), name, positive
        )
    except RowError:
        shown = ", ".join(repr(columns.one_line(v)) for v in values[:4])
        more = ", ..." if len(values) > 4 else ""
        raise InputError(
            f"column {name!r} has {len(values)} distinct choices ({shown}{more}) and two are "
            "needed: leave the others out with drop= (--drop)."
        ) from None
    return found.tolist()


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


@dataclass(frozen=True, eq=False)
class _Law:
    """Rule of a bin, and the ends of its interval, in widths beyond the smallest time."""

    rule: Rule
    low: float
    high: float


def _laws(
    binned: pd.DataFrame, ends: Mapping[tuple[bool, int], tuple[float, float]] | None = None
) -> dict[tuple[bool, int], _Law]:
    """Rule of each choice and level."""
    found = binned[binned["level"] >= 0]
    moment = found[[f"t{i}" for i in range(MOMENTS)]].to_numpy(float)
    places = zip(found["positive"].astype(bool).tolist(), found["level"].tolist(), strict=True)
    made = {}
    for place, of_bin in zip(places, moment, strict=True):
        at = (2.0 ** place[1], 2.0 ** (place[1] + 1)) if ends is None else ends[place]
        made[place] = _Law(gauss(of_bin), *at)
    return made


def _condensed(
    seen: _Seen,
    binned: pd.DataFrame,
    laws: dict[tuple[bool, int], _Law],
    parts: Parts,
    asked: Rows,
    rt_unit: str | None,
) -> Condensed:
    alone = binned["level"].to_numpy() < 0
    side, count = binned["positive"].to_numpy(bool), binned["t0"].to_numpy(np.int64)
    weights = []
    for of_side, fastest in zip((False, True), seen.fastest, strict=True):
        weight = np.ones(len(fastest))
        if len(fastest):
            # all that tie with the slowest of them are kept
            weight[-1] += count[alone & (side == of_side)].sum() - len(fastest)
        weights.append(weight)
    places = sorted(laws)
    width = np.array([seen.sides.width[positive] for positive, _ in places])
    positive = np.array([place[0] for place in places], dtype=bool)
    ends = (
        seen.lo + width * np.array([getattr(laws[place], end) for place in places])
        for end in ("low", "high")
    )
    rows = joined(_exact(seen, weights), positive, *ends, [laws[place].rule for place in places])
    columns.refuse_wrong_unit(columns.weighted_median(rows[1], rows[2]), asked.rt, rt_unit)
    level = np.array([level for _, level in places], dtype=int)
    counted = {
        (bool(p), int(k)): int(n)
        for p, k, n in zip(side[~alone], binned["level"][~alone], count[~alone], strict=True)
    }
    bins = Bins(
        positive,
        seen.lo + np.ldexp(width, level),
        seen.lo + np.ldexp(width, level + 1),
        np.array([counted[place] for place in places], dtype=np.int64),
    )
    notes: tuple[str, ...] = ()
    if not (seen.sides.positive and seen.sides.negative):
        notes = ("all choices are alike: all rests on response times.",)
    return Condensed(
        *rows,
        lo=seen.lo,
        n_choices=int(count.sum()),
        bins=bins,
        dropped=seen.dropped,
        source=parts.said,
        notes=notes,
    )


def _exact(seen: _Seen, weights: list[FloatArray]) -> tuple[Any, FloatArray, FloatArray]:
    """Distinct fastest rows of both sides: whether +1, time and count."""
    made = []
    for side, times, weight in zip((False, True), seen.fastest, weights, strict=True):
        distinct, inverse = np.unique(times, return_inverse=True)
        made.append((np.full(len(distinct), side), distinct, np.bincount(inverse, weight)))
    sides, times, counted = (np.concatenate(column) for column in zip(*made, strict=True))
    return sides, times, counted
