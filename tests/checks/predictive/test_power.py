"""Checks pass on data of the model, and fail, in the right words, on data of another one.

All parameters are those of highest likelihood, so that the model does its best each time.
"""

from dataclasses import replace
from functools import cache

import matplotlib
import numpy as np
import pytest

from bayes_ddm.checks.predictive.mends import ruled_out
from bayes_ddm.simulate import experiment, first_passage, population
from tests.support.hierarchical import checks, most_likely

WHO = population("normal", mean=0.5, sd=0.8)
DESIGN = {"labelers": 60, "choices": 30, "ndt": 0.3, "seed": 5}
NAMES = [
    "choice share by group of labelers",
    "choice share by labeler",
    "response-time quantiles by choice",
    "response-time distribution",
    "labelers one by one",
    "spread between labelers",
]


@cache
def good():
    choices = experiment(WHO, boundary=1.25, **DESIGN)
    return checks(choices, most_likely(choices))


def failing(result):
    return {check.name for check in result.checks if not check.ok}


def test_all_pass_on_data_of_the_model():
    result = good()
    assert result.ok
    assert [check.name for check in result.checks] == NAMES
    assert not any("Try" in check.sentence for check in result.checks)
    # fitted labelers have seen their data: fewer than 5 % are outside
    assert result["labelers one by one"].number < 0.1


def test_many_labelers_of_few_choices_do_not_fool_the_checks():
    # fitted to their own few choices, labelers look less extreme than these choices: a check that
    # sorted them by what is fitted would fail here
    choices = experiment(WHO, labelers=2000, choices=5, boundary=1.25, ndt=0.3, seed=8)
    assert failing(checks(choices, (0.5, 0.8, 1.25, 0.3), draws=100)) == set()


def test_another_boundary_for_half_of_the_labelers():
    boundary = np.where(np.arange(60) % 2, 1.6, 1.0)
    choices = experiment(WHO, boundary=boundary, **DESIGN)
    result = checks(choices, most_likely(choices))
    one_by_one = result["labelers one by one"]
    assert not one_by_one.ok
    assert one_by_one.number > 0.15
    assert "'labeler_boundary'" in one_by_one.sentence
    assert not result.ok
    # the same check does not recommend what the model has
    has = checks(choices, most_likely(choices), has=("spread", "boundary"))
    assert "'labeler_boundary'" not in has["labelers one by one"].sentence


def test_lapses():
    choices = experiment(WHO, boundary=1.25, lapse=0.1, **DESIGN)
    result = checks(choices, most_likely(choices))
    quantiles = result["response-time quantiles by choice"]
    assert not quantiles.ok
    assert "'contaminated'" in quantiles.sentence


def test_a_pooled_model_of_people_who_differ():
    choices = experiment(WHO, boundary=1.25, **DESIGN)
    result = checks(choices, most_likely(choices, pooled=True), has=())
    for name in ("choice share by labeler", "spread between labelers"):
        assert not result[name].ok
        assert "Try labelers who differ (model 'hierarchical'" in result[name].sentence
    # labelers' shares spread over most of 0 to 1
    assert result["choice share by labeler"].misfit > 0.3


def test_a_starting_point_off_the_middle():
    choices = experiment(WHO, boundary=1.25, **DESIGN)
    rng = np.random.default_rng(3)
    drift = WHO.draw(rng, 60)[choices.labeler]
    choice, time = first_passage(drift, 1.25, rng, start=0.65)
    biased = replace(choices, choice=choice, rt=time + 0.3)
    assert (ruled_out(choices), ruled_out(biased)) == ({"start"}, frozenset())
    result = checks(biased, most_likely(biased))
    for name in ("response-time quantiles by choice", "response-time distribution"):
        assert not result[name].ok
        assert "Try a starting point off the middle" in result[name].sentence


def test_types_of_labelers_show_in_new_people_only():
    choices = experiment("mixture", boundary=1.25, **DESIGN)
    parameters = most_likely(choices)
    result = checks(choices, parameters)
    assert failing(result) == {"spread between labelers"}
    assert "Try types of labelers" in result["spread between labelers"].sentence


def test_new_labelers_are_not_compared_one_by_one_by_their_shares():
    choices = experiment(WHO, boundary=1.25, **DESIGN)
    result = checks(choices, most_likely(choices), same=False)
    assert result.ok
    assert "choice share by labeler" not in {check.name for check in result.checks}


@pytest.mark.slow
def test_bands_cover_what_they_should():
    # data and replications of the same parameters: 95 % of points lie in their band. Points of one
    # curve go together, so count data sets: the mean coverage of a curve has a standard deviation
    # below 0.2, hence 40 of them a standard error below 0.03
    inside, p = [], []
    for seed in range(40):
        choices = experiment(WHO, labelers=20, choices=5, boundary=1.25, ndt=0.3, seed=seed)
        parameters = (0.5, 0.8, 1.25, 0.3)
        result = checks(choices, parameters, same=False, draws=60, seed=seed)
        curve = result["response-time distribution"]
        between = (curve.low <= curve.observed) & (curve.observed <= curve.high)
        inside.append(between[:, 5:].mean())
        p.append(curve.p_value)
    assert abs(np.mean(inside) - 0.95) < 0.06
    # standard error of the share is 0.063
    assert abs(np.mean(np.array(p) <= 0.2) - 0.2) < 0.19


@pytest.mark.parametrize("name", NAMES)
def test_every_check_draws_itself(name):
    check = good()[name]
    figure = check.plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    for axis in figure.axes:
        assert axis.get_xlabel() or figure.get_supxlabel()
    assert figure.axes[0].get_ylabel() or figure.get_supylabel()
    assert len(figure._repr_png_()) > 5000


def test_all_checks_in_one_figure_and_table():
    result = good()
    figure = result.plot()
    assert len(figure.axes) == 1 + 1 + 2 + 2 + 4 + 1
    assert list(result.table.columns) == [
        "p_value",
        "number",
        "typical",
        "misfit",
        "unit",
        "ok",
        "minor",
    ]
    assert result.table["ok"].all()
    assert "passes" in repr(result) and "FAILS" not in repr(result)
    assert "<table" in result._repr_html_()
    with pytest.raises(Exception, match="no check 'x'; there are choice share by group"):
        result["x"]
    assert repr(result.checks[0]).startswith("passes   choice share by group of labelers: ")
