"""Writing files: atomically, and never over an existing one unasked."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bayes_ddm.errors import InputError


def refuse_existing(path: str | Path, *, overwrite: bool = False) -> None:
    """Raise `InputError` if `path` cannot be written: early, before any long computation."""
    path = Path(path)
    folder = path.absolute().parent
    if os.path.isdir(path):
        raise InputError(f"{str(path)!r} is a folder; name a file in it.")
    if not os.path.isdir(folder):
        raise InputError(
            f"cannot write {str(path)!r}: there is no folder {str(folder)!r}; make it."
        )
    if not os.access(folder, os.W_OK):
        raise InputError(f"cannot write {str(path)!r}: the folder allows no new files.")
    # os.path calls a name that is too long absent, where pathlib fails
    if os.path.lexists(path) and not overwrite:
        raise InputError(f"{str(path)!r} exists; choose another name or pass --overwrite.")


@contextmanager
def writing(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes `path`'s place in one step.

    Raises
    ------
    InputError
        If `path` cannot be written: it exists, its folder does not, the disk is full.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    try:
        with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".writing-") as folder:
            temporary = Path(folder) / path.name
            yield temporary
            os.replace(temporary, path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {str(path)!r}: {reason}.") from error
