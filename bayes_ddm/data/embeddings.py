"""Columns of lists in Parquet files, such as embeddings: read in parts, each a matrix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data import columns
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.condensing.parts import parts_of, refuse_unlike
from bayes_ddm.data.read import decoded, decoding, existing_table, is_parquet
from bayes_ddm.data.row_selection import conditions
from bayes_ddm.errors import InputError

PART = 16_384  # rows at once


@dataclass(frozen=True, eq=False)
class Embedded:
    """Choices of a table, and where attribute differences of each are; made by `embedded_choices`.

    Attributes
    ----------
    choices : Choices
        By anonymous labelers, without features; ``row`` counts rows of all files together.
    paths : tuple of Path
    names : tuple of str
        The column of lists, or two whose difference counts.
    size : int
        Entries of a list.
    """

    choices: Choices
    paths: tuple[Path, ...]
    names: tuple[str, ...]
    size: int

    def parts(self, rows: int = PART) -> Iterator[tuple[slice, FloatArray]]:
        """Read attribute differences of some choices at a time: which ones, and (choices, size).

        Raises
        ------
        InputError
            If lists are of unequal length, or hold no numbers: which file, and row.
        """
        assert self.choices.row is not None
        at = 0
        for path in self.paths:
            start = at
            with decoding(path):
                for batch in pq.ParquetFile(path).iter_batches(rows, columns=list(self.names)):
                    end = at + len(batch)
                    first, last = np.searchsorted(self.choices.row, (at, end))
                    numbers = self.choices.row[first:last]
                    answered = (
                        batch if last - first == len(batch) else batch.take(pa.array(numbers - at))
                    )
                    yield (
                        slice(int(first), int(last)),
                        self._difference(answered, _Where(path, numbers - start)),
                    )
                    at = end

    def _difference(self, batch: pa.RecordBatch, where: _Where) -> FloatArray:
        first, *second = (_matrix(batch[name], name, self.size, where) for name in self.names)
        return first - second[0] if second else first


@dataclass(frozen=True, eq=False)
class _Where:
    """File, and row in it, of each row of a part."""

    path: Path
    row: IntArray

    def refusal(self, at: int, name: str, what: str) -> InputError:
        return InputError(
            f"column {name!r} {what} in row {int(self.row[at]):,} of {str(self.path)!r}, counting "
            "from 0; mend it, or remove the row."
        )


def is_embedding(source: str | Path | Sequence[str | Path], features: Sequence[str]) -> bool:
    """Whether a feature of a table in Parquet is a column of lists, or a difference of two."""
    if len(features) != 1 or not isinstance(source, str | Path) or not Path(source).exists():
        return False
    path = parts_of(source).paths[0] if Path(source).is_dir() else Path(source)
    if not is_parquet(existing_table(path)):
        return False
    try:
        schema = pq.read_schema(path)
        names = columns.sides(pd.DataFrame(columns=pd.Index(schema.names)), features[0])
    except (InputError, pa.ArrowException, OSError):
        return False
    return any(_is_list(schema.field(name).type) for name in names)


def embedded_choices(
    source: str | Path | Sequence[str | Path],
    feature: str,
    *,
    choice: str = "choice",
    rt: str = "rt",
    **options: Any,
) -> Embedded:
    """Read all of a table but its lists, whose columns are looked at.

    Parameters
    ----------
    source : path, glob or folder, or several
        Parquet.
    feature : str
        A column of lists of numbers, or ``"a-b"``, the difference of two.
    choice, rt : str
    **given
        As `Choices.from_frame` takes it.

    Raises
    ------
    InputError
        If it is no Parquet, columns are missing, or are no lists; or as `Choices.from_frame`.
    """
    parts = parts_of(source)
    if not parts.parquet:
        raise InputError(f"{parts.source!r} is CSV, which holds no lists; save it as Parquet.")
    with decoding(parts.paths[0]):
        schema = pq.read_schema(parts.paths[0])
    names = columns.sides(pd.DataFrame(columns=pd.Index(schema.names)), feature)
    selected = [condition.column for condition in conditions(options.get("where"))]
    names_read = list(dict.fromkeys([choice, rt, *selected]))
    refuse_unlike(parts, *names_read, *names)
    for name in names:
        if not _is_list(schema.field(name).type):
            raise InputError(f"column {name!r} holds {schema.field(name).type}, not lists.")
    frames = []
    for path in parts.paths:
        with decoding(path):
            frames.append(decoded(pq.read_table(path, columns=names_read).to_pandas()))
    frame = pd.concat(frames, ignore_index=True)
    choices = Choices.from_frame(frame, choice=choice, rt=rt, **options)
    sizes = {name: _size(parts.paths[0], name) for name in names}
    if len(set(sizes.values())) > 1:
        lengths = " and ".join(f"{name!r} {size:,}" for name, size in sizes.items())
        raise InputError(f"lists of {lengths} entries have no difference; name columns alike.")
    return Embedded(choices, parts.paths, names, next(iter(sizes.values())))


def _is_list(kind: pa.DataType) -> bool:
    return (
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _size(path: Path, name: str) -> int:
    """Entries of the first list that is there."""
    with decoding(path):
        for batch in pq.ParquetFile(path).iter_batches(1024, columns=[name]):
            lists = batch.column(0).drop_null()
            if len(lists):
                return len(lists[0].as_py())
    raise InputError(f"column {name!r} of {str(path)!r} is empty.")


def _matrix(column: pa.Array, name: str, size: int, where: _Where) -> FloatArray:
    if column.null_count:
        at = int(np.flatnonzero(column.is_null().to_numpy(zero_copy_only=False))[0])
        raise where.refusal(at, name, "is empty")
    if not pa.types.is_fixed_size_list(column.type):
        length = column.value_lengths().to_numpy(zero_copy_only=False)
        if (length != size).any():
            at = int(np.flatnonzero(length != size)[0])
            raise where.refusal(at, name, f"has a list of {length[at]:,} entries, not {size:,},")
    flat = column.flatten().to_numpy(zero_copy_only=False)
    try:
        matrix = np.asarray(flat, dtype=float).reshape(-1, size)
    except ValueError as error:
        raise InputError(f"column {name!r} of {str(where.path)!r} holds no numbers.") from error
    total = matrix.sum(axis=1)
    if not np.isfinite(total).all():
        bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
        if len(bad):
            raise where.refusal(int(bad[0]), name, "holds NaN, or an infinity,")
    return matrix
