"""Weighted squares: exact where labelers deviate normally, with the errors that they say."""

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.stats import norm

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.estimators import consistent, drift_targets, efficient, known_boundary
from bayes_ddm.estimators.efficient import drift_spread
from bayes_ddm.simulate import first_passage

THETA = np.array([1.0, -0.5])


def single_choices(n, rng, *, own=0.0, boundary=1.0, ndt=0.0):
    """Two features; labelers' preferences differ by ``own``."""
    psi = rng.normal(size=(n, 2))
    drift = (psi * (THETA + own * rng.normal(size=(n, 2)))).sum(axis=1)
    choice, time = first_passage(drift, boundary, rng)
    frame = pd.DataFrame(psi, columns=["x", "y"]).assign(choice=choice, rt=time + ndt)
    return bd.Choices.from_frame(frame, features=["x", "y"])


def test_the_square_is_the_likelihood_of_a_choice_with_a_normal_drift():
    t, b, s = 0.8, 1.25, 0.9

    def by_quadrature(mean, z):
        def of(v):
            density = wiener.log_density(t, z, drift=v, boundary=b)
            return np.exp(density) * norm.pdf(v, mean, s)

        return np.log(quad(of, mean - 10, mean + 10, epsabs=1e-13)[0])

    for z in (1, -1):
        made = drift_targets(z, t, b, s**2)
        apart = by_quadrature(0.7, z) - by_quadrature(-1.1, z)
        squares = [made.weight * (made.target - r) ** 2 for r in (0.7, -1.1)]
        assert apart == pytest.approx(-(squares[0] - squares[1]) / 2, abs=1e-10)


@pytest.mark.parametrize("own", [0.0, 0.5, 1.5])
def test_averages_spread_and_their_errors(own):
    choices = single_choices(60_000, np.random.default_rng(3), own=own)
    known = known_boundary(choices, 1.0)
    found = efficient(choices, known)
    # 4.5 standard errors: one normal number in 150,000 is as far off
    assert (np.abs(found.values - THETA) < 4.5 * found.se).all()
    assert (found.se < consistent(choices, known).se[:2]).all()
    # a variance is known to about 4 sqrt(2 / 60,000) of itself, more for times that tell less
    assert drift_spread(choices, known).typical == pytest.approx(2 * own**2, rel=0.1, abs=0.05)


@pytest.mark.slow
def test_standard_errors_are_those_of_repetition():
    rng = np.random.default_rng(8)
    found = [
        efficient(c, known_boundary(c, 1.0))
        for c in (single_choices(500, rng, own=0.7) for _ in range(300))
    ]
    spread = np.std([e.values for e in found], axis=0)
    # a standard deviation of 300 is known to 1 / sqrt(600) = 4 %; four of those
    assert spread / np.mean([e.se for e in found], axis=0) == pytest.approx(np.ones(2), abs=0.17)


def test_boundary_and_ndt_carry_their_uncertainty():
    """The change that a boundary's influence stands for is that of the estimate itself."""
    choices = single_choices(3000, np.random.default_rng(5), own=0.5, boundary=1.2, ndt=0.3)
    held = known_boundary(choices, 1.2, 0.3)
    units = len(choices.unit_count)
    for column, step in ((0, 1e-5), (1, 1e-6)):
        influence = np.zeros((units, 2))
        influence[0, column] = 1.0
        told = efficient(
            choices,
            bd.estimators.Boundary("known", 1.2, 0.3, influence, held.unit_count, None, True, ""),
        )
        without = efficient(choices, held).influence
        at = np.array([1.2, 0.3])
        moved = []
        for sign in (1, -1):
            b, ndt = at + sign * step * np.eye(2)[column]
            moved.append(efficient(choices, known_boundary(choices, b, ndt)).values)
        slope = (moved[0] - moved[1]) / (2 * step)
        np.testing.assert_allclose((told.influence - without)[0], slope, rtol=2e-3)


def test_the_row_stands_beside_the_others_and_is_not_recommended():
    choices = single_choices(2000, np.random.default_rng(1), own=0.5)
    table = bd.estimate(choices, boundary=1.0)
    assert "efficient" in [e.estimator for e in table.estimates]
    assert "Recommended: efficient" not in str(table)
    scalar = bd.simulate.experiment("normal", labelers=50, choices=4, boundary=1.0, seed=1)
    assert "efficient" not in [e.estimator for e in bd.estimate(scalar).estimates]
