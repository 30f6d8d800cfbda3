"""Where benchmarks find the real data, and keep results: a small CSV each, a part at a time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

__all__ = ["DATA", "RESULTS", "keep", "kept"]

RESULTS = Path(__file__).parents[1] / "results"
DATA = Path(os.environ.get("BAYES_DDM_DATA", Path(__file__).parents[3] / "shared" / "data"))


def kept(name: str) -> pd.DataFrame:
    """Return ``results/<name>.csv``; an empty table if there is none."""
    path = RESULTS / f"{name}.csv"
    return pd.read_csv(path) if path.exists() else pd.DataFrame()


def keep(
    rows: pd.DataFrame,
    name: str,
    key: Sequence[str] = (),
    *,
    order: Sequence[str] = (),
    digits: int = 5,
) -> None:
    """Write rows to ``results/<name>.csv``, in place of those with the same key.

    Parameters
    ----------
    rows : DataFrame
    name : str
    key : sequence of str
        Columns; without, the rows are the whole table.
    order : sequence of str
        Entries of the key's columns, in the order in which the table has them.
    digits : int
        Significant ones that floats are written with.
    """
    old = kept(name)
    key = list(key)
    if key and len(old):
        stale = pd.MultiIndex.from_frame(old[key]).isin(pd.MultiIndex.from_frame(rows[key]))
        rows = pd.concat([old[~stale], rows])
    if order:
        rank = {entry: i for i, entry in enumerate(order)}
        rows = rows.sort_values(key, key=lambda entries: entries.map(rank), kind="stable")
    path = RESULTS / f"{name}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    rows.to_csv(scratch, index=False, float_format=f"%.{digits}g")
    os.replace(scratch, path)
