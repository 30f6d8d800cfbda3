"""How a text table is written: what is between cells, what marks decimals, what is a comment."""

from __future__ import annotations

import bz2
import csv
import gzip
import lzma
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SEPARATORS = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
SPACES = r"\s+"
HEAD = 1 << 16
_POINT = re.compile(r"\s*[-+]?\d*\.\d+([eE][-+]?\d+)?\s*")
_COMMA = re.compile(r"\s*[-+]?\d*,\d+([eE][-+]?\d+)?\s*")
_OPENERS: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


@dataclass(frozen=True)
class Dialect:
    """How a text table is written; found by `dialect_of`.

    Attributes
    ----------
    separator : str
        As pandas takes it; `SPACES` for any number of spaces or tabs.
    decimal : {".", ","}
    comments : tuple of int
        Lines, from 0, that begin with ``#`` and are passed over.
    names : tuple of str, or None
        Cells of the first line, if that is the header and pandas would split it no other way.
    """

    separator: str = ","
    decimal: str = "."
    comments: tuple[int, ...] = ()
    names: tuple[str, ...] | None = field(default=None, compare=False)

    @property
    def for_pandas(self) -> dict[str, Any]:
        """Return it as arguments of `pandas.read_csv`."""
        return {
            "sep": self.separator,
            "decimal": self.decimal,
            "skiprows": list(self.comments) or None,
        }

    @property
    def note(self) -> str:
        """Say what is not as usual; empty if nothing is."""
        remarks = []
        if self.separator != ",":
            remarks.append(f"{SEPARATORS.get(self.separator, 'spaces')} between cells")
        if self.decimal != ".":
            remarks.append("commas in decimal numbers")
        if self.comments:
            several = "s" * (len(self.comments) != 1)
            remarks.append(f"{len(self.comments)} comment line{several} passed over")
        return f"read with {', '.join(remarks)}." if remarks else ""

    def cells(self, lines: list[str]) -> list[list[str]]:
        """Split lines into cells."""
        if self.separator == SPACES:
            return [line.split() for line in lines]
        return list(csv.reader(lines, delimiter=self.separator))


def dialect_of(path: str | Path) -> Dialect:
    """Recognise how a text table is written, by its first lines.

    Commas and decimal points, unless the header has more cells by another separator, and all
    decimal numbers have commas. Lines that begin with ``#`` are comments above the header, and
    below it where they have fewer cells and the file has no quotes.
    """
    with opened(path) as file:
        head = file.read(HEAD)
    text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace")
    lines = text.splitlines()
    lines = lines[:-1] if len(head) == HEAD and len(lines) > 1 else lines
    above = 0
    while above < len(lines) and (not lines[above].strip() or lines[above].startswith("#")):
        above += 1
    body = [line for line in lines[above:] if line.strip()]
    if above and (not body or _holds_numbers(body[0])):  # the names are behind a #
        above, body = 0, [line for line in lines if line.strip()]
    if not body:
        return Dialect()
    header, *rest = body
    separator = _separator(header, [line for line in rest if not line.startswith("#")])
    plain = Dialect(separator)
    comments = [i for i in range(above) if lines[i].startswith("#")]
    if any(line.startswith("#") for line in rest):
        comments += _below(path, plain, above, len(plain.cells([header])[0]))
    cells = [cell for row in plain.cells(rest) for cell in row]
    commas = separator != "," and any(map(_COMMA.fullmatch, cells))
    decimal = "," if commas and not any(map(_POINT.fullmatch, cells)) else "."
    names = _split(header, separator) if header == lines[0] and len(head) < HEAD else None
    # Python ends lines where pandas does not
    plain_end = text[len(header) : len(header) + 1] in ("", "\n", "\r")
    return Dialect(separator, decimal, tuple(comments), names if plain_end else None)


def _split(header: str, separator: str) -> tuple[str, ...] | None:
    """Cells of a header without quotes and the like; None of another one."""
    if separator == SPACES or header[0].isspace() or '"' in header or "\0" in header:
        return None
    return tuple(header.split(separator))


def opened(path: str | Path) -> Any:
    """Open a file to read bytes, unpacked by the ending of its name."""
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".zst":
        import pyarrow as pa

        return pa.input_stream(str(path), compression="zstd")
    if ending == ".zip":
        with zipfile.ZipFile(path) as archive:
            first, *others = archive.namelist() or [""]
            if not first or others:
                raise ValueError("the archive must hold one file")
            return archive.open(first)
    return _OPENERS.get(ending, open)(path, "rb")


def _separator(header: str, rest: list[str]) -> str:
    """Return what splits the header into the most cells; spaces where nothing else does."""
    parts = {mark: len(next(csv.reader([header], delimiter=mark))) for mark in SEPARATORS}
    best = max(parts, key=lambda mark: parts[mark])
    words = len(header.split())
    if parts[best] == 1 and words > 1 and rest and all(len(x.split()) == words for x in rest):
        return SPACES
    return best


def _holds_numbers(line: str) -> bool:
    cells = [cell.strip() for cell in re.split(r"[,;\t| ]", line)]
    return any(re.fullmatch(r"[-+]?\d*[.]?\d+", cell) for cell in cells)


def _below(path: str | Path, dialect: Dialect, first: int, width: int) -> list[int]:
    """Lines below the header that begin with ``#`` and have fewer cells than it."""
    with opened(path) as file:
        content = file.read()
    if b'"' in content:  # such a line may be part of a cell
        return []
    lines = content.split(b"\n")
    marked = [i for i in range(first + 1, len(lines)) if lines[i].startswith(b"#")]
    texts = [lines[i].decode("utf-8", errors="replace").rstrip("\r") for i in marked]
    return [i for i, cells in zip(marked, dialect.cells(texts), strict=True) if len(cells) < width]
