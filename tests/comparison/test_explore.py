"""A ladder of models: which steps pay, what is recommended, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison.ladder import Ladder, Rung, simplest
from bayes_ddm.comparison.relaxations import NotTried
from bayes_ddm.simulate import experiment, population

LABELERS = 25


def rung(step, gain, over=None, *, se=5.0, columns=1, **more):
    """A rung whose log score is that much above the one below, with that standard error."""
    rng = np.random.default_rng(len(step))
    noise = rng.normal(size=LABELERS)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    own = gain / LABELERS + se / np.sqrt(LABELERS) * noise
    score = own if over is None else over.score + own
    given = {"model": "contextual", "drift": "1 + x", "options": {}} | more
    averages = {"Intercept": 0.1, "x": 0.3}
    return Rung(step=step, columns=columns, score=score, averages=averages, over=over, **given)


def a_ladder():
    first = rung("one boundary and ndt for all", -500)
    own = rung("own boundary and ndt", 60, first, model="labeler_boundary")
    noise = rung("drift noise", 3, own, se=1)
    best = rung("own closing bounds", 40, own, options={"collapse": bd.by_labeler()})
    left = (NotTried("saturating drift", "there are no attributes"),)
    return Ladder((first, own, noise, best), (first, own, best), left, LABELERS, 900, 5, 1)


def test_gains_are_paired():
    ladder = a_ladder()
    np.testing.assert_allclose(ladder.table["gain"], [np.nan, 60, 3, 40])
    np.testing.assert_allclose(ladder.table["se"], [np.nan, 5, 1, 5])
    assert ladder.table["kept"].tolist() == [True, True, False, True]
    # three standard errors, but less than 4
    words = ["where it starts", "pays", "does not pay", "pays"]
    assert ladder.table["finding"].tolist() == words


def test_what_is_recommended_can_be_run():
    ladder = a_ladder()
    assert ladder.best.step == "own closing bounds"
    assert set(ladder.options) == {"model", "drift", "collapse"}
    assert ladder.code == "bd.fit(choices, 'contextual', drift='1 + x', collapse=bd.by_labeler())"
    grouped = replace(ladder, between="country")
    assert "drift='1 + x', between='country'" in grouped.code


def test_a_ladder_says_itself():
    ladder = a_ladder()
    assert "What pays: own boundary and ndt (+60, se 5)" in ladder.text
    assert "What does not: drift noise." in ladder.text
    assert "Not tried: saturating drift, since there are no attributes." in repr(ladder)
    assert "average x" in repr(ladder) and ladder.code in repr(ladder)
    kept = json.loads(ladder.to_json())
    assert kept["recommended"] == ladder.code and kept["rungs"][0]["gain"] is None
    assert [each["kept"] for each in kept["rungs"]] == [True, True, False, True]


def test_a_ladder_draws_itself():
    figure = a_ladder().plot()
    (axis,) = figure.axes
    assert axis.get_yticklabels()[0].get_text() == "own boundary and ndt"
    assert len(figure._repr_png_()) > 5000


def test_ties_go_to_the_simpler():
    first = rung("1 + x", 0, columns=2)
    better = rung("1 + x + y", 50, first, columns=3)
    as_good = rung("0 + z", 48, first, se=6, columns=1)
    assert simplest([first, better, as_good]) is as_good
    worse = rung("0 + w", -40, first, columns=1)
    assert simplest([first, better, worse]) is better
    assert simplest([first, rung("1 + x + v", 6, first, columns=3)]) is first


def small(**more):
    return experiment(
        population("normal", mean=0.5, sd=0.8), labelers=12, choices=20, ndt=0.3, seed=1, **more
    )


def test_what_has_no_ladder():
    choices = small(boundary=1.25)
    anonymous = replace(choices, labeler=None, labelers=None)
    with pytest.raises(bd.InputError, match="a ladder needs labelers"):
        bd.explore(anonymous)
    once = choices._take(np.arange(0, len(choices), 20))
    windowed = bd.simulate.experiment(
        "normal", labelers=5, choices=9, boundary=1.25, deadline=1.0, seed=1
    )
    with pytest.raises(bd.InputError, match="a ladder knows no deadline"):
        bd.explore(windowed)
    with pytest.raises(bd.InputError, match="most labelers have one"):
        bd.explore(once)
    with pytest.raises(bd.InputError, match="no step 'nois'; did you mean 'noise'"):
        bd.explore(choices, steps=["nois"])
    with pytest.raises(bd.InputError, match="an empty list"):
        bd.explore(choices, drift=[])
    with pytest.raises(bd.InputError, match="take the step 'drift'"):
        bd.explore(choices, drift=["1", "1 + x"], steps=["own"])
    with pytest.raises(bd.InputError, match="folds"):
        bd.explore(choices, folds=1)


@pytest.mark.slow
def test_a_step_that_pays_is_found():
    # people who differ in caution by a half, and nothing else
    choices = small(boundary=np.exp(np.linspace(-0.7, 0.7, 12)))
    ladder = bd.explore(choices, steps=["link", "own"], folds=2, progress=False)
    assert [rung.step for rung in ladder.path][1:] == ["own boundary and ndt"]
    assert ladder.options == {"model": "labeler_boundary"}
    assert ladder.not_tried == (NotTried("saturating drift", "there are no attributes"),)
