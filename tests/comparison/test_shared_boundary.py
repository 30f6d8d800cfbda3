"""The score test of a shared boundary: quiet when it is shared, loud when it is not."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison.influence import posterior_influence
from bayes_ddm.comparison.shared_boundary import shared_parameter_scores
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.simulate import experiment, population


@pytest.mark.samples
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
