"""Trials that run out of time: known for what they are, absent, or ignored.

    python -m benchmarks deadlines [--parts "ignored;omissions;absent;anonymous"]

60 labelers, 100 trials each, drifts from Normal(.5, .5), boundary 1.5, ndt .3 s, and a deadline
that the slowest 15 % miss. Posterior means of the hierarchical model, and how many posterior
standard deviations they are off (`mu` from the mean of these drifts). ``ignored``: the answers
alone. ``omissions``: with the trials that ran out of time. ``absent``: the answers, and the
deadline. ``anonymous``: omissions of 6,000 labelers who choose once.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm.simulate import first_passage
from benchmarks.support.options import options, some_of
from benchmarks.support.results import keep

PARTS = ("ignored", "omissions", "absent", "anonymous")
LABELERS, TRIALS, BOUNDARY, NDT, LATE = 60, 100, 1.5, 0.3, 0.15


def table(trials: int, seed: int) -> tuple[pd.DataFrame, float, float]:
    """Trials, the slowest without choice and time; the deadline; and the labelers' average."""
    rng = np.random.default_rng(seed)
    labelers = LABELERS * TRIALS // trials
    drift = rng.normal(0.5, 0.5, labelers)
    each = np.repeat(drift, trials)
    choice, time = first_passage(each, np.full(len(each), BOUNDARY), rng)
    rt = time + NDT
    limit = float(np.quantile(rt, 1 - LATE))
    in_time = rt < limit
    frame = pd.DataFrame({"choice": np.where(in_time, choice, np.nan), "rt": rt})
    frame["rt"] = frame["rt"].where(in_time)
    frame["who"] = np.repeat(np.arange(labelers), trials)
    return frame, limit, float(drift.mean())


def run(part: str, seed: int) -> pd.DataFrame:
    """Fit one, and say how far it is off."""
    alone = part == "anonymous"
    frame, limit, mean = table(1 if alone else TRIALS, seed)
    given = {
        "ignored": {},
        "absent": {"deadline": limit, "omissions": "absent"},
    }.get(part, {"deadline": limit})
    frame = frame.dropna() if part in {"ignored", "absent"} else frame
    choices = bd.Choices.from_frame(frame, labeler=None if alone else "who", **given)
    sampling = {"draws": 500, "tune": 500, "chains": 2, "seed": 1, "progress": False}
    fit = bd.fit(choices, "hierarchical", **sampling)
    draws = fit["posterior"]
    truth = {"mu": mean, "sigma": 0.5, "boundary": BOUNDARY, "ndt": NDT}
    rows = pd.DataFrame(
        {
            "treated as": part,
            "parameter": list(truth),
            "truth": list(truth.values()),
            "mean": [float(draws[name].mean()) for name in truth],
            "sd": [float(draws[name].std()) for name in truth],
        }
    )
    off = (rows["mean"] - rows["truth"]) / rows["sd"]
    return rows.assign(off=off, seconds=fit.attrs["seconds"])


def main() -> int:
    """Print and write everything; exit status 1 if a fit that knows the deadline is off by 3."""
    parser = options(__doc__, seed=3)
    parser.add_argument("--parts", type=some_of(PARTS), default=list(PARTS), help="a;b")
    arguments = parser.parse_args()
    worst = 0.0
    for part in arguments.parts:
        rows = run(part, arguments.seed)
        print(f"{rows.round(4).to_string(index=False)}\n", flush=True)
        keep(rows, "deadlines", ["treated as"], order=PARTS)
        if part != "ignored":
            worst = max(worst, float(rows["off"].abs().max()))
    return int(worst >= 3)


if __name__ == "__main__":
    raise SystemExit(main())
