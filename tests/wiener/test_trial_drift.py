"""Drift noise and closing bounds, against quadrature, a numerical solver and plain simulation."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import kstest, norm

from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import first_passage

# boundary, where the bounds meet in seconds, drift, start, drift noise
CORNERS = [
    (0.3, 0.5, 1.5, 0.5, 0.0),
    (1.3, 3.0, 0.7, 0.5, 0.0),
    (0.8, 1.2, -1.5, 0.35, 0.0),
    (2.0, 8.0, 6.0, 0.5, 0.8),
    (3.0, 50.0, 0.2, 0.6, 1.5),
]


def _integrated(function, meet):
    """Integral over decision times until the bounds meet, by adaptive quadrature."""
    parts = [0, meet / 100, meet / 20, meet / 5, meet / 2, meet]
    return sum(
        quad(function, a, b, epsabs=1e-13, epsrel=1e-12, limit=300)[0]
        for a, b in itertools.pairwise(parts)
    )


@pytest.mark.parametrize(("b", "meet", "v", "start", "noise"), CORNERS)
def test_density_of_closing_bounds_integrates_to_one(b, meet, v, start, noise):
    def density(t, z):
        return np.exp(
            wiener.log_density(
                t, z, drift=v, boundary=b, start=start, drift_noise=noise, collapse=1 / meet
            )
        )

    total = [_integrated(lambda t, z=z: density(t, z), meet) for z in (1, -1)]
    assert sum(total) == pytest.approx(1, abs=1e-10)
    share = wiener.choice_probability(v, b, start, drift_noise=noise, collapse=1 / meet)
    assert total[0] == pytest.approx(share, abs=1e-9)


@pytest.mark.parametrize(("b", "meet", "v", "start", "noise"), CORNERS)
def test_the_pseudo_label_stays_unbiased(b, meet, v, start, noise):
    def labelled(t):
        weight = wiener.drift_weight(wiener.stretched_time(t, 1 / meet), b)
        by = {"drift": v, "boundary": b, "drift_noise": noise, "collapse": 1 / meet}
        return weight * sum(z * np.exp(wiener.log_density(t, z, **by)) for z in (1, -1))

    # at the meeting itself the weight is 0
    assert _integrated(lambda t: labelled(t) if 0 < t < meet else 0.0, meet) == pytest.approx(
        v, abs=1e-9
    )


def test_drift_noise_is_the_average_over_drifts():
    rt, z, start = 0.9, -1, 0.4
    by = {"boundary": 1.2, "ndt": 0.2, "start": start}

    def at(x):
        return norm.pdf(x, 0.6, 0.9) * np.exp(wiener.log_density(rt, z, drift=x, **by))

    expected = quad(at, -8, 9, epsabs=1e-14)[0]
    density = wiener.log_density(rt, z, drift=0.6, drift_noise=0.9, **by)
    assert np.exp(density) == pytest.approx(expected, rel=1e-10)
    # labelers' own drifts come on top: variances add
    averaged = wiener.random_drift_log_density(rt, z, mean=0.6, sd=0.5, drift_noise=0.9, **by)
    single = wiener.log_density(rt, z, drift=0.6, drift_noise=np.hypot(0.5, 0.9), **by)
    assert averaged == pytest.approx(single, rel=1e-12)


def _absorbed(b, c, v, start, until, steps=3000, cells=601):
    """Shares absorbed at either bound by a Crank-Nicolson solver of the backward equation.

    In ``y = x / r`` with ``r = b (1 - c t)``, where the bounds stand still, ``u`` is the share yet
    to be absorbed at +1: ``u_t + (v / r + c y / (1 - c t)) u_y + u_yy / (2 r^2) = 0``.
    """
    from scipy.linalg import solve_banded

    y = np.linspace(-1, 1, cells)
    h, dt = y[1] - y[0], until / steps
    u = np.zeros(cells)
    u[-1] = 1
    for k in range(steps, 0, -1):
        share = 1 - c * (k - 0.5) * dt
        r = b * share
        speed, spread = (v / r + c * y / share)[1:-1], 0.5 / r**2
        down, up = spread / h**2 - speed / (2 * h), spread / h**2 + speed / (2 * h)
        middle = -2 * spread / h**2
        moved = down * u[:-2] + middle * u[1:-1] + up * u[2:]
        right = u[1:-1] + 0.5 * dt * moved
        right[-1] += 0.5 * dt * up[-1]
        bands = np.zeros((3, cells - 2))
        bands[0, 1:], bands[1], bands[2, :-1] = (
            -0.5 * dt * up[:-1],
            1 - 0.5 * dt * middle,
            -0.5 * dt * down[1:],
        )
        u[1:-1] = solve_banded((1, 1), bands, right)
    return np.interp(2 * start - 1, y, u)


@pytest.mark.parametrize("start", [0.5, 0.35])
def test_closing_bounds_against_a_solver_of_the_differential_equation(start):
    b, c, v, until = 1.1, 0.3, 0.8, 2.0

    def density(t):
        return np.exp(wiener.log_density(t, 1, drift=v, boundary=b, start=start, collapse=c))

    parts = [quad(density, *ends, epsabs=1e-12)[0] for ends in ((0, 0.1), (0.1, 0.6), (0.6, until))]
    # the solver's step error: halving both steps moves it by less than 2e-5
    assert sum(parts) == pytest.approx(_absorbed(b, c, v, start, until), abs=5e-5)
    if start == 0.5:
        share = wiener.choice_cdf(until, 1, drift=v, boundary=b, collapse=c)
        assert share == pytest.approx(sum(parts), abs=1e-9)


def test_draws_have_the_density():
    b, c, v, start, noise = 1.2, 0.25, 0.7, 0.4, 0.5
    by = {"drift_noise": noise, "collapse": c}
    rng = np.random.default_rng(4)
    choice, time = first_passage(np.full(20_000, v), b, rng, start, **by)
    assert time.max() < 1 / c
    share = wiener.choice_probability(v, b, start, **by)
    # five standard errors of a share
    assert (choice > 0).mean() == pytest.approx(share, abs=5 * np.sqrt(share / len(time)))
    grid = np.linspace(1e-4, 1 / c - 1e-6, 4001)
    density = np.exp(wiener.log_density(grid, 1, drift=v, boundary=b, start=start, **by))
    cumulated = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(grid))])
    law = cumulated / cumulated[-1]
    assert kstest(time[choice > 0], lambda t: np.interp(t, grid, law)).pvalue > 0.001


def test_cdf_matches_draws_in_the_middle():
    by = {"drift_noise": 0.8, "collapse": 0.1}
    _, time = first_passage(np.full(20_000, 0.5), 1.0, np.random.default_rng(5), **by)
    assert kstest(time, lambda t: wiener.cdf(t, drift=0.5, boundary=1.0, **by)).pvalue > 0.001


def test_nothing_is_left_once_the_bounds_have_met():
    by = {"drift": 0.5, "boundary": 1.0, "collapse": 0.5}
    np.testing.assert_array_equal(wiener.log_density([2.0, 3.0], [1, -1], **by), -np.inf)
    assert wiener.cdf([2.0, 9.0], **by) == pytest.approx([1, 1], abs=1e-9)
    assert wiener.stretched_time([0.5, 2.0], 0.5).tolist() == [2 / 3, np.inf]
    assert np.isnan(wiener.log_density(np.nan, 1, **by))


@pytest.mark.parametrize("name", ["drift_noise", "collapse"])
@pytest.mark.parametrize("value", [-0.1, np.inf, np.nan])
def test_refused(name, value):
    with pytest.raises(InputError, match=f"{name} must be finite and at least 0"):
        wiener.log_density(1.0, 1, drift=0.5, boundary=1.0, **{name: value})
