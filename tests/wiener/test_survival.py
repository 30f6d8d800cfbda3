"""Probability that no decision has come: against 50-digit sums, and quadrature over drifts."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from bayes_ddm.wiener.distribution import cdf
from bayes_ddm.wiener.sampling import first_passage, in_time
from bayes_ddm.wiener.survival import log_late, log_survival, log_survival_of_normal

TIMES = (0.02, 0.2, 0.33, 0.4, 1.0, 10.0, 40.0)
DRIFTS = (-6.0, -1.3, 0.0, 0.4, 5.0, 12.0)


def survival(t: float, v: float, b: float, start: float) -> mp.mpf:
    """Sum of sines in 50 digits."""
    with mp.workdps(50):
        u, a, w = mp.mpf(t) / mp.mpf(b) ** 2, mp.mpf(v) * mp.mpf(b), mp.mpf(start)
        total, k = mp.mpf(0), 1
        while k**2 * mp.pi**2 * u / 8 < 130:
            ends = (k * mp.pi / 2) * (mp.exp(-a) - (-1) ** k * mp.exp(a))
            total += (
                mp.sin(k * mp.pi * w)
                * ends
                / (a**2 + k**2 * mp.pi**2 / 4)
                * mp.exp(-(k**2) * mp.pi**2 * u / 8)
            )
            k += 1
        return mp.exp(-a * (2 * w - 1) - a**2 * u / 2) * total


@pytest.mark.parametrize("start", [None, 0.2, 0.98])
def test_early_and_late_it_is_that_of_fifty_digits(start: float | None) -> None:
    for t in TIMES:
        for v in DRIFTS:
            later, by_then = log_survival(t, v, 1.5, start)
            true = survival(t, v, 1.5, start or 0.5)
            with mp.workdps(50):
                logs = float(mp.log(true)), float(mp.log(1 - true))
            # near a bound the sines of a strong drift cancel to three digits
            error = 1e-14 if start is None else 1e-12
            assert abs(np.exp(later) - float(true)) < error
            assert abs(np.exp(by_then) - float(1 - true)) < error
            if t / 1.5**2 >= 0.15:
                # exponents of up to 3,000 are known to 16 digits
                assert later == pytest.approx(logs[0], rel=1e-13, abs=1e-12)
            else:
                assert by_then == pytest.approx(logs[1], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("start", [None, 0.3])
@pytest.mark.parametrize("sd", [0.0, 1.0, 3.0])
def test_over_normal_drifts_it_is_the_average(start: float | None, sd: float) -> None:
    for t in (0.3, 1.0, 10.0):
        later, by_then = log_survival_of_normal(t, 0.7, sd**2, 1.2, start)
        if sd == 0:
            expected = np.exp(log_survival(t, 0.7, 1.2, start)[0])
        else:
            middle, width = 0.7 / (1 + sd**2 * t), sd / np.sqrt(1 + sd**2 * t)

            def integrand(v: float, t: float = t) -> float:
                return float(np.exp(log_survival(t, v, 1.2, start)[0])) * norm.pdf(v, 0.7, sd)

            # pieces of two standard deviations of what is integrated, to 1e-13 each
            expected = sum(
                quad(integrand, middle + k * width, middle + (k + 2) * width, epsrel=1e-12)[0]
                for k in range(-12, 12, 2)
            )
        assert later == pytest.approx(np.log(expected), abs=1e-9)
        assert np.exp(later) + np.exp(by_then) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize(("noise", "collapse"), [(0.7, 0.0), (0.0, 0.2), (0.5, 0.2)])
def test_noise_and_closing_bounds_are_those_of_the_distribution(
    noise: float, collapse: float
) -> None:
    later, _ = log_late(1.3, 0.6, None, 1.4, None, noise or None, collapse or None)
    # the distribution function averages over trials with an error below 1e-9
    expected = 1 - cdf(1.3, drift=0.6, boundary=1.4, drift_noise=noise, collapse=collapse)
    assert np.exp(later) == pytest.approx(expected, abs=2e-9)


def test_with_a_start_beside_closing_bounds_it_is_that_of_draws() -> None:
    n = 40_000
    given = {"start": 0.7, "drift_noise": 0.4, "collapse": 0.2}
    time = first_passage(np.full(n, 0.6), 1.4, np.random.default_rng(1), **given)[1]
    later, _ = log_late(1.3, 0.6, None, 1.4, *given.values())
    p = float(np.exp(later))
    # four standard errors of a share
    assert (time > 1.3).mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / n))


def test_once_the_bounds_have_met_every_decision_has_come() -> None:
    later, by_then = log_late(np.array([5.0, 6.0]), 0.6, None, 1.4, collapse=0.2)
    assert np.isneginf(later).all() and (by_then == 0).all()


def test_before_anything_can_have_come_nothing_has() -> None:
    later, by_then = log_survival(np.array([-1.0, 0.0, 1e-9]), 0.5, 1.2)
    assert (np.abs(later) < 1e-14).all() and (by_then < -600).all() and np.isfinite(by_then).all()


def test_draws_in_time_are_those_that_are_not_late() -> None:
    rng, n = np.random.default_rng(2), 20_000
    drift = np.full(n, 0.8)
    choice, time = in_time(lambda: first_passage(drift, 1.2, rng), 1.0)
    assert time.max() <= 1.0
    # choice and time are independent given the drift: cutting times leaves shares as they were
    assert (choice > 0).mean() == pytest.approx(1 / (1 + np.exp(-2 * 1.2 * 0.8)), abs=0.012)
    share = cdf(0.6, drift=0.8, boundary=1.2) / cdf(1.0, drift=0.8, boundary=1.2)
    assert (time <= 0.6).mean() == pytest.approx(share, abs=4 * 0.5 / np.sqrt(n))
