"""Gradients of the distributions against finite differences, at extremes too."""

import numpy as np
import pytest

from tests.support.densities import (
    OBSERVED,
    assert_gradient,
    factor,
    scalar_density,
    vector_density,
)

# compiled one by one, they take half a minute
pytestmark = pytest.mark.slow

# decision times from 1e-4 to 1e3 boundaries squared, delays just below the smallest response time
EXTREMES = [
    (0.5, 1.0, 1.25, 0.3),
    (0.5, 1.0, 100.0, 0.3),
    (0.5, 1.0, 0.03, 0.1),
    (-20.0, 1e-6, 0.5, 0.3),
    (2.0, 1e4, 1.0, 0.3),
    (0.0, 1e-12, 1.0, 0.31 - 1e-5),
    (1.0, 3.0, 2.0, 0.31 - 1e-8),
]


@pytest.mark.parametrize("point", EXTREMES)
@pytest.mark.parametrize("kind", ["anonymous", "labeler", "counted"])
def test_gradient_of_random_drift(kind, point):
    f = scalar_density(kind)
    density, gradient = f(OBSERVED, *point)
    assert np.isfinite(density).all()
    assert_gradient(lambda x: f(OBSERVED, *x)[0].sum(), gradient, np.array(point))


@pytest.mark.parametrize("labelers", [True, False])
@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize(
    ("size", "boundary", "ndt"),
    [(1.0, 1.25, 0.3), (1e-6, 30.0, 0.3), (1e3, 0.03, 0.1), (1.0, 1.0, 0.31 - 1e-6)],
)
def test_gradient_of_random_preferences(d, labelers, size, boundary, ndt):
    f = vector_density(d, labelers)
    theta, chol = np.array([0.7, -0.4, 1.1])[:d], factor(d, size)

    def split(x):
        return x[:d], x[d : d + d * d].reshape(d, d), *x[d + d * d :]

    point = np.concatenate([theta, chol.ravel(), [boundary, ndt]])
    density, gradient = f(OBSERVED, *split(point))
    assert np.isfinite(density).all()
    # the factor is lower triangular: entries above its diagonal are no inputs
    used = np.concatenate([[True] * d, np.tril(np.ones((d, d))).ravel() > 0, [True, True]])

    def at(x):
        full = point.copy()
        full[used] = x
        return f(OBSERVED, *split(full))[0].sum()

    assert_gradient(at, gradient[used], point[used])


@pytest.mark.parametrize("boundary", [0.02, 1.0, 50.0])
@pytest.mark.parametrize("ndt", [0.0, 0.31 - 1e-9, np.nextafter(0.31, 0)])
@pytest.mark.parametrize("sigma", [0.0, 1e-150, 1e6])
def test_nothing_overflows(boundary, ndt, sigma):
    # a decision time of one rounding error still has a finite density and slope
    for kind in ("anonymous", "labeler"):
        density, gradient = scalar_density(kind)(OBSERVED, 1.0, sigma, boundary, ndt)
        assert np.isfinite(density).all()
        assert np.isfinite(gradient).all()
    for labelers in (True, False):
        density, gradient = vector_density(3, labelers)(
            OBSERVED, [1.0, 2.0, -3.0], factor(3, sigma), boundary, ndt
        )
        assert np.isfinite(density).all()
        assert np.isfinite(gradient).all()


def test_compiled_for_sampling_it_is_the_same():
    # Numba reorders arithmetic, and has to keep infinities
    compiled, python = vector_density(2, True, None), vector_density(2, True)
    for size, boundary, ndt in [
        (1.0, 1.25, 0.3),
        (0.0, 1.25, 0.3),
        (1e3, 0.03, 0.1),
        (1.0, 1.0, 0.31 - 1e-9),
        (1.0, 1.0, 0.31),
        (40.0, 1.0, 1.0),
    ]:
        point = (OBSERVED, [0.7, -0.4], factor(2, size), boundary, ndt)
        density, gradient = compiled(*point)
        expected, slope = python(*point)
        np.testing.assert_allclose(density, expected, rtol=1e-9)
        assert np.isfinite(gradient).all()
        # where the density is zero any slope will do
        if np.isfinite(expected).all():
            scale = np.abs(slope).max()
            np.testing.assert_allclose(gradient, slope, rtol=1e-9, atol=1e-12 * scale)
