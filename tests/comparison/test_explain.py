"""Explanations: the words follow the rows, and a refit finds what the data were simulated with."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison import explain as explanation
from bayes_ddm.comparison.explanation import Explanation, Preference, Relaxed, sentences
from bayes_ddm.comparison.relaxations import compatible, relaxations, together
from bayes_ddm.comparison.result import AT_OWN, ONE_FOR_ALL, ComparisonRow
from bayes_ddm.comparison.verdict import Test
from bayes_ddm.fitting.posterior import Posterior, model_of
from bayes_ddm.simulate import experiment, population
from tests.support import fits
from tests.support.commands import bayes_ddm

DISAGREE = "disagree on mu (closed form 0.7, posterior 0.5; x, p = 0.001): the shape."


# --- the words ------------------------------------------------------------------------------------


def row(instead, gain=0.0, se=1.0, *, p=None, agrees=False, **changes):
    made = Relaxed(
        assumption=f"no {instead}",
        instead=instead,
        model="hierarchical",
        options="",
        estimator="consistent_model_boundary",
        preferences=(Preference("mu", 0.5, 0.6, 0.1, 0.2),),
        p_value=p,
        agrees=agrees,
        untestable="",
        elpd_diff=gain,
        elpd_se=se,
    )
    return replace(made, **changes)


FITTED = row("as fitted", p=1e-5)


def said(*rows, verdict=DISAGREE, not_tried=()):
    found = sentences([FITTED, *rows], not_tried, verdict=verdict, length="2 chains of 500 draws")
    assert found[-1].startswith("This points, it does not prove")
    return found[:-1]


def test_a_tested_mend_comes_with_its_p_value_and_gain():
    (found,) = said(row("camps", 93.7, 13.9, p=0.59, agrees=True))
    assert found == (
        "Allowing for camps mends it: closed form and posterior then differ by no more than "
        "chance (p = 0.59), and the log score of left-out labelers rises by 93.7 (se 13.9)."
    )


def test_a_mend_without_a_test_says_so_and_the_smaller_one_comes_second():
    first, second = said(
        row("own ndt", 20, 2, agrees=True, untestable=ONE_FOR_ALL),
        row("own boundaries", 80, 9, agrees=True, untestable=ONE_FOR_ALL),
    )
    assert first.startswith("Allowing for own boundaries mends it, as far as can be seen without")
    assert "differ by 0.1 (se 0.2), the closed form taken at labelers' own values" in first
    assert second.startswith("Allowing for own ndt also mends it")
    assert "rises less, by 20.0 (se 2.0)" in second


def test_of_several_preferences_the_one_that_differs_most_is_named():
    each = (Preference("amount", 0.5, 0.6, 0.1, 0.2), Preference("delay", 1, 0.7, -0.3, 0.2))
    (found,) = said(row("own boundaries", 80, 9, agrees=True, preferences=each))
    assert "differ on delay by 0.3 (se 0.2)" in found


def test_better_prediction_that_leaves_the_difference_is_no_mend():
    first, second = said(row("camps", 30, 5, p=1e-4))
    assert first.startswith("Nothing that was tried mends it")
    assert second == "Better prediction, but no mend: camps (+30.0, se 5.0)."


def test_a_difference_lost_in_a_wider_posterior_is_no_mend():
    first, second = said(row("camps", 3, 5, p=0.4, agrees=True))
    assert first.startswith("Nothing that was tried mends it")
    assert "within chance, but prediction no better: camps (+3.0, se 5.0)" in second


@pytest.mark.parametrize(("gain", "se"), [(3.9, 0.1), (19.9, 10.0)])
def test_small_or_uncertain_gains_are_none(gain, se):
    made = row("camps", gain, se, p=0.4, agrees=True)
    assert not made.better and not made.mends and made.finding == "no better, agrees"


def test_what_cannot_be_tested_is_left_to_prediction():
    lapses = row("lapses", 50, 5, agrees=None, untestable="takes every choice for a decision")
    first, second = said(lapses)
    assert first == "Of what can be tested nothing mends it; prediction points to lapses."
    assert second.startswith("Allowing for lapses predicts left-out labelers better, by 50.0")
    assert second.endswith("the closed form takes every choice for a decision.")
    first, *_ = said(lapses, row("camps", 60, 5, p=1e-4))
    assert first.endswith("what predicts best, camps, leaves the difference.")


def test_something_else_that_predicts_better_than_the_mend_is_pointed_out():
    found = said(row("camps", 30, 5, p=0.4, agrees=True), row("lapses", 90, 9, agrees=None))
    assert "What predicts best is lapses: more than one fault may be at work." in found
    found = said(row("camps", 90, 5, p=0.4, agrees=True), row("lapses", 30, 9, agrees=None))
    assert not any("more than one fault" in sentence for sentence in found)


def test_two_at_once_that_predict_no_better_than_one_add_nothing():
    one = row("lapses", 50, 5, agrees=None, untestable="takes every choice for a decision")
    two = row("a start", 10, 2, p=1e-4)
    both = replace(one, instead="lapses and a start", parts=("lapses", "a start"))
    *_, last = said(one, two, replace(both, elpd_diff=53.0))
    assert last == "Together, lapses and a start predict no better than lapses alone."
    found = said(one, two, replace(both, elpd_diff=55.0))
    assert found[0].endswith("prediction points to lapses and a start.")
    assert found[1].startswith("Allowing for lapses and a start predicts")


def test_what_does_nothing_has_not_settled_or_was_not_tried_is_said():
    doubt = row("lapses", -1, 2, agrees=None, doubtful=2)
    bad = row("tails", 20, 2, p=0.5, agrees=True, problem="R-hat 1.4", unused=("sigma",))
    left = explanation.NotTried("one ndt", "single choices cannot tell")
    found = said(doubt, bad, not_tried=[left])
    assert found == (
        "Nothing that was tried mends it: the fault lies elsewhere, or in several assumptions at "
        "once; see where the model mispredicts (bayes-ddm diagnose).",
        "Neither a mend nor better prediction: lapses (-1.0, se 2.0).",
        "Not settled in so few draws, and not judged: tails (R-hat 1.4; log score +20.0, se 2.0).",
        "Log scores of lapses rest on labelers with a high Pareto k.",
        "What was given for sigma has no place in hierarchical.",
        "Not tried: one ndt, since single choices cannot tell.",
    )
    assert bad.finding == "not settled" and not bad.mends
    assert said(bad)[0] == "No refit settled, so that nothing can be said."


def test_without_disagreement_only_prediction_is_spoken_of():
    found = said(row("camps", 30, 5, p=0.4, agrees=True), row("lapses"), verdict="agree: (p 0.4).")
    assert found == (
        "There is no disagreement to mend (agree).",
        "Better prediction of left-out labelers, in log score: camps (+30.0, se 5.0).",
        "No better: lapses (+0.0, se 1.0).",
    )


def test_it_is_shown_as_text_html_table_and_json():
    each = (Preference("<b>", 0.5, 0.6, 0.1, 0.2), Preference("delay", 1, np.nan, -0.3, 0.2))
    rows = (FITTED, row("camps & co", 93.7, 13.9, p=1e-9, agrees=True))
    rows = tuple(replace(r, preferences=each) for r in rows)
    made = Explanation(DISAGREE, rows, ("<i>It</i>.", "So."), (), 500, 400, 2, 1)
    lines = repr(made).splitlines()
    assert "Explanation, by refits of 2 chains of 400 tuning steps and 500 draws" in lines
    assert lines[:2] == ["<i>It</i>.", "So."] and made.text == "<i>It</i>. So."
    html = made._repr_html_()
    assert "&lt;b&gt;" in html and "camps &amp; co" in html and "&lt;i&gt;It" in html
    assert not {"<b>", "<i>"} & set(html.split(">"))
    assert list(made.table["instead"]) == ["as fitted", "camps & co"]
    assert made.table["difference[delay]"].tolist() == [-0.3, -0.3]
    found = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    assert found["rows"][1]["preferences"][1]["closed_form"] is None
    assert found["rows"][1]["p_value"] == 1e-9 and found["rows"][1]["converged"]


# --- what is relaxed ------------------------------------------------------------------------------


def names(fit):
    found, left = relaxations(fit)
    return [r.instead for r in found], [x.assumption for x in left]


def test_every_assumption_of_a_fit_can_be_relaxed_on_its_own():
    assert names(fits.scalar_fit()) == (
        [
            "a mixture of normals",
            "heavy tails",
            "labelers' own boundaries",
            "labelers' own non-decision times",
            "lapses",
            "a biased start",
            "drift that varies from trial to trial",
            "bounds that close in",
        ],
        [],
    )
    fit = fits.made_up(fits.contextual(), "contextual", {"ndt": np.full(9, 0.2)})
    for relaxation in relaxations(fit)[0]:
        model, options, lost = together(Posterior.of(fit).settings, [relaxation])
        program = bd.models.builder(model)(fits.contextual(), **options)
        assert "theta" in program.named_vars and lost == ()


@pytest.mark.parametrize(
    ("model", "options", "first", "missing"),
    [
        ("pooled", {}, "preferences that differ", None),
        ("mixture", {}, "3 types", "a mixture of normals"),
        ("student", {}, "a mixture of normals", "heavy tails"),
        ("labeler_boundary", {}, "a mixture of normals", "labelers' own boundaries"),
        ("start_bias", {}, "a mixture of normals", "a biased start"),
    ],
)
def test_what_a_model_does_not_assume_is_not_relaxed(model, options, first, missing):
    found, left = names(fits.pretended(model, **options))
    assert found[0] == first and missing not in found and left == []


def made_up(choices, **options):
    rng = np.random.default_rng(1)
    posterior = {"mu": rng.normal(0.5, 0.1, 50), "sigma": rng.normal(1, 0.05, 50)}
    return fits.made_up(choices, "hierarchical", posterior, **options)


def test_given_values_and_priors_are_kept_or_freed():
    fit = made_up(fits.scalar(), mu=pm.Normal.dist(0, 0.5), boundary=1.25, ndt=0.2)
    found = {r.instead: r for r in relaxations(fit)[0]}
    learned = found["a boundary and non-decision time learned from the data"]
    settings = Posterior.of(fit).settings
    assert set(settings.given) == {"mu", "boundary", "ndt"}
    model, options, _ = together(settings, [learned])
    free = {rv.name for rv in bd.models.builder(model)(fits.scalar(), **options).free_RVs}
    assert {"boundary", "ndt"} <= free
    own = found["labelers' own boundaries"]
    assert own.options["boundary"].center == 1.25
    assert not compatible([learned, own])
    model, options, lost = together(settings, [found["heavy tails"], own])
    assert model == "student" and lost == () and options["ndt"] == 0.2
    program = bd.models.builder(model)(fits.scalar(), **options)
    assert pm.logp(program["mu"], 0.0).eval() == pytest.approx(-np.log(0.5 * np.sqrt(2 * np.pi)))
    fit = made_up(fits.scalar(), sigma=pm.HalfNormal.dist(0.5), boundary=1.25, ndt=0.0)
    assert together(Posterior.of(fit).settings, [found["heavy tails"]])[2] == ("sigma",)
    assert names(fit)[1] == ["one non-decision time for all"]


@pytest.mark.slow
def test_single_choices_relax_only_what_they_can_tell():
    choices = experiment("normal", labelers=40, boundary=1.25, ndt=0.3, seed=1)
    fit = made_up(choices, boundary=1.25, ndt=0.2)
    found, left = names(fit)
    assert "labelers' own non-decision times" not in found
    steady = "a labeler's drift is the same in every trial"
    assert left == ["one non-decision time for all", steady]
    singles = relaxations(fit)[0]
    for pair in ([a, b] for a in singles for b in singles if compatible([a, b])):
        model, options, _ = together(Posterior.of(fit).settings, pair)
        assert bd.models.builder(model)(choices, **options).free_RVs


def test_what_cannot_be_refitted_is_refused():
    fit = fits.scalar_fit().copy()
    fit.attrs = dict(fit.attrs) | {"model": "mine.build"}
    with pytest.raises(bd.InputError, match=r"'mine.build' is not of the family"):
        _ = Posterior.of(fit).settings
    fit.attrs |= {"model": "hierarchical", "parameters": json.dumps({"mu": "Mixture"})}
    with pytest.raises(bd.InputError, match="prior of mu by name only"):
        _ = Posterior.of(fit).settings


# --- which pairs ----------------------------------------------------------------------------------


def test_only_what_is_asked_for_is_relaxed():
    everything = relaxations(fits.scalar_fit())
    found, left = explanation._asked_for(["the population's shape"], *everything)
    assert [r.model for r in found] == ["mixture", "student"]
    assert {x.assumption for x in left} == {r.assumption for r in everything[0]} - {
        "the population's shape"
    }
    assert explanation._asked_for(None, *everything) == everything
    with pytest.raises(bd.InputError, match="no assumption 'shape' to relax; there are the popul"):
        explanation._asked_for(["shape"], *everything)


def several(**gains):
    """Relaxations tried together after single ones with these gains, in tens of log score."""
    found = {r.instead: r for r in relaxations(fits.scalar_fit())[0]}
    short = {"mixture": "a mixture of normals", "tails": "heavy tails", "lapses": "lapses"}
    short |= {"b": "labelers' own boundaries", "ndt": "labelers' own non-decision times"}
    tried = {row(name, 10.0 * x): found[short[name]] for name, x in gains.items()}
    back = {instead: name for name, instead in short.items()}
    return [[back[r.instead] for r in made] for made in explanation._several(tried)]


def test_the_two_best_are_tried_together_then_a_third():
    assert several(b=3, ndt=2, lapses=1) == [["b", "ndt"], ["b", "ndt", "lapses"]]
    assert several(lapses=-1, b=0.3, ndt=0.2, mixture=0.1) == [["b", "ndt"]]
    assert several(mixture=3, tails=2, ndt=1) == [["mixture", "ndt"]]
    assert several(b=3, ndt=-2) == []


def test_nothing_is_tried_together_once_something_mends():
    found = relaxations(fits.scalar_fit())[0]
    mended, other = row("camps", 50, 5, p=0.5, agrees=True), row("lapses", 40, 5, agrees=None)
    assert list(explanation._several({mended: found[0], other: found[4]})) == []


# --- what a refit is held against -----------------------------------------------------------------


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
    made = replace(agreeing(), rows=rows, tests=tuple(tests))
    partner, p_value, agrees = explanation._partner(made)
    assert (partner[0].estimator, p_value, agrees) == (explanation.TESTED[2], 0.02, False)
    made = replace(made, tests=(tests[0], replace(tests[1], p_value=0.3)))
    assert explanation._partner(made)[1:] == (0.04, True)


@pytest.mark.parametrize(("difference", "agrees"), [(0.19, True), (0.2, False), (np.nan, None)])
def test_at_labelers_own_values_two_standard_errors_decide(difference, agrees):
    rows = (
        comparison_row(explanation.TESTED[1], 5.0),
        comparison_row(explanation.TESTED[2], difference, note=AT_OWN),
        comparison_row(explanation.TESTED[2], 5.0, parameter="sigma", note=AT_OWN),
    )
    made = replace(agreeing(), rows=rows, tests=(), untestable=ONE_FOR_ALL)
    partner, p_value, found = explanation._partner(made)
    assert [r.parameter for r in partner] == ["mu"] and partner[0].note == AT_OWN
    assert p_value is None and found is agrees
    made = replace(made, untestable="takes every choice for a decision")
    assert explanation._partner(made)[2] is None


def test_known_log_likelihoods_give_the_comparison_that_evaluating_again_gives():
    fit = fits.scalar_fit()
    made, score = explanation._judged(Posterior.of(fit), 0.95)
    assert repr(made) == repr(agreeing())
    assert score.n == 60
    # anonymous identical rows stand for one another
    choices = experiment("normal", labelers=400, boundary=1.25, ndt=0.3, seed=1)
    choices = replace(choices, rt=choices.rt.round(1)).grouped()
    fit = made_up(choices, boundary=1.25, ndt=0.2)
    made, score = explanation._judged(Posterior.of(fit), 0.95)
    assert len(choices) < 200 and score.n == 400
    for ours, theirs in zip(made.rows, bd.compare(fit).rows, strict=True):
        assert ours.se == pytest.approx(theirs.se, rel=1e-9, nan_ok=True)


# --- from end to end ------------------------------------------------------------------------------


def test_agreement_needs_no_explanation():
    found = bd.explain(agreeing(), progress=False)
    assert found.rows == () and found.table.empty
    assert found.text == f"Nothing to explain: {agreeing().verdict}"
    assert found.text in repr(found) and found.text in found._repr_html_()
    assert found.to_dict()["rows"] == []


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
    result, found = camps
    assert found["verdict"].startswith("disagree on mu")
    fitted, mixture = found["explanation"]["rows"]
    assert (fitted["elpd_diff"], fitted["agrees"]) == (0.0, False)
    assert mixture["converged"] and mixture["agrees"] and mixture["p_value"] > 0.05
    # the true average is 0.68; the refit's is nearer, by 600 labelers' standard error of 0.06
    assert abs(mixture["preferences"][0]["posterior"] - 0.68) < 4 * 0.06
    assert mixture["elpd_diff"] > 2 * mixture["elpd_se"]
    assert "Allowing for a mixture of normals mends it" in result.out
    assert found["explanation"]["text"].startswith("Allowing for a mixture of normals mends it")
    # results on standard output, how far it is on the other
    assert "refit 1 of 1, allowing for a mixture of normals" in result.err
    assert "refit 1 of 1" not in result.out and "\x1b" not in result.out
