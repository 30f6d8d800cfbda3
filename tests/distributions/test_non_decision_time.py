"""The prior of the non-decision time: its own law, sampled below the smallest response time."""

import numpy as np
import pymc as pm
import pytest
from scipy import integrate, stats

from bayes_ddm.distributions import NonDecisionTime, Wiener
from bayes_ddm.distributions.non_decision_time import score_below
from bayes_ddm.distributions.parameters import non_decision_time
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment
from tests.support.densities import PYTHON

UPPER = 0.35
PRIORS = [
    (pm.HalfNormal.dist(0.5), stats.halfnorm(scale=0.5)),
    (pm.LogNormal.dist(-1.0, 0.5), stats.lognorm(0.5, scale=np.exp(-1.0))),
    (pm.Gamma.dist(2.0, 5.0), stats.gamma(2.0, scale=1 / 5.0)),
    (pm.Uniform.dist(0.1, 0.2), stats.uniform(0.1, 0.1)),
    (pm.Uniform.dist(0.1, 0.6), stats.uniform(0.1, 0.5)),
    (pm.Beta.dist(2.0, 5.0), stats.beta(2.0, 5.0)),
    (
        pm.TruncatedNormal.dist(0.3, 0.1, lower=0.0),
        stats.truncnorm(-3.0, np.inf, loc=0.3, scale=0.1),
    ),
]
NAMES = ["HalfNormal", "LogNormal", "Gamma", "narrow", "Uniform", "Beta", "TruncatedNormal"]


def program(prior, upper=UPPER):
    with pm.Model() as model:
        NonDecisionTime("ndt", prior, upper)
    return model


def backward(model, value):
    """The non-decision time that an unconstrained value stands for."""
    ndt = model["ndt"]
    transform = model.rvs_to_transforms[ndt]
    return float(transform.backward(np.float64(value), *ndt.owner.inputs).eval(mode=PYTHON))


@pytest.mark.parametrize(("prior", "law"), PRIORS, ids=NAMES)
def test_draws_are_those_of_the_prior_itself(prior, law):
    # level 0.001, seeded; many draws lie above the limit
    drawn = pm.draw(program(prior)["ndt"], draws=2000, random_seed=1, mode=PYTHON)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("prior", "law"), PRIORS, ids=NAMES)
def test_density_is_the_prior_s_own_above_the_limit_too(prior, law):
    ndt = program(prior)["ndt"]
    for value in (0.05, 0.15, 0.3, 0.5, 0.9):
        density = float(pm.logp(ndt, value).eval(mode=PYTHON))
        # PyMC holds plain numbers such as 0.5 in single precision
        assert density == pytest.approx(law.logpdf(value), abs=1e-6)


@pytest.mark.parametrize(("prior", "law"), PRIORS, ids=NAMES)
def test_sampler_sees_the_prior_below_the_limit(prior, law):
    model = program(prior)
    (start,) = model.initial_point().values()
    low, high = law.support()
    assert max(low, 0) < backward(model, start) < min(high, UPPER)
    for far in (-30.0, 30.0):
        assert max(low, 0) <= backward(model, far) <= min(high, UPPER)
    logp = model.compile_logp(mode=PYTHON)
    mass, _ = integrate.quad(lambda x: np.exp(logp({"ndt_interval__": x})), -60, 60, epsabs=1e-10)
    assert mass == pytest.approx(law.cdf(UPPER), abs=1e-6)


def test_the_limit_is_an_input():
    with pm.Model() as model:
        NonDecisionTime("ndt", pm.HalfNormal.dist(0.5), pm.Data("smallest", UPPER))
    logp = model.compile_logp(mode=PYTHON)
    before = float(logp({"ndt_interval__": 2.0}))
    assert backward(model, 0.0) == pytest.approx(UPPER / 2)
    with model:
        pm.set_data({"smallest": 2.0})
    assert backward(model, 0.0) == pytest.approx(1.0)
    assert backward(model, 40.0) == pytest.approx(2.0)
    at_limit_two = float(
        program(pm.HalfNormal.dist(0.5), 2.0).compile_logp(mode=PYTHON)({"ndt_interval__": 2.0})
    )
    assert float(logp({"ndt_interval__": 2.0})) == pytest.approx(at_limit_two)
    assert at_limit_two != pytest.approx(before)


def test_do_and_observe_stay_exact():
    model = program(pm.HalfNormal.dist(0.5))
    observed = pm.observe(model, {"ndt": 0.7})
    density = stats.halfnorm(scale=0.5).logpdf(0.7)
    assert float(observed.compile_logp(mode=PYTHON)({})) == pytest.approx(density)
    with pm.Model() as model:
        ndt = NonDecisionTime("ndt", pm.HalfNormal.dist(0.5), UPPER)
        Wiener("y", 0.5, 1.25, ndt, shape=(200, 2))
    fixed = pm.do(model, {"ndt": 5.0})
    assert [rv.name for rv in fixed.free_RVs] == ["y"]
    # decision times with this drift are below 20 s except once in 10^6 data sets
    drawn = pm.draw(fixed["y"], random_seed=1, mode=PYTHON)
    assert (drawn[:, 0] > 5).all()
    assert (drawn[:, 0] < 25).all()


def test_prior_may_have_parameters_of_its_own():
    with pm.Model() as model:
        NonDecisionTime("ndt", pm.HalfNormal.dist(pm.Exponential("scale", 2.0)), UPPER)
    point = {"ndt_interval__": np.array(0.0), "scale_log__": np.log(0.4)}
    logp, slope = model.compile_logp(mode=PYTHON), model.compile_dlogp(mode=PYTHON)
    ndt = stats.halfnorm(scale=0.4).logpdf(UPPER / 2) + np.log(UPPER / 4)
    scale = stats.expon(scale=0.5).logpdf(0.4) + np.log(0.4)
    assert float(logp(point)) == pytest.approx(ndt + scale)
    by_scale = (UPPER / 2) ** 2 / 0.4**2 - 1 + 1 - 2 * 0.4
    assert by_scale == pytest.approx(float(slope(point)[0]))


@pytest.mark.parametrize(
    ("prior", "says"),
    [
        (
            pm.Normal.dist(0.3, 0.1),
            r"Normal\(0\.3, 0\.1\) .* must be on positive numbers; use Half",
        ),
        (pm.Uniform.dist(-1, 1), r"Uniform\(-1, 1\) .* must be on positive numbers"),
        (pm.TruncatedNormal.dist(0.3, 0.1, upper=1.0), "must be on positive numbers"),
        (pm.Poisson.dist(1.0), "must be on positive numbers"),
        (pm.HalfNormal.dist(0.5, shape=2), "must be a single number"),
        (
            pm.Mixture.dist([0.5, 0.5], [pm.HalfNormal.dist(1), pm.HalfNormal.dist(2)]),
            "Mixture cannot be its prior; use HalfNormal",
        ),
        (pm.Uniform.dist(1, 2), r"Uniform\(1, 2\) starts at 1 s, but must be below .* 0\.35 s"),
    ],
)
def test_unsuitable_priors_are_refused(prior, says):
    with pm.Model(), pytest.raises(InputError, match=f"^ndt: .*{says}"):
        NonDecisionTime("ndt", prior, UPPER)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (-0.1, "ndt = -0.1 s must be at least 0"),
        (0.9, r"below the smallest response time, 0\.\d+ s; lower it, or screen fast guesses"),
        ([0.1, 0.2], "ndt must be one number"),
        ("short", "ndt must be a number or an unnamed distribution"),
        (None, "ndt must be a number or an unnamed distribution"),
        (np.nan, "ndt must be a number or an unnamed distribution"),
    ],
)
def test_impossible_values_are_refused(value, says):
    choices = experiment("normal", labelers=20, boundary=1.0, ndt=0.3, seed=1)
    with pm.Model(), pytest.raises(InputError, match=says):
        non_decision_time(value, choices)


def test_a_number_fixes_it_and_a_prior_is_limited_by_the_data():
    choices = experiment("normal", labelers=20, boundary=1.0, ndt=0.3, seed=1)
    with pm.Model() as model:
        fixed = non_decision_time(0.25, choices)
    assert not model.free_RVs
    assert model["ndt"] is fixed
    assert float(fixed.get_value()) == 0.25
    with pm.Model() as model:
        non_decision_time(pm.HalfNormal.dist(0.5), choices)
    assert backward(model, 40.0) == pytest.approx(choices.rt.min())


# far above, near and far below where a standard normal variable lies
@pytest.mark.parametrize("limit", [6.0, 0.5, -3.0])
def test_a_score_below_a_limit_is_normal_there(limit):
    with pm.Model() as model:
        score_below("score", np.array([limit]))
    logp = model.compile_logp(mode=PYTHON)

    def density(x):
        return np.exp(logp({"score_below__": np.array([x])}))

    mass = sum(
        integrate.quad(density, low, high, epsabs=1e-12, limit=200)[0]
        for low, high in ((-np.inf, -5), (-5, 20), (20, np.inf))
    )
    assert mass == pytest.approx(stats.norm.cdf(limit), abs=1e-9)
    score = model["score"]
    transform = model.rvs_to_transforms[score]
    for value in (-20.0, 0.0, 20.0):
        there = transform.backward(np.array([value]), *score.owner.inputs)
        assert there.eval(mode=PYTHON)[0] < limit
        back = transform.forward(there, *score.owner.inputs)
        np.testing.assert_allclose(back.eval(mode=PYTHON), value, rtol=1e-9, atol=1e-9)
    # the prior itself is not cut
    drawn = pm.draw(score, draws=2000, random_seed=1, mode=PYTHON)[:, 0]
    assert stats.kstest(drawn, "norm").pvalue > 1e-3
