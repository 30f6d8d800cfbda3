"""Sites that share no rows: their answers, the posterior of all, and the box it must be in."""

import inspect
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad

import bayes_ddm as bd
from bayes_ddm import federated, wiener
from bayes_ddm.distributions.prior_code import as_code
from bayes_ddm.models import builder
from bayes_ddm.privacy.federated.likelihood import log_prior, site_of
from bayes_ddm.simulate import experiment
from tests.support.by_hand import PRIORS
from tests.support.tables import refusal

EXPERIMENT = {"labelers": 200, "choices": 10, "boundary": 1.25, "ndt": 0.3}
KNOWN = {"mu": (0, 1), "sigma": (0.6, 1.6), "boundary": 1.25, "ndt": 0.3}


@pytest.fixture(scope="module")
def sites():
    return [experiment("normal", **EXPERIMENT, seed=seed) for seed in range(5)]


@pytest.fixture(scope="module")
def question(sites):
    return federated.ask(sites[0], ndt=(0.255, 0.335))


@pytest.fixture(scope="module")
def answers(sites, question):
    return [federated.answer(x, question, site=f"s{i}") for i, x in enumerate(sites)]


@pytest.fixture(scope="module")
def combined(answers):
    return federated.combine(answers)


def all_of(sites):
    labeler = np.concatenate([x.labeler + 1000 * i for i, x in enumerate(sites)])
    frame = {"choice": np.concatenate([x.choice for x in sites])}
    frame |= {"rt": np.concatenate([x.rt for x in sites]), "id": labeler}
    return bd.Choices.from_frame(pd.DataFrame(frame), labeler="id")


def test_an_answer_is_the_log_likelihood_with_drifts_integrated_out(sites):
    few = sites[0]._part(np.flatnonzero(sites[0].labeler < 3))[0]
    mu, sigma, b, ndt = 0.3, 0.9, 1.2, 0.28

    def of_labeler(i):
        rows = few.labeler == i

        def density(v):
            parameters = {"drift": v, "boundary": b, "ndt": ndt}
            likelihood = np.exp(
                wiener.log_density(few.rt[rows], few.choice[rows], **parameters).sum()
            )
            return likelihood * np.exp(-0.5 * ((v - mu) / sigma) ** 2) / sigma / (2 * np.pi) ** 0.5

        return np.log(quad(density, -6, 6, epsabs=0, epsrel=1e-10, limit=200)[0])

    at = site_of(few).at(*(np.array([x]) for x in (mu, sigma, b, ndt))).item()
    assert at == pytest.approx(sum(map(of_labeler, range(3))), rel=1e-9)


def test_priors_are_those_of_the_hierarchical_model():
    parameters = inspect.signature(builder("hierarchical")).parameters
    priors = [as_code(parameters[name].default) for name in ("mu", "sigma", "boundary", "ndt")]
    assert priors == [
        "pm.Normal.dist(0, 2)",
        "pm.HalfNormal.dist(2)",
        "pm.LogNormal.dist(0.5, 1.2)",
        "pm.HalfNormal.dist(5)",
    ]
    x = np.array([0.2, 0.9])
    densities = log_prior(x, np.log(x), np.log(x), x)
    # of a logarithm, the density is x times that of x
    expected = [
        PRIORS["mu"].logpdf(x),
        PRIORS["sigma"].logpdf(x) + np.log(x),
        PRIORS["boundary"].logpdf(x) + np.log(x),
        PRIORS["ndt"].logpdf(x),
    ]
    for density, other in zip(densities, expected, strict=True):
        assert np.diff(density) == pytest.approx(np.diff(other), rel=1e-9)


def test_the_posterior_is_that_of_all_rows(sites, answers, combined):
    # of all rows in one place, on a finer grid in a smaller box
    pooled = replace(combined.ask_again(), nodes=10)
    single = federated.combine([federated.answer(all_of(sites), pooled, site="all")])
    off = (combined.posterior["mean"] - single.posterior["mean"]) / single.posterior["sd"]
    assert abs(off["mu"]) < 1e-3
    assert (off.abs() < 0.01).all() and combined.error > off.abs().max()
    ends = combined.posterior[["low", "high"]] - single.posterior[["low", "high"]]
    assert (ends.div(single.posterior["sd"], axis=0).abs() < 0.02).all(axis=None)
    assert combined.labelers == 1000 and combined.choices == 10_000
    assert single.error < 1e-6


def test_a_second_round_comes_closer(sites, combined):
    again = combined.ask_again()
    assert again.round == 2
    answers = [federated.answer(x, again, site=f"s{i}") for i, x in enumerate(sites)]
    second = federated.combine(answers)
    assert second.error < 1e-3 < combined.error
    assert "a second round" in repr(combined) and "a second round" not in repr(second)


def test_with_a_known_boundary_sums_of_the_closed_form_add_up(sites):
    question = federated.ask(**KNOWN)
    result = federated.combine(
        [federated.answer(x, question, site=f"s{i}") for i, x in enumerate(sites)]
    )
    table = bd.estimate(all_of(sites), boundary=1.25, ndt=0.3)
    expected = next(e for e in table.estimates if e.estimator == "consistent_known_boundary")
    assert result.closed_form[0] == pytest.approx(expected.values[0], rel=1e-12)
    assert result.closed_form[1] == pytest.approx(expected.se[0], rel=1e-9)
    # mu and sigma by the trapezoid rule over a wide grid
    mu, sigma = np.linspace(0.1, 0.9, 161), np.linspace(0.7, 1.3, 121)
    site = site_of(all_of(sites))
    log_density = site.at(mu, sigma, np.array([1.25]), np.array([0.3]))[:, :, 0, 0]
    log_density += PRIORS["mu"].logpdf(mu)[:, None] + PRIORS["sigma"].logpdf(sigma)
    density = np.exp(log_density - log_density.max())
    of_mu = density.sum(axis=1) / density.sum()
    mean = of_mu @ mu
    sd = (of_mu @ (mu - mean) ** 2) ** 0.5
    assert result.posterior.loc["mu", "mean"] == pytest.approx(mean, abs=1e-3 * sd)
    assert result.posterior.loc["mu", "sd"] == pytest.approx(sd, rel=1e-3)
    assert result.posterior.loc["boundary", "sd"] == 0


def test_anonymous_rows_are_labelers(sites):
    alone = replace(sites[0], labeler=None, labelers=None)
    result = federated.answer(alone, federated.ask(**KNOWN), site="a")
    assert result.labelers == result.choices == 2000


def test_documents_say_what_is_sent_and_what_it_is_not(question, answers, combined, tmp_path):
    copy = federated.read_question(question.save(tmp_path / "q.json"))
    assert copy == question and copy.identity == question.identity
    again = federated.read_answer(answers[0].save(tmp_path / "a.json"))
    assert (again.values == answers[0].values).all() and again.site == "s0"
    for result in (question, again, combined):
        assert "data minimisation, not differential privacy" in repr(result)
    assert combined.to_dict()["privacy"] == "data minimisation, not differential privacy"
    assert "2,401" in repr(question)
    document = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps(document | {"labelers": 10**6}))
    assert "checksum is wrong" in refusal(federated.read_answer, tmp_path / "a.json")
    assert "is no question" in refusal(federated.read_question, tmp_path / "a.json")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs a range of mu, sigma, boundary, ndt"),
        (KNOWN | {"mu": (1, 0)}, "mu must be a range from low to high"),
        (KNOWN | {"mu": "wide"}, "mu must be a number or a range"),
        (KNOWN | {"sigma": (0, 1)}, "sigma must be above 0"),
        (KNOWN | {"boundary": (-1, 1)}, "boundary must be positive"),
        (KNOWN | {"ndt": (-1, 0.2)}, "ndt must be at least 0"),
        (KNOWN | {"nodes": 2}, "nodes must be a whole number of at least 3"),
        (KNOWN | {"nodes": 99}, "nodes must be at most 15"),
    ],
)
def test_questions_that_cannot_be_are_refused_in_a_line(options, message):
    assert message in refusal(federated.ask, **options)


def test_answers_that_cannot_be_are_refused_in_a_line(sites, answers):
    question = federated.ask(**KNOWN)
    few = sites[0]._part(np.flatnonzero(sites[0].labeler < 19))[0]
    assert "at least 20 labelers" in refusal(federated.answer, few, question, site="few")
    assert "not below the smallest response" in refusal(federated.ask, sites[0], ndt=0.9)
    late = federated.ask(**KNOWN | {"ndt": (0.1, 0.9)})
    message = refusal(federated.answer, sites[0], late, site="a")
    assert "reaches this site's fastest response; ask again with ndt up to 0." in message
    assert "no answers" in refusal(federated.combine, [])
    assert "'s1' answers twice" in refusal(federated.combine, [*answers[:2], answers[1]])
    renamed = replace(answers[0], site="another")
    assert "answers twice" in refusal(federated.combine, [answers[0], renamed])
    other = federated.answer(sites[0], question, site="b")
    assert "another question" in refusal(federated.combine, [answers[0], other])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mu": (0.6, 1.6)}, "mu reaches its lower end, 0.6; ask again with mu=(-0.4, 1.6)"),
        ({"sigma": (0.5, 0.9)}, "sigma reaches its upper end, 0.9"),
    ],
)
def test_a_posterior_outside_the_box_says_how_to_widen_it(sites, options, message):
    answer = federated.answer(sites[0], federated.ask(**KNOWN | options), site="a")
    assert message in refusal(federated.combine, [answer])
