"""Run the experiments, and keep what they print."""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.papers.heterogeneous import figures
from benchmarks.papers.heterogeneous.ablation import ablation
from benchmarks.papers.heterogeneous.contextual import contextual
from benchmarks.papers.heterogeneous.real import real
from benchmarks.papers.heterogeneous.scalar import scalar
from benchmarks.papers.heterogeneous.tables import Claims

FOLDER = Path(__file__).parents[2] / "results" / "papers"
PARTS = {"scalar": scalar, "contextual": contextual, "ablation": ablation, "real": real}


def keep(part: str, table: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Write a part's table and figure, and its lines among the claims."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    write(table, FOLDER / f"heterogeneous_{part}.csv")
    figure: Any = getattr(figures, part)(table)
    figure.savefig(FOLDER / f"heterogeneous_{part}.png", dpi=130)
    made = pd.DataFrame(claims)
    made.insert(0, "part", part)
    path = FOLDER / "heterogeneous_claims.csv"
    every = [made]
    if path.exists():
        old = pd.read_csv(path)
        every.append(old[old["part"] != part])
    order = {name: i for i, name in enumerate(PARTS)}
    write(pd.concat(every).sort_values("part", key=lambda s: s.map(order), kind="stable"), path)
    return made


def write(table: pd.DataFrame, path: Path) -> None:
    """Replace a table as a whole."""
    part = path.with_suffix(".part")
    table.to_csv(part, index=False, float_format="%.7g")
    os.replace(part, path)


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks heterogeneous",
        description="Experiments of arXiv 2605.06987.",
    )
    parser.add_argument("--part", choices=PARTS, help="only this one")
    parser.add_argument("--replications", type=int, default=50)
    arguments = parser.parse_args()
    claims = []
    for part in [arguments.part] if arguments.part else PARTS:
        started = time.process_time()
        claims.append(keep(part, *PARTS[part](arguments.replications)))
        print(f"\n{part}: {time.process_time() - started:.0f} s of CPU", flush=True)
    print("\nclaims, and whether they were found")
    for line in pd.concat(claims).itertuples():
        print(f"{line.holds:<5}{line.part}, {line.claim}\n     {line.measured}")


if __name__ == "__main__":
    main()
