"""Boundary and non-decision time from the response times' Laplace transform, as published.

It rests on the fastest few responses, so each value carries the effective number of response times
behind it and is checked against dropping the fastest one.
"""

from __future__ import annotations

import math

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.estimators.boundaries.known import check_ndt, checked, fastest_note
from bayes_ddm.estimators.design import combine
from bayes_ddm.estimators.result import Boundary

LEAST_N_EFF = 100


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
    choices.refuse_summed("the published boundary")
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
