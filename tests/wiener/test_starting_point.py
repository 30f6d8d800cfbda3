"""Evidence that starts nearer to one bound: its density, its simulation, and its gradient."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from mpmath import mp
from scipy import stats

from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import first_passage
from tests.support import reference
from tests.support.densities import PYTHON

BOUNDARY = 1.25
CASES = [(0.0, 0.2), (0.8, 0.35), (-2.0, 0.9), (1.5, 0.5), (0.3, 0.98)]
# log-spaced: below, the density is under exp(-90) / t; above, under exp(-140)
TIMES = np.geomspace(1e-6, 200, 60_001)
NEAR_BOUNDS = [1e-300, 1e-9, 1e-3, 0.3, 0.5, 0.7, 0.999, 1 - 1e-9, np.nextafter(1, 0)]


def densities(v, start, t=TIMES):
    """Joint densities of (+1, t) and (-1, t), shape (2, times)."""
    return np.exp(
        wiener.starting_point_log_density(
            t, np.array([[1], [-1]]), drift=v, boundary=BOUNDARY, start=start
        )
    )


def integrals(values):
    """Trapezoidal rule in log time: exact to rounding for what vanishes smoothly at both ends."""
    log_step = np.log(TIMES[1] / TIMES[0])
    return (values * TIMES).sum(axis=-1) * log_step


@pytest.mark.parametrize(("v", "start"), CASES)
def test_integrals_are_the_transform_of_each_choice(v, start):
    pair = densities(v, start)
    for s in (0.0, 0.4, 5.0):
        transforms = integrals(pair * np.exp(-s * TIMES))
        exact = [float(reference.laplace_from(s, z, v, BOUNDARY, start)) for z in (1, -1)]
        np.testing.assert_allclose(transforms, exact, rtol=1e-10)
    assert integrals(pair).sum() == pytest.approx(1, abs=1e-11)
    share = wiener.choice_probability(v, BOUNDARY, start)
    np.testing.assert_allclose(integrals(pair), [share, 1 - share], atol=1e-11)
    # Wald: evidence at the end is on average where it started, plus v times the mean time
    moved = BOUNDARY * (2 * share - 1) - BOUNDARY * (2 * start - 1)
    assert v * integrals(pair.sum(axis=0) * TIMES) == pytest.approx(moved, abs=1e-10)


@pytest.mark.parametrize(("v", "start"), CASES)
def test_simulation_follows_the_density(v, start):
    rng = np.random.default_rng([4, round(100 * start)])
    choice, times = first_passage(np.full(20_000, v), BOUNDARY, rng, start)
    share = wiener.choice_probability(v, BOUNDARY, start)
    assert stats.binomtest(int((choice == 1).sum()), choice.size, share).pvalue > 1e-3
    pair = densities(v, start) * TIMES * np.log(TIMES[1] / TIMES[0])
    for z, mass in zip((1, -1), pair, strict=True):
        cdf = np.cumsum(mass) - mass / 2
        test = stats.kstest(times[choice == z], lambda t, c=cdf: np.interp(t, TIMES, c / c[-1]))
        # ten comparisons of a fixed seed
        assert test.pvalue > 1e-3


def test_far_drifts_walk_straight_to_their_bound():
    v, start = np.repeat([3e5, -1e9, 1e15], 5000), np.repeat([0.2, 0.7, 0.01], 5000)
    choice, times = first_passage(v, BOUNDARY, np.random.default_rng(1), start)
    np.testing.assert_array_equal(choice, np.sign(v))
    distance = 2 * BOUNDARY * np.where(v > 0, 1 - start, start)
    relative = (times * np.abs(v) / distance).reshape(3, -1)
    # an inverse Gaussian of relative sd 1 / sqrt(distance |v|): four standard errors
    spread = 1 / np.sqrt(distance * np.abs(v))[::5000]
    assert (np.abs(relative.mean(axis=1) - 1) <= 4 * spread / np.sqrt(5000) + 1e-14).all()


@pytest.mark.parametrize("start", [1e-12, 1e-5, 0.01, 0.4999999, 0.9, 1 - 1e-9])
def test_density_is_exact_close_to_the_bounds(start):
    for u in (1e-4, 0.05, 0.6, 2 / np.pi, 0.7, 3.0, 50.0):
        for z in (1, -1):
            with mp.workdps(reference.DIGITS):
                exact = float(mp.log(reference.density_from(u, z, 0, 1, start)))
            # a few roundings, of numbers as large as 20,000 at the earliest time
            value = wiener.log_first_passage_from(u, start, z)
            assert value == pytest.approx(exact, rel=3e-15, abs=1e-14)


def test_from_the_middle_it_is_the_unbiased_density():
    u = np.r_[np.geomspace(1e-70, 1e6, 3001), 2 / np.pi]
    for z in (1, -1):
        value = wiener.log_first_passage_from(u, 0.5, z)
        np.testing.assert_allclose(value, wiener.log_first_passage(u), rtol=1e-14, atol=1e-14)
    v = np.array([-1e3, -2.0, 0.0, 1e-9, 3.0])
    half = np.full(5, 0.5)
    np.testing.assert_array_equal(
        wiener.choice_probability(v, 0.7, half), wiener.choice_probability(v, 0.7)
    )
    # two formulas, that meet
    beside = wiener.choice_probability(v, 0.7, np.nextafter(half, 1))
    np.testing.assert_allclose(beside, wiener.choice_probability(v, 0.7), rtol=1e-12, atol=1e-300)


def test_swapping_the_bounds_swaps_the_choices():
    t = np.geomspace(1e-3, 50, 40)
    np.testing.assert_allclose(
        wiener.starting_point_log_density(t, 1, drift=1.5, boundary=0.8, start=0.25),
        wiener.starting_point_log_density(t, -1, drift=-1.5, boundary=0.8, start=0.75),
        rtol=1e-13,
    )
    assert wiener.choice_probability(0.4, 0.8, 0.25) == pytest.approx(
        1 - wiener.choice_probability(-0.4, 0.8, 0.75), rel=1e-14
    )


def test_probability_is_stable_at_every_drift():
    v = np.array([0.0, 1e-320, -1e-320, 1e-300, -1e-12, 1e9, -1e9])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        share = wiener.choice_probability(v, 1.0, 0.3)
    np.testing.assert_allclose(share, [0.3, 0.3, 0.3, 0.3, 0.3, 1.0, 0.0], rtol=1e-11)
    assert np.isnan(wiener.choice_probability(np.nan, 1.0, 0.3))


def test_nothing_happens_before_the_non_decision_time():
    rt = np.array([-1.0, 0.3, np.nan, 0.3 + 1e-12])
    log = wiener.starting_point_log_density(rt, 1, drift=9.0, boundary=1.0, start=0.8, ndt=0.3)
    assert (log[:2] == -np.inf).all() and np.isnan(log[2]) and np.isfinite(log[3])


@pytest.mark.parametrize("start", [0.0, 1.0, -0.1, np.nan, [0.5, 2.0]])
def test_start_must_lie_between_the_bounds(start):
    text = f"{start[-1] if isinstance(start, list) else start:g}"
    with pytest.raises(InputError, match=f"start must be above 0 and below 1; got {text}"):
        wiener.starting_point_log_density(1.0, 1, drift=0.5, boundary=1.0, start=start)
    with pytest.raises(InputError, match="start must be above 0 and below 1"):
        wiener.choice_probability(0.5, 1.0, start)


def test_choice_must_be_plus_or_minus_one():
    with pytest.raises(InputError, match=r"choice must be \+1 or -1; got 0"):
        wiener.starting_point_log_density(1.0, 0, drift=0.5, boundary=1.0, start=0.4)


def test_compiled_density_and_gradient():
    inputs = u, start, choice = pt.vectors("u", "start", "choice")
    density = wiener.log_first_passage_from(u, start, choice, pt)
    gradient = pytensor.grad(density.sum(), [u, start])
    compiled = pytensor.function(inputs, [density, *gradient], mode=PYTHON)

    def grid(times, starts):
        return (a.ravel() for a in np.meshgrid(times, starts, [1.0, -1.0]))

    x, s, z = grid([1e-70, 1e-30, 1e-4, 0.6, 0.7, 1e3, 1e6], NEAR_BOUNDS)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        value, by_u, by_start = compiled(x, s, z)
    assert np.isfinite([value, by_u, by_start]).all()
    plain = wiener.log_first_passage_from(x, s, z)
    np.testing.assert_allclose(value, plain, rtol=1e-14, atol=1e-14)

    x, s, z = grid([0.02, 0.3, 0.63, 0.64, 2.0, 20.0], [0.02, 0.3, 0.5, 0.61, 0.98])
    _, by_u, by_start = compiled(x, s, z)
    # central differences at a step h are wrong by about (h / distance to 0)^2, at most 3e-9, and by
    # the rounding of values of up to 100 over h, at most 1e-8
    for got, ahead, behind, step in [
        (by_u, (x * (1 + 1e-5), s), (x * (1 - 1e-5), s), 2e-5 * x),
        (by_start, (x, s + 1e-6), (x, s - 1e-6), 2e-6),
    ]:
        above, below = (wiener.log_first_passage_from(*at, z) for at in (ahead, behind))
        np.testing.assert_allclose(got, (above - below) / step, rtol=1e-7, atol=1e-7)
