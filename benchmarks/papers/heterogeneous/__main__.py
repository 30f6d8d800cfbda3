"""Run the experiments, and keep what they print."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd

from benchmarks.papers import heterogeneous
from benchmarks.papers.heterogeneous import figures
from benchmarks.papers.heterogeneous.ablation import ablation
from benchmarks.papers.heterogeneous.contextual import contextual
from benchmarks.papers.heterogeneous.real import real
from benchmarks.papers.heterogeneous.scalar import scalar
from benchmarks.papers.heterogeneous.tables import Claims
from benchmarks.support.options import options
from benchmarks.support.results import RESULTS, keep

PARTS = {"scalar": scalar, "contextual": contextual, "ablation": ablation, "real": real}


def keep_part(part: str, table: pd.DataFrame, claims: Claims) -> pd.DataFrame:
    """Write a part's table and figure, and its lines among the claims."""
    name = f"papers/heterogeneous_{part}"
    keep(table, name, digits=7)
    figure: Any = getattr(figures, part)(table)
    figure.savefig(RESULTS / f"{name}.png", dpi=130)
    made = pd.DataFrame(claims)
    made.insert(0, "part", part)
    keep(made, "papers/heterogeneous_claims", ["part"], order=list(PARTS), digits=7)
    return made


def main() -> None:
    """Run the parts asked for."""
    parser = options(heterogeneous.__doc__ or "", replications=50)
    parser.add_argument("--part", choices=PARTS, help="only this one")
    arguments = parser.parse_args()
    claims = []
    for part in [arguments.part] if arguments.part else PARTS:
        started = time.process_time()
        claims.append(keep_part(part, *PARTS[part](arguments.replications)))
        print(f"\n{part}: {time.process_time() - started:.0f} s of CPU", flush=True)
    print("\nclaims, and whether they were found")
    for line in pd.concat(claims).itertuples():
        print(f"{line.holds:<5}{line.part}, {line.claim}\n     {line.measured}")


if __name__ == "__main__":
    main()
