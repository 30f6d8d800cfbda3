"""One call that says it all: on a good fit, a bad one, and those of which little can be said."""

import re
from functools import cache

import numpy as np
import pymc as pm
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.checks import diagnose as diagnosis
from bayes_ddm.fitting.save import attach
from bayes_ddm.models import builder
from bayes_ddm.simulate import experiment
from tests.support.densities import PYTHON
from tests.support.fits import contextual_fit, scalar_fit

LINES = [
    "average",
    "data",
    "convergence",
    "divergences",
    "choice share by group of labelers",
    "choice share by labeler",
    "response-time quantiles by choice",
    "response-time distribution",
    "labelers one by one",
    "spread between labelers",
    "leave one out",
    "prior sensitivity",
]


@cache
def good():
    return bd.diagnose(scalar_fit())


def finding(result, name):
    (found,) = (f for f in result.findings if f.name == name)
    return found


def test_nothing_speaks_against_a_fit_of_the_model_that_made_the_data():
    result = good()
    assert result.ok
    assert [f.name for f in result.findings] == LINES
    assert repr(result).splitlines()[0] == "Model hierarchical: nothing speaks against this fit."
    assert repr(result).count("passes") == len(LINES)
    assert result._repr_html_().count("badge good") == len(LINES)
    assert result.checks is not None and result.loo is not None and result.sensitivity is not None


def test_predictive_checks_of_a_contextual_fit():
    checks = bd.predictive_checks(contextual_fit(), draws=60)
    assert checks.ok
    assert checks.draws == 60 and checks.same_labelers
    per_10 = {"labelers": "new", "units": {"amount": 10}}
    new = bd.predictive_checks(contextual_fit(), draws=60, **per_10)
    assert new.ok and not new.same_labelers
    # pseudo-labels are averaged at boundaries that all share, so what is observed is the same
    (per_1,) = re.findall(r"amount (\S+) observed", checks.average.sentence)
    (per_10,) = re.findall(r"amount, per 10 (\S+) observed", new.average.sentence)
    assert float(per_10) == pytest.approx(10 * float(per_1), rel=0.01)  # three digits are shown
    # two attributes, 480 distinct differences
    assert "linear score" in checks.checks[0].axis


def test_what_predictive_checks_refuse():
    with pytest.raises(bd.InputError, match="at least 20"):
        bd.predictive_checks(scalar_fit(), draws=5)
    with pytest.raises(bd.InputError, match="'same' or 'new'"):
        bd.predictive_checks(scalar_fit(), labelers="old")


def test_priors_that_exclude_the_data():
    choices = experiment("normal", labelers=30, choices=5, boundary=1.25, ndt=0.3, seed=1)
    wide = bd.prior_checks(choices, draws=100)
    # labelers share what a prior draws, so that those outside are not counted one by one
    assert wide.ok and "labelers one by one" not in wide.table.index
    narrow = bd.prior_checks(choices, draws=100, boundary=0.3, ndt=pm.HalfNormal.dist(0.01))
    assert not narrow.ok
    times = narrow["response-time distribution"]
    assert not times.ok
    assert times.sentence.endswith("The priors all but exclude these data: widen or move them.")


def test_a_funnel_is_said_in_words_with_its_mend():
    fit = scalar_fit().copy()
    sigma = fit["posterior"]["sigma"].values
    stats = fit["sample_stats"].to_dataset().copy()
    stats["diverging"] = (("chain", "draw"), sigma < np.quantile(sigma, 0.01))
    fit["sample_stats"] = xr.DataTree(stats)
    # a model of the user's own, which also leaves little to compute
    fit.attrs = dict(fit.attrs) | {"model": "mine.build"}
    result = bd.diagnose(fit)
    assert not result.ok
    line = finding(result, "divergences")
    assert line.ok is False
    assert line.sentence.startswith("20 (1.0% of draws), where sigma is small: labelers hardly")
    assert finding(result, "convergence").ok is True
    for name in ("predictive checks", "leave one out", "prior sensitivity"):
        assert finding(result, name).ok is None
        assert "model of your own" in finding(result, name).sentence
    assert "do not use this fit as it stands: 2 of 7 checks fail" in repr(result)


def from_prior(name, choices, **parameters):
    """Return a fit whose draws are the prior's: of the right form, and soon made."""
    model = builder(name)(choices, **parameters)
    drawn = pm.sample_prior_predictive(
        100, model=model, random_seed=1, compile_kwargs={"mode": PYTHON}
    )
    prior = drawn["prior"].to_dataset()
    posterior = xr.concat([prior, prior], dim="chain").assign_coords(chain=[0, 1])
    fit = xr.DataTree.from_dict({"posterior": posterior})
    attach(fit, choices, model=name, parameters=parameters)
    return fit


def test_without_response_times_what_needs_them_is_skipped(monkeypatch):
    def refuse(*_, **options):
        raise bd.InputError("there is no log-likelihood.")

    # what takes longest, and is another matter
    monkeypatch.setattr(diagnosis, "with_likelihood", refuse)
    choices = experiment("normal", labelers=12, choices=6, boundary=1.25, ndt=0.3, seed=1)
    result = bd.diagnose(from_prior("choice_only", choices), draws=20)
    assert finding(result, "response times").ok is None
    for name in ("leave one out", "prior sensitivity"):
        assert finding(result, name).ok is None
        assert finding(result, name).sentence == "there is no log-likelihood."
    assert result.checks is not None
    assert [check.name for check in result.checks.checks] == [
        "choice share by group of labelers",
        "choice share by labeler",
        "spread between labelers",
    ]
    assert any("no response times" in note for note in result.checks.notes)


def test_anonymous_labelers_are_checked_together():
    choices = experiment("normal", labelers=80, boundary=1.25, ndt=0.3, seed=1)
    assert choices.anonymous
    checks = bd.predictive_checks(from_prior("hierarchical", choices), draws=20)
    assert not checks.same_labelers
    assert [check.name for check in checks.checks] == [
        "choice share by comparison",
        "response-time quantiles by choice",
        "response-time distribution",
    ]
    assert any("anonymous" in note for note in checks.notes)
    with pytest.raises(bd.InputError, match="cannot be asked again"):
        bd.predictive_checks(from_prior("hierarchical", choices), labelers="same")
