"""The passes over a table that condense it, whichever engine runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.checked_columns import refuse_randomised
from bayes_ddm.data.condensed import Condensed
from bayes_ddm.data.condensing.first_pass import FirstPass, Values
from bayes_ddm.data.condensing.query import Rows, name_of
from bayes_ddm.data.condensing.second_pass import assembled, laws_of, places_of
from bayes_ddm.data.reduced import FASTEST, ROWS_EACH
from bayes_ddm.data.response_times import RT_UNITS, refuse_wrong_unit
from bayes_ddm.data.summed import SummedLabelers, summed
from bayes_ddm.data.whole_labelers import WholeLabelers, most_of
from bayes_ddm.errors import InputError

# of the first rows, above which a column is none of choices
MOST_VALUES, FIRST_ROWS = 50, 100_000
NO_NUMBERS = ("DATE", "TIME", "TIMESTAMP", "INTERVAL", "BLOB", "BINARY", "BOOLEAN", "ARRAY")


class Engine(Protocol):
    """What runs SQL of DuckDB's dialect on one table.

    Attributes
    ----------
    table : str
        What stands after FROM.
    """

    table: str

    def types(self) -> dict[str, str]:
        """Type of each column, as SQL names it."""
        ...

    def frame(self, sql: str, words: str = "") -> pd.DataFrame:
        """Run a query, behind a bar if it has a name."""
        ...


def refuse_unusable(choice: str, rt_unit: str | None) -> None:
    """Refuse randomised answers, and units that there are not, before anything is read."""
    if rt_unit not in {None, *RT_UNITS}:
        raise InputError(f"unknown rt unit {rt_unit!r}; use 's' or 'ms'.")
    refuse_randomised((choice,), choice)


def condensed_by(
    engine: Engine,
    source: str,
    *,
    choice: str,
    rt: str,
    labeler: str | None,
    features: Sequence[str],
    rt_unit: str | None,
    positive: Any,
    min_rt: float | None,
    max_rt: float | None,
    drop: Sequence[Any],
    missing: Sequence[float],
    elsewhere: Sequence[Any] = (),
) -> Condensed:
    """Condense an engine's table; see `bayes_ddm.data.condensing.engine.condense_files`.

    Other parts of the table may hold values of the choice ``elsewhere``.
    """
    types = engine.types()
    table = pd.DataFrame(columns=pd.Index(types))
    for name in (choice, rt, *([labeler] if labeler is not None else [])):
        columns.find(table, name)
    _refuse_no_numbers(engine, rt, types[rt])
    query = Rows(
        engine.table,
        choice,
        rt,
        RT_UNITS[rt_unit or "s"],
        tuple(map(float, missing)),
        min_rt,
        max_rt,
        keys=tuple(_difference(table, name) for name in features),
    )
    _refuse_no_choices(engine, choice)
    overview = engine.frame(query.overview(), "values of the choice")
    values = Values(overview, query, drop, positive, elsewhere)
    fastest = _fastest(engine, query, values)
    first, fastest_rows = FirstPass(values, fastest, query), None
    if features:
        _refuse_comparisons(engine.frame(query.compared(first.sides), "comparisons"), features)
        fastest_rows = engine.frame(query.kept(first.sides), "the fastest of each comparison")
    binned = engine.frame(query.moments(first.sides), "moments")
    laws = laws_of(binned, query.names)
    if missed := [place for place, law in laws.items() if not law.rule.good]:
        # bins that times hardly fill
        spans = engine.frame(query.ends(first.sides, missed), "a few bins")
        widths = zip(spans["low"].tolist(), spans["high"].tolist(), strict=True)
        ends = dict(zip(places_of(spans, query.names), widths, strict=True))
        again = engine.frame(query.narrower(first.sides, ends), "a few bins again")
        laws |= laws_of(again, query.names, ends)
    condensed = assembled(first, binned, laws, source, features=features, fastest=fastest_rows)
    refuse_wrong_unit(columns.weighted_median(condensed.rt, condensed.weight), rt, rt_unit)
    if labeler is None:
        return condensed
    sums = engine.frame(query.labelers(first.sides, labeler), "labelers")
    _refuse_nameless(sums, labeler)
    most = most_of(condensed.n_choices, len(sums))
    sample = engine.frame(query.whole(first.sides, labeler, most), "some labelers")
    return replace(condensed, labelers=_summed(sums, sample, condensed.lo))


def _fastest(engine: Engine, query: Rows, values: Values) -> pd.DataFrame:
    """Fastest times of either side: none is slower than as many are among the first rows."""
    head = replace(query, table=f"(SELECT * FROM {query.table} LIMIT {FIRST_ROWS}) AS head")
    sides = values.positive, values.negative
    first_times = engine.frame(head.fastest(*sides))
    of_sides = [first_times["t"][first_times["positive"] == side] for side in (0, 1)]
    negative, positive = (t.max() if len(t) == FASTEST else np.inf for t in of_sides)
    return engine.frame(query.fastest(*sides, (negative, positive)), "the fastest responses")


def values_of(engine: Engine, choice: str) -> list[Any]:
    """Return what the column of choices holds."""
    _refuse_no_choices(engine, choice)
    c = name_of(choice)
    column = engine.frame(f"SELECT DISTINCT {c} AS c FROM {engine.table} AS r")["c"]
    return column[~columns.missing(column)].tolist()


def _refuse_nameless(sums: pd.DataFrame, labeler: str) -> None:
    if sums["none"].any():
        n = int(sums.loc[sums["none"].astype(bool), "n"].sum())
        raise InputError(
            f"labelers are missing in {n:,} rows of {labeler!r}; fill them in, or remove the rows."
        )


def _summed(sums: pd.DataFrame, sample: pd.DataFrame, lo: float) -> SummedLabelers:
    """Labelers' sums, and all rows of some, in an order that is not the engine's."""
    n, choice = (sums[name].to_numpy(float).astype(np.int64) for name in ("n", "choice"))
    sample = sample.sort_values(["who", "t", "positive"])
    labeler = pd.factorize(sample["who"])[0]
    stand_for = np.full(labeler.max() + 1, len(n) / (labeler.max() + 1))
    side = np.where(sample["positive"].to_numpy(float) > 0, 1, -1).astype(np.int8)
    whole = WholeLabelers(labeler.astype(np.int64), side, sample["t"].to_numpy(float), stand_for)
    return summed(n, choice, sums["rt"].to_numpy(float), np.ones(len(n)), lo=lo, whole=whole)


def _difference(table: pd.DataFrame, name: str) -> str:
    """SQL of an attribute difference: a column, or of two."""
    parts = columns.sides(table, name)
    return " - ".join(f"CAST({name_of(part)} AS DOUBLE)" for part in parts)


def _refuse_comparisons(comparisons: pd.DataFrame, features: Sequence[str]) -> None:
    n, rows, lost = (int(comparisons[x].iloc[0]) for x in ("comparisons", "rows_", "lost"))
    if lost:
        raise InputError(
            f"features {', '.join(features)} are missing, or infinite, in {lost:,} rows; fill them "
            "in, or remove the rows."
        )
    most = max(rows // ROWS_EACH, 1)
    if n > most:
        raise InputError(
            f"there are {n:,} distinct comparisons, and more than {most:,} do not pay with "
            f"{rows:,} choices; go on with the rows (bd.read_choices)."
        )


def _refuse_no_numbers(engine: Engine, rt: str, kind: str) -> None:
    if kind not in {"VARCHAR", "STRING"}:
        if kind.startswith(NO_NUMBERS):
            raise InputError(f"column {rt!r} holds {kind.lower()}, not numbers.")
        return
    c = name_of(rt)
    bad = engine.frame(
        f"SELECT {c} AS v FROM {engine.table} WHERE {c} IS NOT NULL AND "
        f"TRY_CAST({c} AS DOUBLE) IS NULL LIMIT 1"
    )
    if len(bad):
        raise InputError(f"column {rt!r} must hold numbers but holds {bad['v'][0]!r}; correct it.")


def _refuse_no_choices(engine: Engine, choice: str) -> None:
    c = name_of(choice)
    distinct = engine.frame(
        f"SELECT count(DISTINCT {c}) AS n FROM (SELECT {c} FROM {engine.table} LIMIT {FIRST_ROWS}) "
        "AS first"
    )
    n = int(distinct["n"][0])
    if n > MOST_VALUES:
        raise InputError(
            f"column {choice!r} has {n:,} distinct values in its first rows, and choices have two; "
            "name another column."
        )
