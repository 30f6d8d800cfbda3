"""Log densities of every model around its start, and their gradients: none is NaN or +infinity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np

from bayes_ddm import models
from bayes_ddm.fitting.compiled import compiled
from bayes_ddm.fitting.run import resolve, starting_values
from tests.support import fits

SD = 2.0  # of the points around the start, in the coordinates that the sampler moves in
PER_START = 200  # a start takes as long as a hundred densities
IMPOSSIBLE, DENSITY, GRADIENT = 1, 2, 3


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
    density = code.logp_func
    found = Counted(0, 0, 0, 0)
    while found.points < points:
        # starts are jittered by up to 1 themselves
        start = code.initial_point_func(int(rng.integers(2**31)))
        size = min(PER_START, points - found.points), start.size
        around = start + SD * rng.normal(size=size)
        seen = _judged(density.call, around, density.record.ctypes.data)
        found.points += len(around)
        found.impossible += int((seen == IMPOSSIBLE).sum())
        found.density += int((seen == DENSITY).sum())
        found.gradient += int((seen == GRADIENT).sum())
        if found.example is None and (seen > IMPOSSIBLE).any():
            found.example = around[int(np.argmax(seen > IMPOSSIBLE))]
    return found


@numba.njit(error_model="numpy")
def _judged(call: Any, points: Any, record: Any) -> Any:
    """Whether each point is impossible, or has a density or gradient that must not be."""
    seen, slope = np.zeros(len(points), np.int8), np.empty(points.shape[1])
    for i in range(len(points)):
        density = call(points[i], record, slope)
        if density == -np.inf:
            seen[i] = IMPOSSIBLE
        elif not np.isfinite(density):
            seen[i] = DENSITY
        elif not np.isfinite(slope).all():
            seen[i] = GRADIENT
    return seen


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
