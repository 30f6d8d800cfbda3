"""Writing files: whole or not at all, never over another file unasked, never over an input."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows, where what dead processes left stays
    fcntl = None  # type: ignore[assignment]

from bayes_ddm.errors import InputError


def same_file(first: str | Path, second: str | Path) -> bool:
    """Whether two paths lead to one file, however they are spelled: links and dots followed."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        # one of them is not there yet, or cannot be looked at
        return os.path.realpath(first) == os.path.realpath(second)


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
    if os.path.exists(path) and not os.path.isfile(path):
        raise InputError(f"{str(path)!r} is a device or a pipe, not a file; name a file.")
    if os.path.lexists(path) and not overwrite:
        raise InputError(f"{str(path)!r} exists; choose another name or pass --overwrite.")


@contextmanager
def writing(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes `path`'s place in one step.

    A file that is replaced hands its permissions on; one that has appeared meanwhile is kept.

    Raises
    ------
    InputError
        If `path` cannot be written: it exists, its folder does not, the disk is full.
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    try:
        with _folder_beside(path) as folder:
            temporary = folder / path.name
            yield temporary
            _settle(temporary)
            if overwrite:
                if os.path.isfile(path):
                    shutil.copymode(path, temporary)
                os.replace(temporary, path)
            else:
                _put(temporary, path)
    except FileExistsError as error:
        raise InputError(
            f"{str(path)!r} exists; choose another name or pass --overwrite."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot write {str(path)!r}: {reason}.") from error


PREFIX = ".writing-"


@contextmanager
def _folder_beside(path: Path) -> Iterator[Path]:
    """Give a folder that is removed afterwards: by the next process, if this one is killed."""
    parent = path.absolute().parent
    _sweep(parent)
    # what cannot be removed now is removed by the next
    with tempfile.TemporaryDirectory(dir=parent, prefix=PREFIX, ignore_cleanup_errors=True) as name:
        lock = _lock(name)
        try:
            yield Path(name)
        finally:
            if lock is not None:
                os.close(lock)


def _sweep(parent: Path) -> None:
    """Remove folders whose processes are dead: nobody holds them."""
    with suppress(OSError):
        for stray in parent.glob(f"{PREFIX}*"):
            # one that is empty may be about to be held
            fresh = time.time() - stray.stat().st_mtime < 60 and not any(stray.iterdir())
            lock = None if fresh else _lock(stray)
            if lock is not None:
                shutil.rmtree(stray, ignore_errors=True)
                os.close(lock)


def _lock(folder: str | Path) -> int | None:
    """Return a descriptor that holds a folder until it is closed, or None if another does."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # held; or a file system without locks
        os.close(descriptor)
        return None
    return descriptor


def _settle(path: Path) -> None:
    """Have the disk hold what was written before its name says that it is there."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _put(temporary: Path, path: Path) -> None:
    """Move a file to a name that nobody has, in one step."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        # a file system without hard links
        refuse_existing(path)
        os.replace(temporary, path)
