"""The direction that a reward model learns: weighted squares beside pseudo-labels and pooled fits.

    python -m benchmarks reward_direction [--replications 60] [--choices 4000]

Single choices with 16 features, boundary 1 known; labelers deviate from the average reward with a
spread of 0, 1 or 2, normally or skewed. Prints the root mean squared error of each estimate of the
preference, and the coverage of 95 % intervals of `efficient`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import bayes_ddm as bd
from bayes_ddm.estimators import bradley_terry, consistent, efficient, known_boundary
from bayes_ddm.estimators.ratio import speed_accuracy
from bayes_ddm.simulate import first_passage
from benchmarks.support.options import options
from benchmarks.support.results import keep

FEATURES, BOUNDARY = 16, 1.0
SETTINGS = [
    *((0.0, size, "alike") for size in (0.5, 2.0, 5.0)),
    *((1.0, size, "normal") for size in (0.5, 2.0, 5.0)),
    (1.0, 2.0, "skewed"),
    (2.0, 2.0, "skewed"),
]


def experiments(
    spread: float, theta: NDArray[np.float64], shape: str, n: int, replications: int
) -> Iterator[bd.Choices]:
    """Choices whose labelers deviate from the average reward."""
    rng = np.random.default_rng(1)
    names = [f"x{k}" for k in range(FEATURES)]
    for _ in range(replications):
        psi = rng.normal(size=(n, FEATURES))
        off = rng.exponential(size=n) - 1 if shape == "skewed" else rng.normal(size=n)
        choice, rt = first_passage(psi @ theta + spread * off, BOUNDARY, rng)
        frame = pd.DataFrame(psi, columns=names).assign(choice=choice, rt=rt)
        yield bd.Choices.from_frame(frame, features=names)


def measured(spread: float, size: float, shape: str, n: int, replications: int) -> dict:
    """Errors of one setting."""
    theta = np.random.default_rng(0).normal(size=FEATURES)
    theta *= size / np.linalg.norm(theta)
    off: dict[str, list[NDArray[np.float64]]] = {}
    inside = []
    for choices in experiments(spread, theta, shape, n, replications):
        known = known_boundary(choices, BOUNDARY)
        weighted = efficient(choices, known)
        off.setdefault("bradley_terry", []).append(
            bradley_terry(choices).values / (2 * BOUNDARY) - theta
        )
        ratio = speed_accuracy(choices, 0.0).values * BOUNDARY
        off.setdefault("ratio", []).append(ratio - theta)
        unbiased = consistent(choices, known).values[:FEATURES]
        off.setdefault("pseudo_label", []).append(unbiased - theta)
        off.setdefault("efficient", []).append(weighted.values - theta)
        inside.append(np.abs(weighted.values - theta) <= 1.96 * weighted.se)
    errors = {k: float(np.sqrt(np.mean(np.sum(np.square(x), axis=1)))) for k, x in off.items()}
    bias = float(np.linalg.norm(np.mean(off["efficient"], axis=0)))
    return (
        {"spread": spread, "size": size, "shape": shape, "choices": n}
        | errors
        | {
            "efficient/bradley_terry": errors["efficient"] / errors["bradley_terry"],
            "efficient/pseudo_label": errors["efficient"] / errors["pseudo_label"],
            "efficient/ratio": errors["efficient"] / errors["ratio"],
            "efficient_bias": bias,
            "covered": float(np.mean(inside)),
        }
    )


def main() -> None:
    """Run every setting."""
    parser = options(__doc__)
    parser.add_argument("--replications", type=int, default=60)
    parser.add_argument("--choices", type=int, default=4000)
    arguments = parser.parse_args()
    rows = []
    for setting in SETTINGS:
        rows.append(measured(*setting, arguments.choices, arguments.replications))
        print(pd.DataFrame(rows[-1:]).round(3).to_string(index=False), flush=True)
    keep(pd.DataFrame(rows), "reward_direction", ["choices"])


if __name__ == "__main__":
    main()
