"""Agreement with an independent program: PyDDM 0.9.0's numerical density where bounds close in.

PyDDM solves the diffusion's equation by steps in time and space.  Its step error is what further
halvings would still change its density by, told by two of them: if the second changes it by ``c``,
and the first by ``r c``, then ``c / (r - 1)``; largest changes over times and choices.  The closed
form should differ from the finest solution by that.  PyDDM is installed, on first use, into an
environment of its own in the user's cache folder.

    python -m benchmarks pyddm_agreement [--python PATH]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from bayes_ddm import wiener
from benchmarks.peers.hssm_agreement import environment
from benchmarks.support.options import options
from benchmarks.support.results import keep

REQUIREMENTS = ("pyddm==0.9.0",)
PROGRAM = Path(__file__).parent / "pyddm_program.py"
STEPS, UNTIL, LIMIT = (0.004, 0.002, 0.001), 2.0, 1.5
# bounds meet after 2.5 to 50 s; evidence starts at a share of the boundary, the relative start .5
# but in the last
SETTINGS = [
    {"drift": 0.0, "boundary": 1.0, "collapse": 0.2, "lean": 0.0},
    {"drift": 0.7, "boundary": 1.3, "collapse": 0.33, "lean": 0.0},
    {"drift": 2.0, "boundary": 0.8, "collapse": 0.4, "lean": 0.0},
    {"drift": -1.0, "boundary": 1.6, "collapse": 0.02, "lean": 0.0},
    {"drift": 0.5, "boundary": 1.2, "collapse": 0.3, "lean": 0.25},
]


def solved(python: Path) -> pd.DataFrame:
    """Densities by PyDDM, by setting, step and time."""
    with tempfile.TemporaryDirectory() as name:
        job, found = Path(name) / "job.json", Path(name) / "densities.csv"
        asked = {"settings": SETTINGS, "steps": STEPS, "until": UNTIL}
        job.write_text(json.dumps(asked), encoding="utf-8")
        done = subprocess.run(
            [str(python), str(PROGRAM), str(job), str(found)], capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"PyDDM's program failed:\n{done.stderr[-2000:]}")
        return pd.read_csv(found)


def compared(densities: pd.DataFrame) -> pd.DataFrame:
    """Largest differences over times and choices, by setting."""
    rows = []
    for i, setting in enumerate(SETTINGS):
        mine = densities[densities["setting"] == i].assign(t=lambda rows: rows["t"].round(6))
        by_step = [mine[mine["step"] == step].set_index("t")[["up", "down"]] for step in STEPS]
        times = by_step[0].index[1:]
        solutions = [solution.loc[times].to_numpy() for solution in by_step]
        given = {name: setting[name] for name in ("drift", "boundary", "collapse")}
        start, t = (1 + setting["lean"]) / 2, times.to_numpy()[:, None]
        exact = np.exp(wiener.log_density(t, [1, -1], start=start, **given))
        first, second = (np.abs(a - b).max() for a, b in pairwise(solutions))
        found = {
            "highest": exact.max(),
            "step_error": second / (first / second - 1),
            "difference": np.abs(solutions[-1] - exact).max(),
        }
        rows.append(setting | found)
    return pd.DataFrame(rows)


def main() -> int:
    """Print and keep the table; exit status 1 beyond the limit."""
    parser = options(__doc__)
    parser.add_argument("--python", type=Path, help="Python of an environment with PyDDM")
    table = compared(solved(parser.parse_args().python or environment(REQUIREMENTS)))
    print(table.to_string(index=False, float_format="{:.4g}".format))
    keep(table, "pyddm_agreement")
    worst = (table["difference"] / table["step_error"]).max()
    print(f"largest difference {worst:.2f} of PyDDM's step error     limit {LIMIT:g}")
    return int(worst > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
