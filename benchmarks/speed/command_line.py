"""Start-up time of ``bayes-ddm``, and its time for a million anonymous rows, from the shell.

The table is simulated into a temporary folder: choice and response time, in fractions of a
microsecond and in whole milliseconds.

    python -m benchmarks command_line [--rows 1000000] [--repeats 5]
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from bayes_ddm.simulate import experiment
from benchmarks.support.options import options
from benchmarks.support.results import keep

HELP_LIMIT, ROWS_LIMIT = 1.0, 3.0


def seconds(arguments: Iterable[str], repeats: int) -> tuple[list[float], float]:
    """Wall times of a command, after one run that fills the file cache, and its processor time."""
    program = Path(sysconfig.get_path("scripts")) / "bayes-ddm"
    command = [str(program), *arguments]
    times = []
    before = _processor_time()
    for _ in range(repeats + 1):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - start)
    return times[1:], (_processor_time() - before) / (repeats + 1)


def _processor_time() -> float:
    used = os.times()
    return used.children_user + used.children_system


def measured(rows: int, repeats: int) -> Iterator[tuple[str, list[float], float, float]]:
    """Each command with its wall times, processor time and limit."""
    yield "bayes-ddm estimate --help", *seconds(["estimate", "--help"], repeats), HELP_LIMIT
    choices = experiment("normal", labelers=rows, boundary=1.25, ndt=0.3, seed=1)
    frame = choices.to_frame()
    with tempfile.TemporaryDirectory() as folder:
        for clock, decimals in (("continuous", None), ("milliseconds", 3)):
            table = Path(folder) / f"{clock}.csv"
            kept = frame if decimals is None else frame.round({"rt": decimals})
            kept.to_csv(table, index=False)
            name = f"bayes-ddm estimate, {rows:,} rows, {clock}"
            yield name, *seconds(["estimate", str(table)], repeats), ROWS_LIMIT


def main() -> int:
    """Print and keep best and median; exit status 1 if a best time is above its limit."""
    arguments = options(__doc__, rows=1_000_000, repeats=5).parse_args()
    good = True
    rows = []
    print(f"{'seconds':<52}{'best':>8}{'median':>8}{'limit':>8}{'processor':>11}")
    for name, times, processor, limit in measured(arguments.rows, arguments.repeats):
        best, median = min(times), statistics.median(times)
        good &= best <= limit
        print(f"{name:<52}{best:>8.2f}{median:>8.2f}{limit:>8g}{processor:>11.2f}", flush=True)
        line = {"command": name, "best_s": best, "median_s": median, "limit_s": limit}
        rows.append(line | {"processor_s": processor, "repeats": arguments.repeats})
    keep(pd.DataFrame(rows), "command_line")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
