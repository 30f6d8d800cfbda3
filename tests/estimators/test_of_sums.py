"""Closed forms of known labelers who are condensed to sums, against those of all their rows."""

from dataclasses import replace

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.data import whole_labelers
from bayes_ddm.data.whole_labelers import MOST_LABELERS, WholeLabelers, chosen
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    boundary_test,
    choice_time_test,
    conditional_boundary,
    consistent,
    efficient,
    known_boundary,
    labeler_boundaries,
    semiparametric_boundary,
    three_scale,
    two_scale,
)
from bayes_ddm.estimators.assumptions.one_boundary import partner
from bayes_ddm.simulate import experiment

GIVEN = {"boundary": 1.25, "ndt": 0.3}


@pytest.fixture(scope="module")
def people():
    # few enough that all are kept whole, so that standard errors are theirs
    return experiment("normal", labelers=900, choices=4, **GIVEN, seed=5)


@pytest.fixture(scope="module")
def few(people):
    return bd.condense(people)


def test_estimates_are_those_of_all_rows(people, few):
    made = bd.estimate(few, **GIVEN)
    assert (made.n_choices, made.n_labelers) == (3600, 900)
    every = {e.estimator: e for e in bd.estimate(people, **GIVEN).estimates}
    assert [e.estimator for e in made.estimates] == [
        name for name in every if "scale" not in name and "efficient" not in name
    ]
    for e in made.estimates:
        all_ = every[e.estimator]
        if "semiparametric" in e.estimator:  # of the law over rows
            assert np.abs(e.values - all_.values)[0] < 2 * all_.se[0] and e.reliable
            continue
        # bounded weights go straight from bin to bin; sigma is not of bounded ones
        near = 1e-5 if all_.largest_bias is None else 5e-2
        np.testing.assert_allclose(e.values, all_.values, atol=near * all_.se.max())
        np.testing.assert_allclose(e.se, all_.se, rtol=1e-2 if near > 1e-3 else 1e-4)
        assert e.reliable == all_.reliable
    assert "kept whole" in " ".join(made.notes) and made.choice_time is not None


def test_boundary_of_repeats_takes_all_labelers_times_and_their_sums(people, few):
    sums = few.choices.summed
    some = sums.whole
    half = chosen(some.labeler[:1800], some.choice[:1800], some.rt[:1800], np.full(450, 2.0))
    thinned = replace(few.choices, summed=replace(sums, whole=half))
    every = conditional_boundary(people)
    # who is kept whole tells errors alone: of 450 labelers, whose fastest weigh most, roughly
    for choices, error in ((few.choices, 1e-4), (thinned, 0.3)):
        found = {b.method: b for b in bd.estimate(choices).boundaries}["conditional"]
        np.testing.assert_allclose(
            [found.boundary, found.ndt], [every.boundary, every.ndt], rtol=1e-6
        )
        np.testing.assert_allclose(found.se, every.se, rtol=error)


def test_those_kept_whole_who_stand_for_others_are_no_partner(few):
    some = few.choices.summed.whole
    half = chosen(some.labeler[:1800], some.choice[:1800], some.rt[:1800], np.full(450, 2.0))
    thinned = replace(few.choices, summed=replace(few.choices.summed, whole=half))
    smooth = replace(semiparametric_boundary(few.choices), reliable=False, note="flat")
    assert partner(thinned, smooth, None) is smooth
    assert partner(few.choices, smooth, None).method == "repeats"


def test_boundary_of_rare_repeats_is_learned_where_hardly_one_is_kept_whole(monkeypatch):
    monkeypatch.setattr(whole_labelers, "MOST_LABELERS", 300)
    rows = experiment("normal", labelers=6000, choices=3, **GIVEN, seed=1)
    repeats = (np.arange(18_000) % 3 == 0) | (rows.labeler < 400)
    rows = rows._part(np.flatnonzero(repeats))[0]
    few, every = bd.condense(rows).choices, conditional_boundary(rows)
    some = few.summed.whole
    # these alone have no boundary
    assert (np.bincount(some.labeler) > 1).sum() < 30
    # and those who made one choice tell nothing of it
    once = np.bincount(some.labeler)[some.labeler] == 1
    labeler = np.unique(some.labeler[once], return_inverse=True)[1]
    weight = np.full(labeler.max() + 1, 6000 / (labeler.max() + 1))
    alone = WholeLabelers(labeler, some.choice[once], some.rt[once], weight)
    for kept in (some, alone):
        found = conditional_boundary(replace(few, summed=replace(few.summed, whole=kept)))
        assert found.reliable
        np.testing.assert_allclose(found.at, every.at, rtol=1e-5)
        np.testing.assert_allclose(found.se, every.se, rtol=0.15)


def test_boundary_that_few_repeats_tell_is_as_doubtful_as_that_of_rows(people):
    fifteen = (np.arange(3600) % 4 == 0) | (people.labeler < 15)
    rows = people._part(np.flatnonzero(fifteen))[0]
    found, every = (conditional_boundary(x) for x in (bd.condense(rows).choices, rows))
    for made in (found, every):
        assert not made.reliable and "too few labelers (15)" in made.note
    np.testing.assert_allclose(found.at, every.at, rtol=1e-4)
    np.testing.assert_array_less(np.abs(np.log(found.se / every.se)), np.log(2))


def test_each_choice_counts_where_labelers_made_more_or_fewer(people):
    rows = people._part(np.flatnonzero((np.arange(3600) % 4 < 2) | (people.labeler < 300)))[0]
    made = bd.estimate(bd.condense(rows), **GIVEN)
    assert any("made 2 to 4 choices, and each choice counts" in note for note in made.notes)
    pooled = replace(rows, labeler=None, labelers=None)
    at = consistent(pooled, known_boundary(pooled, *GIVEN.values()))
    found = made.estimates[0]
    np.testing.assert_allclose(found.values, at.values, rtol=1e-9)
    # a labeler's choices are of one drift, so errors are larger than of as many labelers
    assert found.se[0] > 1.1 * at.se[0]


def test_labelers_kept_whole_stand_for_all_and_add_up():
    labeler = np.repeat(np.arange(3000), 3)
    ones = np.ones(9000, np.int8)
    some = chosen(labeler, ones, np.arange(9000) + 1.0, np.ones(3000))
    assert len(some) == MOST_LABELERS and some.weight.sum() == pytest.approx(3000)
    assert (np.bincount(some.labeler) == 3).all()
    # rows go with their labeler
    assert (np.ptp(some.rt.reshape(-1, 3), axis=1) == 2).all()
    both = some.plus(WholeLabelers.of_json(some.to_json()))
    assert len(both) == MOST_LABELERS and both.weight.sum() == pytest.approx(6000)


def test_sets_of_earlier_versions_add_up_to_one_without_whole_labelers(few):
    nobody = WholeLabelers.of_json({})
    before = replace(few, labelers=replace(few.labelers, whole=nobody))
    for added in (before + before, before + few, few + before):
        assert added.choices.n_labelers == 1800 and not len(added.labelers.whole)
        with pytest.raises(InputError, match="condense the table again"):
            bd.estimate(added)


def test_boundaries_by_name_take_sums_or_refuse_them(people, few):
    choices = few.choices
    of_table = {b.method: b for b in bd.estimate(choices).boundaries}
    for made in (conditional_boundary(choices), semiparametric_boundary(choices)):
        assert made.at == of_table[made.method].at
    assert choice_time_test(choices).p_value == pytest.approx(choice_time_test(people).p_value)
    test, every = boundary_test(choices), boundary_test(people)
    assert np.sign(test.p_value - 0.05) == np.sign(every.p_value - 0.05)
    known = known_boundary(choices, *GIVEN.values())
    for work in (two_scale, three_scale, labeler_boundaries, lambda x: efficient(x, known)):
        with pytest.raises(InputError, match="needs every labeler's rows"):
            work(choices)


def test_what_sums_do_not_say_is_refused(people, few):
    with pytest.raises(InputError, match="a bootstrap needs the rows themselves"):
        bd.estimate(few, bootstrap=10)
    assert (
        "allows a mean decision time" in bd.estimate(few, boundary=0.5, ndt=0.3).boundaries[0].note
    )
    often = experiment("normal", labelers=30, choices=60, **GIVEN, seed=2)
    assert "more than 50 summed times" in " ".join(bd.estimate(bd.condense(often)).notes)
    once = bd.condense(people._part(np.arange(0, 3600, 4))[0])
    assert "no labeler repeats a comparison" in " ".join(bd.estimate(once).notes)
    with pytest.raises(InputError, match="smallest response time"):
        bd.estimate(few, ndt=float(few.rt.min()))
    sums = few.choices.summed
    before = replace(few.choices, summed=replace(sums, whole=WholeLabelers.of_json({})))
    with pytest.raises(InputError, match="condense the table again"):
        bd.estimate(before)
