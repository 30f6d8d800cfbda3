"""Results that a benchmark keeps as a small CSV, a part at a time."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd

__all__ = ["keep"]


def keep(made: pd.DataFrame, path: Path, key: list[str]) -> None:
    """Write rows, in place of those with the same key."""
    if path.exists():
        made = pd.concat([pd.read_csv(path), made]).drop_duplicates(key, keep="last")
    scratch = path.with_suffix(".part")
    made.to_csv(scratch, index=False, float_format="%.4g")
    os.replace(scratch, path)
