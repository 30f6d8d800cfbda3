"""Fits that know a deadline, and what is asked of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.checks.predictive.replicate import posterior_replicates, prior_replicates
from bayes_ddm.checks.predictive.run import predictive_checks
from bayes_ddm.data.omissions import with_omitted
from bayes_ddm.distributions.survival import log_survival, log_survival_of_normal
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.likelihood import pointwise
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.simulate import experiment
from bayes_ddm.wiener import random_drift_log_density
from tests.support.densities import AS_WRITTEN, PYTHON
from tests.support.fits import omissions, omissions_fit, truncated, truncated_fit

TRUTH = {"mu": 0.5, "sigma": 0.5, "boundary": 1.5, "ndt": 0.3}


def off(fit):
    """Distance of each posterior mean from the truth, in posterior standard deviations."""
    table = Posterior.of(fit).table()
    return {k: (table.loc[k, "mean"] - x) / table.loc[k, "sd"] for k, x in TRUTH.items()}


def test_omissions_of_known_labelers_leave_nothing_biased():
    choices = omissions()
    assert choices.n_omitted > 150 and choices.n_omitted + choices.n_choices == 1000
    # the chance of one of four beyond 3.5 is 2e-3; without the omissions the boundary is 14 off
    assert max(map(abs, off(omissions_fit()).values())) < 3.5


def test_truncation_of_anonymous_labelers_leaves_nothing_biased():
    assert truncated().truncated
    assert max(map(abs, off(truncated_fit()).values())) < 3.5


@pytest.mark.samples
@pytest.mark.parametrize("made", [omissions_fit, truncated_fit])
def test_replications_keep_the_deadline_and_pass(made):
    fit = made()
    for _, rt in posterior_replicates(fit, draws=3):
        assert rt.max() <= 2.2 and len(rt) == Posterior.of(fit).choices.n_choices
    assert predictive_checks(fit, draws=60, progress=False).ok


def test_predictions_are_given_that_the_deadline_is_kept():
    choices = replace(omissions(), omitted=None)
    table = bd.predict(omissions_fit(), choices, draws=40, progress=False).table
    assert table["rt_high"].max() <= 2.2 and np.isfinite(table["log_score"]).all()
    # probabilities of a quicker response are uniform, but for what was fitted
    assert table["rt_pit"].mean() == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize("omissions", ["rows", "absent"])
def test_no_estimate_goes_unflagged(omissions):
    given = {"boundary": 1.5, "ndt": 0.3, "deadline": 2.2, "omissions": omissions, "seed": 4}
    frame = bd.estimate(experiment("normal", labelers=30, choices=5, **given)).to_frame()
    assert not frame["reliable"].any()
    why = "omissions, which a fit takes" if omissions == "rows" else "knows no deadline"
    assert frame["note"].str.contains(why).all()


def test_the_probability_of_no_answer_is_that_of_the_diffusion():
    fit, choices = omissions_fit(), omissions()
    found = bd.predict(fit, choices, draws=60, progress=False).table
    every = choices.n_choices + choices.n_omitted
    # each of 1,000 trials runs out of time or not
    share = choices.n_omitted / every
    by_labeler = found.groupby("labeler")["p_omitted"].mean()
    trials = np.bincount(with_omitted(choices).labeler)
    expected = (by_labeler * trials).sum() / every
    assert expected == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / every))
    # of a new labeler, by quadrature over the population of each draw; rows without a deadline
    new = bd.Choices.from_frame(pd.DataFrame({"choice": [1], "rt": [1.0]}))
    samples, nodes = Posterior.of(fit).samples(60), np.polynomial.hermite_e.hermegauss(41)
    late = 0.0
    for s in range(60):
        mu, sd, b, ndt = (float(samples[k][s]) for k in ("mu", "sigma", "boundary", "ndt"))
        survive = np.exp(log_survival(2.2 - ndt, mu + sd * nodes[0], b)[0])
        late += nodes[1] @ survive / nodes[1].sum() / 60
    made = bd.predict(fit, new, draws=60, progress=False).table["p_omitted"][0]
    # one labeler per draw, whose chance of an omission has an sd of at most .2
    assert made == pytest.approx(late, abs=4 * 0.2 / np.sqrt(60))


@pytest.mark.slow
def test_the_bounded_row_of_a_comparison_counts_omissions():
    compared = bd.compare(omissions_fit(), progress=False)
    assert {row.estimator for row in compared.rows if row.reliable} == {"bounded_model_boundary"}
    (test,) = compared.tests
    # a right model: rejected once in a thousand data sets at this level
    assert test.estimator == "bounded_model_boundary" and test.p_value > 0.001
    (row,) = (row for row in compared.rows if row.estimator == test.estimator)
    assert abs(row.value - TRUTH["mu"]) < 3.5 * row.value_se + row.largest_bias
    assert compared.verdict.startswith("agree: bounded_model_boundary")


def test_log_likelihood_of_an_anonymous_omission_is_that_of_no_answer():
    choices = experiment("normal", labelers=30, boundary=1.5, ndt=0.3, deadline=1.5, seed=4)
    program = models.builder("hierarchical")(choices)
    point = {"mu": 0.4, "sigma": 0.7, "boundary": 1.4, "ndt": 0.2}
    values = pm.do(program, point).observed_RVs
    logp = pm.logp(values[0], program.rvs_to_values[program["y"]]).eval(mode=AS_WRITTEN)
    given = {"mean": 0.4, "sd": 0.7, "boundary": 1.4, "ndt": 0.2}
    answered = random_drift_log_density(choices.rt, choices.choice, **given)
    late, _ = log_survival_of_normal(1.3, 0.4, 0.49, 1.4)
    expected = np.append(answered, np.full(choices.n_omitted, late))
    np.testing.assert_allclose(logp, expected, rtol=1e-9)


def test_each_labelers_likelihood_has_their_omissions():
    fit = omissions_fit()
    posterior = Posterior.of(fit)
    found = pointwise(posterior, points=256)(posterior.samples(1).isel(sample=0))
    draw = posterior.samples(1).isel(sample=0)
    mu, sd, b, ndt = (float(draw[name]) for name in ("mu", "sigma", "boundary", "ndt"))
    every = with_omitted(posterior.choices)
    mine = every.labeler == 3
    rt, z = every.rt[mine], every.choice[mine]
    v = np.linspace(-4, 5, 4001)[:, None]
    each = bd.wiener.log_density(rt[z != 0], z[z != 0], drift=v, boundary=b, ndt=ndt).sum(axis=1)
    each = each + (z == 0).sum() * log_survival(2.2 - ndt, v[:, 0], b)[0]
    prior = -0.5 * ((v[:, 0] - mu) / sd) ** 2 - np.log(sd * np.sqrt(2 * np.pi))
    expected = np.log(np.trapezoid(np.exp(each + prior), v[:, 0]))
    # importance sampling with 256 points
    assert found[3] == pytest.approx(expected, abs=0.02)


def test_a_saved_fit_keeps_its_deadline(tmp_path):
    again = bd.choices_of(bd.load(bd.save(omissions_fit(), tmp_path / "fit.nc")))
    pd.testing.assert_frame_equal(again.to_frame(), omissions().to_frame())
    assert again.window == omissions().window


def test_priors_are_checked_on_answers_in_time():
    for _, rt in prior_replicates("hierarchical", omissions(), draws=2):
        assert rt.max() <= 2.2 and len(rt) == omissions().n_choices


def test_what_knows_no_deadline_says_so():
    choices = omissions()
    with pytest.raises(InputError, match="choice_only has no clock"):
        models.builder("choice_only")(choices)
    with pytest.raises(InputError, match="they have a deadline"):
        bd.condense(experiment("normal", labelers=30, boundary=1.5, deadline=1.5, seed=4))
    with pytest.raises(InputError, match="fit the new labelers together"):
        bd.personalise(omissions_fit(), replace(choices, labelers=np.arange(100, 140)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "omissions"), [("contextual", "rows"), ("labeler_boundary", "absent")]
)
def test_models_take_a_deadline_whatever_they_allow_for(name, omissions):
    features = {} if name == "labeler_boundary" else {"features": np.linspace(-1, 2, 8)[:, None]}
    given = {"boundary": 1.5, "ndt": 0.3, "deadline": 1.8, "omissions": omissions, "seed": 5}
    made = experiment("normal", labelers=12, choices=8, **given, **features)
    more = {"start": pm.Beta.dist(5, 5), "drift_noise": pm.HalfNormal.dist(1)}
    program = models.builder(name)(made, **more)
    density = program.compile_logp(mode=PYTHON)(program.initial_point(1))
    assert np.isfinite(density)
