"""The bounded weight against quadrature of the density, least squares, and what an optimum is."""

import numpy as np
import pytest

from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bounded_weight

CASES = [
    {"boundary": 1.25},
    {"boundary": 0.8, "most_drift": 5.0, "n": 300},
    {"boundary": 1.25, "bound": 4.0},
    {"boundary": 2.0, "deadline": 3.0},
]


def density(t):
    """Of the time at drift 0 and boundary 1: both series of the page on the model."""
    k = np.arange(40)[:, None]
    odd, sign = 2 * k + 1, (-1.0) ** k
    early = (2 * np.pi * t**3) ** -0.5 * (sign * odd * np.exp(-(odd**2) / (2 * t))).sum(axis=0)
    late = np.pi / 4 * (sign * odd * np.exp(-(odd**2) * np.pi**2 * t / 8)).sum(axis=0)
    return np.where(t < 0.7, early, late)


def mean_choice_by_bin(edges, boundary, drifts):
    """``E[choice, time in bin]`` by Gauss-Legendre quadrature in each bin, shape (drifts, bins)."""
    node, weight = np.polynomial.legendre.leggauss(40)
    # beyond 40 (at boundary 1) there is less than 1e-20
    ends = np.minimum(edges / boundary**2, 40.0)
    half, middle = np.diff(ends) / 2, (ends[1:] + ends[:-1]) / 2
    t = middle + half * node[:, None]
    f = density(t.ravel()).reshape(t.shape) * weight[:, None] * half
    x = boundary * np.asarray(drifts)
    return np.stack([2 * np.sinh(v) * (np.exp(-(v**2) * t / 2) * f).sum(axis=0) for v in x])


@pytest.mark.parametrize("given", CASES)
def test_its_bias_is_that_of_quadrature_and_nowhere_larger_than_said(given):
    made = bounded_weight(**given)
    drifts = np.linspace(0, made.most_drift, 4001)
    expected = mean_choice_by_bin(made.edges, made.boundary, drifts) @ made.values - drifts
    # forty nodes in a bin of 9 % of its time leave rounding; one of 0 to 0.02 holds nothing
    np.testing.assert_allclose(made.bias(drifts), expected, atol=1e-9)
    assert np.abs(expected).max() == pytest.approx(made.largest_bias, abs=1e-6)
    assert made.bias(-1.0) == pytest.approx(-made.bias(1.0))


def test_without_a_bound_it_is_the_ridge_regression_that_the_page_states():
    made = bounded_weight(1.25, 3.0, 1000)
    drifts = np.linspace(0, 3, 61)[1:]
    means = mean_choice_by_bin(made.edges, 1.25, drifts)
    share = (means / np.tanh(1.25 * drifts)[:, None]).mean(axis=0)
    # weights are drifts: in units of 1 / boundary, variance counts as of ten times the choices
    rows = np.vstack([means / np.sqrt(60), np.diag(np.sqrt(np.maximum(share, 0) / 10_000))])
    target = np.append(drifts / np.sqrt(60), np.zeros(len(share)))
    # the problem's condition number, 1e5, times the quadrature's error
    expected = np.linalg.lstsq(rows, target)[0]
    np.testing.assert_allclose(means @ made.values, means @ expected, atol=1e-7)


def test_with_a_bound_it_is_a_corner_of_the_linear_programme():
    made = bounded_weight(1.25, 3.0, bound=4.0)
    assert np.abs(made.values).max() <= 4 + 1e-12
    off = np.abs(made.bias(np.linspace(0, 3, 61)[1:]))
    # as many constraints hold with equality as there are unknowns: the values, and the bias;
    # to the solver's tolerance of 1e-7
    held = (np.abs(made.values) > 4 - 1e-7).sum() + (off > off.max() - 1e-6).sum()
    assert held >= len(made.values) + 1
    # of the drift's weight cut at 4, by the mathematics page
    assert made.largest_bias == pytest.approx(0.0025, abs=2e-4)
    assert bounded_weight(1.25, 3.0, bound=6.0).largest_bias < made.largest_bias


def test_time_is_in_units_of_the_squared_boundary():
    one, two = bounded_weight(1.25, 3.0, 500), bounded_weight(2.5, 1.5, 500)
    np.testing.assert_allclose(two.edges, 4 * one.edges)
    np.testing.assert_allclose(2 * two.values, one.values)
    assert 2 * two.largest_bias == pytest.approx(one.largest_bias)


def test_more_choices_allow_for_larger_weights_and_less_bias():
    few, many = bounded_weight(1.25, n=100), bounded_weight(1.25, n=1e6)
    assert many.largest_bias < few.largest_bias / 10
    assert many.values.max() > few.values.max()


def test_what_comes_before_0_is_in_the_first_bin_and_what_never_comes_counts_for_nothing():
    made = bounded_weight(1.25, deadline=2.0)
    assert made.at(-0.3) == made.at(1e-6) == made.values[0] == made.values.max()
    assert made.edges[-1] == 2.0 and made.at([1.9, 2.0, np.inf]).tolist()[1:] == [0.0, 0.0]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"boundary": -1.0}, "boundary must be positive; got -1"),
        ({"most_drift": 0.0}, "most_drift must be positive; got 0"),
        ({"most_drift": np.nan}, "most_drift must be positive; got nan"),
        ({"most_drift": 0.1}, "too small for time bins to tell drifts apart; give at least 0.5"),
        ({"bound": 2.9}, "no weight of at most 2.9 has a mean of 3; give a bound of at least 3.02"),
        ({"deadline": -1.0}, "deadline must be positive; got -1"),
        ({"n": 0}, "n must be at least 1 choice; got 0"),
    ],
)
def test_refused_in_a_line(given, says):
    with pytest.raises(InputError, match=says) as caught:
        bounded_weight(**({"boundary": 1.0} | given))
    assert "\n" not in str(caught.value)
