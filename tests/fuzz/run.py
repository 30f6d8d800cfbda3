"""Damaged files read, one after another, and what came of them."""

from __future__ import annotations

import faulthandler
import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bayes_ddm.errors import InputError
from tests.fuzz.readers import FAMILIES

LIMIT = 20  # seconds
GRACE = 10  # more, after which the process ends: a decoder in C that loops is not interrupted


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
    for number in numbers:
        path = folder / f"{number}{family.ending}"
        path.write_bytes(family.damage(originals, seed, number))
        began = time.monotonic()
        try:
            with _limit(), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                value = family.read(path)
            differs = family.same is not None and not family.same(value)
            outcome, why = ("differs", "silently different") if differs else ("read", "")
        except InputError as error:
            more = "\n" in str(error)
            outcome, why = ("escaped", "two lines") if more else ("refused", "")
        except TimeoutError:
            outcome, why = "slow", f"over {LIMIT} s"
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.lineno}"
            outcome, why = "escaped", f"{type(error).__name__}: {str(error)[:80]!r} in {where}"
        found.counts[outcome] += 1
        found.slowest = max(found.slowest, time.monotonic() - began)
        if why:
            found.escapes.append(f"{name} {seed} {number}: {why}")
        path.unlink()
    return found


@contextmanager
def _limit() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(LIMIT)
    faulthandler.dump_traceback_later(LIMIT + GRACE, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
