"""Priors written down as code, and read again without being evaluated."""

import inspect

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm import models
from bayes_ddm.distributions.prior_code import as_code, from_code, in_words
from bayes_ddm.distributions.vocabulary import PARAMETERS
from tests.support.densities import PYTHON

OTHERS = [
    pm.Gamma.dist(mu=3, sigma=0.7),
    pm.Exponential.dist(3),
    pm.Exponential.dist(scale=0.3),
    pm.StudentT.dist(3, 0, sigma=2.5),
    pm.HalfStudentT.dist(3, 2),
    pm.HalfCauchy.dist(2.5),
    pm.InverseGamma.dist(3, 0.5),
    pm.Weibull.dist(2, 1),
    pm.TruncatedNormal.dist(0.3, 0.1, lower=0),
    pm.SkewNormal.dist(mu=1, sigma=2, alpha=3),
    pm.Triangular.dist(0, 1, 0.3),
    pm.Normal.dist(0, tau=0.3),
    pm.Normal.dist([0.0, 1.0], 2.0),
]


def defaults():
    """Every prior that a model of the family has by default, or is asked to learn with."""
    signatures = [inspect.signature(models.builder(name)).parameters for name in models.names()]
    given = [p.default for signature in signatures for p in signature.values()]
    found = [as_code(prior) for prior in [*given, *(x.prior for x in PARAMETERS.values())]]
    return sorted({code for code in found if isinstance(code, str) and code.startswith("pm.")})


@pytest.mark.parametrize("code", [*defaults(), *map(as_code, OTHERS)])
def test_code_gives_the_prior_again(code):
    assert density(from_code(code)) == pytest.approx(density(eval(code, {"pm": pm})))
    assert as_code(from_code(code)) == code


@pytest.mark.parametrize("prior", OTHERS)
def test_code_has_the_density_of_what_was_given(prior):
    assert density(from_code(as_code(prior))) == pytest.approx(density(prior), rel=1e-6)


def density(prior):
    return pm.logp(prior, np.array([0.4, 0.7])).eval(mode=PYTHON)


def test_numbers_are_written_as_they_were_given():
    assert as_code(pm.HalfNormal.dist(2)) == "pm.HalfNormal.dist(2)"
    assert as_code(pm.Gamma.dist(2, 0.1)) == "pm.Gamma.dist(2, 0.1)"
    assert as_code(pm.Exponential.dist(49)) == "pm.Exponential.dist(49)"
    assert (as_code(1.25), as_code(2), as_code(None)) == (1.25, 2, None)


def test_values_by_labeler_hold_their_priors():
    code = as_code(bd.by_labeler(1.25, pm.HalfNormal.dist(0.5)))
    again = from_code(code)
    assert again.center == 1.25 and as_code(again.spread) == "pm.HalfNormal.dist(0.5)"
    assert from_code(as_code(bd.by_labeler())) == bd.by_labeler()
    assert in_words(code) == "by_labeler(center=1.25, spread=HalfNormal(0.5))"


@pytest.mark.parametrize(
    "text",
    [
        "TruncatedGamma",
        "Normal(mu, 2)",
        "__import__('os').getcwd()",
        "pm.sample(3)",
        "pm.Normal.dist(mu=open('x'))",
        "pm.Normal.dist('wide')",
        "pm.Normal.dist(*[0, 1])",
        "pm.Normal.dist(**{'mu': 1})",
        "pm.math.exp.dist(1)",
        "(lambda: 1)()",
        "bd.report(1)",
        "1 +",
    ],
)
def test_what_is_no_prior_is_not_evaluated(text):
    assert from_code(text) is None
