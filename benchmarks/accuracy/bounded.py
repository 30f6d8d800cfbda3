"""The bounded closed form beside the unbounded, at a known boundary: clean, and as people press.

30,000 single choices, boundary 1.25, ndt 0.3 s. Labelers' own ndts have a standard deviation of
0.06 s, cut at twice that; fast presses are 1 % of the rows, all +1, after 0.05 to 0.25 s less than
the ndt. The unbounded weight leaves out rows faster than the ndt. Then the largest bias, against a
fine grid.

    python -m benchmarks bounded [--replications 200]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.estimators import bounded, bounded_weight, known_boundary
from bayes_ddm.estimators.sources import slower_than
from benchmarks.support.options import options
from benchmarks.support.populations import BOUNDARY, POPULATIONS
from benchmarks.support.results import keep

N, NDT, SPREAD, FAST = 30_000, 0.3, 0.06, 0.01
# largest error, in the unbounded weight's errors
LIMITS = {
    "clean": {"normal": 1.02, "two groups": 1.02, "skewed": 1.3},
    "own ndts": dict.fromkeys(POPULATIONS, 0.25),
    "fast presses": dict.fromkeys(POPULATIONS, 0.7),
}


def _clean(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    return choices


def _own_ndts(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    own = SPREAD * np.clip(rng.standard_normal(N), -2, 2)
    return replace(choices, rt=choices.rt + own)


def _fast_presses(choices: bd.Choices, rng: np.random.Generator) -> bd.Choices:
    hit = rng.random(N) < FAST
    early = rng.uniform(NDT + 0.03, NDT + 0.25, N)
    return replace(
        choices,
        rt=np.where(hit, early, choices.rt),
        choice=np.where(hit, 1, choices.choice).astype(np.int8),
    )


WORLDS: dict[str, Callable[[bd.Choices, np.random.Generator], bd.Choices]] = {
    "clean": _clean,
    "own ndts": _own_ndts,
    "fast presses": _fast_presses,
}


def run(world: str, name: str, replications: int, seed: int) -> dict[str, object]:
    """Errors of both over replications, and how often the bounded interval holds the truth."""
    who, errors, covered = POPULATIONS[name], [], []
    for child in np.random.SeedSequence(seed).spawn(replications):
        rng = np.random.default_rng(child)
        given = {"boundary": BOUNDARY, "ndt": NDT, "anonymous": True}
        made = bd.simulate.experiment(who, labelers=N, choices=1, seed=rng, **given)
        choices = WORLDS[world](made, rng)
        slower = slower_than(choices, NDT)
        rest = slower.rows if slower else choices
        known = known_boundary(rest, BOUNDARY, NDT)
        plain = (rest.choice * wiener.drift_weight(rest.rt - NDT, BOUNDARY)).mean()
        step = bounded(choices, slower.among_all(known) if slower else known)
        errors.append((plain - who.mean, step.values[0] - who.mean))
        low, high = step.interval()[0]
        covered.append(low <= who.mean <= high)
    off = np.array(errors)
    unbounded, within = np.sqrt((off**2).mean(axis=0))
    return {
        "world": world,
        "population": name,
        "unbounded_bias": off[:, 0].mean(),
        "unbounded_rmse": unbounded,
        "bounded_bias": off[:, 1].mean(),
        "bounded_rmse": within,
        "ratio": within / unbounded,
        "limit": LIMITS[world][name],
        "passed": within <= LIMITS[world][name] * unbounded,
        "coverage": np.mean(covered),
        "replications": replications,
    }


def largest_biases() -> pd.DataFrame:
    """Largest bias as it is printed, and over 100,001 drifts."""
    rows = []
    for b, most, n, bound in ((1.25, 3, N, None), (1.25, 3, N, 4.0), (0.8, 5, 300, None)):
        made = bounded_weight(b, most, n, bound=bound)
        fine = float(np.abs(made.bias(np.linspace(-most, most, 100_001))).max())
        said = {"boundary": b, "most_drift": most, "n": n, "bound": bound}
        off = abs(fine - made.largest_bias)
        rows.append(said | {"largest_bias": made.largest_bias, "off": off, "passed": off < 1e-6})
    return pd.DataFrame(rows)


def main() -> None:
    """Print both tables; write the first to ``benchmarks/results``."""
    arguments = options(__doc__, replications=200, seed=1).parse_args()
    rows = []
    for world in WORLDS:
        for name in POPULATIONS:
            rows.append(run(world, name, arguments.replications, arguments.seed))
            print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    keep(table, "bounded")
    print(table.to_string(index=False, float_format="{:.4f}".format))
    print(largest_biases().to_string(index=False, float_format="{:.3g}".format))


if __name__ == "__main__":
    main()
