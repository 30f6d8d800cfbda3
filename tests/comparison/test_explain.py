"""Explanations: what is refitted, and that it finds what the data were simulated with."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison import explain as explanation
from bayes_ddm.comparison.relaxations import relaxations
from bayes_ddm.comparison.result import AT_OWN, ONE_FOR_ALL, ComparisonRow
from bayes_ddm.comparison.verdict import Test
from bayes_ddm.fitting.posterior import Posterior, model_of
from bayes_ddm.simulate import experiment, population
from tests.support import fits
from tests.support.commands import bayes_ddm
from tests.support.explanations import row


def test_only_what_is_asked_for_is_relaxed():
    everything = relaxations(fits.scalar_fit())
    found, left = explanation._select(["the population's shape"], *everything)
    assert [r.model for r in found] == ["mixture", "student"]
    assert {x.assumption for x in left} == {r.assumption for r in everything[0]} - {
        "the population's shape"
    }
    assert explanation._select(None, *everything) == everything
    with pytest.raises(bd.InputError, match="no assumption 'shape' to relax; there are the popul"):
        explanation._select(["shape"], *everything)


def several(**gains):
    """Relaxations tried together after single ones with these gains, in tens of log score."""
    found = {r.instead: r for r in relaxations(fits.scalar_fit())[0]}
    short = {"mixture": "a mixture of normals", "tails": "heavy tails", "lapses": "lapses"}
    short |= {"b": "labelers' own boundaries", "ndt": "labelers' own non-decision times"}
    tried = {row(name, 10.0 * x): found[short[name]] for name, x in gains.items()}
    back = {instead: name for name, instead in short.items()}
    return [[back[r.instead] for r in made] for made in explanation._combinations(tried)]


def test_the_two_best_are_tried_together_then_a_third():
    assert several(b=3, ndt=2, lapses=1) == [["b", "ndt"], ["b", "ndt", "lapses"]]
    assert several(lapses=-1, b=0.3, ndt=0.2, mixture=0.1) == [["b", "ndt"]]
    assert several(mixture=3, tails=2, ndt=1) == [["mixture", "ndt"]]
    assert several(b=3, ndt=-2) == []


def test_nothing_is_tried_together_once_something_mends():
    possible = relaxations(fits.scalar_fit())[0]
    mended, other = row("camps", 50, 5, p=0.5, agrees=True), row("lapses", 40, 5, agrees=None)
    assert list(explanation._combinations({mended: possible[0], other: possible[4]})) == []


def comparison_row(estimator, difference, se=0.1, parameter="mu", note=""):
    numbers = {"value": 0.5 + difference, "value_se": 0.1, "posterior": 0.5}
    numbers |= {"difference": difference, "se": se, "p_value": None}
    return ComparisonRow(estimator, parameter, reliable=True, note=note, **numbers)


@cache
def agreeing():
    return bd.compare(fits.scalar_fit())


def test_the_deciding_test_is_the_first_that_rejects():
    rows = tuple(comparison_row(name, 0.1) for name in explanation.TESTED[1:3])
    tests = [Test(row.estimator, 1.0, 1, p) for row, p in zip(rows, (0.04, 0.02), strict=True)]
    comparison = replace(agreeing(), rows=rows, tests=tuple(tests))
    partner, p_value, agrees = explanation._partner(comparison)
    assert (partner[0].estimator, p_value, agrees) == (explanation.TESTED[2], 0.02, False)
    comparison = replace(comparison, tests=(tests[0], replace(tests[1], p_value=0.3)))
    assert explanation._partner(comparison)[1:] == (0.04, True)


@pytest.mark.parametrize(("difference", "agrees"), [(0.19, True), (0.2, False), (np.nan, None)])
def test_at_labelers_own_values_two_standard_errors_decide(difference, agrees):
    rows = (
        comparison_row(explanation.TESTED[1], 5.0),
        comparison_row(explanation.TESTED[2], difference, note=AT_OWN),
        comparison_row(explanation.TESTED[2], 5.0, parameter="sigma", note=AT_OWN),
    )
    comparison = replace(agreeing(), rows=rows, tests=(), untestable=ONE_FOR_ALL)
    partner, p_value, verdict = explanation._partner(comparison)
    assert [r.parameter for r in partner] == ["mu"] and partner[0].note == AT_OWN
    assert p_value is None and verdict is agrees
    comparison = replace(comparison, untestable="takes every choice for a decision")
    assert explanation._partner(comparison)[2] is None


def test_known_log_likelihoods_give_the_comparison_that_evaluating_again_gives():
    fit = fits.scalar_fit()
    comparison, score = explanation._judge(Posterior.of(fit), 0.95)
    assert repr(comparison) == repr(agreeing())
    assert score.n == 60
    # anonymous identical rows stand for one another
    choices = experiment("normal", labelers=400, boundary=1.25, ndt=0.3, seed=1)
    choices = replace(choices, rt=choices.rt.round(1)).grouped()
    rng = np.random.default_rng(1)
    posterior = {"mu": rng.normal(0.5, 0.1, 50), "sigma": rng.normal(1, 0.05, 50)}
    fit = fits.made_up(choices, "hierarchical", posterior, boundary=1.25, ndt=0.2)
    comparison, score = explanation._judge(Posterior.of(fit), 0.95)
    assert len(choices) < 200 and score.n == 400
    for ours, theirs in zip(comparison.rows, bd.compare(fit).rows, strict=True):
        assert ours.se == pytest.approx(theirs.se, rel=1e-9, nan_ok=True)


def test_agreement_needs_no_explanation():
    result = bd.explain(agreeing(), progress=False)
    assert result.rows == () and result.table.empty
    assert result.text == f"Nothing to explain: {agreeing().verdict}"
    assert result.text in repr(result) and result.text in result._repr_html_()
    assert result.to_dict()["rows"] == []


def test_a_model_of_the_familys_fit_is_rebuilt_with_its_settings():
    fit = fits.pretended("labeler_boundary")
    settings = Posterior.of(fit).settings
    again = bd.models.builder(settings.model)(fits.scalar(), **settings.options)
    assert {rv.name for rv in again.free_RVs} == {rv.name for rv in model_of(fit).free_RVs}


@pytest.fixture(scope="module")
def camps(tmp_path_factory):
    """Two camps, which the normal model misses, at a known boundary; explained at the command."""
    folder = tmp_path_factory.mktemp("explained")
    known = {"boundary": 1.25, "ndt": 0.3}
    who = population("mixture", means=(1.4, -2.2), weights=(0.8, 0.2))
    choices = experiment(who, labelers=600, choices=3, **known, seed=5)
    fit = fits.quiet_fit(choices, draws=300, tune=300, **known)
    path, out = bd.save(fit, folder / "fit.nc"), folder / "c.json"
    with pytest.MonkeyPatch.context() as patch:
        # one of the refits: the others take as long again
        patch.setattr(explanation, "relaxations", lambda fit: (relaxations(fit)[0][:1], []))
        result = bayes_ddm("compare", path, "--explain", "--json", out).done()
    return result, json.loads(out.read_text())


def test_the_population_s_shape_is_found_from_end_to_end(camps):
    result, numbers = camps
    assert numbers["verdict"].startswith("disagree on mu")
    fitted, mixture = numbers["explanation"]["rows"]
    assert (fitted["elpd_diff"], fitted["agrees"]) == (0.0, False)
    assert mixture["converged"] and mixture["agrees"] and mixture["p_value"] > 0.05
    # the true average is 0.68; the refit's is nearer, by 600 labelers' standard error of 0.06
    assert abs(mixture["preferences"][0]["posterior"] - 0.68) < 4 * 0.06
    assert mixture["elpd_diff"] > 2 * mixture["elpd_se"]
    assert "Allowing for a mixture of normals mends it" in result.out
    assert numbers["explanation"]["text"].startswith("Allowing for a mixture of normals mends it")
    # results on standard output, how far it is on the other
    assert "refit 1 of 1, allowing for a mixture of normals" in result.err
    assert "refit 1 of 1" not in result.out and "\x1b" not in result.out
