"""Run the experiments, and keep what they print."""

from __future__ import annotations

import time

import pandas as pd

from benchmarks.papers import general_framework
from benchmarks.papers.general_framework.claims import claims, figure
from benchmarks.papers.general_framework.real import discounts, held_out, missed
from benchmarks.papers.general_framework.streams import million, rates
from benchmarks.support.options import options
from benchmarks.support.results import RESULTS, keep


def main() -> None:
    """Run, print, keep."""
    parser = options(general_framework.__doc__ or "", replications=100)
    replications = parser.parse_args().replications
    started = time.process_time()
    of_discounts, factors = discounts()
    of_rates, paths = rates(replications)
    table = pd.DataFrame([*held_out(), *missed(), *of_discounts, *of_rates, *million()])
    for part, mine in table.groupby("part", sort=False):
        shown = mine.drop(columns="part").dropna(axis=1, how="all")
        print(f"\n{part}\n" + shown.to_string(index=False, float_format="{:.4g}".format, na_rep=""))
    found = pd.DataFrame(claims(table))
    print("\nclaims, and whether they were found")
    for line in found.itertuples():
        print(f"{line.holds:<4}{line.claim}\n    {line.measured}")
    for name, rows in {"": table, "_rate": paths, "_claims": found}.items():
        keep(rows, f"papers/general_framework{name}")
    figure(table, factors, paths).savefig(RESULTS / "papers" / "general_framework.png", dpi=130)
    print(f"\n{time.process_time() - started:.0f} s of CPU")


if __name__ == "__main__":
    main()
