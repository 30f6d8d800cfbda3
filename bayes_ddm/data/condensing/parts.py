"""The files that a path, a glob or a folder stands for: all CSV or all Parquet, of like columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from glob import glob, has_magic
from pathlib import Path

import pandas as pd

from bayes_ddm.data import columns
from bayes_ddm.data.read import COMPRESSED, decoding, existing_table, is_parquet
from bayes_ddm.errors import InputError

ENDINGS = (".parquet", ".pq", ".csv", ".tsv", *(f".csv{end}" for end in COMPRESSED))


@dataclass(frozen=True)
class Parts:
    """Files of one table; made by `parts_of`.

    Attributes
    ----------
    source : str
        As it was asked for.
    paths : tuple of Path
    parquet : bool
        Or CSV.
    """

    source: str
    paths: tuple[Path, ...]
    parquet: bool

    @property
    def description(self) -> str:
        """What the table is of, in words."""
        n = len(self.paths)
        return self.source + (f" ({n:,} files)" if n > 1 else "")


def parts_of(source: str | Path | Sequence[str | Path]) -> Parts:
    r"""Find the files that a path, a glob or a folder stands for.

    Raises
    ------
    InputError
        If there are none, some are of another format, or one cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("a.csv", "b.csv"):
    ...         _ = (Path(folder) / name).write_text("choice,rt\n1,0.9\n")
    ...     [path.name for path in parts_of(folder).paths]
    ['a.csv', 'b.csv']
    """
    if not isinstance(source, str | Path):
        return _together([parts_of(part) for part in source])
    text = str(source)
    if Path(text).is_dir():
        paths = [p for p in sorted(Path(text).rglob("*")) if p.name.lower().endswith(ENDINGS)]
        if not paths:
            raise InputError(f"no CSV or Parquet file in the folder {text!r}.")
    elif has_magic(text) and not Path(text).exists():
        paths = [Path(p) for p in sorted(glob(text, recursive=True)) if Path(p).is_file()]
        if not paths:
            raise InputError(f"no file matches {text!r}; check the pattern and the folder.")
    else:
        paths = [existing_table(text)]
    return _alike(text, paths)


def _together(several: Sequence[Parts]) -> Parts:
    paths = list(dict.fromkeys(path for parts in several for path in parts.paths))
    names = [parts.source for parts in several]
    return _alike(", ".join(names[:3]) + (", ..." if len(names) > 3 else ""), paths)


def _alike(text: str, paths: Sequence[Path]) -> Parts:
    """Refuse files of different formats."""
    formats = {path: is_parquet(existing_table(path)) for path in paths}
    parquet = next(iter(formats.values()))
    for path, is_like in formats.items():
        if is_like != parquet:
            kinds = ("Parquet", "CSV") if parquet else ("CSV", "Parquet")
            raise InputError(
                f"{str(paths[0])!r} is {kinds[0]} and {str(path)!r} is {kinds[1]}; condense them "
                "apart, and add the results."
            )
    return Parts(text, tuple(paths), parquet)


def refuse_unlike(parts: Parts, *names: str) -> None:
    """Raise `InputError` unless every file can be opened and has these columns, of one type.

    It reads the files' heads alone, so that a bad one among many is found before any work.
    """
    first: dict[str, str] = {}
    for path in parts.paths:
        types = _types(path, parquet=parts.parquet)
        for name in names:
            try:
                columns.find(pd.DataFrame(columns=pd.Index(types)), name)
            except InputError as error:
                message = str(error).replace("the table", repr(str(path)))
                raise InputError(message) from None
            kind = first.setdefault(name, types[name])
            if types[name] != kind:
                raise InputError(
                    f"column {name!r} is {types[name]} in {str(path)!r} but {kind} in "
                    f"{str(parts.paths[0])!r}; write them alike."
                )


def _types(path: Path, *, parquet: bool) -> dict[str, str]:
    """Columns of a file, with their types where it has any."""
    with decoding(path):
        if parquet:
            from pyarrow import parquet as pq

            schema = pq.read_schema(path)
            return {name: str(kind) for name, kind in zip(schema.names, schema.types, strict=True)}
        head = pd.read_csv(path, nrows=0, sep=None, engine="python")
    return dict.fromkeys(map(str, head.columns), "text")
