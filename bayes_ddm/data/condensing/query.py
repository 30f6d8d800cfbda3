"""SQL that condenses a table in two passes: its fastest rows, then moments by choice and bin.

It keeps to what engines share; names and values come in as text that is quoted here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bayes_ddm.data.quadrature import MOMENTS
from bayes_ddm.data.reduced import FASTEST

# seconds: below a tick of any clock; where bins start if the fastest times are all equal
NARROW = 1e-9
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
    def width(self) -> tuple[float, float]:
        """Where the bins of either side start, beyond `lo`, so that the first is full."""
        beyond = (x - self.lo if x > self.lo else NARROW for x in self.until)
        first, second = (x * (1 + TIE) for x in beyond)
        return first, second


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
    text : bool
        Whether choices are text, which may be blank.
    """

    table: str
    choice: str
    rt: str
    unit: float = 1.0
    missing: tuple[float, ...] = ()
    min_rt: float | None = None
    max_rt: float | None = None
    text: bool = False

    def overview(self) -> str:
        """Return SQL for a row per value of the choice: counts, and its fastest times.

        Columns: c, n, timed, wrong (not positive, or infinite), fast, slow, first (a list).
        """
        inside = " AND ".join(["t > 0", *self._limits()])
        fast = f"t < {self.min_rt!r}" if self.min_rt is not None else "FALSE"
        slow = f"t > {self.max_rt!r}" if self.max_rt is not None else "FALSE"
        return f"""
            SELECT c, count(*) AS n, count(t) AS timed,
                count(*) FILTER (WHERE t <= 0 OR isinf(t)) AS wrong,
                count(*) FILTER (WHERE {fast}) AS fast,
                count(*) FILTER (WHERE {slow}) AS slow,
                min(t, {FASTEST}) FILTER (WHERE {inside}) AS first
            FROM ({self._read()}) GROUP BY c"""

    def moments(self, of: Sides) -> str:
        """Return SQL for a row per choice and bin: its level and moments.

        Columns: positive (0 or 1), level (-1 of rows that are kept as they are), t0 to t19. Times
        stand between -1 and 1 in the bin ``[a 2^level, a 2^(level + 1))`` of what is beyond
        `Sides.lo`, ``a`` being the width of the side.
        """
        x = "2.0 * e / CAST(CAST(1 AS BIGINT) << greatest(level, 0) AS DOUBLE) - 3.0"
        return self._sums(f"SELECT positive, level, {x} AS t1 FROM ({self._levels(of)})")

    def ends(self, of: Sides, bins: Sequence[tuple[bool, int]]) -> str:
        """Return SQL for the fastest and slowest time of some bins, in widths beyond `lo`."""
        return (
            "SELECT positive, level, min(e) AS low, max(e) AS high "
            f"FROM ({self._levels(of, bins)}) WHERE {_among(bins)} GROUP BY positive, level"
        )

    def narrower(self, of: Sides, ends: Mapping[tuple[bool, int], tuple[float, float]]) -> str:
        """Return SQL for the moments of some bins, each on the interval between its `ends`."""
        low, high = (
            "CASE "
            + " ".join(f"WHEN {_among([place])} THEN {at[j]!r}" for place, at in ends.items())
            + " END"
            for j in (0, 1)
        )
        rows = self._levels(of, list(ends))
        inner = f"SELECT positive, level, e, {low} AS low, {high} AS high FROM ({rows})"
        x = "CASE WHEN high > low THEN ((e - low) - (high - e)) / (high - low) ELSE 0.0 END"
        return self._sums(
            f"SELECT positive, level, {x} AS t1 FROM ({inner}) WHERE {_among(list(ends))}"
        )

    def _levels(self, of: Sides, bins: Sequence[tuple[bool, int]] = ()) -> str:
        """Select choice, time beyond `lo` in widths, and level: -1 of rows kept as they are.

        With bins, of the times about these alone.
        """
        c, rt = name_of(self.choice), name_of(self.rt)
        seconds = f"CAST({rt} AS DOUBLE)" + ("" if self.unit == 1 else f" * {self.unit!r}")
        values = ", ".join(map(literal, [*of.positive, *of.negative]))
        side = f"CAST({c} IN ({', '.join(map(literal, of.positive))}) AS INTEGER)"
        # NaN is greater than any number
        inside = [f"{c} IN ({values})", f"{rt} > 0", "t < CAST('infinity' AS DOUBLE)"]
        inside += [f"{rt} <> {value!r}" for value in self.missing] + self._limits()
        if bins:
            edges = [(of.width[side] * 2.0**level, of.lo) for side, level in bins]
            near = (f"t BETWEEN {lo + 0.99 * x!r} AND {lo + 2.01 * x!r}" for x, lo in edges)
            inside.append(f"({' OR '.join(near)})")
        inner = (
            f"SELECT {side if of.positive else '0'} AS positive, {seconds} AS t FROM {self.table} "
            f"WHERE {' AND '.join(inside)}"
        )
        # as a sum, since a CASE for every row is slow
        first, second = (1 / width for width in of.width)
        scale = f"({first!r} + positive * {second - first!r})"
        inner = f"SELECT positive, (t - {of.lo!r}) * {scale} AS e FROM ({inner})"
        level = "CAST(floor(log2(greatest(e, 0.5))) AS INTEGER)"
        return f"SELECT positive, e, {level} AS level FROM ({inner})"

    def _sums(self, inner: str) -> str:
        """Sum Chebyshev polynomials of `t1`, by choice and level."""
        names = ["t1"]
        for step in _doubled():
            made = ", ".join(f"{formula} AS t{i}" for i, formula in step.items())
            inner = f"SELECT positive, level, {', '.join(names)}, {made} FROM ({inner})"
            names += [f"t{i}" for i in step]
        sums = ", ".join(f"sum({name}) AS {name}" for name in names)
        counted = f"SELECT positive, level, count(*) AS t0, {sums} FROM ({inner})"
        return f"{counted} GROUP BY positive, level"

    def _read(self) -> str:
        """Select choice and seconds, NULL where either is missing."""
        c, rt = name_of(self.choice), f"CAST({name_of(self.rt)} AS DOUBLE)"
        if self.text:
            c = f"CASE WHEN trim({c}) = '' THEN NULL ELSE {c} END"
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
    steps, known = list[dict[int, str]](), 1
    while known < MOMENTS - 1:
        last = min(2 * known, MOMENTS - 1)
        step = {}
        for i in range(known + 1, last + 1):
            less, more = i // 2, i - i // 2
            step[i] = f"2.0 * t{less} * t{more} - {'1.0' if less == more else 't1'}"
        steps.append(step)
        known = last
    return steps


def _among(bins: Sequence[tuple[bool, int]]) -> str:
    """Return SQL that is true in these bins."""
    return " OR ".join(f"(positive = {int(side)} AND level = {level})" for side, level in bins)


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
