"""The posterior of a release: moments of cells, against quadrature, and what it refuses."""

import numpy as np
import pytest
from scipy.stats import halfnorm, multivariate_normal, norm

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.fitting.released import moments
from tests.support.fits import released, released_fit
from tests.support.tables import refusal

RELEASE = released()
NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)


def by_hand(mu, sigma, release=RELEASE):
    """Mean and covariance of cells' shares, drifts integrated over nine standard deviations."""
    drifts = mu + 9 * sigma * NODES
    weights = 9 * WEIGHTS * norm.pdf(9 * NODES)
    by = wiener.cdf(release.edges, drift=drifts[:, None], boundary=release.boundary)
    speed = np.diff(by, axis=1, prepend=0, append=1)
    up = wiener.choice_probability(drifts, release.boundary)[:, None]
    cells = np.hstack([up * speed, (1 - up) * speed])
    mean, m = weights @ cells, release.mean_inverse
    common = (cells * weights[:, None]).T @ cells
    return mean, m * np.diag(mean) + (1 - m) * common - np.outer(mean, mean)


@pytest.mark.parametrize("population", [(0.5, 1.0), (-1.5, 0.3), (3.0, 2.0), (0.0, 1e-9)])
def test_moments_of_cells_are_those_of_the_diffusion(population):
    mean, covariance = moments(*population, RELEASE, np)
    # Gauss and Hermite's 32 nodes are good to 3e-4 at the widest of these
    assert mean.sum() == pytest.approx(1)
    expected = by_hand(*population) if population[1] > 1e-6 else by_hand(population[0], 1e-6)
    assert mean == pytest.approx(expected[0], abs=3e-4)
    assert covariance == pytest.approx(expected[1], abs=3e-4)


@pytest.mark.slow
def test_the_posterior_is_that_of_quadrature():
    n, y = RELEASE.labelers, RELEASE.labelers * RELEASE.shares.ravel()
    noise = np.eye(16) * 2 * (2 / RELEASE.epsilon) ** 2
    mu, sigma = np.linspace(0.1, 0.9, 25), np.linspace(0.4, 1.6, 25)
    log_density = np.empty((25, 25))
    for i, a in enumerate(mu):
        for j, b in enumerate(sigma):
            mean, covariance = by_hand(a, b)
            log_density[i, j] = multivariate_normal(n * mean, n * covariance + noise).logpdf(y)
    log_density += norm(0, 2).logpdf(mu)[:, None] + halfnorm(scale=2).logpdf(sigma)
    density = np.exp(log_density - log_density.max())
    density /= density.sum()
    for name, x, share in (("mu", mu, density.sum(axis=1)), ("sigma", sigma, density.sum(axis=0))):
        mean = share @ x
        sd = (share @ (x - mean) ** 2) ** 0.5
        drawn = released_fit()["posterior"][name].values
        # a thousand draws, about half as many effective: 4 standard errors
        assert drawn.mean() == pytest.approx(mean, abs=4 * sd / 500**0.5)
        assert drawn.std() == pytest.approx(sd, rel=0.15)


def test_it_is_saved_loaded_and_compared(tmp_path):
    again = bd.load(bd.save(released_fit(), tmp_path / "fit.nc"))
    made = bd.compare(again)
    assert made.verdict.startswith("agree") and "boundary and ndt as given" in made.verdict
    (row,) = made.rows
    assert row.posterior == pytest.approx(float(again["posterior"]["mu"].mean()))
    assert row.value == bd.estimate(RELEASE).estimates[0].values[0]
    assert 0 < row.se < row.value_se
    assert made.to_dict()["privacy"] is None  # its noise is from a seed
    assert "has its own boundary" in refusal(bd.compare, again, boundary=1.0)
    assert "no features" in refusal(bd.compare, again, units={"x": 2})
    assert "is of a release" in refusal(bd.labelers, again)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"model": "pooled"}, "leave model out"),
        ({"boundary": 1.0}, "takes no boundary"),
        ({"drift": "1 + x"}, "takes no drift"),
        ({"mu": 0.5, "sigma": 1.0}, "nothing to sample"),
        ({"checkpoint": "fit.checkpoint"}, "leave checkpoint out"),
        ({"init": {"boundary": 1.0}}, "the model samples no 'boundary'"),
    ],
)
def test_what_a_release_cannot_be_fitted_with_is_refused(given, said):
    assert said in refusal(bd.fit, RELEASE, **given)
