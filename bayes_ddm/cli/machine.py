"""The machine that a command runs on: its streams, and what it may refuse."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import suppress
from stat import S_ISDIR
from typing import IO

from bayes_ddm.errors import InputError

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

LIGHT, SAMPLES = 0.9, 2.5  # GiB that a command takes, without and with PyMC
STREAMS = (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w"))
NO_MEMORY = ("cannot allocate memory", "failed to map segment", "can't start new thread")


def open_streams() -> None:
    """Lead closed streams nowhere, so that no file takes their place and is printed into."""
    for name, number, mode in STREAMS:
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            setattr(sys, name, open(number, mode, closefd=False))


def expect_memory(least: float, what: str) -> None:
    """Refuse a limit below what libraries take, which would end the process without a word.

    Parameters
    ----------
    least : float
        GiB of address space.
    what : str
        What needs them.

    Raises
    ------
    InputError
        If ``ulimit -v`` allows fewer.
    """
    if resource is None:
        return
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < least * 2**30:
        raise InputError(
            f"{what} needs {least:g} GiB of address space, of which {limit / 2**30:.2g} are "
            "allowed; raise it: ulimit -v."
        )


def writable_caches() -> None:
    """Keep compiled code in a temporary folder where the home allows none.

    PyTensor writes into the home as soon as it is loaded, and cannot be loaded without.
    """
    home = os.path.expanduser("~")
    cache = os.path.join(home, ".pytensor")
    flags = os.environ.get("PYTENSOR_FLAGS", "")
    if "compiledir" in flags or os.access(
        cache if os.path.isdir(cache) else home, os.W_OK | os.X_OK
    ):
        return
    folder = _own_folder()
    os.environ["PYTENSOR_FLAGS"] = ",".join(filter(None, (flags, f"base_compiledir={folder}")))
    os.environ.setdefault("NUMBA_CACHE_DIR", folder)
    os.environ.setdefault("MPLCONFIGDIR", folder)


def _own_folder() -> str:
    """Return a temporary folder that nobody else can have put code into."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = os.path.join(tempfile.gettempdir(), f"bayes-ddm-{user}")
    with suppress(OSError):
        os.mkdir(folder, 0o700)
    try:
        status = os.lstat(folder)
    except OSError:
        return tempfile.mkdtemp()
    private = S_ISDIR(status.st_mode) and status.st_uid == user and not status.st_mode & 0o077
    return folder if private else tempfile.mkdtemp()


def discard(stream: IO[str]) -> None:
    """Let what is still buffered in a stream not complain at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def not_ours(error: Exception) -> str | None:
    """Say in a line what the machine refused; None where the fault is the program's."""
    text = str(error)
    if isinstance(error, MemoryError) or any(words in text.lower() for words in NO_MEMORY):
        return (
            "there is not enough memory for this; free some, or reduce the table "
            "(bayes-ddm condense)."
        )
    if isinstance(error, OSError) and error.errno is not None:
        where = "" if error.filename is None else f" {error.filename!r}"
        return f"the system refused{where}: {error.strerror}."
    return None
