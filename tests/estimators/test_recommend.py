"""Which row is to be taken, by what a table holds."""

from dataclasses import replace

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.simulate import experiment

KNOWN = {"boundary": 1.25, "ndt": 0.3}


@pytest.fixture(scope="module")
def twice():
    return experiment("normal", labelers=600, choices=2, **KNOWN, seed=1)


def advice(choices, **given):
    return bd.estimate(choices, **given).recommendation


def test_what_is_given_comes_before_what_is_learned(twice):
    assert advice(twice, **KNOWN).estimator == "consistent_known_boundary"
    found = advice(twice)
    assert found.sentence.startswith(
        "Recommended: consistent_conditional_boundary, since labelers repeat comparisons"
    )


def test_a_population_is_believed_in_only_without_repeats(twice):
    anonymous = replace(twice, labeler=None, labelers=None)
    assert advice(anonymous).estimator == "semiparametric"


@pytest.mark.parametrize(
    ("rt", "says"),
    [
        (0.1, "some responses are too fast to be decisions"),
        # the only one, just after the ndt: nothing stands apart
        (0.3002, "the unbounded row is more than a standard error away"),
    ],
)
def test_one_press_too_fast_asks_for_the_bounded_row(twice, rt, says):
    hit = np.arange(len(twice)) == 5
    found = advice(replace(twice, rt=np.where(hit, rt, twice.rt)), **KNOWN)
    assert found.estimator == "bounded_known_boundary" and says in found.why


def test_none_is_recommended_where_all_are_contradicted():
    start = experiment("normal", labelers=400, choices=20, **KNOWN, start=0.65, seed=2)
    found = advice(start)
    assert found.estimator is None
    assert found.sentence == (
        "Recommended: none of these, since these choices contradict what they assume (see the "
        "notes)."
    )
    single = experiment("normal", labelers=20, choices=1, **KNOWN, seed=3)
    assert "give one, or let labelers repeat comparisons" in advice(single).sentence
