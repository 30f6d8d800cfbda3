"""Log densities of every model around its start, and their gradients: none is NaN or +infinity."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayes_ddm import models
from bayes_ddm.fitting.compiled import compiled
from bayes_ddm.fitting.run import resolve, starting_values
from tests.support import fits

SD = 2.0  # of the points around the start, in the coordinates that the sampler moves in


@dataclass
class Counted:
    """Points of a model, and how many of them must not be."""

    points: int
    impossible: int
    density: int
    gradient: int
    example: np.ndarray | None = None


def count(name: str, points: int, seed: int) -> Counted:
    """Evaluate a model at points around its start."""
    choices = fits.contextual() if "contextual" in name else fits.scalar()
    if models.description(name).anonymous:
        choices = replace(choices, labeler=None, labelers=None)
    _, program, _ = resolve(choices, name, {})
    code = compiled(program, starting_values(program, choices))
    rng = np.random.default_rng(seed)
    found = Counted(points, 0, 0, 0)
    with np.errstate(all="ignore"):
        for _ in range(points):
            # starts are jittered by up to 1 themselves
            start = code.initial_point_func(int(rng.integers(2**31)))
            point = start + SD * rng.normal(size=start.size)
            density, slope = code.logp_func(point)
            density = float(density)
            if density == -np.inf:
                found.impossible += 1
                continue
            wrong = not np.isfinite(density)
            found.density += wrong
            found.gradient += not wrong and not np.isfinite(slope).all()
            if found.example is None and (wrong or not np.isfinite(slope).all()):
                found.example = point
    return found


def main(points: int, seed: int) -> int:
    """Print the counts of every model; return how many must not be."""
    print(f"{'model':28}{'points':>10}{'-inf':>10}{'density':>10}{'gradient':>10}")
    wrong = 0
    for name in models.names():
        found = count(name, points, seed)
        wrong += found.density + found.gradient
        print(
            f"{name:28}{found.points:10,}{found.impossible:10,}{found.density:10,}"
            f"{found.gradient:10,}",
            flush=True,
        )
        if found.example is not None:
            print(f"    seed {seed}, at {np.array2string(found.example, threshold=12)}")
    return wrong
