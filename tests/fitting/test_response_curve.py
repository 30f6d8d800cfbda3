"""Expected choices and times, against integrals over the population by quadrature."""

import numpy as np
import pytest

import bayes_ddm as bd
from tests.support.fits import contextual, contextual_fit, scalar_fit
from tests.support.tables import refusal


def one_draw():
    return contextual_fit().isel(chain=[0], draw=[5])


def test_a_single_draw_is_the_integral_over_its_population():
    fit, people = one_draw(), 4000
    curve = bd.response_curve(fit, "amount", at=[-2.0, 0.0, 2.0], draws=1, people=people)
    drawn = fit["posterior"].to_dataset().isel(chain=0, draw=0)
    delay = contextual().features[:, 1].mean()
    theta, sigma = drawn["theta"].values, drawn["sigma"].values
    together = drawn["correlation"].item()
    cov = np.array([[1, together], [together, 1]]) * np.outer(sigma, sigma)
    boundary, ndt = float(drawn["boundary"]), float(drawn["ndt"])
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    for _, row in curve.table.iterrows():
        psi = np.array([row["amount"], delay])
        sd = np.sqrt(psi @ cov @ psi)
        drift = psi @ theta + sd * nodes
        share = weights @ (1 / (1 + np.exp(-2 * boundary * drift)))
        time = ndt + weights @ (boundary / drift * np.tanh(boundary * drift))
        # of 4,000 people: shares vary by at most .5, mean times by less than b^2 = 1.6 s
        assert abs(row["p_positive"] - share) < 4 * 0.5 / np.sqrt(people)
        assert abs(row["rt"] - time) < 4 * 1.6 / np.sqrt(people)
    assert curve.held == {"delay": pytest.approx(delay)}


def test_intervals_are_of_the_posterior_and_curves_are_smooth():
    curve = bd.response_curve(contextual_fit(), "amount", draws=40, people=50)
    table = curve.table
    assert len(table) == 25 and table["p_positive"].is_monotonic_increasing
    assert (table["p_positive_low"] < table["p_positive"]).all()
    assert (table["rt_high"] > table["rt"]).all()
    figure = curve.plot()
    assert [axis.get_xlabel() for axis in figure.axes] == ["amount", "amount"]


def test_curves_by_another_variable():
    curve = bd.response_curve(
        contextual_fit().isel(draw=slice(0, 20)), "amount", at=[-1, 1], draws=10, people=30
    )
    assert curve.by is None and "amount" in curve.table
    message = refusal(bd.response_curve, contextual_fit(), "amount", by="delay")
    assert "a curve each is too many" in message
    assert "did you mean 'amount'?" in refusal(bd.response_curve, contextual_fit(), "amonut")
    assert "no feature or covariate 'x'; it has none" in refusal(
        bd.response_curve, scalar_fit(), "x"
    )
