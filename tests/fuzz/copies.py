"""Commands that run in copies of this process, which need not load what it has loaded."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from bayes_ddm.cli import main as command_line

SAID, LOADED = "said.txt", "loaded.txt"


def start(folder: Path, *arguments: str, first: Callable[[], object] = lambda: None) -> int:
    """Do something first, then run a command, in a copy of this process; return its number."""
    with warnings.catch_warnings():
        # Arrow's threads, which it starts anew in a copy
        warnings.filterwarnings("ignore", ".*fork", DeprecationWarning)
        child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.chdir(folder)
        said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(said, stream)
        sys.argv = ["bayes-ddm", *arguments]
        first()
        command_line()
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        with suppress(OSError):
            Path(LOADED).write_text("\n".join(sys.modules))
        os._exit(status)


def done(folder: Path, *arguments: str, **more: Callable[[], object]) -> tuple[int, str, float]:
    """Run a command in a copy of this process; return its status, last words, and seconds."""
    began = time.monotonic()
    status = os.waitstatus_to_exitcode(os.waitpid(start(folder, *arguments, **more), 0)[1])
    return status, (folder / SAID).read_text()[-300:], time.monotonic() - began


def load(folder: Path) -> None:
    """Load what a command has loaded, so that its copies need not."""
    for name in (folder / LOADED).read_text().split():
        with suppress(ImportError):
            import_module(name)
