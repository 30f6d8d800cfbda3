"""Long runs: damaged files, densities near the start, failing calls, killed processes."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from math import inf
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.run import FAMILIES, Found, attack

CHUNK, SAID = 200, 10_000


GOOD = "read", "refused"


def readers(names: list[str], numbers: range, seed: int, seconds: float) -> int:
    """Damage files of each family; print inputs and escapes; return how many must not be."""
    heads = f"{'read':>10}{'refused':>10}{'escaped':>9}{'differ':>8}"
    print(f"{'family':12}{'inputs':>10}{heads}{'slowest, s':>12}{'ms each':>9}")
    wrong = 0
    for name in names:
        began = time.monotonic()
        found = _family(name, numbers, seed, began + seconds)
        counts, total = found.counts, found.counts.total()
        escaped = total - sum(counts[kind] for kind in (*GOOD, "differs"))
        wrong += escaped + counts["differs"]
        print(
            f"{name:12}{total:10,}{counts['read']:10,}{counts['refused']:10,}{escaped:9,}"
            f"{counts['differs']:8,}{found.slowest:12.1f}"
            f"{1000 * (time.monotonic() - began) / max(total, 1):9.1f}",
            flush=True,
        )
        for line in found.escapes[:20]:
            print(f"    {line}")
    return wrong


def _family(name: str, numbers: range, seed: int, until: float) -> Found:
    """Read in a process of its own, which a decoder may take down with it, or keep for ever."""
    found, first = Found(), numbers.start
    with TemporaryDirectory() as folder:
        while first < numbers.stop and time.monotonic() < until:
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                try:
                    while first < numbers.stop and time.monotonic() < until:
                        part = range(first, min(first + CHUNK, numbers.stop))
                        found.add(pool.submit(attack, name, Path(folder), seed, part).result())
                        first = part.stop
                        if first % SAID == 0:
                            said = f"{name}: {found.counts.total():,} inputs, {found.escapes[:5]}"
                            print(said, file=sys.stderr, flush=True)
                except BrokenProcessPool:
                    (left,) = Path(folder).glob("[0-9]*")
                    at = int(left.name.split(".")[0])
                    found.counts["died"] += 1
                    found.counts["unseen"] += at - first
                    found.escapes.append(f"{name} {seed} {at}: the process died, or hung")
                    left.unlink()
                    first = at + 1
    return found


def main() -> None:
    """Run what the command line names."""
    from tests.fuzz import densities, faults, kills

    parser = ArgumentParser(
        prog="python -m tests.fuzz",
        description=__doc__.splitlines()[0],
        formatter_class=ArgumentDefaultsHelpFormatter,
    )
    kinds = {"densities": densities.main, "faults": faults.main, "kills": kills.main}
    known = [*FAMILIES, *kinds]
    parser.add_argument("what", nargs="*", default=[*FAMILIES], help=", ".join(known))
    parser.add_argument("--inputs", type=int, default=1000, help="of each")
    parser.add_argument("--seed", type=int, default=1, help="another gives others, which add up")
    parser.add_argument("--first", type=int, default=0, help="number of the first damaged file")
    parser.add_argument("--seconds", type=float, default=inf, help="at most, of each family")
    given = parser.parse_args()
    for name in given.what:
        if name not in known:
            parser.error(f"{name!r} is none of {', '.join(known)}")
    wrong = 0
    if names := [name for name in given.what if name in FAMILIES]:
        numbers = range(given.first, given.first + given.inputs)
        wrong += readers(names, numbers, given.seed, given.seconds)
    for name in given.what:
        if name in kinds:
            wrong += kinds[name](given.inputs, given.seed)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
