"""Words of explanations: they follow the rows."""

import json
from dataclasses import replace

import numpy as np
import pytest

from bayes_ddm.comparison import explain as explanation
from bayes_ddm.comparison.explanation import Explanation, Preference, sentences
from bayes_ddm.comparison.result import ONE_FOR_ALL
from tests.support.explanations import row

DISAGREE = "disagree on mu (closed form 0.7, posterior 0.5; x, p = 0.001): the shape."


FITTED = row("as fitted", p=1e-5)


def sentences_of(*rows, verdict=DISAGREE, not_tried=()):
    texts = sentences([FITTED, *rows], not_tried, verdict=verdict, length="2 chains of 500 draws")
    assert texts[-1].startswith("This points, it does not prove")
    return texts[:-1]


def test_a_tested_mend_comes_with_its_p_value_and_gain():
    (text,) = sentences_of(row("camps", 93.7, 13.9, p=0.59, agrees=True))
    assert text == (
        "Allowing for camps mends it: closed form and posterior then differ by no more than "
        "chance (p = 0.59), and the log score of left-out labelers rises by 93.7 (se 13.9)."
    )


def test_a_mend_without_a_test_says_so_and_the_smaller_one_comes_second():
    first, second = sentences_of(
        row("own ndt", 20, 2, agrees=True, untestable=ONE_FOR_ALL),
        row("own boundaries", 80, 9, agrees=True, untestable=ONE_FOR_ALL),
    )
    assert first.startswith("Allowing for own boundaries mends it, as far as can be seen without")
    assert "differ by 0.1 (se 0.2), the closed form taken at labelers' own values" in first
    assert second.startswith("Allowing for own ndt also mends it")
    assert "rises less, by 20.0 (se 2.0)" in second


def test_of_several_preferences_the_one_that_differs_most_is_named():
    preferences = (Preference("amount", 0.5, 0.6, 0.1, 0.2), Preference("delay", 1, 0.7, -0.3, 0.2))
    (text,) = sentences_of(row("own boundaries", 80, 9, agrees=True, preferences=preferences))
    assert "differ on delay by 0.3 (se 0.2)" in text


def test_better_prediction_that_leaves_the_difference_is_no_mend():
    first, second = sentences_of(row("camps", 30, 5, p=1e-4))
    assert first.startswith("Nothing that was tried mends it")
    assert second == "Better prediction, but no mend: camps (+30.0, se 5.0)."


def test_a_difference_lost_in_a_wider_posterior_is_no_mend():
    first, second = sentences_of(row("camps", 3, 5, p=0.4, agrees=True))
    assert first.startswith("Nothing that was tried mends it")
    assert "within chance, but prediction no better: camps (+3.0, se 5.0)" in second


@pytest.mark.parametrize(("gain", "se"), [(3.9, 0.1), (19.9, 10.0)])
def test_small_or_uncertain_gains_are_none(gain, se):
    refit = row("camps", gain, se, p=0.4, agrees=True)
    assert not refit.better and not refit.mends and refit.finding == "no better, agrees"


def test_what_cannot_be_tested_is_left_to_prediction():
    lapses = row("lapses", 50, 5, agrees=None, untestable="takes every choice for a decision")
    first, second = sentences_of(lapses)
    assert first == "Of what can be tested nothing mends it; prediction points to lapses."
    assert second.startswith("Allowing for lapses predicts left-out labelers better, by 50.0")
    assert second.endswith("the closed form takes every choice for a decision.")
    first, *_ = sentences_of(lapses, row("camps", 60, 5, p=1e-4))
    assert first.endswith("what predicts best, camps, leaves the difference.")


def test_something_else_that_predicts_better_than_the_mend_is_pointed_out():
    texts = sentences_of(row("camps", 30, 5, p=0.4, agrees=True), row("lapses", 90, 9, agrees=None))
    assert "What predicts best is lapses: more than one fault may be at work." in texts
    texts = sentences_of(row("camps", 90, 5, p=0.4, agrees=True), row("lapses", 30, 9, agrees=None))
    assert not any("more than one fault" in sentence for sentence in texts)


def test_two_at_once_that_predict_no_better_than_one_add_nothing():
    one = row("lapses", 50, 5, agrees=None, untestable="takes every choice for a decision")
    two = row("a start", 10, 2, p=1e-4)
    both = replace(one, instead="lapses and a start", parts=("lapses", "a start"))
    *_, last = sentences_of(one, two, replace(both, elpd_diff=53.0))
    assert last == "Together, lapses and a start predict no better than lapses alone."
    texts = sentences_of(one, two, replace(both, elpd_diff=55.0))
    assert texts[0].endswith("prediction points to lapses and a start.")
    assert texts[1].startswith("Allowing for lapses and a start predicts")


def test_what_does_nothing_has_not_settled_or_was_not_tried_is_said():
    doubt = row("lapses", -1, 2, agrees=None, doubtful=2)
    bad = row("tails", 20, 2, p=0.5, agrees=True, problem="R-hat 1.4", unused=("sigma",))
    left = explanation.NotTried("one ndt", "single choices cannot tell")
    found = sentences_of(doubt, bad, not_tried=[left])
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
    assert sentences_of(bad)[0] == "No refit settled, so that nothing can be said."


def test_without_disagreement_only_prediction_is_spoken_of():
    found = sentences_of(
        row("camps", 30, 5, p=0.4, agrees=True), row("lapses"), verdict="agree: (p 0.4)."
    )
    assert found == (
        "There is no disagreement to mend (agree).",
        "Better prediction of left-out labelers, in log score: camps (+30.0, se 5.0).",
        "No better: lapses (+0.0, se 1.0).",
    )


def test_it_is_shown_as_text_html_table_and_json():
    preferences = (Preference("<b>", 0.5, 0.6, 0.1, 0.2), Preference("delay", 1, np.nan, -0.3, 0.2))
    rows = (FITTED, row("camps & co", 93.7, 13.9, p=1e-9, agrees=True))
    rows = tuple(replace(r, preferences=preferences) for r in rows)
    result = Explanation(DISAGREE, rows, ("<i>It</i>.", "So."), (), 500, 400, 2, 1)
    lines = repr(result).splitlines()
    assert "Explanation, by refits of 2 chains of 400 tuning steps and 500 draws" in lines
    assert lines[:2] == ["<i>It</i>.", "So."] and result.text == "<i>It</i>. So."
    html = result._repr_html_()
    assert "&lt;b&gt;" in html and "camps &amp; co" in html and "&lt;i&gt;It" in html
    assert not {"<b>", "<i>"} & set(html.split(">"))
    assert list(result.table["instead"]) == ["as fitted", "camps & co"]
    assert result.table["difference[delay]"].tolist() == [-0.3, -0.3]
    numbers = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert numbers["rows"][1]["preferences"][1]["closed_form"] is None
    assert numbers["rows"][1]["p_value"] == 1e-9 and numbers["rows"][1]["converged"]
