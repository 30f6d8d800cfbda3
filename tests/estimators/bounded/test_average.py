"""Averages of bounded pseudo-labels: by hand, their derivatives, and rows that are too fast."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t as student

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import bounded, bounded_weight, conditional_boundary, known_boundary
from bayes_ddm.estimators.bounded.labels import bounded_labels
from bayes_ddm.simulate import experiment

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def weights(choices, n=None, ndt=0.3, most_drift=3.0):
    """The weight of each row, looked up by hand."""
    made = bounded_weight(1.25, most_drift, choices.n_choices if n is None else n)
    at = [np.flatnonzero(made.edges <= max(t, 0.0))[-1] for t in choices.rt - ndt]
    return made.values[at], made.largest_bias


@pytest.fixture(scope="module")
def uneven():
    """200 labelers, one to six choices each."""
    who = np.repeat(np.arange(200), 1 + np.arange(200) % 6)
    made = experiment("normal", labelers=200, choices=6, **KNOWN, seed=4)
    nth = np.arange(len(made)) % 6
    return made._part(np.flatnonzero(nth <= np.arange(200).repeat(6) % 6))[0], who


def test_it_is_the_mean_over_labelers_of_choice_times_weight(uneven):
    choices, who = uneven
    made = bounded(choices, known_boundary(choices, **KNOWN))
    w, bias = weights(choices)
    each = np.bincount(who, choices.choice * w) / np.bincount(who)
    assert made.parameters == ("mu",) and made.reliable
    assert made.values[0] == pytest.approx(each.mean())
    assert made.se[0] == pytest.approx(each.std(ddof=1) / np.sqrt(200))
    assert made.largest_bias[0] == pytest.approx(bias)
    half = student.ppf(0.975, 199) * made.se[0] + bias
    np.testing.assert_allclose(made.interval()[0], made.values[0] + [-half, half])
    assert "drifts up to 3 (most_drift)" in made.remark


def test_with_features_it_is_least_squares_on_labelers_that_count_alike(contextual):
    made = bounded(contextual, known_boundary(contextual, **KNOWN))
    w, bias = weights(contextual)
    x = contextual.features
    gram = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(made.values, gram @ x.T @ (contextual.choice * w))
    # each row's bias may have either sign
    np.testing.assert_allclose(made.largest_bias, np.abs(gram @ x.T).sum(axis=1) * bias)


def test_a_boundary_that_is_learned_carries_its_error():
    choices = experiment("normal", labelers=20_000, choices=2, **KNOWN, seed=5)
    at = known_boundary(choices, **KNOWN)
    labels = bounded_labels(choices, at.at, 3.0, boundary=at)
    step = 0.04

    def mean(boundary, ndt):
        return bounded(choices, known_boundary(choices, boundary, ndt)).values[0]

    by_boundary = (mean(1.25 + step, 0.3) - mean(1.25 - step, 0.3)) / (2 * step)
    by_ndt = (mean(1.25, 0.3 + step / 4) - mean(1.25, 0.3 - step / 4)) / (step / 2)
    # a step function moves by jumps: 40,000 rows leave a few per cent
    assert labels.by_boundary.mean() == pytest.approx(by_boundary, rel=0.06)
    assert labels.by_ndt.mean() == pytest.approx(by_ndt, rel=0.06)
    learned = conditional_boundary(choices)
    carried = bounded(choices, learned).se[0]
    assert carried > bounded(choices, replace(learned, influence=0 * learned.influence)).se[0]


def test_rows_faster_than_a_known_ndt_are_in_the_first_bin_and_end_nothing():
    made = experiment("normal", labelers=500, choices=4, **KNOWN, seed=6)
    hit = np.arange(len(made)) % 100 == 7
    choices = replace(made, rt=np.where(hit, 0.1, made.rt))
    table = bd.estimate(choices, **KNOWN)
    by = {e.estimator: e for e in table.estimates}
    w, _ = weights(choices)
    found = by["bounded_known_boundary"]
    assert found.values[0] == pytest.approx((choices.choice * w).mean())
    assert found.reliable and "20 faster than ndt, in the first bin" in found.remark
    assert np.isnan(by["consistent_known_boundary"].values).all()
    assert by["bounded_conditional_boundary"].reliable
    assert by["speed_accuracy"].influence.shape == by["bradley_terry"].influence.shape
    assert "20 responses are faster than ndt 0.3 s" in " ".join(table.notes)
    assert table.recommendation.estimator == "bounded_known_boundary"
    # what is learned is learned from the other rows
    rest = bd.estimate(made._part(np.flatnonzero(~hit))[0], **KNOWN)
    of = {b.method: b for b in rest.boundaries}
    for b in table.boundaries:
        assert b.boundary == of[b.method].boundary
        np.testing.assert_allclose(b.se, of[b.method].se)


def test_an_ndt_that_many_rows_are_faster_than_is_refused():
    choices = experiment("normal", labelers=50, choices=4, **KNOWN, seed=6)
    with pytest.raises(InputError, match="ndt 1 s is not below the smallest response time"):
        bd.estimate(choices, boundary=1.25, ndt=1.0)


def test_rows_of_the_table_name_the_bias_and_stay_reliable(uneven):
    table = bd.estimate(uneven[0], **KNOWN, most_drift=4.0)
    (row,) = [r for r in table.to_dict()["estimates"] if r["estimator"] == "bounded_known_boundary"]
    assert row["reliable"] and row["unit"] == "drift" and row["boundary_method"] == "known"
    assert row["note"].startswith("bias of at most 0.0")
    assert "for drifts up to 4 (most_drift)" in row["note"]
    assert row["high"] - row["value"] > 1.96 * row["se"]


def test_groups_have_the_bias_of_a_mean_and_differences_that_of_two():
    frame = experiment("normal", labelers=300, choices=2, **KNOWN, seed=7).to_frame()
    frame["country"] = np.where(frame["labeler"] % 3 == 0, "FR", "JP")
    choices = bd.Choices.from_frame(frame, labeler="labeler", covariates=["country"])
    table = bd.estimate(choices, **KNOWN, between="country", shares={"FR": 0.5, "JP": 0.5})
    made = next(e for e in table.estimates if e.estimator == "bounded_known_boundary")
    w, bias = weights(choices)
    y, fr = choices.choice * w, (frame["country"] == "FR").to_numpy()
    at = dict(zip(made.parameters, made.values, strict=True))
    assert at["mu[country=FR]"] == pytest.approx(y[fr].mean())
    assert at["mu[country=JP - FR]"] == pytest.approx(y[~fr].mean() - y[fr].mean())
    assert at["mu"] == pytest.approx((y[fr].mean() + y[~fr].mean()) / 2)
    np.testing.assert_allclose(made.largest_bias, bias * np.array([1, 1, 1, 2]))


def test_bounds_that_close_in_take_the_weight_in_the_stretched_time():
    choices = experiment("normal", labelers=300, choices=2, **KNOWN, collapse=0.05, seed=8)
    table = bd.estimate(choices, **KNOWN, collapse=0.05)
    made = next(e for e in table.estimates if e.estimator == "bounded_known_boundary")
    time = choices.rt - 0.3
    w, _ = weights(replace(choices, rt=time / (1 - 0.05 * time)), ndt=0.0)
    assert made.values[0] == pytest.approx((choices.choice * w).mean())


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"most_drift": -1.0}, "most_drift must be positive; got -1"),
        ({"most_drift": 0.2, **KNOWN}, "give at least 0.4 at a boundary of 1.25"),
    ],
)
def test_refused_in_a_line(uneven, given, says):
    with pytest.raises(InputError, match=says):
        bd.estimate(uneven[0], **given)


def test_a_most_drift_that_averages_are_beyond_is_flagged_with_the_least(uneven):
    fast = experiment(
        bd.simulate.population("normal", mean=2.5, sd=0.1), labelers=400, choices=2, **KNOWN, seed=9
    )
    made = bounded(fast, known_boundary(fast, **KNOWN), most_drift=1.0)
    assert not made.reliable
    assert "beyond most_drift 1 in 100% of the rows: give at least" in made.note
    tiny = bounded(fast, known_boundary(fast, **KNOWN), most_drift=0.2)
    assert np.isnan(tiny.values).all() and "give at least 0.4" in tiny.note
