"""Measurements in fresh processes, with a compile cache of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

__all__ = ["measure_in_process"]


def measure_in_process(benchmark: str, arguments: list[str], cache: Path) -> dict[str, Any]:
    """Run ``python -m benchmarks NAME arguments`` and return the JSON object that it prints last.

    Parameters
    ----------
    benchmark : str
        Its name.
    arguments : list of str
    cache : Path
        Folder of compiled code: empty for a cold run, the same again for a warm one.

    Returns
    -------
    dict
        With ``process_seconds`` added: the whole process, imports included.
    """
    environment = os.environ | {
        "PYTENSOR_FLAGS": f"base_compiledir={cache / 'pytensor'}",
        "NUMBA_CACHE_DIR": str(cache / "numba"),
    }
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", benchmark, *arguments],
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    seconds = time.perf_counter() - start
    return json.loads(done.stdout.splitlines()[-1]) | {"process_seconds": seconds}
