"""Commands of which each call to the system, and to a decoder, fails in turn.

After SQLite's tests: a command is run once to count its calls, then once for every call, which
fails. It must then say so in a line, leave its input as it was, and no part of an output.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import resource
import signal
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

from bayes_ddm.files import PREFIX
from tests.fuzz.commands import COMMANDS, SLOW, computed_once, files_of
from tests.fuzz.copies import LOADED, SAID, done, is_part
from tests.fuzz.run import Late, limited
from tests.support.commands import Result, bayes_ddm

CALLS = (
    *((builtins, "open"), (io, "open"), (os, "open"), (os, "mkdir"), (os, "replace")),
    *((os, "link"), (os, "fsync"), (os, "listdir"), (os, "scandir")),
)
DECODERS = (
    *((pd, "read_csv"), (pd, "read_parquet"), (pq, "ParquetFile"), (pq, "read_schema")),
    (xr, "open_datatree"),
)
ENCODERS = (pq, "write_table"), (pd.DataFrame, "to_csv"), (xr.DataTree, "to_netcdf")
SYSTEM = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE)
DECODED = (RuntimeError("broken"), MemoryError(), zlib.error("bad"), RecursionError("deep"))
SIZES = (0, 64, 1000)  # bytes that a file may grow to

ALLOCATIONS = tuple(
    (np, name) for name in ("empty", "zeros", "ones", "full", "arange", "concatenate", "repeat")
)
MOST = 20  # allocations that fail in turn, spread over all
MEMORY = (0, 2**18, 2**21, 2**24, 2**27)  # bytes that may be had beyond those that are
SECONDS = 240  # that a command may take


@dataclass
class Counter:
    """Calls so far, and the one that is to fail."""

    fails: int = 0
    made: int = 0

    def passes(self) -> bool:
        """Count a call; False if it is the one."""
        self.made += 1
        return self.made != self.fails


@contextmanager
def failing(counter: Counter, folder: Path) -> Iterator[None]:
    """Count calls about files in a folder, and to decoders; one of them fails."""

    def within(path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and str(folder) in os.path.abspath(path)

    def system(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            if within(path) and not counter.passes():
                code = SYSTEM[counter.fails % len(SYSTEM)]
                raise OSError(code, os.strerror(code), str(path))
            return real(path, *args, **kwargs)

        return call

    coders = ((DECODERS, DECODED), (ENCODERS, (MemoryError(),)))
    with ExitStack() as stack:
        for where, name in CALLS:
            stack.enter_context(patch.object(where, name, system(getattr(where, name))))
        for calls, errors in coders:
            stack.enter_context(raising(calls, counter, errors))
        yield


@contextmanager
def raising(
    calls: Sequence[tuple[Any, str]], counter: Counter, errors: Sequence[Exception]
) -> Iterator[None]:
    """Count calls; one of them raises an error."""

    def wrapped(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not counter.passes():
                raise errors[counter.fails % len(errors)]
            return real(*args, **kwargs)

        return call

    with ExitStack() as stack:
        for where, name in calls:
            stack.enter_context(patch.object(where, name, wrapped(getattr(where, name))))
        yield


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes, whoever writes it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)


def faults(name: str) -> tuple[int, list[str]]:
    """Run a command with every fault; return how many, and what must not have happened."""
    files_of(name)  # some are results themselves
    with computed_once():
        return _faults(name)


def _faults(name: str) -> tuple[int, list[str]]:
    made = 0
    whole: dict[str, list[bytes]] = {}
    wrong = []
    for _ in range(2):
        wrong += _judge(name, *_run(name, lambda _: nullcontext(), whole), refused=False)
    kinds: dict[str, Callable[[Path, Counter], Any]] = {
        "call": lambda folder, counter: failing(counter, folder)
    }
    if name not in SLOW:
        kinds["allocation"] = lambda _, counter: raising(ALLOCATIONS, counter, (MemoryError(),))
    for kind, fault in kinds.items():
        counter = Counter()
        wrong += _judge(name, *_run(name, partial(fault, counter=counter), whole), refused=False)
        step = max(1, counter.made // MOST) if kind == "allocation" else 1
        for k in range(1, counter.made + 1, step):
            what = f"{name}, {kind} {k} of {counter.made}"
            wrong += _judge(what, *_run(name, partial(fault, counter=Counter(fails=k)), whole))
            made += 1
    for size in SIZES if any(word.startswith("out.") for word in COMMANDS[name]) else ():
        what = f"{name}, files of {size} bytes"
        wrong += _judge(what, *_run(name, lambda _, size=size: small_files(size), whole))
        made += 1
    for size in MEMORY:
        wrong += _judge(f"{name}, {size} bytes of memory", *_with_little_memory(name, size, whole))
        made += 1
    return made, wrong


def _run(
    name: str, fault: Callable[[Path], Any], whole: dict[str, list[bytes]]
) -> tuple[Result, list[str]]:
    before = files_of(name)
    with _folder_of(before) as folder:
        here = Path.cwd()
        os.chdir(folder)
        try:
            with limited(SECONDS) as start:
                start()
                with fault(folder):
                    result = bayes_ddm(*COMMANDS[name])
        except Late:
            result = Result(-1, "", f"over {SECONDS} s")
        finally:
            os.chdir(here)
        return result, _left(folder, before, whole, failed=bool(result.status))


def _with_little_memory(
    name: str, most: int, whole: dict[str, list[bytes]]
) -> tuple[Result, list[str]]:
    """Run a command in a copy of this process that may have so many bytes more than it has."""
    before = files_of(name)

    def limit() -> None:
        has = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (has + most, resource.RLIM_INFINITY))

    with _folder_of(before) as folder:
        status, said, _ = done(folder, *COMMANDS[name], first=limit)
        for own in (SAID, LOADED):
            (folder / own).unlink(missing_ok=True)
        return Result(status, "", said), _left(folder, before, whole, failed=bool(status))


@contextmanager
def _folder_of(files: dict[str, bytes]) -> Iterator[Path]:
    with TemporaryDirectory() as made:
        folder = Path(made).resolve()
        for file, content in files.items():
            (folder / file).write_bytes(content)
        yield folder


def _left(
    folder: Path, before: dict[str, bytes], whole: dict[str, list[bytes]], *, failed: bool
) -> list[str]:
    """Return what a command must not have left; undisturbed, its outputs are put into `whole`."""
    changed = [f"{file} was changed" for file in before if _content(folder / file) != before[file]]
    # draws may be rescued; a folder that could not be removed is, by the next run
    outputs = {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if path.name not in before and "rescued" not in path.name
        if not path.name.startswith(PREFIX)
    }
    for name, content in outputs.items() if not failed else ():
        if len(whole.setdefault(name, [])) < 2:
            whole[name].append(content)
    # one is whole where a command fails later, while it shows what it wrote
    parts = [name for name, content in outputs.items() if is_part(content, whole.get(name, []))]
    return changed + ([f"left {parts}"] if failed and parts else [])


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _judge(what: str, result: Result, left: list[str], *, refused: bool = True) -> list[str]:
    wrong = [f"{what}: {fault}" for fault in left]
    fine = (0, 2) if refused else (0,)
    if result.status not in fine or "Traceback" in result.err:
        wrong.append(f"{what}: status {result.status}: {result.err.strip()[-150:]}")
    return wrong


def main(inputs: int, seed: int) -> int:
    """Print the faults of every command and what must not be; return how many."""
    print(f"{'command':16}{'faults':>8}{'wrong':>8}")
    total = 0
    for name in COMMANDS:
        number, wrong = faults(name)
        total += len(wrong)
        print(f"{name:16}{number:8}{len(wrong):8}", flush=True)
        for line in wrong[:10]:
            print(f"    {line}")
    return total
