"""Commands that run in copies of this process, which need not load what it has loaded."""

from __future__ import annotations

import os
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from bayes_ddm.cli import main as command_line

SAID, LOADED = "said.txt", "loaded.txt"
SECONDS = 600  # after which a copy that hangs ends


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
        signal.alarm(SECONDS)  # whose signal nobody handles
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


def is_part(content: bytes, whole: Sequence[bytes]) -> bool:
    """Whether an output is none of those that were made undisturbed, nor as long if they differ."""
    if len(set(whole)) == 1:
        return content != whole[0]
    return not any(0.8 < len(content) / len(each) < 1.25 for each in whole)
