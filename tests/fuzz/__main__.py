"""Long runs: damaged files, densities near the start, failing calls, killed processes."""

from __future__ import annotations

import sys
from argparse import ArgumentDefaultsHelpFormatter, ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.run import FAMILIES, Found, attack

CHUNK = 200


def readers(names: list[str], inputs: int, seed: int) -> int:
    """Damage files of each family; print inputs and escapes; return how many must not be."""
    print(f"{'family':12}{'inputs':>10}{'read':>10}{'refused':>10}{'wrong':>8}{'slowest, s':>12}")
    wrong = 0
    for name in names:
        found = _family(name, inputs, seed)
        total, good = found.counts.total(), found.counts["read"] + found.counts["refused"]
        wrong += total - good
        print(
            f"{name:12}{total:10,}{found.counts['read']:10,}{found.counts['refused']:10,}"
            f"{total - good:8,}{found.slowest:12.1f}",
            flush=True,
        )
        for line in found.escapes[:20]:
            print(f"    {line}")
    return wrong


def _family(name: str, inputs: int, seed: int) -> Found:
    """Read in a process of its own, which a decoder may take down with it, or keep for ever."""
    found, first = Found(), 0
    with TemporaryDirectory() as folder:
        while first < inputs:
            with ProcessPoolExecutor(1, get_context("spawn")) as pool:
                try:
                    while first < inputs:
                        numbers = range(first, min(first + CHUNK, inputs))
                        found.add(pool.submit(attack, name, Path(folder), seed, numbers).result())
                        first = numbers.stop
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
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    for name in given.what:
        if name not in known:
            parser.error(f"{name!r} is none of {', '.join(known)}")
    wrong = 0
    if names := [name for name in given.what if name in FAMILIES]:
        wrong += readers(names, given.inputs, given.seed)
    for name in given.what:
        if name in kinds:
            wrong += kinds[name](given.inputs, given.seed)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
