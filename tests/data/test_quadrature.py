"""Gauss's rules from moments, against rules and laws that are known."""

import numpy as np
import pytest
from numpy.polynomial.legendre import leggauss

from bayes_ddm.data.quadrature import MOMENTS, NODES, gauss, levels_of, moments


def of(points, weights=None):
    weights = np.ones(len(points)) if weights is None else weights
    return moments(points, np.zeros(len(points), dtype=int), weights, 1)[0]


def test_the_uniform_law_has_gauss_legendre_nodes():
    k = np.arange(MOMENTS)
    # the integral of T_k over [-1, 1] is 2 / (1 - k^2) for even k, else 0
    exact = np.where(k % 2 == 0, 2.0 / (1.0 - k**2 + (k == 1)), 0.0)
    rule = gauss(exact)
    x, weight = leggauss(NODES)
    assert rule.good
    # ten nodes from moments that are rounded once
    np.testing.assert_allclose(rule.x, x, atol=1e-13)
    np.testing.assert_allclose(rule.weight, weight, atol=1e-13)


def test_few_points_are_found_again():
    points, weights = np.array([-0.9, -0.2, 0.4, 0.95]), np.array([3.0, 1.0, 7.0, 2.0])
    rule = gauss(of(points, weights))
    np.testing.assert_allclose(rule.x, points, atol=1e-12)
    np.testing.assert_allclose(rule.weight, weights, rtol=1e-11)


@pytest.mark.parametrize("n", [11, 40, 5000])
def test_functions_without_singularity_nearby_keep_their_sums(n):
    x = np.random.default_rng(n).beta(0.6, 1.7, n) * 2 - 1
    x[:2] = -1, 1
    rule = gauss(of(x))
    assert rule.good and len(rule.x) <= NODES and (rule.weight > 0).all()
    # a pole at -3 is as near as that of a dyadic bin: an error of 5.83^-20 = 5e-16, and rounding
    for h in (lambda t: 1 / (t + 3), np.exp, lambda t: np.log(t + 3)):
        assert rule.weight @ h(rule.x) == pytest.approx(h(x).sum(), rel=1e-13)


def test_moments_of_parts_add_up():
    rng = np.random.default_rng(2)
    x, cell, weight = rng.uniform(-1, 1, 120_000), rng.integers(0, 3, 120_000), rng.random(120_000)
    whole = moments(x, cell, weight, 3)
    parts = [moments(x[s], cell[s], weight[s], 3) for s in (slice(0, 70_001), slice(70_001, None))]
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-11, atol=1e-8)


def test_a_narrow_law_on_a_wide_interval_is_owned_up_to():
    x = -1 + 0.02 * np.random.default_rng(0).random(5000)
    assert not gauss(of(x)).good
    assert gauss(of((x - x.min()) / np.ptp(x) * 2 - 1)).good


def test_levels_are_powers_of_two():
    assert levels_of(np.array([2.0**-7, np.nextafter(2.0**-7, 0), 3.9, 4.0])).tolist() == [
        -7,
        -8,
        1,
        2,
    ]
