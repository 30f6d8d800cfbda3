"""Cells of choice and time in graphs against the distribution function of `wiener`."""

import numpy as np
import pytensor.tensor as pt
import pytest

from bayes_ddm import wiener
from bayes_ddm.distributions.cells import cell_chances


@pytest.mark.parametrize("edges", [[0.1], [0.22, 0.6], [0.3, 0.7, 1.5]])
def test_cells_are_choice_times_time(edges):
    drift, boundary = np.linspace(-4, 4, 17), 1.25
    edges = boundary**2 * np.array(edges)
    by = wiener.cdf(edges, drift=drift[:, None], boundary=boundary)
    speed = np.diff(by, axis=1, prepend=0.0, append=1.0)
    positive = 1 / (1 + np.exp(-2 * boundary * drift))[:, None]
    expected = np.hstack([positive * speed, (1 - positive) * speed])
    # both series are cut where terms are below 1e-14
    np.testing.assert_allclose(cell_chances(drift, edges, boundary, np), expected, atol=1e-13)
    graph = cell_chances(pt.constant(drift), pt.constant(edges), pt.constant(boundary))
    np.testing.assert_allclose(graph.eval(mode="FAST_COMPILE"), expected, atol=1e-13)
