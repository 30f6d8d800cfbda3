"""Probability that no decision has come, and its slopes: against 50-digit sums."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest

from bayes_ddm.wiener.distribution import cdf
from bayes_ddm.wiener.sampling import first_passage, in_time
from bayes_ddm.wiener.survival import CROSSOVER, survival_numbers
from tests.support.densities import survival

TIMES = (0.01, 0.1, 0.149, 0.151, 0.3, 1.0, 5.0, 20.0)
DRIFTS = (-9.0, -1.3, 0.0, 0.6, 7.5, 18.0)


@pytest.mark.parametrize("y", [0.0, -0.6, 0.96])
def test_early_and_late_it_is_that_of_fifty_digits(y: float) -> None:
    for u in TIMES:
        for a in DRIFTS:
            later, by_then, *_ = survival_numbers(u, a, y)
            true = survival(u, a, y)
            with mp.workdps(50):
                logs = float(mp.log(true)), float(mp.log(1 - true))
            # near a bound the sines of a strong drift cancel to three digits
            error = 1e-14 if y == 0 else 1e-12
            assert abs(np.exp(later) - float(true)) < error
            assert abs(np.exp(by_then) - float(1 - true)) < error
            if u >= CROSSOVER:
                assert later == pytest.approx(logs[0], rel=1e-12, abs=1e-12)
            else:
                assert by_then == pytest.approx(logs[1], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("y", [0.0, -0.6, 0.96])
def test_slopes_are_those_of_fifty_digits(y: float) -> None:
    step = mp.mpf(10) ** -15
    for u in TIMES:
        for a in DRIFTS[::2]:
            later, by_then, *slopes = survival_numbers(u, a, y)
            early = u < CROSSOVER
            factor = -np.exp(later - by_then) if early else 1.0
            for j, slope in enumerate(slopes):
                with mp.workdps(50):
                    ends = []
                    for side in (1, -1):
                        at = [mp.mpf(x) for x in (u, a, y)]
                        at[j] += side * step
                        value = survival(*at)
                        ends.append(mp.log(1 - value if early else value))
                    expected = float((ends[0] - ends[1]) / (2 * step))
                # differences of 50 digits are exact; what cancels is as above
                assert factor * slope == pytest.approx(expected, rel=1e-10, abs=1e-10)


def test_before_anything_can_have_come_nothing_has() -> None:
    for u in (-1.0, 0.0, 1e-9):
        later, by_then, *slopes = survival_numbers(u, 0.5, 0.0)
        assert abs(later) < 1e-14 and -700 < by_then < -600 and np.isfinite(slopes).all()


def test_draws_in_time_are_those_that_are_not_late() -> None:
    rng, n = np.random.default_rng(2), 20_000
    drift = np.full(n, 0.8)
    first = first_passage(drift, 1.2, rng)
    choice, time = in_time(first, lambda late: first_passage(drift[late], 1.2, rng), 1.0)
    assert time.max() <= 1.0
    # choice and time are independent given the drift: cutting times leaves shares as they were
    assert (choice > 0).mean() == pytest.approx(1 / (1 + np.exp(-2 * 1.2 * 0.8)), abs=0.012)
    share = cdf(0.6, drift=0.8, boundary=1.2) / cdf(1.0, drift=0.8, boundary=1.2)
    assert (time <= 0.6).mean() == pytest.approx(share, abs=4 * 0.5 / np.sqrt(n))
