"""Early and late formulas of one function, each evaluated where it holds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bayes_ddm._typing import FloatArray
from bayes_ddm.errors import InputError

# where the two series of the zero-drift density cross, in units of t / b^2
CROSSOVER = 2 / np.pi
PI2 = np.pi**2


def positive(name: str, value: ArrayLike) -> FloatArray:
    array = np.asarray(value, dtype=float)
    if not (array > 0).all():
        raise InputError(f"{name} must be positive; got {np.min(array):g}.")
    return array


def at_least_0(name: str, value: ArrayLike) -> FloatArray:
    """Return numbers that are finite and not negative, or refuse them."""
    array = np.asarray(value, dtype=float)
    good = np.isfinite(array) & (array >= 0)
    if not good.all():
        raise InputError(
            f"{name} must be finite and at least 0; got {float(array[~good].flat[0]):g}."
        )
    return array


def inside(name: str, value: ArrayLike) -> FloatArray:
    array = np.asarray(value, dtype=float)
    good = (array > 0) & (array < 1)
    if not good.all():
        raise InputError(f"{name} must be above 0 and below 1; got {array[~good].flat[0]:g}.")
    return array


def signs(choice: ArrayLike) -> FloatArray:
    """Return choices as floats; refuse what is neither +1 nor -1."""
    array = np.asarray(choice)
    valid = np.isin(array, (1, -1))
    if not valid.all():
        raise InputError(f"choice must be +1 or -1; got {array[~valid].flat[0]!s}.")
    return array.astype(float)


def by_time(
    u: FloatArray,
    crossover: float,
    early: Callable[..., FloatArray],
    late: Callable[..., FloatArray],
    *others: FloatArray,
    parts: int = 1,
) -> FloatArray:
    """Evaluate ``early`` below and ``late`` above the crossover, each only where it is needed.

    Formulas of more `parts` than one return an array with an axis of them first; so does this.
    """
    u, *arrays = np.broadcast_arrays(u, *others)
    out = np.empty(u.shape if parts == 1 else (parts, *u.shape))
    # blocks that stay in cache: four times faster than whole-array temporaries at 10^7 rows
    flat_out = out.reshape(-1) if parts == 1 else out.reshape(parts, -1)
    flat = [a.reshape(-1) for a in (u, *arrays)]
    for start in range(0, u.size, 1 << 15):
        block = slice(start, start + (1 << 15))
        args = [a[block] for a in flat]
        is_early = args[0] < crossover
        target = flat_out[..., block]
        # indices: gathering by a boolean mask takes longer than the formulas themselves
        for rows, formula in ((np.flatnonzero(is_early), early), (np.flatnonzero(~is_early), late)):
            if rows.size:
                target[..., rows] = formula(*(a[rows] for a in args))
    return out
