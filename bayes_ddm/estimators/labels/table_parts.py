"""Tables of any length, a part at a time, and the same tables with columns added.

A CSV file is written back as it stands: what is added goes behind each line, and everything before
it keeps every byte, quotes and line ends included.
"""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bayes_ddm.data.read import COMPRESSED, MISSING, existing_table, is_parquet, unreadable
from bayes_ddm.errors import InputError

__all__ = ["Part", "column_names", "extending", "parts"]

PART = 100_000  # rows
UNPACKED: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
BYTE_ORDER_MARK = "\ufeff"

Added = Mapping[str, NDArray[Any]]  # columns by name; NaN is written as an empty cell


@dataclass(frozen=True)
class Part:
    """Consecutive rows of a table.

    Attributes
    ----------
    frame : DataFrame
        The columns that were asked for; its index is the row in the whole table, from 0.
    done : float
        Share of the file that has been read, 0 to 1.
    """

    frame: pd.DataFrame
    done: float

    def lines(self, added: Added) -> Iterator[str]:
        """Return the rows as CSV, with columns added."""
        raise NotImplementedError

    def table(self, added: Added) -> pa.Table:
        """Return the rows as Arrow, with columns added."""
        raise NotImplementedError


@dataclass(frozen=True)
class _CsvPart(Part):
    header: list[str]
    records: list[tuple[str, list[str]]]  # each as it stands, and its cells; blank lines have none

    def lines(self, added: Added) -> Iterator[str]:
        rows = zip(*(map(_cell, values.tolist()) for values in added.values()), strict=True)
        for raw, cells in self.records:
            if not cells:
                yield raw
                continue
            body = raw.rstrip("\r\n")
            missing = [""] * (len(self.header) - len(cells))
            yield ",".join([body, *missing, *next(rows)]) + raw[len(body) :]

    def table(self, added: Added) -> pa.Table:
        rows = [cells for _, cells in self.records if cells]
        width = len(self.header)
        columns = list(zip(*(cells + [""] * (width - len(cells)) for cells in rows), strict=True))
        # text, exactly as it stands: 007 and 2024-01-31 are nobody's numbers
        texts = [pa.array(cells, pa.string()) for cells in columns]
        return _with(pa.table(texts, names=self.header), added)


@dataclass(frozen=True)
class _ParquetPart(Part):
    batch: pa.RecordBatch

    def lines(self, added: Added) -> Iterator[str]:
        # Arrow's types: integers with gaps stay integers
        frame = self.table(added).to_pandas(types_mapper=pd.ArrowDtype)
        yield frame.to_csv(index=False, header=False, lineterminator="\n")

    def table(self, added: Added) -> pa.Table:
        return _with(pa.Table.from_batches([self.batch]), added)


def column_names(path: str | Path) -> list[str]:
    """Return the names of a table's columns.

    Raises
    ------
    InputError
        If the file is missing, empty, or not a table.
    """
    path = existing_table(path)
    with _refusing(path):
        if is_parquet(path):
            return [str(name) for name in pq.read_schema(path).names]
        with _opened(path) as (file, _):
            return _header(_records(file))[1]


def parts(
    path: str | Path, names: Sequence[str], *, as_text: str | None = None, rows: int = PART
) -> Iterator[Part]:
    """Go through a CSV or Parquet file in parts, in constant memory.

    Parameters
    ----------
    path : str or Path
        Parquet, or CSV in UTF-8 with a header, compressed if its name ends in ``.gz``, ``.bz2`` or
        ``.xz``.
    names : sequence of str
        Columns that ``Part.frame`` is to have. Those of a CSV file hold text.
    as_text : str, optional
        Column of a CSV file in which ``NA``, ``None`` and the like are text, not missing.
    rows : int
        Rows of a part.

    Raises
    ------
    InputError
        If the file is missing, empty, or not a table.
    """
    path = existing_table(path)
    with _refusing(path):
        if is_parquet(path):
            yield from _parquet_parts(path, names, rows)
        else:
            yield from _csv_parts(path, names, as_text, rows)


@contextmanager
def extending(
    source: str | Path, out: str | Path, added: Sequence[str]
) -> Iterator[Callable[[Part, Added], None]]:
    """Give a function that writes a part of `source` to `out`, with columns added to it.

    Parameters
    ----------
    source : str or Path
        The table the parts are from.
    out : str or Path
        Written as Parquet if its name ends in ``.parquet``, else as CSV.
    added : sequence of str
        Names of the columns that every part gets.
    """
    source, out = Path(source), Path(out)
    if is_parquet_name(out):
        writer: pq.ParquetWriter | None = None
        try:

            def write_table(part: Part, columns: Added) -> None:
                nonlocal writer
                table = part.table(columns)
                writer = writer or pq.ParquetWriter(out, table.schema)
                writer.write_table(table)

            yield write_table
        finally:
            if writer is not None:
                writer.close()
        return
    with out.open("w", encoding="utf-8", newline="") as file:
        file.write(_first_line(source, added))
        yield lambda part, columns: file.writelines(part.lines(columns))


def is_parquet_name(path: Path) -> bool:
    """Whether a file of that name is written as Parquet."""
    return path.suffix.lower() in {".parquet", ".pq"}


def _with(table: pa.Table, added: Added) -> pa.Table:
    for name, values in added.items():
        table = table.append_column(name, pa.array(values, from_pandas=True))
    return table


def _cell(value: float) -> str:
    return "" if value != value else repr(value)


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Restate what a library says of a file that it cannot read."""
    try:
        yield
    except InputError:
        raise
    except (ValueError, OSError, EOFError, csv.Error, lzma.LZMAError, zlib.error) as error:
        raise unreadable(path, error) from error


def _parquet_parts(path: Path, names: Sequence[str], rows: int) -> Iterator[Part]:
    file = pq.ParquetFile(path)
    total, at = file.metadata.num_rows, 0
    for batch in file.iter_batches(batch_size=rows):
        frame = batch.select(list(names)).to_pandas()
        frame.index = pd.RangeIndex(at, at + len(frame))
        at += len(frame)
        yield _ParquetPart(frame, at / total, batch)


def _csv_parts(path: Path, names: Sequence[str], as_text: str | None, rows: int) -> Iterator[Part]:
    size, at = path.stat().st_size, 0
    with _opened(path) as (file, binary):
        records = _records(file)
        _, header = _header(records)
        where = {name: header.index(name) for name in names}
        held: list[tuple[str, list[str]]] = []
        full = 0

        def part() -> Part:
            full_rows = [cells for _, cells in held if cells]
            frame = pd.DataFrame(
                {
                    name: [cells[j] if j < len(cells) else "" for cells in full_rows]
                    for name, j in where.items()
                },
                index=pd.RangeIndex(at, at + len(full_rows)),
                dtype="str",
            )
            for name in names:
                if name != as_text:
                    frame[name] = frame[name].mask(frame[name].isin(MISSING))
            return _CsvPart(frame, min(binary.tell() / size, 1.0), header, held)

        for line, raw, cells in records:
            if len(cells) > len(header):
                raise InputError(
                    f"line {line} of {str(path)!r} has more cells than its header names; name "
                    "every column, and quote cells that hold commas."
                )
            held.append((raw, cells))
            full += bool(cells)
            if full == rows:
                yield part()
                at, held, full = at + full, [], 0
        if held:
            yield part()


@contextmanager
def _opened(path: Path, encoding: str = "utf-8-sig") -> Iterator[tuple[TextIO, BinaryIO]]:
    """Give the text of a CSV file, byte order mark left out, and the file below it."""
    ending = path.suffix.lower()
    if ending in COMPRESSED and ending not in UNPACKED:
        raise InputError(f"{str(path)!r} cannot be read in parts; unpack it first.")
    with path.open("rb") as binary:
        content = UNPACKED[ending](binary) if ending in UNPACKED else binary
        with io.TextIOWrapper(content, encoding=encoding, newline="") as file:
            yield file, binary


def _records(file: TextIO) -> Iterator[tuple[int, str, list[str]]]:
    """Last line of each record, its text as it stands, and its cells; none on a blank line."""
    held: list[str] = []

    def lines() -> Iterator[str]:
        for line in file:
            held.append(line)
            yield line

    reader, raw = csv.reader(lines()), ""
    for cells in reader:
        raw = "".join(held)
        held.clear()
        yield reader.line_num, raw, cells if len(cells) > 1 or "".join(cells).strip() else []
    if raw.count('"') % 2:
        raise InputError(
            f"a quote is opened near line {reader.line_num - raw.count(chr(10)) + 1} and never "
            "closed; close it."
        )


def _header(records: Iterator[tuple[int, str, list[str]]]) -> tuple[str, list[str]]:
    """Text and cells of the first line that is not blank."""
    return next((raw, cells) for _, raw, cells in records if cells)


def _first_line(source: Path, added: Sequence[str]) -> str:
    """First line of a table as CSV, with columns added."""
    if is_parquet(source):
        cells = io.StringIO()
        csv.writer(cells, lineterminator="\n").writerow([*column_names(source), *added])
        return cells.getvalue()
    with _opened(source, "utf-8") as (file, _):
        mark = BYTE_ORDER_MARK if file.read(1) == BYTE_ORDER_MARK else ""
    with _opened(source) as (file, _):
        raw, _ = _header(_records(file))
    body = raw.rstrip("\r\n")
    return mark + ",".join([body, *added]) + raw[len(body) :]
