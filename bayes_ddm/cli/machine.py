"""The machine that a command runs on: its streams, and what it may refuse."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import IO

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
