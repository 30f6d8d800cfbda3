"""The diffusion's array mathematics, against high precision and against its own definitions."""

import numpy as np
import pytest
from mpmath import mp

from bayes_ddm import wiener
from bayes_ddm.errors import InputError
from tests.support.accuracy import QUANTITIES
from tests.support.quadrature import integral
from tests.support.reference import convolved

TIMES = [0.05, 0.4, 1.0, 3.0, 12.0]
DRIFTS = [-2.0, -0.3, 0.0, 0.8, 5.0]


def _integral(function, high=200.0):
    # break points where the densities below live
    points = [p for p in (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0) if p < high]
    return integral(function, [0.0, *points, high])


def _density(t, v, b=1.25, z=1):
    return np.exp(wiener.log_density(t, z, drift=v, boundary=b))


@pytest.mark.parametrize("quantity", QUANTITIES, ids=lambda quantity: quantity.name)
def test_error_is_below_its_limit(quantity):
    # the corners, and some points between; benchmarks/accuracy/precision.py takes many
    error, where = quantity.worst(seed=2, size=12)
    assert error <= quantity.limit, where


def test_drift_weight_is_finite_where_it_underflows():
    u = np.geomspace(1e-4, 1e3, 2001)[:, None]
    b = np.array([0.05, 1.0, 20.0])
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        weight = wiener.drift_weight(u * b**2, b)
        slopes = wiener.drift_weight_derivatives(u * b**2, b)
    assert ((weight >= 0) & np.isfinite(weight)).all()
    assert all(np.isfinite(slope).all() for slope in slopes)
    assert (np.diff(weight, axis=0) <= 0).all()


@pytest.mark.parametrize("k", [1, 7, 50])
def test_convolution_is_finite_over_the_whole_range(k):
    u = np.geomspace(1e-4, 1e3 * k, 2001)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert np.isfinite(wiener.convolved_log_density(u, 1.0, k)).all()


@pytest.mark.parametrize("v", DRIFTS)
def test_cdf_integrates_the_density(v):
    for t in TIMES:
        for z in (1, -1):
            area = _integral(lambda s, z=z: _density(s, v, z=z), high=t)
            share = wiener.choice_cdf(t, z, drift=v, boundary=1.25)
            assert share == pytest.approx(area, abs=1e-10)
        total = wiener.cdf(t, drift=v, boundary=1.25)
        each = wiener.choice_cdf(t, np.array([1, -1]), drift=v, boundary=1.25)
        assert total == pytest.approx(each.sum(), abs=1e-14)


@pytest.mark.parametrize("v", DRIFTS)
def test_moments_and_transform_integrate_the_density(v):
    def mean_of(function):
        return _integral(lambda t: function(t) * (_density(t, v) + _density(t, v, z=-1)))

    mean = wiener.decision_time_mean(v, 1.25)
    assert mean_of(lambda t: 1.0) == pytest.approx(1, abs=1e-9)
    assert mean_of(lambda t: t) == pytest.approx(mean, rel=1e-9)
    variance = wiener.decision_time_variance(v, 1.25)
    assert mean_of(lambda t: (t - mean) ** 2) == pytest.approx(variance, rel=1e-9)
    transform = wiener.laplace_transform(2.0, v, 1.25)
    assert mean_of(lambda t: np.exp(-2.0 * t)) == pytest.approx(transform, rel=1e-9)


@pytest.mark.parametrize("v", DRIFTS)
def test_pseudo_label_is_unbiased_for_every_drift(v):
    def mean_of(function):
        return _integral(
            lambda t: function(t, 1) * _density(t, v) + function(t, -1) * _density(t, v, z=-1)
        )

    assert mean_of(lambda t, z: z * wiener.drift_weight(t, 1.25)) == pytest.approx(v, abs=1e-9)
    slope = mean_of(lambda t, z: 2 * wiener.zero_drift_log_slope(t, 1.25))
    assert slope == pytest.approx(v**2, abs=1e-8)
    variance = mean_of(lambda t, z: wiener.pseudo_label_variance(t, 1.25))
    spread = mean_of(lambda t, z: (z * wiener.drift_weight(t, 1.25) - v) ** 2)
    assert variance == pytest.approx(spread, rel=1e-8)


def test_variance_of_a_pseudo_label_neither_cancels_early_nor_falls_to_zero():
    b = 1.25
    t = np.geomspace(1e-12, 300, 100_001)
    variance = wiener.pseudo_label_variance(t, b)
    assert (np.diff(variance) <= 1e-12 * variance[1:]).all()
    assert variance[-1] == pytest.approx((np.pi / (2 * b)) ** 2, rel=1e-12)
    # where one formula takes over from the other, both are good to near rounding
    limit = 0.1 * b**2
    below, above = wiener.pseudo_label_variance(limit * (1 + 1e-9 * np.array([-1, 1])), b)
    assert above == pytest.approx(below, rel=1e-8)


# on either side of where early and late formulas meet
@pytest.mark.parametrize("u", [0.2, 0.63, 0.64, 0.719, 0.721, 3.0])
@pytest.mark.parametrize("k", [1, 2, 10])
def test_derivatives_by_log_time_against_high_precision(k, u):
    b = 1.3
    with mp.workdps(40):
        x = mp.log(k * u * mp.mpf(b) ** 2)
        exact = [mp.diff(lambda x: mp.log(convolved(mp.exp(x), b, k)), x, n) for n in range(3)]
    values = {"sum": wiener.convolved_log_derivatives(float(mp.exp(x)), b, k)}
    if k == 1:
        values["one"] = wiener.zero_drift_log_derivatives(float(mp.exp(x)), b)
    for derivatives in values.values():
        np.testing.assert_allclose(derivatives, np.array(exact, dtype=float), 1e-12, 1e-12)


@pytest.mark.parametrize("k", [1, 2, 6, 20])
@pytest.mark.parametrize("x", [0.7, 4.0, 15.0, 60.0])
def test_one_more_time_convolves_once_more(k, x):
    b = 0.9
    longer = wiener.convolved_log_density(x, b, k + 1)

    def integrand(s):
        log_product = wiener.convolved_log_density(s, b, k) + wiener.zero_drift_log_density(
            x - s, b
        )
        return np.exp(log_product - longer)

    # both densities live near zero, at either end of this integral
    start = np.geomspace(0.002 * x, 0.5 * x, 10)
    edges = np.unique([0, *start, *(x - start), x])
    assert integral(integrand, edges) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("sd", [0.4, 3.0])
def test_random_drift_averages_the_density_over_drifts(sd):
    # the trapezoidal rule is exact to rounding on a bell curve that it resolves
    standard = np.linspace(-12, 12, 4001)
    share = np.exp(-0.5 * standard**2) / np.sqrt(2 * np.pi) * (standard[1] - standard[0])
    for t, z in [(0.1, 1), (0.9, -1), (6.0, 1)]:
        density = _density(t, 0.7 + sd * standard, z=z) @ share
        value = wiener.random_drift_log_density(t, z, mean=0.7, sd=sd, boundary=1.25)
        assert value == pytest.approx(np.log(density), abs=1e-12)


FUNCTIONS = {
    "log_density": lambda t, v, b: wiener.log_density(t, 1, drift=v, boundary=b, ndt=0.05),
    "random_drift_log_density": lambda t, v, b: wiener.random_drift_log_density(
        t, 1, mean=v, sd=0.5, boundary=b, ndt=0.05
    ),
    "starting_point_log_density": lambda t, v, b: wiener.starting_point_log_density(
        t, 1, drift=v, boundary=b, start=0.3, ndt=0.05
    ),
    "cdf": lambda t, v, b: wiener.cdf(t, drift=v, boundary=b, ndt=0.05),
    "choice_cdf": lambda t, v, b: wiener.choice_cdf(t, -1, drift=v, boundary=b, ndt=0.05),
    "zero_drift_log_density": lambda t, v, b: wiener.zero_drift_log_density(t, b + 0 * v),
    "zero_drift_log_slope": lambda t, v, b: wiener.zero_drift_log_slope(t, b + 0 * v),
    "drift_weight": lambda t, v, b: wiener.drift_weight(t, b + 0 * v),
    "by_time": lambda t, v, b: wiener.drift_weight_derivatives(t, b + 0 * v)[0],
    "by_boundary": lambda t, v, b: wiener.drift_weight_derivatives(t, b + 0 * v)[1],
    "convolved_log_density": lambda t, v, b: wiener.convolved_log_density(t, b + 0 * v, 4),
    "choice_probability": lambda t, v, b: wiener.choice_probability(v + 0 * t, b),
    "choice_probability_from": lambda t, v, b: wiener.choice_probability(v + 0 * t, b, 0.3),
    "decision_time_mean": lambda t, v, b: wiener.decision_time_mean(v + 0 * t, b),
    "decision_time_variance": lambda t, v, b: wiener.decision_time_variance(v + 0 * t, b),
    "laplace_transform": lambda t, v, b: wiener.laplace_transform(t, v, b),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_broadcast(name):
    function = FUNCTIONS[name]
    t = np.array([0.1, 0.6, 5.0])[:, None, None]
    v = np.array([-1.0, 0.0, 2.0, 9.0])[:, None]
    b = np.array([0.5, 1.25])
    together = function(t, v, b)
    assert together.shape == (3, 4, 2)
    for index in np.ndindex(together.shape):
        element = function(t[index[0], 0, 0], v[index[1], 0], b[index[2]])
        assert np.ndim(element) == 0 and not isinstance(element, np.ndarray)
        assert element == pytest.approx(together[index], rel=1e-14)
    assert function(np.empty(0), 0.5, 1.0).shape == (0,)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_long_arrays_are_cut_into_blocks_without_seams(name):
    t = np.random.default_rng(3).permutation(np.geomspace(0.06, 40, 70_001))
    v, b = np.full(t.size, 0.5), np.full(t.size, 1.25)
    whole = FUNCTIONS[name](t, v, b)
    some = np.r_[0:50, 32_700:32_800, 65_500:65_600, 69_900:70_001]
    np.testing.assert_allclose(FUNCTIONS[name](t[some], 0.5, 1.25), whole[some], rtol=1e-13)
    # a strided view gives what its copy gives
    np.testing.assert_array_equal(FUNCTIONS[name](t[::-7], v[::-7], b[::-7]), whole[::-7])


def test_nothing_happens_before_the_non_decision_time():
    rt = np.array([-1.0, 0.0, 0.2, 0.3, 0.3 + 1e-12])
    log = wiener.log_density(rt, 1, drift=20.0, boundary=1.0, ndt=0.3)
    integrated = wiener.random_drift_log_density(rt, -1, mean=1, sd=2, boundary=1.0, ndt=0.3)
    assert (log[:4] == -np.inf).all() and np.isfinite(log[4])
    assert (integrated[:4] == -np.inf).all() and np.isfinite(integrated[4])
    assert (wiener.cdf(rt, drift=0.5, boundary=1.0, ndt=0.3) == 0).all()
    assert (wiener.choice_cdf(rt, 1, drift=0.5, boundary=1.0, ndt=0.3) == 0).all()


def test_without_spread_the_integrated_density_is_the_plain_one():
    t = np.geomspace(1e-3, 50, 40)
    np.testing.assert_allclose(
        wiener.random_drift_log_density(t, -1, mean=1.5, sd=0.0, boundary=0.8),
        wiener.log_density(t, -1, drift=1.5, boundary=0.8),
        rtol=1e-14,
    )


@pytest.mark.parametrize("boundary", [0.0, -1.0, np.nan, [1.0, 0.0]])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_boundary_must_be_positive(name, boundary):
    with pytest.raises(InputError, match="boundary must be positive"):
        FUNCTIONS[name](np.array([0.5, 0.6]), 0.3, np.asarray(boundary))


@pytest.mark.parametrize("time", [0.0, -0.1, np.nan])
def test_weight_and_slope_need_a_positive_decision_time(time):
    for function in (
        wiener.drift_weight,
        wiener.drift_weight_derivatives,
        wiener.pseudo_label_variance,
        wiener.zero_drift_log_slope,
    ):
        with pytest.raises(InputError, match="decision_time must be positive"):
            function([0.5, time], 1.0)
    with pytest.raises(InputError, match="total_time must be positive"):
        wiener.convolved_log_density(time, 1.0, 2)


@pytest.mark.parametrize("k", [0, -3, wiener.MAX_CONVOLUTION + 1])
def test_number_of_summed_times_is_limited(k):
    with pytest.raises(InputError, match=f"k must be from 1 to {wiener.MAX_CONVOLUTION}; got {k}"):
        wiener.convolved_log_density(1.0, 1.0, k)


def test_nan_stays_nan():
    nan = np.nan
    rt, boundary = np.array([nan, 0.5, 0.1]), 1.0
    for value in (
        wiener.log_density(rt, 1, drift=0.5, boundary=boundary, ndt=0.2),
        wiener.random_drift_log_density(rt, -1, mean=0.5, sd=1.0, boundary=boundary, ndt=0.2),
        wiener.cdf(rt, drift=0.5, boundary=boundary, ndt=0.2),
        wiener.choice_cdf(rt, 1, drift=0.5, boundary=boundary, ndt=0.2),
        wiener.zero_drift_log_density(rt - 0.2, boundary),
    ):
        assert np.isnan(value).tolist() == [True, False, False]
    for unknown in ({"drift": nan}, {"drift": 0.5, "ndt": nan}):
        assert np.isnan(wiener.log_density(0.5, 1, boundary=boundary, **unknown))
        assert np.isnan(wiener.cdf(0.5, boundary=boundary, **unknown))


@pytest.mark.parametrize("choice", [0, 2, np.nan, "later", None, [1, -1, 3]])
def test_choice_must_be_plus_or_minus_one(choice):
    calls = [
        lambda: wiener.log_density(1.0, choice, drift=0.5, boundary=1.0),
        lambda: wiener.random_drift_log_density(1.0, choice, mean=0.5, sd=1.0, boundary=1.0),
        lambda: wiener.choice_cdf(1.0, choice, drift=0.5, boundary=1.0),
    ]
    value = choice[-1] if isinstance(choice, list) else choice
    for call in calls:
        with pytest.raises(InputError, match=rf"choice must be \+1 or -1; got {value}\."):
            call()
