"""Experiments with a deadline: the same trials, of which the late ones never came."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment

GIVEN = {"labelers": 20, "choices": 6, "boundary": 1.5, "ndt": 0.3, "seed": 1}


def test_late_trials_are_omissions_and_the_others_are_as_they_were():
    every, cut = experiment("normal", **GIVEN), experiment("normal", **GIVEN, deadline=2.5)
    in_time = every.rt <= 2.5
    np.testing.assert_array_equal(cut.rt, every.rt[in_time])
    np.testing.assert_array_equal(cut.labelers[cut.labeler], every.labeler[in_time])
    late = cut.omitted
    assert late is not None and (late.rt == 2.5).all() and (late.choice == 0).all()
    np.testing.assert_array_equal(late.labelers[late.labeler], every.labeler[~in_time])


def test_or_absent():
    cut = experiment("normal", **GIVEN, deadline=1.5, omissions="absent")
    assert cut.truncated and cut.n_choices == experiment("normal", **GIVEN, deadline=1.5).n_choices


def test_labelers_who_never_chose_are_left_out_and_counted():
    deadline = np.where(np.arange(20) == 4, 0.31, 4.0)
    cut = experiment("normal", **GIVEN, deadline=deadline)
    assert cut.n_labelers == 19 and cut.dropped == {"no choice, by labelers who made none": 6}
    assert cut.n_choices + cut.n_omitted == 19 * 6


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"deadline": -1.0}, "deadline must be positive"),
        ({"deadline": 0.1}, "no choice comes by the deadline of 0.1 s"),
        ({"deadline": 1.0, "omissions": "gone"}, "omissions must be 'rows' or 'absent'"),
    ],
)
def test_what_cannot_be_is_refused(options, words):
    with pytest.raises(InputError, match=words):
        experiment("normal", **GIVEN, **options)
