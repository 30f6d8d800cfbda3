"""Reading tables from files, and saying what is wrong with those that are none."""

from __future__ import annotations

import csv
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import pandas as pd

from bayes_ddm.data.dialect import SPACES, Dialect, dialect_of, opened
from bayes_ddm.data.formats import (
    COMPRESSED,
    CONDENSED,
    FEATHER,
    LINES,
    PARQUET,
    format_of,
    read_feather,
    read_lines,
)
from bayes_ddm.data.parquet import read_parquet
from bayes_ddm.errors import InputError, RowError, did_you_mean

# A labeler may be called "NA" or "None": these marks mean missing in every column but that one.
MISSING = [
    *["", "#N/A N/A"],
    *"NA N/A n/a <NA> #N/A #NA NaN nan -NaN -nan NULL null None".split(),
    *"1.#IND -1.#IND 1.#QNAN -1.#QNAN".split(),
]

READERS: dict[str | None, Callable[[Path], pd.DataFrame]] = {
    FEATHER: read_feather,
    LINES: read_lines,
}


@contextmanager
def lines_of(path: str | Path) -> Iterator[None]:
    """Name the line of the CSV file that was read, in errors about one row of its table."""
    try:
        yield
    except RowError as error:
        line = _line_of_row(Path(path), error.row)
        raise (error if line is None else error.at_line(line)) from None


def read_frame(
    path: str | Path,
    *,
    text_column: str | None = None,
    names: Sequence[str] | None = None,
    only: Collection[str] | None = None,
    choice: str | None = None,
) -> pd.DataFrame:
    """Read a file that holds a table.

    Parameters
    ----------
    path : str or Path
        Parquet, Feather, Arrow or JSON lines by its ending or its first bytes; anything else is
        text in UTF-8, whose separators, decimal commas and comment lines are recognised
        (`dialect_of`). Unpacked if its name ends in ``.gz``, ``.zst`` or the like.
    text_column : str, optional
        Column of a CSV file whose cells are kept as they stand (``NA`` and ``007`` included); they
        become integers only if that loses nothing.
    names : sequence of str, optional
        Columns of a file with commas that has no header.
    only, choice
        Of Parquet: what `read_parquet` takes.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If the file is missing, empty, not a table, or holds condensed rows.
    """
    path = Path(path)
    with decoding(path):
        head = _head(existing_file(path))
        kind = format_of(path, head)
        if kind == PARQUET:
            _refuse_condensed(path, kind)
            return decoded(read_parquet(path, only, choice=choice))
        if kind in READERS:
            return decoded(READERS[kind](path))
        _refuse_no_text(path, head)
        return _read_csv(path, text_column, names)


@contextmanager
def decoding(path: str | Path) -> Iterator[None]:
    """Refuse a file in a line, whatever its decoder raises, since a damaged one makes it do so."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        raise unreadable(path, error) from error


def decoded(frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse text that is none, which Arrow decodes only where it is looked at."""
    import pyarrow as pa

    for _, column in frame.items():
        if hasattr(column.array, "__arrow_array__"):
            pa.array(column.array).validate(full=True)
    return frame


def unreadable(path: str | Path, error: Exception) -> InputError:
    """Return the refusal of a file that a library could not read."""
    if isinstance(error, OSError) and error.strerror:
        return InputError(f"cannot read {str(path)!r}: {error.strerror}.")
    reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
    return InputError(
        f"cannot read {str(path)!r} as a table ({reason}); save it as CSV (UTF-8) or Parquet."
    )


def existing_table(path: str | Path) -> Path:
    """Return the path of a file that may be CSV or Parquet, or say what it is instead."""
    path = existing_file(path)
    head = _head(path)
    kind = format_of(path, head)
    _refuse_condensed(path, kind)
    if kind != PARQUET:
        _refuse_no_text(path, head)
    return path


def existing_file(path: str | Path) -> Path:
    """Return the path of a file with content, or say why it is none."""
    path = Path(path)
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        names = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        hint = did_you_mean(path.name, names, "check the name and the folder.", cutoff=0.6)
        raise InputError(f"no file {str(path)!r}; {hint}") from None
    except (OSError, ValueError) as error:  # a name too long, or with a zero byte
        raise unreadable(path, error) from error
    if S_ISDIR(status.st_mode):
        raise InputError(f"{str(path)!r} is a folder; name a file in it.")
    if not S_ISREG(status.st_mode):
        raise InputError(f"{str(path)!r} is not a regular file; save the table to one.")
    if status.st_size == 0:
        raise InputError(f"{str(path)!r} is empty.")
    try:
        path.open("rb").close()
    except OSError as error:
        raise unreadable(path, error) from error
    return path


def is_parquet(path: str | Path) -> bool:
    """Whether a file is read as Parquet, by its name or its first bytes."""
    path = Path(path)
    return format_of(path, _head(path)) == PARQUET


def is_condensed(path: str | Path) -> bool:
    """Whether a file holds condensed rows, which look like choices and stand for more of them."""
    if not Path(path).is_file():
        return False
    try:
        if not is_parquet(path):
            return False
        from pyarrow.parquet import read_schema

        return CONDENSED in (read_schema(path).metadata or {})
    except Exception:  # a damaged file makes its decoder raise anything
        return False


def is_text(path: str | Path) -> bool:
    """Whether a file is read as lines of cells."""
    path = Path(path)
    return format_of(path, _head(path)) is None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096).removeprefix(b"\xef\xbb\xbf")


def _refuse_condensed(path: Path, kind: str | None) -> None:
    if kind == PARQUET and is_condensed(path):
        raise InputError(
            f"{str(path)!r} holds condensed rows, not the choices themselves; read it with "
            "bd.read_condensed (bayes-ddm estimate, fit and compare take it by itself), or name "
            "the table that it was made from."
        )


def _refuse_no_text(path: Path, head: bytes) -> None:
    if path.suffix.lower() in COMPRESSED:
        return
    if not head.strip():
        raise InputError(f"{str(path)!r} is empty.")
    kind = None
    if b"\0" in head:
        kind = "a binary file or not in UTF-8"
    elif head.lstrip().startswith((b"{", b"[{", b"[\n", b"[\r", b"[[")):
        kind = "JSON"
    elif head.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        kind = "a web page or XML"
    if kind:
        raise InputError(
            f"{str(path)!r} is {kind}, not a table; save it as CSV (UTF-8) or Parquet."
        )


def _read_csv(path: Path, text_column: str | None, names: Sequence[str] | None) -> pd.DataFrame:
    if names:
        return _aligned(pd.read_csv(path, header=None, names=list(names), low_memory=False), path)
    dialect = dialect_of(path)
    header = dialect.names or _first_row(path, dialect)
    labels = [name or f"Unnamed: {i}" for i, name in enumerate(header)]  # as pandas calls it
    if text_column in labels:
        frame = _csv(
            path,
            dialect,
            dtype={text_column: str},
            keep_default_na=False,
            na_values={name: MISSING for name in labels if name != text_column},
            low_memory=False,
        )
        frame[text_column] = whole_numbers(frame[text_column])
    else:
        frame = _csv(path, dialect, low_memory=False)
    frame = _aligned(frame, path)
    # pandas renames a second "rt" to "rt.1"; which one is meant is not for us to say
    if len(set(header)) < len(header):
        frame.columns = pd.Index(header)
    return frame


def _first_row(path: Path, dialect: Dialect) -> tuple[str, ...]:
    row = _csv(path, dialect, header=None, nrows=1, dtype=str, keep_default_na=False)
    return tuple(row.iloc[0])


def _csv(path: Path, dialect: Dialect, **settings: Any) -> pd.DataFrame:
    if path.suffix.lower() != ".zst":
        return pd.read_csv(path, **dialect.for_pandas, **settings)
    with opened(path) as file:  # pandas needs one more package for it
        return pd.read_csv(file, **dialect.for_pandas, **settings)


def whole_numbers(column: pd.Series) -> pd.Series:
    """Return a column of text as integers, if that loses nothing; else as it is."""
    texts = pd.Series(pd.unique(column))
    numbers = pd.to_numeric(texts, errors="coerce")
    lossless = numbers.dtype.kind == "i" and (numbers.astype(str) == texts).all()
    return column.astype("int64") if lossless else column


def read_cells(path: str | Path, separator: str = ",") -> pd.DataFrame:
    """Read a CSV file with every cell as text, exactly as it stands; an empty cell is ``""``.

    Raises
    ------
    InputError
        If the file is missing, empty, or not a table.
    """
    path = existing_table(path)
    with decoding(path):
        frame = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
    return _aligned(frame, path).fillna("")


def _aligned(frame: pd.DataFrame, path: Path) -> pd.DataFrame:
    # pandas takes surplus cells at the left of each row for an index, and shifts the names
    if not frame.index.equals(pd.RangeIndex(len(frame))):
        raise InputError(
            f"the rows of {str(path)!r} have more cells than its header names; name every column."
        )
    return frame


def column_names(path: str | Path) -> list[str]:
    """Return the names of the columns of a file that holds a table."""
    path = existing_file(path)
    kind = format_of(path, _head(path))
    with decoding(path):
        if kind == PARQUET:
            from pyarrow.parquet import read_schema

            return [str(name) for name in read_schema(path).names]
        reader = READERS.get(kind) or partial(_csv, dialect=dialect_of(path), nrows=0)
        return [str(name) for name in reader(path).columns]


def _line_of_row(path: Path, row: int) -> int | None:
    """Line of a CSV file, from 1, that holds a row of its table; None if it has no lines."""
    if path.suffix.lower() in COMPRESSED or not path.is_file():
        return None
    kind = format_of(path, _head(path))
    if kind not in (None, LINES):
        return None
    with path.open(newline="", encoding="utf-8") as file:
        if kind == LINES:
            full = (number for number, line in enumerate(file, 1) if line.strip())
            return next(islice(full, row, None), None)
        dialect = dialect_of(path)
        lines = (line for i, line in enumerate(file) if i not in dialect.comments)
        mark = "," if dialect.separator == SPACES else dialect.separator
        reader = csv.reader(lines, delimiter=mark)
        # as pandas does, pass over blank lines
        ends = (reader.line_num for cells in reader if len(cells) > 1 or "".join(cells).strip())
        try:
            line = next(islice(ends, row + 1, None), None)
        except (csv.Error, UnicodeError):
            return None
    for comment in dialect.comments:  # in order; each moves what is below it
        line = line if line is None or comment >= line else line + 1
    return line
