"""Worst errors of `bayes_ddm.wiener` against 50-digit arithmetic, and the simulator's numbers.

Ranges: u = t / b^2 in [1e-4, 1e3], b in [0.05, 20], |v| <= 20, ndt 0, corners included; the drift
weight where it exceeds 1e-290; sums of k times up to u = 20 k; starting points from 0.02 to 0.98,
there with u up to 50.

    python -m benchmarks precision [--points 300] [--seed 1]
"""

from __future__ import annotations

import sys

import numpy as np
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.simulate import first_passage
from benchmarks.support.options import options
from tests.support import reference
from tests.support.accuracy import QUANTITIES

BOUNDARY = 1.25
DRIFTS = (-5.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 5.0)
TILTS = (0, 1, 10, 100, 200, 800)
STARTS = ((0.0, 0.02), (0.0, 0.7), (0.5, 0.35), (-2.0, 0.9), (5.0, 0.1))
DRAWS = 1_000_000
# smallest p-value of 17 comparisons, and largest of 31 in standard errors, that chance explains
SMALLEST_P, STANDARD_ERRORS = 1e-4, 4.0


def errors(points: int, seed: int) -> bool:
    """Print each quantity's worst error beside its limit; return whether all are below."""
    print(f"{'against 50 digits':<38}{'error':<16}{'worst':>10}{'limit':>10}")
    good = True
    for quantity in QUANTITIES:
        worst, _ = quantity.worst(seed, points)
        good &= worst <= quantity.limit
        mark = "" if worst <= quantity.limit else "  TOO LARGE"
        print(
            f"{quantity.name:<38}{quantity.measure:<16}{worst:>10.1e}{quantity.limit:>10.0e}{mark}",
            flush=True,
        )
    return good


def pseudo_labels(seed: int) -> bool:
    """Print how far a million pseudo-labels' mean is from the drift."""
    print(f"\n{'drift v':>8}{'mean(Z w) - v':>16}{'in standard errors (limit 4)':>32}")
    good = True
    for i, drift in enumerate(DRIFTS):
        rng = np.random.default_rng([seed, i])
        choice, time = first_passage(np.full(DRAWS, drift), BOUNDARY, rng)
        label = choice * wiener.drift_weight(time, BOUNDARY)
        error = label.mean() - drift
        off = error / (label.std() / np.sqrt(DRAWS))
        good &= abs(off) <= STANDARD_ERRORS
        print(f"{drift:>8.1f}{error:>16.5f}{off:>32.2f}")
    return good


def simulator(seed: int) -> bool:
    """Print how a million draws agree with the distribution function, choices and moments."""
    print(f"\n{'2bv':>5}{'KS p':>10}{'choice p':>10}{'mean, s.e.':>12}{'variance, s.e.':>16}")
    good = True
    for tilt in TILTS:
        drift = tilt / (2 * BOUNDARY)
        rng = np.random.default_rng([seed, 100 + tilt])
        choice, time = first_passage(np.full(DRAWS, drift), BOUNDARY, rng)
        ks = stats.kstest(time, lambda t, v=drift: wiener.cdf(t, drift=v, boundary=BOUNDARY)).pvalue
        share = float(wiener.choice_probability(drift, BOUNDARY))
        chosen = stats.binomtest(int((choice == 1).sum()), DRAWS, share).pvalue
        mean = wiener.decision_time_mean(drift, BOUNDARY)
        variance = wiener.decision_time_variance(drift, BOUNDARY)
        squares = (time - mean) ** 2
        mean_off = (time.mean() - mean) / np.sqrt(variance / DRAWS)
        variance_off = (squares.mean() - variance) / (squares.std() / np.sqrt(DRAWS))
        good &= min(ks, chosen) >= SMALLEST_P
        good &= max(abs(mean_off), abs(variance_off)) <= STANDARD_ERRORS
        print(f"{tilt:>5}{ks:>10.3f}{chosen:>10.3f}{mean_off:>12.2f}{variance_off:>16.2f}")
    return good


def biased_simulator(seed: int) -> bool:
    """Print how a million draws from a biased start agree with their share and transform."""
    print(f"\n{'v':>5}{'start':>7}{'choice p':>10}{'transform at +1, -1, s.e.':>28}")
    good = True
    for i, (drift, start) in enumerate(STARTS):
        rng = np.random.default_rng([seed, 1000 + i])
        choice, time = first_passage(np.full(DRAWS, drift), BOUNDARY, rng, start)
        share = float(wiener.choice_probability(drift, BOUNDARY, start))
        chosen = stats.binomtest(int((choice == 1).sum()), DRAWS, share).pvalue
        off = []
        for z in (1, -1):
            term = (choice == z) * np.exp(-time)
            exact = float(reference.laplace_from(1, z, drift, BOUNDARY, start))
            off.append((term.mean() - exact) / (term.std() / np.sqrt(DRAWS)))
        good &= chosen >= SMALLEST_P and max(map(abs, off)) <= STANDARD_ERRORS
        print(f"{drift:>5.1f}{start:>7.2f}{chosen:>10.3f}{off[0]:>14.2f}{off[1]:>14.2f}")
    return good


def main() -> int:
    """Print everything; exit status 1 if a limit is not met."""
    arguments = options(__doc__, points=300, seed=1).parse_args()
    met = [
        errors(arguments.points, arguments.seed),
        pseudo_labels(arguments.seed),
        simulator(arguments.seed),
        biased_simulator(arguments.seed),
    ]
    print("\nall limits met" if all(met) else "\nA LIMIT IS NOT MET")
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
