"""Trials that ran out of time: bounded labels count them, and are right where others are off."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import bounded, consistent, known_boundary
from bayes_ddm.estimators.bootstrap import bootstrap, resample
from bayes_ddm.simulate import experiment, population
from tests.support.tables import refusal

KNOWN = {"boundary": 1.5, "ndt": 0.3}
MEAN = 0.5


def simulated(labelers, choices, deadline, seed, **more):
    who = population("normal", mean=MEAN, sd=0.8)
    given = {"labelers": labelers, "choices": choices, "deadline": deadline, "seed": seed}
    return experiment(who, **given, **KNOWN, **more)


@pytest.mark.parametrize("choices", [1, 8])
def test_the_average_is_right_where_others_are_off(choices):
    # by labeler, a quarter of whose trials run out of time or none
    labelers = 8000 // choices
    rng = np.random.default_rng(1)
    deadline = rng.choice([1.5, 2.0, 6.0], labelers)
    late, plain = [], []
    for seed in range(12):
        made = simulated(labelers, choices, deadline, seed)
        assert made.n_omitted > 1000
        late.append(bounded(made, known_boundary(made, **KNOWN)))
        plain.append(consistent(made, known_boundary(made, **KNOWN)).values[0])
    values = np.array([x.values[0] for x in late])
    se = np.mean([x.se[0] for x in late])
    # its own largest bias, and 3 standard errors of 12 data sets
    slack = late[0].largest_bias[0] + 3 * se / np.sqrt(12)
    assert abs(values.mean() - MEAN) < slack and late[0].reliable
    assert np.mean(plain) - MEAN > 3 * slack
    # the sd of 12 values is within a factor of 2 of what it is of, but once in a thousand times
    assert 0.5 < values.std(ddof=1) / se < 2


def test_only_a_boundary_that_others_do_not_make_is_relied_on():
    made = simulated(200, 10, 2.0, 3)
    table = bd.estimate(made, **KNOWN)
    reliable = [e.estimator for e in table.estimates if e.reliable]
    assert reliable == ["bounded_known_boundary"]
    assert table.recommendation.estimator == "bounded_known_boundary"
    absent = simulated(200, 10, 2.0, 3, omissions="absent")
    assert not any(e.reliable for e in bd.estimate(absent, **KNOWN).estimates)


def test_a_bootstrap_draws_the_trials_without_a_choice_too():
    made = simulated(60, 10, 1.5, 4)
    drawn = resample(made, np.random.default_rng(1))
    each = np.bincount(made.labeler, minlength=60) + np.bincount(made.omitted.labeler, minlength=60)
    assert set(np.bincount(drawn.labeler) + np.bincount(drawn.omitted.labeler, minlength=60)) <= {
        *each
    }
    single = simulated(400, 1, 1.5, 5)
    drawn = resample(single, np.random.default_rng(1))
    assert drawn.n_choices + drawn.n_omitted == 400 and drawn.n_omitted != single.n_omitted
    known = known_boundary(made, **KNOWN)
    values = bootstrap(made, lambda c: bounded(c, known).values[0], 50, 1, progress=False)
    # the sd of 50 replicates has a relative error of 10 %
    assert values.std(ddof=1) == pytest.approx(bounded(made, known).se[0], rel=0.4)


def test_a_deadline_below_the_ndt_is_said():
    frame = pd.DataFrame({"choice": [1, np.nan], "rt": [0.9, np.nan], "limit": [2.0, 0.25]})
    made = bd.Choices.from_frame(frame, deadline="limit")
    row = bounded(made, known_boundary(made, **KNOWN))
    assert not row.reliable and "a deadline is hardly above the ndt" in row.note
    assert refusal(bd.Choices.from_frame, frame, deadline=0.5)
