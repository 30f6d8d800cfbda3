"""Response times of a table: in seconds, of a size that fits their unit, and within limits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bayes_ddm._typing import BoolArray, FloatArray, IntArray
from bayes_ddm.data.columns import total, weighted_median
from bayes_ddm.errors import InputError, RowError

RT_UNITS = {"s": 1.0, "ms": 1e-3}
# A median over 60 s is far outside the range of speeded choice, and typical of milliseconds;
# one under 0.02 s is faster than anyone responds, and typical of seconds declared as milliseconds
LONGEST_MEDIAN_RT = 60.0
SHORTEST_MEDIAN_RT = 0.02


def checked_times(
    values: FloatArray,
    weights: IntArray,
    rows: NDArray[np.intp],
    name: str,
    unit: str | None,
) -> FloatArray:
    """Response times in seconds: positive, and of a size that fits their unit.

    An undeclared unit is the second, unless the median is that of milliseconds. It is done in
    place.
    """
    if (values <= 0).any():
        at = int(np.flatnonzero(values <= 0)[0])
        raise RowError(
            f"column {name!r} must be positive but is {values[at]:g} in",
            int(rows[at]),
            "; leave the cell empty where there was no response.",
        )
    if unit == "ms":
        values *= RT_UNITS[unit]
    odd = values < SHORTEST_MEDIAN_RT if unit == "ms" else values > LONGEST_MEDIAN_RT
    # a median is found, in a copy, only where it may be refused
    if unit != "s" and 2 * total(weights, odd) >= weights.sum():
        refuse_wrong_unit(weighted_median(values, weights), name, unit)
    return values


def refuse_wrong_unit(median: float, name: str, unit: str | None) -> None:
    """Refuse response times whose median, in seconds, is that of another unit."""
    if unit is None and median > LONGEST_MEDIAN_RT:
        raise InputError(
            f"column {name!r} has a median of {median:g} s and looks like milliseconds; declare "
            "rt_unit='ms' (--rt-unit ms), or 's' if these are seconds."
        )
    if unit == "ms" and median < SHORTEST_MEDIAN_RT:
        raise InputError(
            f"column {name!r} has a median of {median:g} s when read as milliseconds and looks "
            "like seconds; declare rt_unit='s' (--rt-unit s)."
        )


def within(
    seconds: FloatArray, weights: IntArray, least: float | None, most: float | None
) -> tuple[BoolArray, dict[str, int]]:
    """Which response times are neither too fast nor too slow, and how many choices are either."""
    if least is None and most is None:
        return np.ones(len(seconds), dtype=bool), {}
    fast = seconds < (0.0 if least is None else least)
    slow = seconds > (np.inf if most is None else most)
    inside = ~(fast | slow)
    if not inside.any():
        raise InputError(
            f"no response time is between min_rt {least or 0:g} s (--min-rt) and max_rt "
            f"{np.inf if most is None else most:g} s (--max-rt); the fastest is "
            f"{seconds.min():.3g} s, the slowest {seconds.max():.3g} s."
        )
    lost = {
        f"faster than {least} s": int(weights[fast].sum()),
        f"slower than {most} s": int(weights[slow].sum()),
    }
    return inside, lost
