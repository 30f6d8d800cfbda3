"""Boundary and non-decision time: known, or from the response times' Laplace transform.

The published plug-in rests on the fastest few responses, so each value carries the effective
number of response times behind it and is checked against dropping the fastest one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import InputError, RowError
from bayes_ddm.estimators.design import combine
from bayes_ddm.estimators.result import Boundary

__all__ = ["check_boundary", "check_ndt", "known_boundary", "three_scale", "two_scale"]


LEAST_N_EFF = 100
SURELY = 3.0  # standard errors of an ndt
LARGEST_MOVE = 0.1  # of the boundary, when the fastest response is dropped


def check_boundary(boundary: float) -> float:
    """Return `boundary`, or say why it cannot be one.

    Raises
    ------
    InputError
        If it is not a positive number.
    """
    if not (math.isfinite(boundary) and boundary > 0):
        raise InputError(
            f"boundary must be positive; got {boundary:g}. It is half the separation of the bounds."
        )
    return float(boundary)


def check_ndt(choices: Choices, ndt: float) -> float:
    """Return `ndt`, or say why these response times rule it out.

    Raises
    ------
    InputError
        If it is negative, not finite, or not below the smallest response time.
    """
    if not (math.isfinite(ndt) and ndt >= 0):
        raise InputError(f"ndt must be a number of seconds of at least 0; got {ndt:g}.")
    row = int(choices.rt.argmin())
    smallest = float(choices.rt[row])
    if ndt >= smallest:
        raise RowError(
            f"ndt {ndt:g} s is not below the smallest response time, {smallest:.4g} s in",
            row if choices.row is None else int(choices.row[row]),
            "; give a smaller ndt, or remove rows that are too fast to be decisions.",
        )
    return float(ndt)


def known_boundary(choices: Choices, boundary: float, ndt: float = 0.0) -> Boundary:
    """Boundary and ndt that are known, so without uncertainty.

    Parameters
    ----------
    choices : Choices
    boundary : float
        Half the boundary separation.
    ndt : float
        Seconds.

    Returns
    -------
    Boundary
        Flagged when the mean decision time is impossible under it.

    Raises
    ------
    InputError
        If the boundary is not positive, or ndt is negative or not below the smallest response
        time.

    Examples
    --------
    >>> import pandas as pd
    >>> choices = Choices.from_frame(pd.DataFrame({"choice": [1, -1], "rt": [0.9, 1.4]}))
    >>> known_boundary(choices, 1.25).reliable
    True
    """
    value = check_boundary(boundary)
    influence = np.zeros((len(choices.unit_count), 2))
    return checked(choices, "known", value, check_ndt(choices, ndt), influence, None, notes=())


def doubted(known: Boundary, *learned: Boundary) -> Boundary:
    """Flag a boundary whose ndt was not given, and so taken as 0 s, if others say otherwise."""
    for other in learned:
        if other.reliable and other.ndt > SURELY * other.se[1]:
            note = (
                f"ndt was not given and is taken as 0 s; the {other.method} one is "
                f"{other.ndt:.3g} s: give it (--ndt)"
            )
            return replace(known, reliable=False, note="; ".join(filter(None, [known.note, note])))
    return known


def two_scale(choices: Choices, ndt: float | None = None) -> Boundary:
    """Boundary from the Laplace transform of the response times at two scales, as published.

    Parameters
    ----------
    choices : Choices
    ndt : float, optional
        A known non-decision time, subtracted first; by default there is none.

    Returns
    -------
    Boundary
        Unreliable when ``n_eff`` at the largest scale is below 100, the fastest response moves it
        by more than a tenth, or it cannot be.

    Raises
    ------
    InputError
        If the given ndt is not below the smallest response time.

    Notes
    -----
    ``b = [log L(lam) - log L(4 lam)] / sqrt(2 lam)``, ``L(s) = mean(exp(-s rt))``,
    ``lam = log(n)^1.5``. It depends on the unit of time.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.9, 1.4, 0.7]})
    >>> round(two_scale(Choices.from_frame(frame)).boundary, 3)
    1.886
    """
    shift = 0.0 if ndt is None else check_ndt(choices, ndt)
    return _from_scales(choices, "two_scale", shift)


def three_scale(choices: Choices) -> Boundary:
    """Boundary and ndt from the Laplace transform of the response times at three scales.

    Parameters
    ----------
    choices : Choices

    Returns
    -------
    Boundary
        Flagged as in `two_scale`, and when ndt is negative or not below the smallest response
        time.

    Notes
    -----
    With ``l_k = log L(k lam)``: ``b = (4 l_1 - 5 l_4 + l_16) / (2 sqrt(2 lam))`` and
    ``ndt = (-2 l_1 + 3 l_4 - l_16) / (6 lam)``.

    References
    ----------
    Echenique, Fallah, Huang & Jordan (2026), arXiv 2605.06987.
    """
    return _from_scales(choices, "three_scale", 0.0)


def _from_scales(choices: Choices, method: str, shift: float) -> Boundary:
    n = choices.n_choices
    rt = choices.rt - shift
    units = len(choices.unit_count)
    if n < 3:
        note = f"too few choices ({n}) for a boundary from response times"
        nothing = np.full((units, 2), np.nan)
        return Boundary(
            method, np.nan, shift, nothing, choices.unit_count, None, reliable=False, note=note
        )
    scales, slopes = _plan(method, n)
    logs, shares = zip(*(_log_laplace(rt, choices.count, s) for s in scales), strict=True)
    boundary, ndt = (float(x) for x in slopes @ np.array(logs))
    by_row = combine(slopes, np.stack(shares) - 1 / n).T
    n_eff = 1 / float((choices.count * shares[-1] ** 2).sum())

    count = choices.count.copy()
    fastest = int(rt.argmin())
    count[fastest] -= 1
    scales, slopes = _plan(method, n - 1)
    without = float(slopes[0] @ [_log_laplace(rt, count, s)[0] for s in scales])
    notes = []
    if n_eff < LEAST_N_EFF:
        notes.append(
            f"at lambda {math.log(n) ** 1.5:.4g} the boundary rests on {n_eff:.3g} effective "
            f"response times, fewer than {LEAST_N_EFF}"
        )
    notes += fastest_note(choices.rt[fastest], boundary, without)
    return checked(
        choices, method, boundary, ndt + shift, sum_by_unit(choices, by_row), n_eff, notes
    )


def _plan(method: str, n: int) -> tuple[list[float], FloatArray]:
    """Scales ``s`` and the matrix that turns ``log L(s)`` into (boundary, ndt)."""
    lam = math.log(n) ** 1.5
    root = math.sqrt(2 * lam)
    if method == "two_scale":
        return [lam, 4 * lam], np.array([[1, -1], [0, 0]]) / root
    return [lam, 4 * lam, 16 * lam], np.array(
        [np.array([4, -5, 1]) / (2 * root), np.array([-2, 3, -1]) / (6 * lam)]
    )


def _log_laplace(rt: FloatArray, count: IntArray, s: float) -> tuple[float, FloatArray]:
    """``log L(s)``, and each single response's share of the sum behind it."""
    fastest = rt[count > 0].min() if (count == 0).any() else rt.min()
    # a dropped response may be faster: its term, counted zero times, must not overflow
    terms = np.exp(-s * np.maximum(rt - fastest, 0.0))
    total = float((count * terms).sum())
    return math.log(total / count.sum()) - s * fastest, terms / total


def fastest_note(rt: float, boundary: float, without: float) -> list[str]:
    """Say so when the boundary moves by more than a tenth without the fastest response."""
    if math.isfinite(without) and abs(without - boundary) <= LARGEST_MOVE * abs(boundary):
        return []
    return [
        f"dropping the fastest response ({rt:.3g} s) moves the boundary "
        f"from {boundary:.3g} to {without:.3g}"
    ]


def checked(
    choices: Choices,
    method: str,
    boundary: float,
    ndt: float,
    influence: FloatArray,
    n_eff: float | None,
    notes: Iterable[str],
) -> Boundary:
    """Assemble a `Boundary`, adding what makes its values impossible."""
    notes = list(notes) + _impossible(choices, boundary, ndt, influence)
    return Boundary(
        method=method,
        boundary=boundary,
        ndt=ndt,
        influence=influence,
        unit_count=choices.unit_count,
        n_eff=n_eff,
        reliable=not notes,
        note="; ".join(notes),
    )


def _impossible(choices: Choices, boundary: float, ndt: float, influence: FloatArray) -> list[str]:
    if boundary <= 0:
        return [f"boundary {boundary:.3g} is not positive"]
    if ndt < 0:
        return [f"ndt {ndt:.3g} s is negative"]
    smallest = float(choices.rt.min())
    if ndt >= smallest:
        return [f"ndt {ndt:.3g} s is not below the smallest response time {smallest:.3g} s"]
    # whatever the drifts, E[T] = E[b^2 tanh(b v) / (b v)] <= b^2
    n = choices.n_choices
    mean_rt = float((choices.count * choices.rt).sum()) / n
    excess = mean_rt - ndt - boundary**2
    if excess <= 0.2 * boundary**2:
        return []
    by_unit = sum_by_unit(choices, (choices.rt - mean_rt) / n)
    by_unit = by_unit - influence[:, 1] - 2 * boundary * influence[:, 0]
    if excess <= 4 * math.sqrt((choices.unit_count * by_unit**2).sum()):
        return []
    return [
        f"boundary {boundary:.3g} allows a mean decision time of at most {boundary**2:.3g} s; "
        f"it is {mean_rt - ndt:.3g} s"
    ]
