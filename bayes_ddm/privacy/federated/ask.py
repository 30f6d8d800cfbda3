"""The question of a federated analysis: a box that should hold the posterior of all sites."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices, expect_choices
from bayes_ddm.errors import InputError, whole_number
from bayes_ddm.estimators.boundaries.known import check_boundary, check_ndt
from bayes_ddm.privacy.federated.answer import check_site
from bayes_ddm.privacy.federated.likelihood import Site, log_prior, site_of
from bayes_ddm.privacy.federated.question import LOGS, PARAMETERS, Question

WIDTH = 6.0  # standard deviations of the asker's own posterior, either way
BELOW = 1e-3  # seconds that the box ends before the fastest response
MOST_NODES = 15
Range = float | Sequence[float]


def ask(
    choices: Choices | None = None,
    *,
    mu: Range | None = None,
    sigma: Range | None = None,
    boundary: Range | None = None,
    ndt: Range | None = None,
    nodes: int = 7,
) -> Question:
    """Ask all sites for their log likelihood in a box of parameters.

    Parameters
    ----------
    choices : Choices, optional
        Those of the asker, whose own posterior, six standard deviations either way, is the box.
    mu, sigma, boundary, ndt : float or pair of float, optional
        A number that is known, or a range (low, high), in place of the box from the choices. With a
        known boundary and ndt the closed form is combined too, as its sums add up.
    nodes : int
        Points a side, 3 to 15: 7 give the posterior's mean to a thousandth of its standard
        deviation.

    Returns
    -------
    Question
        Save it and send it to all sites.

    Raises
    ------
    InputError
        If a range is missing where there are no choices, or is no range.

    Examples
    --------
    >>> import bayes_ddm as bd
    >>> bd.federated.ask(mu=(0, 1), sigma=(0.5, 2), boundary=1.25, ndt=0.3).round
    1
    """
    nodes = whole_number("nodes", nodes, 3)
    if nodes > MOST_NODES:
        raise InputError(f"nodes must be at most {MOST_NODES}; got {nodes}.")
    arguments = {"mu": mu, "sigma": sigma, "boundary": boundary, "ndt": ndt}
    ranges = {name: _range(name, x) for name, x in arguments.items() if x is not None}
    missing = [name for name in PARAMETERS if name not in ranges]
    if missing and choices is None:
        raise InputError(
            f"without choices of one's own the box needs a range of {', '.join(missing)}: give "
            f"{missing[0]}=(low, high) (--{missing[0]} LOW,HIGH)."
        )
    if missing and choices is not None:
        choices = expect_choices(choices)
        check_site(choices)
        ranges = _box_around(choices, ranges)
    ends = [ranges[name] for name in PARAMETERS]
    return Question(tuple(a for a, _ in ends), tuple(b for _, b in ends), nodes)


def _range(name: str, value: Range) -> tuple[float, float]:
    try:
        low, high = (value, value) if isinstance(value, int | float) else map(float, value)
    except (TypeError, ValueError):
        raise InputError(
            f"{name} must be a number or a range (low, high); got {value!r}."
        ) from None
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise InputError(f"{name} must be a range from low to high; got {low:g} to {high:g}.")
    if name == "sigma" and low <= 0:
        raise InputError(f"sigma must be above 0; got {low:g}.")
    if name == "boundary":
        low, high = check_boundary(low), check_boundary(high)
    if name == "ndt" and low < 0:
        raise InputError(f"ndt must be at least 0; got {low:g}.")
    return float(low), float(high)


def _box_around(
    choices: Choices, ranges: dict[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Box around the posterior's mode of one's own choices; ranges that were given stay."""
    if "ndt" in ranges:
        check_ndt(choices, ranges["ndt"][0])
    site, top = site_of(choices), float(choices.rt.min()) - BELOW
    numbers = {PARAMETERS.index(name): a for name, (a, b) in ranges.items() if a == b}
    fixed = {j: math.log(x) if LOGS[j] else x for j, x in numbers.items()}
    mode, sd = _mode(site, top, fixed)
    for j, name in enumerate(PARAMETERS):
        if name in ranges:
            continue
        low, high = mode[j] - WIDTH * sd[j], mode[j] + WIDTH * sd[j]
        if name == "ndt":
            low, high = max(low, 0.0), min(high, top)
        ranges[name] = (math.exp(low), math.exp(high)) if LOGS[j] else (low, high)
    return ranges


def _mode(site: Site, top: float, fixed: dict[int, float]) -> tuple[FloatArray, FloatArray]:
    """Mode and standard deviations of the posterior of one site, by its curvature."""
    from scipy.optimize import minimize

    ndt = fixed.get(3, 0.7 * top)
    time = float(np.average(site.rt, weights=site.count)) - ndt
    log_boundary = fixed.get(2, 0.5 * math.log(1.3 * max(time, 1e-3)))
    start = np.array([0.0, 0.0, log_boundary, ndt])
    free = [j for j in range(4) if j not in fixed]
    for j, x in fixed.items():
        start[j] = x

    def cost(x: FloatArray) -> float:
        point = start.copy()
        point[free] = x
        if point[3] >= top + BELOW or point[3] < 0 or np.abs(point[1:3]).max() > 12:
            return 1e300
        axes = point[:1], np.exp(point[1:2]), np.exp(point[2:3]), point[3:]
        prior = log_prior(point[:1], point[1:2], point[2:3], point[3:])
        return -float(site.at(*axes).item() + sum(part.item() for part in prior))

    size = np.array([0.2, 0.2, 0.1, 0.1 * top])[free]
    corners = np.vstack([start[free], start[free] + np.diag(size)])
    options = {"initial_simplex": corners, "xatol": 1e-5, "fatol": 1e-5, "maxiter": 4000}
    best = minimize(cost, start[free], method="Nelder-Mead", options=options).x
    mode, sd = start.copy(), np.zeros(4)
    mode[free] = best
    step = np.array([4e-3, 4e-3, 1e-3, min(3e-4, (top + BELOW - mode[3]) / 10)])
    hessian = _second_differences(cost, best, step[free])
    variance = np.diag(np.linalg.pinv(hessian))
    # where the curvature says nothing, half a unit of the log, or of the drift
    sd[free] = np.where(variance > 0, np.sqrt(np.maximum(variance, 0)), 0.5)
    return mode, sd


def _second_differences(
    function: Callable[[FloatArray], float], x: FloatArray, step: FloatArray
) -> FloatArray:
    d, moves = len(x), np.diag(step)
    hessian = np.empty((d, d))
    for i in range(d):
        for j in range(i + 1):
            corners = [
                s * t * function(x + s * moves[i] + t * moves[j]) for s in (1, -1) for t in (1, -1)
            ]
            hessian[i, j] = hessian[j, i] = sum(corners) / (4 * step[i] * step[j])
    return hessian
