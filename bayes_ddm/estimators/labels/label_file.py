"""Drift pseudo-labels for tables that need not fit into memory: read in parts, twice.

The first pass learns which value of the choice column is +1, and keeps what the boundary is learned
from: the whole table, or of a long one a random part. The second pass writes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray
from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.dialect import dialect_of
from bayes_ddm.data.embeddings import is_embedding
from bayes_ddm.data.read import (
    COMPRESSED,
    MISSING,
    existing_table,
    is_parquet,
    lines_of,
    unreadable,
)
from bayes_ddm.data.response_times import RT_UNITS, checked_times
from bayes_ddm.display import Shown, Words
from bayes_ddm.errors import InputError, RowError
from bayes_ddm.estimators.boundaries.known import check_collapse
from bayes_ddm.estimators.bounded.weight import MOST_DRIFT
from bayes_ddm.estimators.labels.labeling import COLUMNS, labeling_for
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.files import same_file, writing
from bayes_ddm.progress import bar

PART = 100_000  # rows at once
MOST_ROWS = 1_000_000  # that a boundary is learned from
STRETCH = 10_000  # rows of a labeler this near to one another stay together
MANY_VALUES = 20  # of a choice column that should have two
UNPACKED = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz"}

Part = tuple[pa.Table, pd.DataFrame, float]


@dataclass(frozen=True, repr=False)
class LabeledFile(Shown):
    """What `label_file` wrote.

    Attributes
    ----------
    path : Path
    rows : int
        Rows of the table, all of them written.
    no_response, too_fast, too_slow : int
        Rows without a choice or response time; rows faster than the ndt; rows after closing bounds
        have met. Their cells are empty; those of rows too fast are not, with bounded labels.
    mean : float
        Mean of the pseudo-labels.
    boundary : Boundary
        The boundary and ndt used.
    notes : tuple of str
        What should be known before the pseudo-labels are used.
    labeled : int
        Rows with a pseudo-label.
    """

    path: Path
    rows: int
    no_response: int
    too_fast: int
    mean: float
    boundary: Boundary
    notes: tuple[str, ...]
    too_slow: int = 0
    labeled: int = 0

    def blocks(self) -> tuple[Words]:
        """Return how many rows were labeled."""
        sentence = (
            f"{self.labeled:,} of {self.rows:,} rows labeled; mean pseudo-label {self.mean:.4g}"
        )
        return (Words(sentence),)


def label_file(
    path: str | Path,
    out: str | Path,
    *,
    boundary: float | None = None,
    ndt: float | None = None,
    collapse: float = 0.0,
    bounded: bool = False,
    most_drift: float = MOST_DRIFT,
    spread: float | None = None,
    overwrite: bool = False,
    progress: bool = True,
    **names: Any,
) -> LabeledFile:
    """Write a table back with pseudo-labels and their variances, targets and weights added.

    The columns are ``drift_pseudo_label``, ``drift_pseudo_label_variance``, ``drift_target`` and
    ``drift_weight``; see `label`.

    Every row and every other column stays, in its order; cells of a CSV file are text, and keep
    their value (``007``), not their quotes; lines end in a line feed, and blank ones go. Rows
    without a response and rows faster than the ndt get empty cells, and are counted.

    Parameters
    ----------
    path : str or Path
        CSV or Parquet, of any length: it is read in parts.
    out : str or Path
        CSV, or Parquet if its name ends in ``.parquet``. Columns of a CSV file that is written as
        Parquet are text there.
    boundary, ndt, collapse, bounded, most_drift, spread : optional
        As in `label`. A boundary that is not given is learned first; from a table of more than a
        million rows, from a random part of it.
    overwrite : bool
        Replace `out` if it exists.
    progress : bool
        Show a progress bar.
    **names
        The arguments of `Choices.from_frame`.

    Returns
    -------
    LabeledFile

    Raises
    ------
    InputError
        If the table cannot be used (as in `read_choices`), no boundary was given and none can be
        learned, the table has such columns already, or `out` cannot be written. Then nothing is
        written.
    """
    path, out = Path(path), Path(out)
    if same_file(out, path):
        raise InputError(f"{str(out)!r} is the input; give the output another name.")
    check_collapse(collapse, boundary, ndt)
    names = {"choice": "choice", "rt": "rt", "labeler": None} | names
    if embedding := is_embedding(path, tuple(names.get("features") or ())):
        names["features"] = ()
    parts = partial(_parts, path, _selection(path, names), names["labeler"])
    counts, fastest = [], []
    with lines_of(path), bar(f"labeling {path.name}", 2, progress=progress) as tell:
        sign, sample, rows = _survey(parts(), names, tell)
        options: dict[str, Any] = {"collapse": collapse, "bounded": bounded}
        options |= {"most_drift": most_drift, "boundary": boundary, "ndt": ndt, "spread": spread}
        labeling = labeling_for(_choices(sample, names), rows, **options)
        bounds = labeling.boundary

        def labeled() -> Iterator[pa.Table]:
            for table, frame, share in parts():
                signs = frame[names["choice"]].map(sign).to_numpy(float, na_value=np.nan)
                seconds = _seconds(frame, names["rt"], names.get("rt_unit"), signs)
                missing = np.isnan(seconds)
                psi = _features(frame, names.get("features") or (), ~missing)
                added = labeling.columns(signs, seconds, psi)
                fast, late = seconds <= bounds.ndt, (seconds - bounds.ndt) * collapse >= 1
                counts.append([*(x.sum() for x in (missing, fast, late)), np.nansum(added[0])])
                fastest.append(np.nanmin(seconds, initial=np.inf))
                tell(1 + share)
                for name, values in zip(COLUMNS, added, strict=True):
                    table = table.append_column(name, pa.array(values, from_pandas=True))
                yield table

        with writing(out, overwrite=overwrite) as temporary:
            _write(labeled(), temporary, encoding=_encoding(path))
    *counted, total = np.sum(counts, axis=0).tolist()
    no_response, too_fast, too_slow = map(int, counted)
    labeled_rows = rows - no_response - too_slow - (0 if bounded else too_fast)
    further = []
    if bounds.method != "known" and len(sample) < rows:
        further.append(f"the boundary was learned from {len(sample):,} rows, a random part")
    if embedding:
        further.append("targets' spread is that of drifts over rows, whatever their embeddings")
    if no_response:
        further.append(f"{no_response:,.0f} rows have no response: no pseudo-label")
    notes = labeling.notes(too_fast, too_slow, min(fastest), further)
    mean = total / labeled_rows if labeled_rows else np.nan
    return LabeledFile(
        out, rows, no_response, too_fast, mean, bounds, notes, too_slow, labeled_rows
    )


def _selection(path: Path, names: Mapping[str, Any]) -> list[str]:
    """Columns to look at; refuses those that are not there, and those that would be there twice."""
    table, _ = next(_tables(path), (None, 1.0))
    if not table:
        raise InputError("the table has no rows.")
    header = pd.DataFrame(columns=table.column_names)
    for name in COLUMNS:
        if name in header:
            raise InputError(f"the table has a column {name!r} already; rename or remove it.")
    selection = [names["choice"], names["rt"]]
    selection += [x for x in (names["labeler"], names.get("count")) if x is not None]
    for name in selection:
        columns.find(header, name)
    features = names.get("features") or ()
    if isinstance(features, str):
        raise InputError("features must be a list of column names, not one string.")
    for name in features:
        columns.feature(header, name, np.empty(0, dtype=bool))  # refuses what is not there
    # a difference "a-b" needs both of its columns; a few too many do no harm
    selection += [
        column
        for column in header
        if any(name.startswith(column) or name.endswith(column) for name in features)
    ]
    return list(dict.fromkeys(selection))


def _survey(
    parts: Iterator[Part], names: Mapping[str, Any], tell: Callable[[float], None]
) -> tuple[dict[Any, float], pd.DataFrame, int]:
    """Sign of each value of the choice column, the rows to learn from, and how many there are."""
    choice = names["choice"]
    distinct: list[pd.Series] = []
    samples: list[tuple[pd.DataFrame, NDArray[np.uint64]]] = []
    limit, rows = np.uint64(2**64 - 1), 0
    for _, frame, share in parts:
        distinct.append(_present(frame[choice]).drop_duplicates())
        key = _keys(frame, names["labeler"])
        samples.append((frame[key <= limit], key[key <= limit]))
        while sum(len(key) for _, key in samples) > MOST_ROWS:
            limit //= np.uint64(2)
            samples = [(frame[key <= limit], key[key <= limit]) for frame, key in samples]
        rows += len(frame)
        tell(share)
        if len(distinct[-1]) > MANY_VALUES:
            break
    sample = pd.concat([frame for frame, _ in samples])
    # the first of each value names its row; how often each is there tells which is out of place
    cells = pd.concat([*distinct, _present(sample[choice])])
    # texts of one number are one choice
    numeric = columns.coerced(cells)
    coded = cells if numeric.isna().any() else numeric
    signs = columns.signs(coded, cells.index.to_numpy(), choice, names.get("positive"))
    first = ~cells.duplicated().to_numpy()
    sign = dict(zip(cells[first], signs[first].astype(float).tolist(), strict=True))
    sample[choice] = sample[choice].map(sign).astype(float)
    return sign, sample, rows


def _present(column: pd.Series) -> pd.Series:
    return column[~columns.missing(column)]


def _keys(frame: pd.DataFrame, labeler: str | None) -> NDArray[np.uint64]:
    """Random number of each row, the same for a labeler's rows that are near one another.

    Labelers stay whole where that is possible, since a repeated comparison takes two rows of one.
    """
    row = np.asarray(frame.index, dtype=np.int64)
    if labeler is None:
        return pd.util.hash_array(row)
    of_labeler = pd.util.hash_array(frame[labeler].astype(str).to_numpy(object))
    return np.asarray(of_labeler ^ pd.util.hash_array(row // STRETCH))


def _choices(sample: pd.DataFrame, names: Mapping[str, Any]) -> Choices:
    """Validate the rows that were kept, as `read_choices` would."""
    with _rows_of(sample):
        return Choices.from_frame(sample.reset_index(drop=True), **{**names, "positive": None})


def _seconds(frame: pd.DataFrame, rt: str, unit: str | None, signs: FloatArray) -> FloatArray:
    """Response times of a part in seconds, NaN where there is no response."""
    with _rows_of(frame):
        values = columns.numbers(frame[rt], rt)
        responded = np.flatnonzero(~np.isnan(values) & ~np.isnan(signs))
        # the unit was judged by all rows together
        checked_times(values[responded], np.ones_like(responded), responded, rt, "s")
    seconds = np.full(len(values), np.nan)
    seconds[responded] = values[responded] * RT_UNITS[unit or "s"]
    return seconds


def _features(frame: pd.DataFrame, names: Sequence[str], present: BoolArray) -> FloatArray:
    """Attribute differences of a part, shape (rows, d); 0 where there is no response."""
    values = np.zeros((len(frame), len(names)))
    with _rows_of(frame):
        for j, name in enumerate(names):
            values[present, j] = columns.feature(frame, name, present)
    return values


@contextmanager
def _rows_of(frame: pd.DataFrame) -> Iterator[None]:
    """Name the row of the whole table, in errors about a row of a part of it."""
    try:
        yield
    except RowError as error:
        raise error.at_row(int(frame.index[error.row])) from None


# --- files ----------------------------------------------------------------------------------------


def _parts(path: Path, selection: list[str], labeler: str | None) -> Iterator[Part]:
    """Go through a table: each part, its needed columns indexed by row, the share that is read."""
    at, text = 0, not is_parquet(path)
    for table, share in _tables(path):
        frame = table.select(selection).to_pandas(ignore_metadata=True)
        frame.index = pd.RangeIndex(at, at + len(frame))
        for name in selection if text else ():
            if name != labeler:
                frame[name] = frame[name].mask(frame[name].isin(MISSING))
        yield table, frame, share
        at += len(frame)


def _tables(path: Path) -> Iterator[tuple[pa.Table, float]]:
    """Read a CSV or Parquet file in constant memory: consecutive rows, and the share so far."""
    ending = existing_table(path).suffix.lower()
    if ending in COMPRESSED and ending not in UNPACKED:
        raise InputError(f"{str(path)!r} cannot be read in parts; unpack it first.")
    try:
        yield from _parquet(path) if is_parquet(path) else _csv(path, UNPACKED.get(ending))
    except InputError:
        raise
    except Exception as error:  # a damaged file makes its decoder raise anything
        if wide := re.search(r"in line (\d+), saw", str(error)):
            raise InputError(
                f"line {wide[1]} of {str(path)!r} has more cells than its header names; name "
                "every column, and quote cells that hold commas."
            ) from error
        if opened := re.search(r"inside string starting at row (\d+)", str(error)):
            raise InputError(
                f"a quote is opened near line {int(opened[1]) + 1} and never closed; close it."
            ) from error
        raise unreadable(path, error) from error


def _parquet(path: Path) -> Iterator[tuple[pa.Table, float]]:
    file, rows = pq.ParquetFile(path), 0
    for batch in file.iter_batches(batch_size=PART):
        rows += len(batch)
        yield pa.Table.from_batches([batch]), rows / file.metadata.num_rows


def _csv(path: Path, compression: str | None) -> Iterator[tuple[pa.Table, float]]:
    """Cells as text, the header's too: 007 and 2024-01-31 are nobody's numbers."""
    settings: dict[str, Any] = {"header": None, "dtype": str, "keep_default_na": False}
    settings |= {"chunksize": PART, "compression": compression} | dialect_of(path).for_pandas
    header: list[str] = []
    with path.open("rb") as file:
        for chunk in pd.read_csv(file, **settings):
            rows = chunk if header else chunk.iloc[1:]
            header = header or chunk.iloc[0].tolist()
            cells = [pa.array(rows[j], pa.string()) for j in rows]
            yield pa.table(cells, names=header), min(file.tell() / path.stat().st_size, 1.0)


def _encoding(path: Path) -> str:
    """UTF-8, with a byte order mark where the source has one."""
    with path.open("rb") as file:
        return "utf-8-sig" if file.read(3) == b"\xef\xbb\xbf" else "utf-8"


def _write(tables: Iterator[pa.Table], out: Path, encoding: str) -> None:
    if out.suffix.lower() in {".parquet", ".pq"}:
        first = next(tables)
        with pq.ParquetWriter(out, first.schema) as writer:
            for table in chain([first], tables):
                writer.write_table(table)
        return
    with out.open("w", encoding=encoding, newline="") as file:
        for i, table in enumerate(tables):
            # Arrow's types: integers with gaps stay integers
            frame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
            as_csv = partial(frame.to_csv, index=False, header=not i, lineterminator="\n")
            text = as_csv()
            # before Python 3.13 a carriage return is not quoted
            file.write(as_csv(quoting=csv.QUOTE_ALL) if "\r" in text else text)
