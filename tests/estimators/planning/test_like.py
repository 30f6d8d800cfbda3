"""A plan after choices that were made already, and after condensed ones."""

from dataclasses import replace

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.simulate import experiment

ASKED = {"choices": 5, "target_se": 0.05, "known": ["boundary", "ndt"], "pilot": 2000}


def test_a_plan_after_condensed_choices_is_that_after_all():
    rows = experiment("normal", labelers=5000, choices=1, boundary=1.25, ndt=0.3, seed=1)
    sizes = [
        bd.plan(like=x, **ASKED, progress=False).recommended.labelers
        for x in (rows, bd.condense(rows))
    ]
    truth = bd.plan(boundary=1.25, mean=0.5, sd=1, ndt=0.3, **ASKED, progress=False)
    assert sizes[0] == sizes[1]
    # sd 1 and boundary are known to some 3 % of 5,000 choices, their variance to twice that
    assert sizes[0] == pytest.approx(truth.recommended.labelers, rel=0.2)


def test_features_are_those_of_the_choices():
    options = np.array([[1.0, 0.0], [0.5, 1.0], [-1.0, 2.0]])
    rows = experiment(
        lambda rng, n: rng.normal([0.8, -0.4], 0.7, (n, 2)),
        features=lambda rng, n: options[rng.integers(3, size=n)],
        labelers=4000,
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=1,
    )
    made = bd.plan(like=bd.condense(rows), **ASKED, progress=False)
    assert len(made.parameters) == 2


def test_what_is_taken_twice_or_not_at_all_is_refused():
    rows = experiment("normal", labelers=300, choices=1, boundary=1.25, ndt=0.3, seed=1)
    with pytest.raises(InputError, match="like= gives boundary"):
        bd.plan(like=rows, boundary=1.0, target_se=0.1)
    with pytest.raises(InputError, match="give a boundary, or"):
        bd.plan(target_se=0.1)


def test_labelers_who_are_condensed_to_sums_are_planned_after_by_their_rows():
    known = experiment("normal", labelers=2000, choices=2, boundary=1.25, ndt=0.3, seed=1)
    pooled = replace(known, labeler=None, labelers=None)
    ours, theirs = (
        bd.plan(like=bd.condense(x), **ASKED, progress=False).recommended for x in (known, pooled)
    )
    assert ours == theirs
