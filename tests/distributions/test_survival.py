"""No response by a deadline over drifts that differ: against quadrature and draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from bayes_ddm.distributions.survival import log_late, log_survival, log_survival_of_normal
from bayes_ddm.wiener.distribution import cdf
from bayes_ddm.wiener.sampling import first_passage


@pytest.mark.parametrize("start", [None, 0.3])
@pytest.mark.parametrize("sd", [0.0, 1.0, 3.0])
def test_over_normal_drifts_it_is_the_average(start: float | None, sd: float) -> None:
    for t in (0.3, 1.0, 10.0):
        later, by_then = log_survival_of_normal(t, 0.7, sd**2, 1.2, start)
        if sd == 0:
            expected = np.exp(log_survival(t, 0.7, 1.2, start)[0])
        else:
            middle, width = 0.7 / (1 + sd**2 * t), sd / np.sqrt(1 + sd**2 * t)
            # the trapezoidal rule, on what falls as a normal density does
            v = middle + width * np.arange(-14, 14.001, 0.05)
            values = np.exp(log_survival(t, v, 1.2, start)[0]) * norm.pdf(v, 0.7, sd)
            expected = values.sum() * 0.05 * width
        assert later == pytest.approx(np.log(expected), abs=1e-9)
        assert np.exp(later) + np.exp(by_then) == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize(("noise", "collapse"), [(0.7, None), (None, 0.2), (0.5, 0.2)])
def test_noise_and_closing_bounds_are_those_of_the_distribution(
    noise: float | None, collapse: float | None
) -> None:
    later, _ = log_late(1.3, 0.6, None, 1.4, None, noise, collapse)
    more = {"drift_noise": noise or 0.0, "collapse": collapse or 0.0}
    # the distribution function averages over trials with an error below 1e-9
    expected = 1 - cdf(1.3, drift=0.6, boundary=1.4, **more)
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
