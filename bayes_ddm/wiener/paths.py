"""The diffusion itself, on its way to a bound, in small steps."""

from __future__ import annotations

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError, positive
from bayes_ddm.wiener._regimes import at_least_0, inside

# steps in the time that evidence typically takes from the middle to a bound, and steps at a time
STEPS, BLOCK = 400, 1024


def diffusion_paths(
    drift: float,
    boundary: float,
    rng: np.random.Generator,
    *,
    paths: int,
    start: float = 0.5,
    collapse: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Draw paths of evidence, each until it reaches a bound.

    Parameters
    ----------
    drift, boundary : float
        Drift, and half the boundary separation.
    rng : numpy.random.Generator
    paths : int
    start : float
        Relative starting point, above 0 (the bound -1) and below 1 (the bound +1).
    collapse : float
        Share of the boundary that is lost per second.

    Returns
    -------
    seconds : ndarray, shape (steps,)
        From 0 on, equally spaced.
    evidence : ndarray, shape (paths, steps)
        The last finite value of a path is the bound that it reaches; NaN from then on.

    Raises
    ------
    InputError
        As `sampling.first_passage`, or if there is less than one path.

    Notes
    -----
    A path may touch a bound between two steps that are both inside. It does with probability
    ``exp(-2 d e / step)``, `d` and `e` being the distances to the bound at the two, so that choices
    and times have their exact law, but for rounding times up to a step.

    Examples
    --------
    >>> seconds, evidence = diffusion_paths(1.0, 1.25, np.random.default_rng(1), paths=3)
    >>> np.nanmax(np.abs(evidence), axis=1)
    array([1.25, 1.25, 1.25])
    """
    b, s = float(positive("boundary", boundary)), float(inside("start", start))
    c, v = float(at_least_0("collapse", collapse)), float(drift)
    if not np.isfinite(v):
        raise InputError(f"drift must be finite; got {v:g}.")
    if paths < 1:
        raise InputError(f"paths must be at least 1; got {paths}.")
    step = b**2 / STEPS / (1 + b * abs(v))
    blocks = [np.full((paths, 1), b * (2 * s - 1))]
    walking, steps = np.ones(paths, dtype=bool), 0
    while walking.any():
        noise = rng.normal(v * step, np.sqrt(step), (paths, BLOCK)).cumsum(axis=1)
        walk = np.hstack([blocks[-1][:, -1:], blocks[-1][:, -1:] + noise])
        bound = b * np.maximum(1 - c * step * np.arange(steps, steps + BLOCK + 1), 0)
        chance = rng.random((paths, 2, BLOCK))
        up, down = (
            _touches(side, bound, step) > chance[:, k] for k, side in enumerate((walk, -walk))
        )
        ends = up | down
        first = np.where(ends.any(axis=1), ends.argmax(axis=1), BLOCK)
        walk = walk[:, 1:]
        at = np.flatnonzero(walking & (first < BLOCK))
        reached = first[at]
        # where bounds have met, a path leaves on the side where it is
        upwards = up[at, reached] & (~down[at, reached] | (walk[at, reached] >= 0))
        walk[at, reached] = np.where(upwards, 1, -1) * bound[reached + 1]
        walk[np.arange(BLOCK) > first[:, None]] = np.nan
        walk[~walking] = np.nan
        blocks.append(walk)
        walking[at] = False
        steps += BLOCK
    evidence: FloatArray = np.hstack(blocks)
    evidence = evidence[:, np.isfinite(evidence).any(axis=0)]
    return np.arange(evidence.shape[1], dtype=float) * step, evidence


def _touches(walk: FloatArray, bound: FloatArray, step: float) -> FloatArray:
    """Probability that each step of walks touches the upper bound, given its two ends."""
    gap = np.maximum(bound - walk, 0)
    return np.exp(-2 * gap[:, :-1] * gap[:, 1:] / step)
