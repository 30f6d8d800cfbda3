"""Most memory that ``bayes-ddm`` takes for ten million anonymous rows of Parquet.

The table has a choice and a response time; a fit of it condenses.

    python -m benchmarks peak_memory [--rows 10000000]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bayes_ddm.simulate import experiment
from benchmarks.support.options import options
from benchmarks.support.results import keep

PART = 1_000_000  # rows that are drawn at once
COMMANDS = {
    "check": (["check", "big.parquet"], 400),
    "estimate": (["estimate", "big.parquet"], 800),
    "fit": (["fit", "big.parquet", "--chains", "2", "--seed", "1", "-o", "big.nc"], 1536),
}


def write(path: Path, rows: int) -> None:
    """Write a table: a part is drawn, and its times moved by less than a microsecond in others."""
    made = experiment("normal", labelers=min(rows, PART), boundary=1.25, ndt=0.3, seed=1)
    rng = np.random.default_rng(2)
    schema = pa.schema({"choice": pa.int8(), "rt": pa.float64()})
    with pq.ParquetWriter(path, schema) as writer:
        for first in range(0, rows, PART):
            kept = slice(min(PART, rows - first))
            rt = made.rt[kept] + 1e-6 * rng.random(made.rt[kept].size)
            writer.write_table(pa.table([made.choice[kept], rt], schema=schema))


def peak(arguments: list[str], folder: Path) -> float:
    """Most memory of a command, in MB."""
    command = [sys.executable, "-m", "bayes_ddm", *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return used.ru_maxrss / 1024


def main() -> int:
    """Print and keep the table; exit status 1 above a limit."""
    parser = options(__doc__, rows=10_000_000)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=[*COMMANDS])
    arguments = parser.parse_args()
    good, found = True, []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        write(folder / "big.parquet", arguments.rows)
        print(f"{'command':12}{'MB':>8}{'limit':>8}", flush=True)
        for name in arguments.commands:
            command, limit = COMMANDS[name]
            most = peak(command, folder)
            good &= most <= limit
            print(f"{name:12}{most:>8.0f}{limit:>8}", flush=True)
            found.append({"command": name, "rows": arguments.rows, "mb": most, "limit_mb": limit})
    keep(pd.DataFrame(found), "peak_memory", ["command", "rows"])
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
