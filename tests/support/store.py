"""Fits made once per session: workers, tests and examples share a folder of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import xarray as xr
from filelock import FileLock

from bayes_ddm import Choices, fit, load, save

_folder: Path | None = None


def open_store(folder: Path) -> None:
    """Name the folder, which the session's workers have in common."""
    global _folder
    folder.mkdir(exist_ok=True)
    _folder = folder


def shared_fit(choices: Choices, model: Any = None, **options: Any) -> xr.DataTree:
    """Return a fit of one's own, sampled only if no equal call in this session has been."""
    try:
        path = _folder / f"{_key(choices, model, options)}.nc"
    except TypeError:  # a prior or a program has no name
        return fit(choices, model, **options)
    with FileLock(path.with_suffix(".lock")):
        if not path.exists():
            save(fit(choices, model, **options), path)
    return load(path)


def _key(choices: Choices, model: str | None, options: dict[str, Any]) -> str:
    frame = choices.to_frame()
    parts = [frame.to_csv(), str(frame.dtypes), dict(choices.dropped), choices.notes]
    return hashlib.sha256(json.dumps([*parts, model, sorted(options.items())]).encode()).hexdigest()
