import numpy as np
import pytest

from bayes_ddm.estimators.newton import newton
from bayes_ddm.estimators.result import Influence


def quadratic(centre, curvature):
    def function(x):
        off = x - centre
        value = -0.5 * np.einsum("...i,ij,...j->...", off, curvature, off)
        whole = np.broadcast_to(curvature, (*x.shape, x.shape[-1]))
        return value, lambda: (-off @ curvature, whole)

    return function


def test_one_step_on_a_parabola():
    curvature = np.array([[2.0, 0.5], [0.5, 1.0]])
    top = newton(quadratic([1.0, -2.0], curvature), np.zeros(2), 1e-12)
    assert top.converged
    np.testing.assert_allclose(top.point, [1.0, -2.0], rtol=1e-12)


def test_a_bound_holds_one_coordinate_and_leaves_the_best_of_the_other():
    curvature = np.array([[2.0, 0.5], [0.5, 1.0]])
    function = quadratic([1.0, -2.0], curvature)
    top = newton(function, np.array([0.3, 0.2]), 1e-14, low=[-np.inf, 0.0])
    assert top.point[1] == 0
    # d/dx of the parabola at y = 0
    assert top.point[0] == pytest.approx(1.0 - 0.5 * 2.0 / 2.0)


def test_equal_bounds_keep_a_coordinate():
    top = newton(quadratic([1.0, -2.0], np.eye(2)), np.zeros(2), 1e-14, low=[-9, 0], high=[9, 0])
    np.testing.assert_allclose(top.point, [1.0, 0.0])


def test_an_upper_bound_is_approached_and_not_reached():
    def function(x):  # its maximum is at 2, beyond the wall
        return 4 * x[0] - x[0] ** 2 + 0 * x.sum(), lambda: (4 - 2 * x, np.array([[2.0]]))

    top = newton(function, np.zeros(1), 1e-12, high=1.0)
    assert 1 - 1e-6 < top.point[0] < 1


@pytest.mark.parametrize("damping", [0.0, 1e-3])
def test_steps_that_overshoot_are_cut(damping):
    def function(x):  # a Newton step from 3 lands at -24, and diverges from there
        return -np.log(np.cosh(x[0])), lambda: (-np.tanh(x), 1 / np.cosh(x)[:, None] ** 2)

    top = newton(function, np.array([3.0]), 1e-14, damping=damping)
    assert top.converged
    assert abs(top.point[0]) < 1e-6


def test_many_climb_as_each_would_alone():
    def function(x):
        value = -np.log(np.cosh(x - 1)).sum(axis=-1)
        gradient, curvature = -np.tanh(x - 1), 1 / np.cosh(x - 1) ** 2
        return value, lambda: (gradient, curvature[..., None] * np.eye(2))

    starts = np.array([[4.0, -1.0], [0.9, 1.1], [-2.0, 5.0]])
    together = newton(function, starts, 1e-14, longest=1.0)
    alone = [newton(function, start, 1e-14, longest=1.0).point for start in starts]
    np.testing.assert_allclose(together.point, alone, atol=1e-7)


def test_no_curvature_no_step():
    top = newton(quadratic([1.0, 5.0], np.diag([1.0, 0.0])), np.zeros(2), 1e-12)
    np.testing.assert_allclose(top.point, [1.0, 0.0])


def test_steps_run_out():
    def function(x):
        return -np.exp(-x[0]), lambda: (np.exp(-x), np.exp(-x)[:, None])

    top = newton(function, np.zeros(1), 0.0, steps=5)
    assert not top.converged
    assert top.point[0] == pytest.approx(5)  # one each


def test_wald_does_not_see_units():
    rng = np.random.default_rng(1)
    influence, values = rng.normal(size=(50, 2)) / 50, np.array([0.1, -0.2])
    count = rng.integers(1, 4, 50)
    statistic, p_value = Influence(influence, count).wald(values)
    units = np.array([1e-6, 1e6])
    scaled = Influence(influence * units, count).wald(values * units)
    np.testing.assert_allclose(scaled, (statistic, p_value), rtol=1e-8)
    # an identical unit counted twice is two units
    repeated = Influence(np.repeat(influence, count, axis=0), np.ones(count.sum(), dtype=int))
    np.testing.assert_allclose(repeated.wald(values), (statistic, p_value), rtol=1e-10)


def test_wald_of_one_number_is_its_squared_z():
    influence = Influence(np.array([[0.3], [-0.1], [-0.2]]), np.ones(3, dtype=int))
    statistic, p_value = influence.wald(np.array([0.7]))
    assert statistic == pytest.approx((0.7 / influence.se[0]) ** 2)
    assert p_value < 0.2


def test_wald_knows_nothing_from_one_unit():
    assert np.isnan(Influence(np.ones((1, 2)), np.ones(1, dtype=int)).wald(np.ones(2))).all()
