"""The picture of a diffusion shows what the mathematics says."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import first_passage
from tests.support.densities import survival


def drawn(figure):
    """Area of the density above and below, and the time at which the picture ends."""
    areas = []
    for axis in (figure.axes[0], figure.axes[2]):
        (corners,) = (path.vertices for path in axis.collections[0].get_paths())
        x, y = corners.T
        areas.append(abs(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) / 2)
    return areas, figure.axes[0].get_xlim()[1]


@pytest.mark.parametrize(("v", "start"), [(0.0, 0.5), (0.7, 0.3), (-2.0, 0.8)])
def test_both_densities_hold_all_who_have_answered(v, start):
    b, ndt = 1.25, 0.3
    areas, end = drawn(bd.plots.cartoon(v, b, start=start, ndt=ndt, paths=2))
    still = float(survival((end - ndt) / b**2, b * v, 2 * start - 1))
    # the trapezoidal rule with steps of h = 0.02 s: slopes at the ends (below 1) times h^2 / 12
    assert abs(sum(areas) - (1 - still)) < 1e-4


def test_each_density_is_that_of_its_choice_where_bounds_close_in():
    v, b, more = 0.7, 1.25, {"start": 0.4, "collapse": 0.3}
    areas, end = drawn(bd.plots.cartoon(v, b, **more, paths=2))
    choice, time = first_passage(np.full(100_000, v), b, np.random.default_rng(1), **more)
    shares = [((choice == z) & (time < end)).mean() for z in (1, -1)]
    # four standard errors
    assert np.allclose(areas, shares, rtol=0, atol=4 * 0.5 / np.sqrt(100_000))


def test_paths_end_on_the_bounds_that_are_drawn():
    figure = bd.plots.cartoon(0.5, 1.6, start=0.7, ndt=0.3, collapse=0.25, paths=6)
    middle = figure.axes[1]
    ends = [line.get_xydata()[0] for line in middle.lines if line.get_marker() == "o"]
    assert len(ends) == 6
    for time, evidence in ends:
        assert abs(evidence) == pytest.approx(1.6 * (1 - 0.25 * (time - 0.3)))
    assert figure.get_suptitle() == "drift 0.5, boundary 1.6, start 0.7, ndt 0.3, collapse 0.25"
