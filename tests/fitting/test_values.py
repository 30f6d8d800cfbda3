"""A fit that learns a discount rate: the truth, new choices by quadrature, and closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import bayes_ddm as bd
from bayes_ddm.data.learned_values import valued_at
from bayes_ddm.estimators import consistent_values
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.predict import predict
from tests.support.fits import RATE, VALUE, discounted_fit

pytestmark = pytest.mark.slow
NEW = pd.DataFrame(
    {"later": [20, 30, 50], "delay": [10, 300, 60], "now": [15, 20, 18], "choice": 1, "rt": 1.0}
)
COVARIATES = ["later", "delay", "now"]


def test_what_was_simulated_is_found():
    table = Posterior.of(discounted_fit()).table()
    truth = {"discount_rate": RATE, "bd.hyperbolic(later, delay, now)": VALUE, "Intercept": 0.2}
    off = [(table["mean"][name] - x) / table["sd"][name] for name, x in truth.items()]
    # three numbers, correlated: none beyond 3.5 sd but once in 700 data sets
    assert np.abs(off).max() < 3.5
    # the prior's sd is 2.5 on the log scale
    assert table["sd"]["discount_rate"] < 0.3 * RATE


def test_new_choices_are_predicted_at_each_draws_rate(tmp_path):
    fit = bd.load(bd.save(discounted_fit(), tmp_path / "fit.nc"))
    draws = 200
    found = predict(fit, bd.Choices.from_frame(NEW, covariates=COVARIATES), draws=draws).table
    posterior = Posterior.of(fit)
    samples = posterior.samples(draws)
    nodes, weight = np.polynomial.hermite_e.hermegauss(31)
    share = np.zeros(len(NEW))
    for s in range(draws):
        draw = samples.isel(sample=s)
        value = NEW.later / (1 + float(draw["discount_rate"]) * NEW.delay) - NEW.now
        psi = np.column_stack([np.ones(len(NEW)), value])
        sd, r = draw["sigma"].values, float(draw["correlation"].values[0])
        spread = np.einsum("ij,jk,ik->i", psi, np.outer(sd, sd) * [[1, r], [r, 1]], psi) ** 0.5
        drift = psi @ draw["theta"].values + np.outer(nodes, spread)
        share += weight @ expit(2 * float(draw["boundary"]) * drift) / weight.sum() / draws
    # one labeler drawn for each draw: 4 standard errors of 200 probabilities with sd at most .5
    assert np.abs(found["p_positive"] - share).max() < 4 * 0.5 / np.sqrt(draws)
    everybody = bd.labelers(fit, draws=100)["bd.hyperbolic(later, delay, now)"]
    theta = float(samples["theta"].mean("sample")[1])
    # 25 labelers with a spread of .03
    assert everybody["mean"].mean() == pytest.approx(theta, abs=4 * 0.03 / 5)


def test_the_closed_form_is_taken_at_the_learned_rate():
    posterior = Posterior.of(discounted_fit())
    made = bd.compare(discounted_fit(), progress=False)
    rate = float(posterior.draws["discount_rate"].mean())
    at = valued_at(posterior.choices, {"discount_rate": rate})
    mean = [float(posterior.draws[name].mean()) for name in ("boundary", "ndt")]
    table = made.table.set_index(["estimator", "parameter"])
    of_model = table.loc["consistent_model_boundary"]
    # averaged over draws of the boundary: curvature times its variance, a share of 1e-3
    np.testing.assert_allclose(of_model["value"][:2], consistent_values(at, *mean)[:2], rtol=0.02)
    assert f"features at the fit's discount_rate {rate:.4g}" in of_model["note"].iloc[1]
    assert of_model["p_value"].iloc[1] > 0.001 and not made.verdict.startswith("disagree")
