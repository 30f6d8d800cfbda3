"""Pseudo-labels: unbiased, with unbiased variances, at a boundary whose origin is said."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.labels.labeling import LABEL, VARIANCE, boundary_for
from tests.support.tables import refusal

KNOWN = {"boundary": 1.25, "ndt": 0.3}


@pytest.mark.parametrize(
    ("drift", "collapse"), [(-2.0, 0.0), (0.0, 0.0), (0.7, 0.0), (3.0, 0.0), (0.7, 0.25)]
)
def test_labels_and_their_variances_are_unbiased(drift, collapse):
    n, known = 200_000, KNOWN | {"collapse": collapse}
    everybody = bd.simulate.population("point", value=drift)
    choices = bd.simulate.experiment(everybody, labelers=n, choices=1, **known, seed=7)
    table = bd.label(choices, **known).table
    error = table[LABEL] - drift
    # four standard errors, from the drawn values themselves
    assert abs(error.mean()) < 4 * error.std() / np.sqrt(n)
    gap = error**2 - table[VARIANCE]
    assert abs(gap.mean()) < 4 * gap.std() / np.sqrt(n)


def test_bounded_labels_are_those_of_the_weight_and_all_presses_have_one():
    rt = np.concatenate([np.linspace(0.31, 6, 99), [0.1]])
    choices = Choices.from_frame(pd.DataFrame({"choice": np.resize([1, -1], 100), "rt": rt}))
    labels = bd.label(choices, **KNOWN, bounded=True, most_drift=4.0)
    weight = bd.estimators.bounded_weight(1.25, 4.0, 100)
    expected = choices.choice * weight.at(rt - 0.3)
    np.testing.assert_allclose(labels.table[LABEL], expected)
    np.testing.assert_allclose(labels.table[VARIANCE], expected**2)
    assert abs(labels.table[LABEL].iloc[-1]) == weight.values[0]
    assert "for drifts up to 4 (most_drift)" in repr(labels)
    assert "1 choices are faster than ndt 0.3 s: in the first bin" in repr(labels)
    said = refusal(bd.label, choices, **KNOWN, bounded=True, most_drift=0.0)
    assert said.startswith("most_drift must be positive")


def test_their_mean_is_the_closed_form_estimate_where_everybody_chooses_once():
    choices = bd.simulate.experiment("normal", labelers=900, choices=1, **KNOWN, seed=1)
    table = bd.estimate(choices, **KNOWN).to_frame()
    known = table[table["estimator"] == "consistent_known_boundary"].iloc[0]
    labels = bd.label(choices, **KNOWN)
    assert known["value"] == pytest.approx(labels.table[LABEL].mean(), rel=1e-12)
    assert not labels.boundary.se.any() and "as given" in repr(labels)


def test_bounds_that_close_in():
    frame = pd.DataFrame({"choice": [1, -1, 1], "rt": [0.8, 1.2, 2.4]})
    labels = bd.label(Choices.from_frame(frame), **KNOWN, collapse=0.5)
    assert labels.table[LABEL].isna().tolist() == [False, False, True]
    assert "meet after 2 s; 1 choice comes later: no pseudo-label" in str(labels)
    said = refusal(bd.label, Choices.from_frame(frame), collapse=0.5)
    assert said.startswith("collapse needs the boundary and ndt")
    said = refusal(bd.label, Choices.from_frame(frame), **KNOWN, collapse=-0.5)
    assert said.startswith("collapse must be finite and at least 0")


def test_regressed_on_features_they_give_the_average_preference():
    # the drift of a contextual choice is features @ theta: the same formula, another target
    rng = np.random.default_rng(3)
    psi = rng.normal(size=(12_000, 2))
    theta = np.array([0.8, -0.5])
    choice, rt = bd.simulate.first_passage(psi @ theta, 1.0, rng)
    frame = pd.DataFrame(psi, columns=["a", "b"]).assign(choice=choice, rt=rt)
    choices = Choices.from_frame(frame, features=["a", "b"])
    table = bd.label(choices, boundary=1.0).table
    found, *_ = np.linalg.lstsq(psi, table[LABEL], rcond=None)
    # psi'psi is about n: each coefficient's variance is about the labels' over n
    se = np.sqrt(table[VARIANCE].mean() / len(psi))
    np.testing.assert_allclose(found, theta, atol=4 * se)


def test_they_join_the_table_that_was_read():
    frame = pd.DataFrame(
        {"choice": [1, None, -1, 1], "rt": [0.8, 0.9, 0.8, 0.2], "pair": list("abcd")}
    )
    labels = bd.label(Choices.from_frame(frame), **KNOWN)
    joined = frame.join(labels.table[[LABEL, VARIANCE]])
    assert joined[LABEL].round(4).tolist()[::2] == [1.7001, -1.7001]
    assert joined[LABEL].isna().tolist() == [False, True, False, True]
    assert joined[VARIANCE].isna().tolist() == [False, True, False, True]
    assert labels.too_fast == 1
    assert "1 choices are faster than ndt 0.3 s" in repr(labels) + labels._repr_html_()


def test_many_choices_that_are_too_fast_come_with_the_mend():
    rt = np.concatenate([np.full(30, 0.9), np.linspace(0.1, 0.2, 10)])
    choices = Choices.from_frame(pd.DataFrame({"choice": 1, "rt": rt}))
    note, _ = bd.label(choices, **KNOWN).notes[1:]
    assert note.startswith("10 choices") and "the fastest took 0.1 s: give a smaller ndt" in note


def test_the_boundary_is_learned_from_repeats_where_there_are_any():
    settings = {"boundary": 1.25, "ndt": 0.3, "seed": 2}
    repeats = bd.simulate.experiment("normal", labelers=400, choices=4, **settings)
    found = boundary_for(repeats)
    assert (found.method, found.reliable) == ("conditional", True)
    once = bd.simulate.experiment("normal", labelers=2000, choices=1, **settings)
    found = boundary_for(once)
    assert (found.method, found.reliable) == ("semiparametric", True)
    text = repr(bd.label(once))
    assert "learned from a mixture of normal populations" in text and "(se " in text
    # few labelers repeat, so repeats alone are no reliable source
    few = once.to_frame().assign(who=np.arange(2000) // 2)
    few["who"] = np.where(few.index < 10, few["who"], few.index)
    assert boundary_for(Choices.from_frame(few, labeler="who")).method == "semiparametric"


def test_an_ndt_alone_is_kept_and_faster_choices_do_not_stand_in_its_way():
    choices = bd.simulate.experiment(
        "normal", labelers=400, choices=4, boundary=1.25, ndt=0.3, anonymous=False, seed=2
    )
    frame = choices.to_frame()
    frame.loc[0, "rt"] = 0.05
    labels = bd.label(Choices.from_frame(frame, labeler="labeler"), ndt=0.3)
    assert labels.boundary.ndt == 0.3 and labels.too_fast == 1
    assert abs(labels.boundary.boundary - 1.25) < 4 * labels.boundary.se[0]


def test_an_unreliable_boundary_says_so():
    repeats = pd.DataFrame(
        {"choice": [1, -1, 1, 1], "rt": [0.8, 0.9, 0.7, 1.1], "who": [0, 0, 1, 1]}
    )
    labels = bd.label(Choices.from_frame(repeats, labeler="who"))
    assert not labels.boundary.reliable
    assert "UNRELIABLE, too few labelers (2) repeat a comparison" in repr(labels)


@pytest.mark.slow
def test_what_the_choices_contradict_is_said():
    design = {"labelers": 500, "choices": 4, **KNOWN, "seed": 1}
    biased = bd.simulate.experiment("normal", start=0.6, **design)
    for given in ({}, KNOWN):
        used = boundary_for(biased, **given)
        assert not used.reliable and "evidence does not start halfway" in used.note
    own = 1.25 * np.exp(0.4 * np.random.default_rng(1).standard_normal(500))
    various = bd.simulate.experiment("normal", **(design | {"boundary": own}))
    assert "do not share one boundary" in boundary_for(various).note
    assert "UNRELIABLE" in repr(bd.label(various))


def test_a_boundary_without_its_ndt_is_doubted_where_there_is_one():
    design = {"labelers": 500, "choices": 4, "boundary": 1.25, "seed": 1}
    assert boundary_for(bd.simulate.experiment("normal", **design), boundary=1.25).reliable
    delayed = bd.simulate.experiment("normal", ndt=0.3, **design)
    used = boundary_for(delayed, boundary=1.25)
    assert not used.reliable and "taken as 0 s; the conditional one is" in used.note
    assert used.ndt == 0
    (row, *_) = bd.estimate(delayed, boundary=1.25).to_dict()["estimates"]
    assert row["estimator"] == "consistent_known_boundary" and not row["reliable"]


def test_what_cannot_be_labeled_is_refused():
    choices = Choices.from_frame(pd.DataFrame({"choice": [1, -1], "rt": [0.8, 0.9]}))
    assert "too few to learn a boundary" in refusal(bd.label, choices)
    assert "must be positive" in refusal(bd.label, choices, boundary=-1)
    assert "at least 0" in refusal(bd.label, choices, boundary=1, ndt=-0.1)
    assert "no choice is slower than ndt 2 s" in refusal(bd.label, choices, boundary=1, ndt=2)
    assert "no choice is slower" in refusal(bd.label, choices, ndt=2)


def test_labels_know_no_deadline():
    choices = bd.simulate.experiment(
        "normal", labelers=40, choices=5, **KNOWN, deadline=1.5, seed=3
    )
    used = bd.label(choices, **KNOWN).boundary
    assert choices.n_omitted and not used.reliable
    assert f"leaves out {choices.n_omitted} omissions" in used.note
