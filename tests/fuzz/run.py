"""Damaged files read, one after another, and what came of them."""

from __future__ import annotations

import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bayes_ddm.errors import InputError
from tests.fuzz.readers import FAMILIES, Family

LIMIT = 20  # seconds
GRACE = 10  # more of work, after which the process ends: a decoder in C that loops goes on


@dataclass
class Found:
    """What came of damaged files.

    Attributes
    ----------
    counts : Counter
        How many were ``read``, ``refused``, escaped, differ or took too long.
    escapes : list of str
        What must not be, with the number of the file.
    slowest : float
        Seconds.
    """

    counts: Counter[str] = field(default_factory=Counter)
    escapes: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def add(self, other: Found) -> None:
        """Add what came of others."""
        self.counts += other.counts
        self.escapes += other.escapes
        self.slowest = max(self.slowest, other.slowest)


def attack(name: str, folder: Path, seed: int, numbers: range) -> Found:
    """Read damaged files of a family.

    Parameters
    ----------
    name : str
    folder : Path
        Where they are written, one at a time: the one whose number stands there last ended the
        process, if any did.
    seed : int
    numbers : range
    """
    family, found = FAMILIES[name], Found()
    originals = family.originals()
    with limited() as start, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in numbers:
            data = family.damage(originals, seed, number)
            path = folder / f"{number}{family.ending}"
            path.write_bytes(data)
            began = time.monotonic()
            start()
            outcome, why = _outcome(family, path, data)
            found.counts[outcome] += 1
            found.slowest = max(found.slowest, time.monotonic() - began)
            if why:
                found.escapes.append(f"{name} {seed} {number}: {why}")
            path.unlink()
    return found


def _outcome(family: Family, path: Path, data: bytes) -> tuple[str, str]:
    """What came of a file, and what of that must not be."""
    try:
        value = family.read(path)
        if family.same is not None and not family.same(value, data):
            return "differs", "silently different"
    except InputError as error:
        return ("escaped", "two lines") if "\n" in str(error) else ("refused", "")
    except Late:
        return "slow", f"over {LIMIT} s"
    except Exception as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(frame.filename).name}:{frame.lineno}"
        return "escaped", f"{type(error).__name__}: {str(error)[:80]!r} in {where}"
    return "read", ""


class Late(BaseException):
    """Time has run out; no reader takes it for a fault of its file."""


@contextmanager
def limited(seconds: int = LIMIT) -> Iterator[Callable[[], None]]:
    """Give what starts a clock anew: time that runs out is an error, much more of it the end."""

    def stop(*_: object) -> None:
        raise Late

    def start() -> None:
        signal.alarm(seconds)
        signal.setitimer(signal.ITIMER_PROF, seconds + GRACE)  # whose signal nobody handles

    before = signal.signal(signal.SIGALRM, stop)
    try:
        yield start
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGALRM, before)
