"""What ArviZ asks of a fit is there, and its functions take it; the fit stays as it was."""

import arviz as az
import matplotlib.pyplot as plt
import numpy as np
import pytest

import bayes_ddm as bd
from tests.support.fits import contextual_fit, omissions_fit, scalar_fit
from tests.support.tables import refusal


@pytest.fixture(scope="module")
def extended():
    return bd.extend(scalar_fit(), draws=100, seed=1, progress=False)


def test_the_fit_itself_stays_as_it_was(extended):
    before = set(scalar_fit().children)
    assert before.isdisjoint({"log_likelihood", "log_prior", "prior", "posterior_predictive"})
    assert "rt" not in scalar_fit()["observed_data"]
    added = {"log_likelihood", "log_prior", "prior", "prior_predictive", "posterior_predictive"}
    assert set(extended.children) == before | added


def test_what_is_there_can_be_saved_and_loaded(extended, tmp_path):
    bd.save(extended, tmp_path / "fit.nc")
    assert set(bd.load(tmp_path / "fit.nc").children) == set(extended.children)


def test_predictions_stand_beside_what_was_observed(extended):
    choices = bd.choices_of(scalar_fit())
    observed, predicted = extended["observed_data"], extended["posterior_predictive"]
    np.testing.assert_array_equal(observed["rt"], choices.rt)
    np.testing.assert_array_equal(observed["choice"], choices.choice)
    assert predicted["rt"].shape == (2, 50, 300)
    # known labelers answer again: their shares of +1 follow those observed
    share = (predicted["choice"] > 0).mean(("chain", "draw")).values
    by = [np.bincount(choices.labeler, x) / 5 for x in (share, choices.choice > 0)]
    assert np.corrcoef(*by)[0, 1] > 0.7


def test_prior_draws_are_of_the_prior(extended):
    prior = extended["prior"]
    assert prior["sigma"].shape == (1, 100) and (prior["sigma"] > 0).all()
    # each draw's data are of that draw: nobody responds before the non-decision time
    fastest = extended["prior_predictive"]["rt"].min("row")
    assert (fastest > prior["ndt"]).all()
    # half normal and normal priors of scale 1 to 2: 100 draws have a mean within 4 errors of .2
    assert abs(float(prior["mu"].mean())) < 4 * float(prior["mu"].std()) / 10


def test_arviz_takes_it(extended):
    assert az.loo(extended).n_data_points == 60
    assert "mu" in az.psense_summary(extended, var_names=["mu", "sigma"]).index
    for draw in (
        lambda: az.plot_ppc_dist(extended, var_names=["rt"], backend="matplotlib"),
        lambda: az.plot_ppc_pit(extended, var_names=["rt"], backend="matplotlib"),
        lambda: az.plot_prior_posterior(extended, var_names=["mu"], backend="matplotlib"),
        lambda: az.plot_dist(extended, group="prior", var_names=["mu"], backend="matplotlib"),
    ):
        assert draw().viz["figure"].item() is not None
    plt.close("all")


def test_features_and_omissions():
    more = bd.extend(contextual_fit(), ["prior", "posterior_predictive"], draws=20, progress=False)
    assert more["prior"]["theta"].dims[2:] == contextual_fit()["posterior"]["theta"].dims[2:]
    timed = omissions_fit()
    more = bd.extend(timed, "posterior_predictive", draws=20, progress=False)
    answered = bd.choices_of(timed).n_choices
    assert more["observed_data"]["rt"].sizes["row"] == answered
    assert more["posterior_predictive"]["rt"].max() <= 2.2


def test_what_cannot_be_added_is_refused():
    wrong = refusal(bd.extend, scalar_fit(), ["posterior_predictiv"])
    assert "did you mean 'posterior_predictive'?" in wrong
    assert "at least 1" in refusal(bd.extend, scalar_fit(), draws=0)
