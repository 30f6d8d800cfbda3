"""Boundary and non-decision time that are known, and what makes any of them impossible."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.sufficient import sum_by_unit
from bayes_ddm.errors import MOST, InputError, RowError
from bayes_ddm.estimators.of_sums import of_all
from bayes_ddm.estimators.result import Boundary
from bayes_ddm.wiener._regimes import at_least_0

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
    if not 1 / MOST <= boundary <= MOST:
        raise InputError(
            f"boundary must be from {1 / MOST:g} to {MOST:g}; got {boundary:g}: decisions take "
            "about its square in seconds."
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
        fault = f"ndt {ndt:g} s is not below the smallest response time, {smallest:.4g} s"
        mend = "; give a smaller ndt, or remove rows that are too fast to be decisions."
        if choices.condensed:
            raise InputError(fault + mend)
        place = row if choices.row is None else int(choices.row[row])
        raise RowError(f"{fault} in", place, mend)
    return float(ndt)


def beside_collapse(boundary: float | str | None, ndt: float | str | None) -> tuple[float, float]:
    """Return boundary and ndt as numbers, or say that bounds which close in need them.

    Raises
    ------
    InputError
        If one is missing, or a formula.
    """
    if isinstance(boundary, str | None) or isinstance(ndt, str | None):
        raise InputError(
            "collapse needs the boundary and ndt that go with it, such as a fit's: give boundary= "
            "and ndt= (--boundary and --ndt) as numbers."
        )
    return float(boundary), float(ndt)


def check_collapse(collapse: float, boundary: float | None, ndt: float | None) -> None:
    """Refuse bounds that move apart, or close in from a boundary that is not given."""
    if at_least_0("collapse", collapse):
        beside_collapse(boundary, ndt)


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


def doubted(boundary: Boundary, *learned: Boundary) -> Boundary:
    """Flag a boundary whose ndt was not given, and so taken as 0 s, if others say otherwise."""
    for other in learned:
        if other.reliable and other.ndt > SURELY * other.se[1]:
            note = (
                f"ndt was not given and is taken as 0 s; the {other.method} one is "
                f"{other.ndt:.3g} s: give it (--ndt)"
            )
            return boundary.flagged(note)
    return boundary


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
    few = of_all(choices)
    on_few = influence if few is choices else np.zeros((len(few), 2))
    notes = list(notes) + _impossible(few, boundary, ndt, on_few)
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
