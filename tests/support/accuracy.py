"""How far the fast code is from the high-precision formulas, over the ranges that are promised.

Shared by `tests/wiener/test_wiener.py` (few points) and `benchmarks/accuracy/precision.py` (many).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from mpmath import mp

from bayes_ddm import wiener
from tests.support import reference

Points = dict[str, np.ndarray]

# Below this size a number is no longer held to full relative precision: doubles end at 1e-308
SMALLEST = 1e-290


@dataclass(frozen=True)
class Quantity:
    """A function of `wiener`, its exact twin, and the error that it may have.

    ``points`` draws arguments, ``fast`` takes them as arrays, ``exact`` one at a time; ``measure``
    names what an error is divided by.
    """

    name: str
    limit: float
    points: Callable[[np.random.Generator, int], Points]
    fast: Callable[..., Any]
    exact: Callable[..., Any]
    measure: str

    def worst(self, seed: int, size: int) -> tuple[float, dict[str, float]]:
        """Return the largest error over ``size`` random points and the corners, and its point."""
        points = self.points(np.random.default_rng(seed), size)
        with np.errstate(over="raise", divide="raise", invalid="raise"):
            values = np.asarray(self.fast(**points), dtype=float)
        assert np.isfinite(values).all(), self.name
        worst, where = -1.0, {}
        for i, value in enumerate(values):
            point = {name: column[i].item() for name, column in points.items()}
            with mp.workdps(reference.DIGITS):
                exact = self.exact(**point)
                error = float(abs(value - exact) / SCALES[self.measure](exact, point))
            if error > worst:
                worst, where = error, point
        return worst, where


SCALES: dict[str, Callable[[Any, dict[str, float]], Any]] = {
    "absolute": lambda exact, point: 1,
    "relative": lambda exact, point: max(abs(exact), SMALLEST),
    "of max(1, |x|)": lambda exact, point: max(1, abs(exact)),
    # for what changes sign
    "of |x| + 1/t": lambda exact, point: abs(exact) + 1 / point["t"],
}


def _log_uniform(rng: np.random.Generator, low: float, high: float, size: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), size))


def _grid(
    rng: np.random.Generator, size: int, *, u: tuple[float, float] = (1e-4, 1e3), drift: bool = True
) -> Points:
    """Draw ``t = u b^2``, ``b`` in [0.05, 20], ``v`` in [-20, 20]; corners and crossovers first."""
    # 0.6 and 2/pi are where the series change
    special = [*u, 0.6, np.nextafter(0.6, 0), 2 / np.pi, np.nextafter(2 / np.pi, 0)]
    mesh = np.meshgrid(special, [0.05, 1.0, 20.0], [-20.0, 0.0, 20.0] if drift else [0.0])
    corner_u, corner_b, corner_v = (axis.ravel() for axis in mesh)
    b = np.concatenate([corner_b, _log_uniform(rng, 0.05, 20, size)])
    points = {"t": np.concatenate([corner_u, _log_uniform(rng, *u, size)]) * b**2, "b": b}
    if drift:
        # half of them small, where differences could cancel
        v = rng.uniform(-20, 20, size) * rng.choice([1, 1e-4], size)
        points["v"] = np.concatenate([corner_v, v])
    return points


def _with_choice(rng: np.random.Generator, size: int) -> Points:
    points = _grid(rng, size)
    return points | {"z": rng.choice([-1, 1], points["t"].size)}


def _with_spread(rng: np.random.Generator, size: int) -> Points:
    points = _with_choice(rng, size)
    sd = _log_uniform(rng, 1e-3, 20, points["t"].size) * rng.choice(4, points["t"].size).clip(max=1)
    return points | {"sd": sd}


def _with_start(rng: np.random.Generator, size: int) -> Points:
    points = _grid(rng, size, u=(1e-4, 50.0))
    start = rng.uniform(0.02, 0.98, points["t"].size)
    corners = points["t"].size - size
    start[:corners] = rng.choice([0.02, 0.5, 0.98], corners)
    return points | {"z": rng.choice([-1, 1], start.size), "start": start}


def _convolved_grid(rng: np.random.Generator, size: int, *, k: int) -> Points:
    # the exact sum needs 0.5 u digits: u is kept to 20 k, far beyond the bulk of such sums
    crossover = 0.72 * k
    u = np.r_[1e-4, crossover, np.nextafter(crossover, 0), _log_uniform(rng, 1e-4, 20 * k, size)]
    b = _log_uniform(rng, 0.05, 20, u.size)
    return {"t": u * b**2, "b": b}


def _with_rate(rng: np.random.Generator, size: int) -> Points:
    points = _grid(rng, size)
    return {"s": _log_uniform(rng, 1e-6, 1e4, points["t"].size), "v": points["v"], "b": points["b"]}


def _without_time(rng: np.random.Generator, size: int) -> Points:
    points = _grid(rng, size)
    return {"v": points["v"], "b": points["b"]}


_driftless = partial(_grid, drift=False)
_no_underflow = partial(_grid, drift=False, u=(1e-4, 175.0))

QUANTITIES = [
    Quantity(
        "log density",
        1e-11,
        _with_choice,
        lambda t, b, v, z: wiener.log_density(t, z, drift=v, boundary=b),
        lambda t, b, v, z: mp.log(reference.density(t, z, v, b)),
        "of max(1, |x|)",
    ),
    Quantity(
        "log density, drift integrated out",
        1e-11,
        _with_spread,
        lambda t, b, v, z, sd: wiener.random_drift_log_density(t, z, mean=v, sd=sd, boundary=b),
        lambda t, b, v, z, sd: mp.log(reference.random_drift_density(t, z, v, sd, b)),
        "of max(1, |x|)",
    ),
    Quantity(
        "log density from a starting point",
        1e-11,
        _with_start,
        lambda t, b, v, z, start: wiener.starting_point_log_density(
            t, z, drift=v, boundary=b, start=start
        ),
        lambda t, b, v, z, start: mp.log(reference.density_from(t, z, v, b, start)),
        "of max(1, |x|)",
    ),
    Quantity(
        "slope of the log density",
        1e-11,
        _driftless,
        lambda t, b: wiener.zero_drift_log_slope(t, b),
        lambda t, b: reference.log_slope(t, b),
        "of |x| + 1/t",
    ),
    Quantity(
        "cdf",
        1e-12,
        _grid,
        lambda t, b, v: wiener.cdf(t, drift=v, boundary=b),
        lambda t, b, v: reference.cdf(t, v, b),
        "absolute",
    ),
    Quantity(
        "choice cdf",
        1e-12,
        _with_choice,
        lambda t, b, v, z: wiener.choice_cdf(t, z, drift=v, boundary=b),
        lambda t, b, v, z: reference.cdf(t, v, b) * reference.probability(z * v, b),
        "absolute",
    ),
    Quantity(
        "choice probability",
        1e-12,
        _without_time,
        lambda v, b: wiener.choice_probability(v, b),
        lambda v, b: reference.probability(v, b),
        "relative",
    ),
    Quantity(
        "choice probability from a start",
        1e-12,
        _with_start,
        lambda t, b, v, z, start: wiener.choice_probability(v, b, start),
        lambda t, b, v, z, start: reference.laplace_from(0, 1, v, b, start),
        "relative",
    ),
    Quantity(
        "mean decision time",
        1e-12,
        _without_time,
        lambda v, b: wiener.decision_time_mean(v, b),
        lambda v, b: reference.cumulant(1, v, b),
        "relative",
    ),
    Quantity(
        "variance of the decision time",
        1e-12,
        _without_time,
        lambda v, b: wiener.decision_time_variance(v, b),
        lambda v, b: reference.cumulant(2, v, b),
        "relative",
    ),
    Quantity(
        "Laplace transform",
        1e-12,
        _with_rate,
        lambda s, v, b: wiener.laplace_transform(s, v, b),
        lambda s, v, b: reference.laplace(s, v, b),
        "relative",
    ),
    Quantity(
        "drift weight",
        1e-11,
        _no_underflow,
        lambda t, b: wiener.drift_weight(t, b),
        lambda t, b: reference.weight(t, b),
        "relative",
    ),
    Quantity(
        "drift weight, derivative by time",
        1e-11,
        _no_underflow,
        lambda t, b: wiener.drift_weight_derivatives(t, b)[0],
        lambda t, b: mp.diff(lambda x: reference.weight(x, b), t),
        "relative",
    ),
    Quantity(
        "drift weight, derivative by boundary",
        1e-11,
        _no_underflow,
        lambda t, b: wiener.drift_weight_derivatives(t, b)[1],
        lambda t, b: mp.diff(lambda x: reference.weight(t, x), b),
        "relative",
    ),
    *(
        Quantity(
            f"log density of a sum of {k}",
            1e-12,
            partial(_convolved_grid, k=k),
            partial(lambda t, b, k: wiener.convolved_log_density(t, b, k), k=k),
            partial(lambda t, b, k: mp.log(reference.convolved(t, b, k)), k=k),
            "of max(1, |x|)",
        )
        for k in (1, 2, 3, 5, 10, 20, 35, 50)
    ),
]
