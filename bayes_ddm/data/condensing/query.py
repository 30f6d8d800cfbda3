"""SQL that condenses a table in two passes: its fastest rows, then moments by choice and bin.

It keeps to what engines share, in DuckDB's dialect, from which Ibis translates; names and values
come in as text that is quoted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_ddm.data.quadrature import MOMENTS
from bayes_ddm.data.reduced import FASTEST

# seconds: below a tick of any clock; where bins start if the fastest times are all equal
NARROW = 1e-9
INFINITY = "CAST('infinity' AS DOUBLE)"
# choice, level, and what a comparison is told by
Place = tuple[Any, ...]
# so that the last row kept as it is falls below the first bin, whatever the rounding
TIE = 1e-12


@dataclass(frozen=True)
class Sides:
    """What the first pass found out.

    Attributes
    ----------
    positive, negative : list
        Values of the choice that are +1 and -1.
    lo : float
        Smallest time in seconds.
    until : tuple of float
        Times of -1 and of +1 choices up to which rows are kept as they are, seconds.
    """

    positive: list[Any]
    negative: list[Any]
    lo: float
    until: tuple[float, float]

    @property
    def width(self) -> float:
        """Where bins start, beyond `lo`: no side has more rows before than are kept."""
        sides = zip(self.until, (self.negative, self.positive), strict=True)
        beyond = [x - self.lo if x > self.lo else NARROW for x, values in sides if values]
        return min(beyond) * (1 + TIE)


@dataclass(frozen=True)
class Rows:
    """Which rows of a table are asked for, and how its columns are read.

    Attributes
    ----------
    table : str
        What stands after FROM.
    choice, rt : str
        Names of columns.
    unit : float
        Seconds in a unit of `rt`.
    missing : tuple of float
        Values of `rt` that mean no response.
    min_rt, max_rt : float or None
        In seconds.
    keys : tuple of str
        SQL of the attribute differences that rows are told apart by.
    """

    table: str
    choice: str
    rt: str
    unit: float = 1.0
    missing: tuple[float, ...] = ()
    min_rt: float | None = None
    max_rt: float | None = None
    keys: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names that queries give the keys."""
        return tuple(f"k{j}" for j in range(len(self.keys)))

    def overview(self) -> str:
        """Return SQL for a row per value of the choice, counted.

        Columns: c, n, timed, wrong (not positive, or infinite), fast, slow.
        """
        fast = f"t < {self.min_rt!r}" if self.min_rt is not None else "FALSE"
        slow = f"t > {self.max_rt!r}" if self.max_rt is not None else "FALSE"
        return f"""
            SELECT c, count(*) AS n, count(t) AS timed,
                count(*) FILTER (WHERE t <= 0 OR t = {INFINITY}) AS wrong,
                count(*) FILTER (WHERE {fast}) AS fast,
                count(*) FILTER (WHERE {slow}) AS slow
            FROM ({self._read()}) AS given GROUP BY c"""

    def fastest(
        self,
        positive: Sequence[Any],
        negative: Sequence[Any],
        until: tuple[float, float] = (np.inf, np.inf),
    ) -> str:
        """Return SQL for the fastest times of either side: columns positive (0 or 1) and t.

        Those of -1 and of +1 choices are at most ``until``, seconds, as one may know: that saves
        most of the time that sorting takes.
        """
        inside = " AND ".join(["t > 0", f"t < {INFINITY}", *self._limits()])
        parts = [
            f"(SELECT {side} AS positive, t FROM ({self._read()}) AS given WHERE {_one_of(values)} "
            f"AND {inside}{'' if np.isinf(until[side]) else f' AND t <= {exactly(until[side])}'} "
            f"ORDER BY t LIMIT {FASTEST})"
            for side, values in ((1, positive), (0, negative))
            if values
        ]
        return " UNION ALL ".join(parts)

    def kept(self, sides: Sides) -> str:
        """Return SQL for rows that are kept as they are, counted: choice, keys and e."""
        keys = ", ".join(["positive", *self.names, "e"])
        rows = self._levels(sides)
        return f"SELECT {keys}, count(*) AS n FROM ({rows}) AS r WHERE e < 1 GROUP BY {keys}"

    def compared(self, sides: Sides) -> str:
        """Return SQL for how many comparisons there are, and rows where one is unknown."""
        keys = ", ".join(self.names)
        lost = " OR ".join(
            f"{k} IS NULL OR isnan({k}) OR abs({k}) = {INFINITY}" for k in self.names
        )
        counted = f"SELECT {keys}, count(*) AS n FROM ({self._levels(sides)}) AS r GROUP BY {keys}"
        return (
            "SELECT count(*) AS comparisons, sum(n) AS rows_, "
            f"sum(CASE WHEN {lost} THEN n ELSE 0 END) AS lost FROM ({counted}) AS c"
        )

    def labelers(self, sides: Sides, labeler: str) -> str:
        """Return SQL for a row per labeler: n, choice and rt, their sums; missing, if none."""
        sums = "count(*) AS n, sum(2 * positive - 1) AS choice, sum(t) AS rt, who IS NULL AS none"
        return f"SELECT {sums} FROM ({self._by_labeler(sides, labeler)}) AS r GROUP BY who"

    def whole(self, sides: Sides, labeler: str, most: int) -> str:
        """Return SQL for all rows of some labelers, whom no order of theirs chooses.

        Columns: who, positive and t.
        """
        rows = self._by_labeler(sides, labeler)
        sample = (
            f"SELECT who, md5(CAST(who AS VARCHAR)) AS drawn FROM ({rows}) AS r GROUP BY who "
            f"ORDER BY drawn LIMIT {most}"
        )
        return (
            f"SELECT r.who AS who, r.positive AS positive, r.t AS t FROM ({rows}) AS r "
            f"JOIN ({sample}) AS c ON r.who = c.who"
        )

    def _by_labeler(self, sides: Sides, labeler: str) -> str:
        """Select choice, seconds and labeler of the rows that are kept."""
        return self._inside(sides, (f"{name_of(labeler)} AS who",))

    def moments(self, sides: Sides) -> str:
        """Return SQL for a row per choice and bin: its level and moments.

        Columns: positive (0 or 1), level (-1 of rows that are kept as they are), t0 to t19. Times
        stand between -1 and 1 in the bin ``[a 2^level, a 2^(level + 1))`` of what is beyond
        `Sides.lo`, ``a`` being `Sides.width`.
        """
        x = "2.0 * e / CAST(CAST(1 AS BIGINT) << greatest(level, 0) AS DOUBLE) - 3.0"
        return self._sums(f"SELECT {self._by()}, {x} AS t1 FROM ({self._levels(sides)}) AS r")

    def ends(self, sides: Sides, places: Sequence[Place]) -> str:
        """Return SQL for the fastest and slowest time of some bins, in widths beyond `lo`."""
        keys, rows = self._by("r."), self._levels(sides, places)
        return (
            f"SELECT {keys}, min(r.e) AS low, max(r.e) AS high FROM ({rows}) AS r "
            f"JOIN {self._among(dict.fromkeys(places, ()))} GROUP BY {keys}"
        )

    def narrower(self, sides: Sides, ends: Mapping[Place, tuple[float, float]]) -> str:
        """Return SQL for the moments of some bins, each on the interval between its `ends`."""
        rows = self._levels(sides, list(ends))
        inner = (
            f"SELECT {self._by('r.')}, r.e AS e, p.low AS low, p.high AS high FROM ({rows}) AS r "
            f"JOIN {self._among(ends)}"
        )
        x = "CASE WHEN high > low THEN ((e - low) - (high - e)) / (high - low) ELSE 0.0 END"
        return self._sums(f"SELECT {self._by()}, {x} AS t1 FROM ({inner}) AS n")

    def _by(self, prefix: str = "") -> str:
        """Name what moments are grouped by."""
        return ", ".join(prefix + name for name in ("positive", "level", *self.names))

    def _among(self, places: Mapping[Place, tuple[float, ...]]) -> str:
        """Return a table ``p`` of places, and numbers of each, to be joined with rows ``r``."""
        width = len(next(iter(places.values())))
        names = ["positive", "level", *self.names, *("low", "high")[:width]]
        listed = ", ".join(
            f"({int(place[0])}, {int(place[1])}"
            + "".join(f", {exactly(x)}" for x in (*place[2:], *numbers))
            + ")"
            for place, numbers in places.items()
        )
        same = " AND ".join(f"r.{x} = p.{x}" for x in names[: len(names) - width])
        return f"(VALUES {listed}) AS p({', '.join(names)}) ON {same}"

    def _levels(self, sides: Sides, places: Sequence[Place] = ()) -> str:
        """Select choice, keys, time beyond `lo` in widths, and level: -1 of rows kept.

        With places, of the times about these alone.
        """
        keys = "".join(
            f", {sql} AS {name}" for name, sql in zip(self.names, self.keys, strict=True)
        )
        names = "".join(f", {name}" for name in self.names)
        edges = {sides.width * 2.0 ** place[1] for place in places}
        near = [
            f"t BETWEEN {sides.lo + 0.99 * x!r} AND {sides.lo + 2.01 * x!r}" for x in sorted(edges)
        ]
        inner = self._inside(sides, (keys[2:],) if keys else (), near)
        e = f"(t - {sides.lo!r}) * {1 / sides.width!r} AS e"
        inner = f"SELECT positive{names}, {e} FROM ({inner}) AS i"
        level = "CAST(floor(log2(greatest(e, 0.5))) AS INTEGER)"
        return f"SELECT positive{names}, e, {level} AS level FROM ({inner}) AS e"

    def _inside(self, sides: Sides, more: Sequence[str] = (), near: Sequence[str] = ()) -> str:
        """Select choice, seconds and more of the rows that are kept."""
        c, rt = name_of(self.choice), name_of(self.rt)
        seconds = f"CAST({rt} AS DOUBLE)" + ("" if self.unit == 1 else f" * {self.unit!r}")
        values = ", ".join(map(literal, [*sides.positive, *sides.negative]))
        side = f"CAST({c} IN ({', '.join(map(literal, sides.positive))}) AS INTEGER)"
        columns = "".join(f", {sql}" for sql in more)
        rows = (
            f"SELECT {side if sides.positive else '0'} AS positive, {seconds} AS t{columns} "
            f"FROM {self.table} WHERE {c} IN ({values}) AND {rt} > 0"
        )
        rows += "".join(f" AND {rt} <> {value!r}" for value in self.missing)
        # NaN is greater than any number
        limits = [f"t < {INFINITY}", *self._limits(), *([f"({' OR '.join(near)})"] if near else [])]
        return f"SELECT * FROM ({rows}) AS s WHERE {' AND '.join(limits)}"

    def _sums(self, inner: str) -> str:
        """Sum Chebyshev polynomials of `t1`, by choice, level and keys."""
        keys, names = self._by(), ["t1"]
        for step in _doubled():
            columns = ", ".join(f"{formula} AS t{i}" for i, formula in step.items())
            inner = f"SELECT {keys}, {', '.join(names)}, {columns} FROM ({inner}) AS s"
            names += [f"t{i}" for i in step]
        sums = ", ".join(f"sum({name}) AS {name}" for name in names)
        return f"SELECT {keys}, count(*) AS t0, {sums} FROM ({inner}) AS s GROUP BY {keys}"

    def _read(self) -> str:
        """Select choice, and seconds, NULL where they are missing."""
        c, rt = name_of(self.choice), f"CAST({name_of(self.rt)} AS DOUBLE)"
        without = [f"isnan({rt})", *(f"{rt} = {value!r}" for value in self.missing)]
        seconds = f"{rt} * {self.unit!r}" if self.unit != 1 else rt
        t = f"CASE WHEN {' OR '.join(without)} THEN NULL ELSE {seconds} END"
        return f"SELECT {c} AS c, {t} AS t FROM {self.table}"

    def _limits(self) -> list[str]:
        limits = []
        if self.min_rt is not None:
            limits.append(f"t >= {self.min_rt!r}")
        if self.max_rt is not None:
            limits.append(f"t <= {self.max_rt!r}")
        return limits


def _doubled() -> list[dict[int, str]]:
    """Chebyshev polynomials from those of half their degree, a step per doubling."""
    steps, degree = list[dict[int, str]](), 1
    while degree < MOMENTS - 1:
        last = min(2 * degree, MOMENTS - 1)
        step = {}
        for i in range(degree + 1, last + 1):
            less, more = i // 2, i - i // 2
            step[i] = f"2.0 * t{less} * t{more} - {'1.0' if less == more else 't1'}"
        steps.append(step)
        degree = last
    return steps


def _one_of(values: Sequence[Any]) -> str:
    return f"c IN ({', '.join(map(literal, values))})"


def exactly(number: float) -> str:
    """Return a number as SQL has it, none of whose digits is lost.

    Examples
    --------
    >>> exactly(0.1)
    "CAST('0.1' AS DOUBLE)"
    """
    return f"CAST('{float(number)!r}' AS DOUBLE)"


def name_of(column: str) -> str:
    """Return a column's name, quoted."""
    return '"' + column.replace('"', '""') + '"'


def literal(value: Any) -> str:
    """Return a value as SQL has it.

    Examples
    --------
    >>> literal("it's"), literal(True), literal(2)
    ("'it''s'", 'TRUE', '2')
    """
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"
