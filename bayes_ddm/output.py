"""Writing files: atomically, and never over an existing one unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bayes_ddm.errors import InputError

__all__ = ["refuse_existing", "writing"]


def refuse_existing(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise `InputError` if `path` cannot be written: early, before any long computation."""
    path = Path(path)
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"cannot write {str(path)!r}: it must be a file in an existing folder.")
    if path.exists() and not overwrite:
        raise InputError(f"{str(path)!r} exists; choose another name or pass --overwrite.")


@contextmanager
def writing(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes `path`'s place in one step."""
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".writing-") as folder:
        temporary = Path(folder) / path.name
        yield temporary
        os.replace(temporary, path)
