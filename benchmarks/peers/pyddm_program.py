"""Solve diffusions with PyDDM: run by `benchmarks.peers.pyddm_agreement` in an environment of its.

    python pyddm_program.py JOB.json DENSITIES.csv

The job lists settings (drift, boundary, collapse, start in units of the boundary), steps in time
and space, and how long to go on.  Densities are written with columns ``setting``, ``step``, ``t``,
``up``, ``down``.
"""

from __future__ import annotations

import csv
import importlib
import json
import sys
from pathlib import Path
from typing import Any


def main(job_path: str, path: str) -> None:
    """Solve as the job says."""
    pyddm = importlib.import_module("pyddm")  # not installed where this file is type-checked
    job = json.loads(Path(job_path).read_text(encoding="utf-8"))
    with Path(path).open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["setting", "step", "t", "up", "down"])
        for i, setting in enumerate(job["settings"]):
            for step in job["steps"]:
                solved = solve(pyddm, setting, step, job["until"])
                domain = solved.t_domain
                rows = zip(domain, solved.pdf("up"), solved.pdf("down"), strict=True)
                table.writerows([i, step, *map(float, row)] for row in rows)


def solve(pyddm: Any, setting: dict[str, float], step: float, until: float) -> Any:
    """Solve a diffusion by steps in time and, as many, in space."""
    b, collapse = setting["boundary"], setting["collapse"]
    model = pyddm.gddm(
        drift=setting["drift"],
        noise=1,
        bound=lambda t: b * (1 - collapse * t),
        starting_position=setting["lean"],
        nondecision=0,
        mixture_coef=0,  # 2 % of lapses by default
        T_dur=until,
        dt=step,
        dx=step,
        choice_names=("up", "down"),
    )
    return model.solve()


if __name__ == "__main__":
    main(*sys.argv[1:])
