"""Influence on a posterior known in closed form; the score test, loud where labelers differ."""

import numpy as np
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.comparison.influence import posterior_influence, shared_parameter_scores
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.simulate import experiment, population


@pytest.fixture(scope="module")
def normal_mean():
    """Data of a normal mean (sd 1, prior Normal(0, 10)), and each one's influence on it."""
    rng = np.random.default_rng(1)
    data, count = rng.normal(0.3, 1.0, 40), rng.integers(1, 4, 40)
    precision = count.sum() + 0.01
    mean = (count * data).sum() / precision
    draws = rng.normal(mean, precision**-0.5, 40_000)
    samples = xr.Dataset({"m": ("sample", draws)})

    def log_likelihood(draw):
        return -0.5 * count * (data - draw["m"].item()) ** 2

    measured = posterior_influence(samples["m"].values[:, None], samples, log_likelihood, count)
    return data, count, precision, measured[:, 0]


def test_influence_is_the_derivative_of_the_posterior_mean_by_a_unit_s_weight(normal_mean):
    data, count, precision, measured = normal_mean
    mean = (count * data).sum() / precision
    # weighting one observation by w adds w (data - mean) / precision to the posterior mean
    exact = (data - mean) / precision
    exact -= np.average(exact, weights=count)
    # a covariance of S draws has relative error of about sqrt(2 / S) = 0.7 %; five times that
    np.testing.assert_allclose(measured, exact, atol=0.035 * np.abs(exact).max())


def test_influence_gives_the_sampling_variance_of_the_mean(normal_mean):
    data, count, _, measured = normal_mean
    variance = (count * measured**2).sum()
    expected = np.average((data - np.average(data, weights=count)) ** 2, weights=count)
    # the draws' own variance has relative error sqrt(2 / S) = 0.7 % and enters twice; five times
    assert variance == pytest.approx(expected / count.sum(), rel=0.07)


@pytest.mark.samples
# the slowest of 12,000 decisions stands apart
@pytest.mark.filterwarnings("ignore::bayes_ddm.SuspiciousRowsWarning")
@pytest.mark.parametrize(
    ("boundary_spread", "ndt_spread", "found"),
    [(0.0, 0.0, set()), (0.25, 0.0, {"boundary"}), (0.0, 0.08, {"ndt"})],
)
def test_scores_find_what_varies(boundary_spread, ndt_spread, found):
    rng = np.random.default_rng(11)
    n = 600
    choices = experiment(
        population("normal"),
        labelers=n,
        choices=20,
        boundary=1.25 * np.exp(boundary_spread * rng.normal(size=n)),
        ndt=0.3 + ndt_spread * rng.uniform(-1, 1, n),
        seed=rng,
    )
    fit = bd.fit(choices, draws=800, tune=800, chains=2, seed=1, progress=False)
    posterior = Posterior.of(fit)
    samples, log_likelihood = posterior.samples(), pointwise(posterior)
    draws = np.stack([samples[k].values for k in ("mu", "sigma", "boundary", "ndt")], axis=1)
    influence = posterior_influence(draws, samples, log_likelihood, choices.unit_count)
    scores = shared_parameter_scores(samples, log_likelihood, influence)
    assert scores.keys() == {"boundary", "ndt"}
    # standard normal where shared; the verdict speaks from 4 on
    assert found <= {name for name, score in scores.items() if score > 4}
    if not found:
        assert max(scores.values()) < 3
