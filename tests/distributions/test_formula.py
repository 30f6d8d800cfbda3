"""A formula as one node of a graph: values and slopes, in machine code and in Python."""

import mpmath
import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from bayes_ddm.distributions._formula import formula
from bayes_ddm.distributions._terms import LOG_FIRST_PASSAGE, passage
from bayes_ddm.wiener import log_first_passage
from tests.support.densities import PYTHON

TIMES = np.array([1e-120, 1e-3, 0.05, 0.6, 0.7, 3.0, 500.0])


@pytest.mark.parametrize("mode", ["NUMBA", PYTHON], ids=["machine code", "python"])
def test_values_and_slopes(mode):
    u = pt.dvector("u")
    value = LOG_FIRST_PASSAGE(u)
    function = pytensor.function([u], [value, pt.grad(value.sum(), u)], mode=mode)
    values, slopes = function(TIMES)

    def exact(u):
        with mpmath.workdps(60):
            # from whichever side the terms fall fast
            if u < 1:
                odd = [(-1) ** k * (2 * k + 1) for k in range(40)]
                terms = [a * mpmath.exp(-(mpmath.mpf(a) ** 2) / (2 * u)) for a in odd]
                return mpmath.log(
                    sum((-1) ** k * abs(t) for k, t in enumerate(terms))
                ) - mpmath.log(mpmath.sqrt(2 * mpmath.pi) * mpmath.mpf(u) ** 1.5)
            rate = -(mpmath.pi**2) * u / 8
            odd = range(1, 80, 2)
            terms = [(-1) ** k * n * mpmath.exp(rate * n * n) for k, n in enumerate(odd)]
            return mpmath.log(mpmath.pi / 4 * sum(terms))

    # the least time is far below where any factor but the first is more than 0
    for i, u in enumerate(TIMES[1:], start=1):
        assert values[i] == pytest.approx(float(exact(u)), rel=1e-11, abs=1e-11)
        with mpmath.workdps(60):
            slope = mpmath.diff(exact, u, h=mpmath.mpf(10) ** -20 * u)
        assert slopes[i] == pytest.approx(float(slope), rel=1e-9)
    assert values[0] == pytest.approx(-0.5 / TIMES[0])
    assert slopes[0] == pytest.approx(0.5 / TIMES[0] ** 2)


def test_constants_are_computed_beforehand_by_numpy():
    rows = pt.constant(TIMES[1:])
    function = pytensor.function([], LOG_FIRST_PASSAGE(rows))
    assert len(function.maker.fgraph.apply_nodes) <= 1
    np.testing.assert_array_equal(function(), log_first_passage(TIMES[1:]))


def test_before_the_first_moment_there_is_no_density_and_no_slope():
    t = pt.dvector("t")
    density = passage(t, None, pt.constant(1.25))
    slope = pt.grad(pt.where(t > 0, density, 0.0).sum(), t)
    values, slopes = pytensor.function([t], [density, slope])([-1.0, 0.0, 0.4])
    assert values[:2].tolist() == [-np.inf, -np.inf] and np.isfinite(values[2])
    assert slopes[:2].tolist() == [0.0, 0.0] and slopes[2] > 0


def test_a_formula_is_differentiated_as_often_as_is_said():
    square = formula(lambda x, xp: x * x, lambda x, xp: 2 * x)
    x = pt.dscalar("x")
    first = pt.grad(square(x), x)
    assert first.eval({x: 3.0}) == 6.0
    with pytest.raises(NotImplementedError, match="not differentiated any further"):
        pt.grad(first, x)
