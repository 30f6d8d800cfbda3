"""What a trial says, as one node of a graph: values and slopes, in machine code and in Python."""

import mpmath
import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from bayes_ddm import wiener
from bayes_ddm.distributions._terms import passage, trial_terms
from tests.support.densities import PYTHON

TIMES = np.array([1e-40, 1e-3, 0.05, 0.6, 0.7, 3.0, 500.0])
MODES = pytest.mark.parametrize("mode", ["NUMBA", PYTHON], ids=["machine code", "python"])


@MODES
def test_values_and_slopes(mode):
    u = pt.dvector("u")
    value = passage(u, 1.0, 1.0)
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


# in both regimes of either series, starts close to the bounds among them
ROWS = {
    "t": [0.02, 0.31, 0.9, 2.0, 3.9, 0.5, 0.4, 1.1],
    "z": [1.0, -1.0, 1.0, -1.0, -1.0, 1.0, -1.0, 1.0],
    "boundary": [0.6, 1.2, 1.5, 0.8, 1.3, 1.0, 0.9, 1.1],
    "start": [0.5, 0.3, 0.62, 0.8, 0.45, 0.97, 0.02, 1e-6],
    "drift_noise": [0.3, 0.8, 1.2, 0.5, 0.1, 0.7, 0.4, 0.2],
    "collapse": [0.2, 0.1, 0.3, 0.05, 0.25, 0.4, 0.6, 0.01],
}


ALL = ("start", "drift_noise", "collapse")


@pytest.mark.parametrize(
    ("more", "mode"),
    [
        (("start",), "NUMBA"),
        (("drift_noise",), "NUMBA"),
        (("collapse",), "NUMBA"),
        (ALL, "NUMBA"),
        (ALL, PYTHON),
    ],
    ids=["start", "drift noise", "collapse", "all", "all in python"],
)
def test_slopes_are_those_of_the_density(more, mode):
    """By central differences of `wiener.log_density`, which is tested against 50 digits."""
    rows = {name: np.array(x) for name, x in ROWS.items() if name in ("t", "z", "boundary", *more)}
    z, v = rows.pop("z"), 0.7
    symbols = {name: pt.dvector(name) for name in rows}
    given = {name: x for name, x in symbols.items() if name not in ("t", "boundary")}
    gathered, time, rest = trial_terms(symbols["t"], z, symbols["boundary"], **given)
    density = rest + gathered * v - 0.5 * time * v**2
    slopes = pytensor.grad(density.sum(), list(symbols.values()))
    compiled = pytensor.function(list(symbols.values()), [density, *slopes], mode=mode)
    values, *slopes = compiled(*rows.values())

    def exact(**at):
        return wiener.log_density(at.pop("t"), z, drift=v, **at)

    np.testing.assert_allclose(values, exact(**rows), rtol=1e-12, atol=1e-12)
    for name, slope in zip(rows, slopes, strict=True):
        # relative steps h: wrong by h^2 = 1e-10 of the third derivative, and by rounding 1e-15 / h
        # of values up to 40; a start of 1e-6 is moved by 1e-11
        step = 1e-5 * rows[name]
        above, below = (exact(**rows | {name: rows[name] + s}) for s in (step, -step))
        found = (above - below) / (2 * step)
        np.testing.assert_allclose(slope, found, rtol=2e-7, atol=2e-7, err_msg=name)


def test_slopes_of_what_is_shared_are_sums():
    t, shared = np.array([0.4, 1.3, 2.2]), 0.2
    collapse, each = pt.dscalar("collapse"), pt.dvector("each")
    slopes = [
        pytensor.grad(sum(x.sum() for x in trial_terms(t, 1.0, 1.2, collapse=c)), c)
        for c in (collapse, each)
    ]
    found, by_row = pytensor.function([collapse, each], slopes)(shared, np.full(3, shared))
    assert found == pytest.approx(by_row.sum(), rel=1e-13)


def test_constants_are_computed_beforehand_by_numpy():
    rows = pt.constant(TIMES[1:])
    function = pytensor.function([], passage(rows, 1.0, 1.0))
    assert len(function.maker.fgraph.apply_nodes) <= 1
    np.testing.assert_allclose(function(), wiener.log_first_passage(TIMES[1:]), rtol=1e-14)


def test_before_the_first_moment_there_is_no_density_and_no_slope():
    t = pt.dvector("t")
    density = passage(t, 1.0, pt.constant(1.25))
    slope = pt.grad(pt.where(t > 0, density, 0.0).sum(), t)
    values, slopes = pytensor.function([t], [density, slope])([-1.0, 0.0, 0.4])
    assert values[:2].tolist() == [-np.inf, -np.inf] and np.isfinite(values[2])
    assert slopes[:2].tolist() == [0.0, 0.0] and slopes[2] > 0


def test_second_derivatives_are_refused():
    t = pt.dscalar("t")
    slope = pt.grad(passage(t, 1.0, 1.0), t)
    with pytest.raises(NotImplementedError, match="grad is not implemented"):
        pt.grad(slope, t)
