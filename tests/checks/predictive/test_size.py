"""How large a misfit is: what chance adds is taken off, and what is small is a note."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_ddm.checks.predictive.average import WatchAverage
from bayes_ddm.checks.predictive.statistics import size_of
from bayes_ddm.data.choices import Choices
from bayes_ddm.simulate import experiment, first_passage, population
from tests.support.hierarchical import checks

WHO = population("normal", mean=0.5, sd=0.8)


def test_chance_alone_has_no_size():
    rng = np.random.default_rng(0)
    sd = rng.uniform(0.01, 0.1, 100_000)
    # the standard error of a mean square of 100,000 is half a percent of about .0044
    assert size_of(rng.normal(0, sd), sd).typical < 0.01
    bent = size_of(rng.normal(0.03, sd), sd)
    assert bent.typical == pytest.approx(0.03, abs=0.002)
    assert bent.largest > 0.2 and bent.sure < bent.largest


def test_what_is_not_compared_has_no_size():
    result = size_of(np.array([np.nan, np.nan]), np.array([1.0, np.nan]))
    assert np.isnan([result.typical, result.largest, result.sure]).all()


def test_many_rows_show_a_misfit_that_is_too_small_to_matter():
    # a boundary 4 % too low evens out shares and shortens decisions: both are seen in 20,000, where
    # the standard error of a mean time is half a percent
    choices = experiment(WHO, labelers=200, choices=100, boundary=1.25, ndt=0.3, seed=3)
    result = checks(choices, (0.5, 0.8, 1.2, 0.3), draws=120)
    noted = [check for check in result.checks if check.minor]
    assert "response-time distribution" in {check.name for check in noted}
    assert all(check.ok and check.p_value < 0.01 for check in noted)
    assert all("Too small to matter: the misfit is typically" in c.sentence for c in noted)
    assert not any("Try" in check.sentence for check in noted)
    assert "note" in {row[-1] for row in result.overview().rows}
    # slow choices are off by a tenth of a second, which would mislead
    assert not result["response-time quantiles by choice"].ok and not result.ok


def average(missed, sd=0.1):
    """What the check says of a model whose labelers have drifts lower by what is missed."""
    rng = np.random.default_rng(4)
    labeler = np.repeat(np.arange(60), 30)
    drift = WHO.draw(rng, 60)[labeler]
    choice, time = first_passage(drift, 1.25, rng)
    frame = pd.DataFrame({"choice": choice, "rt": time + 0.3, "labeler": labeler})
    watch = WatchAverage(
        Choices.from_frame(frame, labeler="labeler"), 1.25, 0.3, 0.0, {"mu": sd}, {}
    )
    for _ in range(120):
        choice, time = first_passage(drift - missed, 1.25, rng)
        watch.add(choice, time + 0.3)
    return watch.result()


def test_whether_the_average_is_moved():
    # labelers' drifts given, pseudo-labels of 1,800 rows average with a standard error of .03
    result = average(0.0)
    assert result.state == "fine"
    assert "what else the model misses does not move it" in result.sentence
    result = average(0.3)
    assert result.state == "fails" and "misses the average itself" in result.sentence
    # the same gap, where little is known of the average, is of no account
    assert average(0.3, sd=1.0).state == "note"


def test_presses_faster_than_the_ndt_have_bounded_weights():
    choices = experiment(WHO, labelers=30, choices=10, boundary=1.25, ndt=0.3, seed=6)
    watch = WatchAverage(choices, 1.25, 0.3, 0.0, {"mu": 0.1}, {})
    quick = replace(choices, rt=np.full(len(choices), 0.3001))
    # a press at the ndt counts as one that took a twentieth of the squared boundary
    assert np.abs(watch._labels(quick.choice, quick.rt)).max() < 1.25 / (0.05 * 1.25**2)
