"""Formats of tables that are not text: Parquet, Feather and Arrow, and JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from bayes_ddm.data.dialect import opened

# in the metadata of a Parquet file whose rows stand for others
CONDENSED = b"bayes_ddm.condensed"
COMPRESSED = {".gz", ".bz2", ".zip", ".xz", ".zst"}
FEATHER, LINES, PARQUET = "feather", "json lines", "parquet"
_ENDINGS = {
    ".parquet": PARQUET,
    ".pq": PARQUET,
    ".feather": FEATHER,
    ".arrow": FEATHER,
    ".ipc": FEATHER,
    ".jsonl": LINES,
    ".ndjson": LINES,
}
TEXT = {".csv", ".tsv", ".tab", ".txt", ".dat"}
ENDINGS = tuple(sorted({*TEXT, *_ENDINGS, *COMPRESSED}))


def bare(path: str | Path) -> Path:
    """Return a path without the ending that says how it is packed."""
    path = Path(path)
    return path.with_suffix("") if path.suffix.lower() in COMPRESSED else path


def format_of(path: str | Path, head: bytes) -> str | None:
    """Return the format by the name of a file or its first bytes; None for text."""
    if kind := _ENDINGS.get(bare(path).suffix.lower()):
        return kind
    if head.startswith(b"PAR1"):
        return PARQUET
    if head.startswith(b"ARROW1"):
        return FEATHER
    return LINES if _is_object(head.splitlines()[0] if head else b"") else None


def _is_object(line: bytes) -> bool:
    try:
        value = json.loads(line) if line.lstrip().startswith(b"{") else None
    except (ValueError, RecursionError):
        return False
    # one object of lists is a whole table, in one line
    return isinstance(value, dict) and not any(isinstance(x, list) for x in value.values())


def read_feather(path: str | Path) -> pd.DataFrame:
    """Read an Arrow file or stream, such as Feather or a cached data set of Hugging Face."""
    import pyarrow as pa

    with pa.memory_map(str(path)) as source:
        try:
            table = pa.ipc.open_file(source).read_all()
        except pa.ArrowInvalid:
            source.seek(0)
            table = pa.ipc.open_stream(source).read_all()
    return table.to_pandas()


def read_lines(path: str | Path) -> pd.DataFrame:
    """Read JSON lines, an object each; text stays text."""
    import pyarrow.json

    with opened(path) as file:
        return pyarrow.json.read_json(file).to_pandas()
