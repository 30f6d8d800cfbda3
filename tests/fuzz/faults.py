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
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import pandas as pd
import pyarrow.parquet as pq
import xarray as xr

from bayes_ddm.files import PREFIX
from tests.fuzz.readers import small_fit, tables
from tests.support.commands import Result, bayes_ddm

CALLS = (
    *((builtins, "open"), (io, "open"), (os, "open"), (os, "mkdir"), (os, "replace")),
    *((os, "link"), (os, "fsync"), (os, "listdir"), (os, "scandir")),
)
DECODERS = (pd, "read_csv"), (pd, "read_parquet"), (pq, "ParquetFile"), (pq, "read_schema")
ENCODERS = (pq, "write_table"), (pd.DataFrame, "to_csv"), (xr.DataTree, "to_netcdf")
SYSTEM = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE)
DECODED = (RuntimeError("broken"), MemoryError(), zlib.error("bad"), RecursionError("deep"))
SIZES = (0, 64, 1000)  # bytes that a file may grow to

FIXED = ("--boundary", "1", "--ndt", "0")
COMMANDS: dict[str, tuple[str, ...]] = {
    "simulate": ("simulate", "out.csv", "--labelers", "5", "--choices", "3", "--seed", "1"),
    "check": ("check", "in.csv", "--labeler", "id"),
    "estimate": ("estimate", "in.csv", "--labeler", "id", "--boundary", "1", "--json", "out.json"),
    "label csv": ("label", "in.csv", *FIXED, "-o", "out.csv"),
    "label parquet": ("label", "in.csv", *FIXED, "-o", "out.parquet"),
    "condense": ("condense", "in.csv", "-o", "out.parquet"),
    "scheme": ("scheme", "-o", "out.json"),
    "release": ("release", "in.csv", "--labeler", "id", "--epsilon", "1", *FIXED, "-o", "out.json"),
    "ask": ("federated", "ask", "--mu", "0,1", "--sigma", ".6,1.6", *FIXED, "-o", "out.json"),
    "fit": ("fit", "in.csv", "--labeler", "id", "--features", "x", "-o", "out.nc"),
}


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

    def coder(real: Callable[..., Any], errors: Sequence[Exception]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not counter.passes():
                raise errors[counter.fails % len(errors)]
            return real(*args, **kwargs)

        return call

    decoder, encoder = partial(coder, errors=DECODED), partial(coder, errors=(MemoryError(),))

    with ExitStack() as stack:
        for calls, wrap in ((CALLS, system), (DECODERS, decoder), (ENCODERS, encoder)):
            for where, name in calls:
                stack.enter_context(patch.object(where, name, wrap(getattr(where, name))))
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
    counter = Counter()
    wrong = []
    result, _ = _run(name, lambda folder: failing(counter, folder))
    if result.status:
        wrong.append(f"{name}: without a fault: {result.err[-200:]}")
    for k in range(1, counter.made + 1):
        fault, what = Counter(fails=k), f"{name}, call {k} of {counter.made}"
        wrong += _judge(what, *_run(name, lambda folder, fault=fault: failing(fault, folder)))
    for size in SIZES if name != "check" else ():
        what = f"{name}, files of {size} bytes"
        wrong += _judge(what, *_run(name, lambda folder, size=size: small_files(size)))
    return counter.made + len(SIZES), wrong


def _run(name: str, fault: Callable[[Path], Any]) -> tuple[Result, list[str]]:
    with TemporaryDirectory() as made:
        folder, here = Path(made).resolve(), Path.cwd()
        (folder / "in.csv").write_bytes(tables()[0])
        fit = small_fit()
        os.chdir(folder)
        try:
            with patch("bayes_ddm.fitting.run.fit", lambda *a, **k: fit), fault(folder):
                result = bayes_ddm(*COMMANDS[name])
        finally:
            os.chdir(here)
        left = []
        if (folder / "in.csv").read_bytes() != tables()[0]:
            left.append("the input was changed")
        out = [p.name for p in folder.iterdir() if p.name != "in.csv"]
        # draws may be rescued; a folder that could not be removed is, by the next run
        if result.status and [n for n in out if "rescued" not in n and not n.startswith(PREFIX)]:
            left.append(f"left {out}")
    return result, left


def _judge(what: str, result: Result, left: list[str]) -> list[str]:
    wrong = [f"{what}: {fault}" for fault in left]
    if result.status not in (0, 2) or "Traceback" in result.err:
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
