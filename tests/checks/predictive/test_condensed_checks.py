"""Predictive checks of condensed choices: exact shares at bin edges, against those of all rows."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.checks.predictive.condensed import exact_times, repeated
from bayes_ddm.fitting.save import hold
from tests.support import fits


def cumulated(choices, times):
    """Share of all choices that are +1, and -1, by each time."""
    sides = [np.sort(choices.rt[choices.choice == side]) for side in (-1, 1)]
    return np.array([np.searchsorted(rt, times) for rt in sides]) / len(choices)


@pytest.mark.parametrize("most", [200_000, 1000])
def test_shares_at_edges_are_those_of_all_rows(monkeypatch, most):
    monkeypatch.setattr("bayes_ddm.checks.predictive.condensed.MOST_ROWS", most)
    rows = fits.anonymous()
    rows_again = repeated(bd.condense(rows).choices)
    assert len(rows_again) == min(len(rows), most) and (rows_again.count == 1).all()
    times = exact_times(rows_again)
    assert len(times) >= 5
    # a stretch of rows begins and ends within half a row of where it should
    error = 1e-12 if most > len(rows) else 1 / most
    np.testing.assert_allclose(cumulated(rows_again, times), cumulated(rows, times), atol=error)


def test_checks_of_condensed_choices_are_those_of_rows_where_they_can_be_had():
    few = bd.predictive_checks(fits.condensed_fit(), 40, progress=False)
    every = bd.predictive_checks(fits.anonymous_fit(), 40, progress=False)
    assert few.ok and every.ok
    assert set(few.table.index) == set(every.table.index) - {"response-time quantiles by choice"}
    name = "choice share by comparison"
    np.testing.assert_allclose(few[name].observed, every[name].observed)
    assert any("by which they are counted exactly" in note for note in few.notes)
    # what is seen of the average is exact: sums of pseudo-labels are those of all rows
    said = [found.average.sentence.split("mu ")[1].split(",")[0] for found in (few, every)]
    assert said[0] == said[1]


def test_a_model_that_misses_is_told_at_bin_edges():
    # the draws of other choices: a boundary of 1.25, where it is 0.8
    fit = fits.condensed_fit().copy()
    made = bd.simulate.experiment("normal", labelers=3000, choices=1, boundary=0.8, ndt=0.3, seed=2)
    hold(fit, bd.condense(made).choices)
    found = bd.predictive_checks(fit, 120, progress=False)
    assert not found["response-time distribution"].ok


def test_sets_of_other_bins_say_that_times_were_not_checked():
    first, second = (fits.anonymous()._take(np.arange(k, 3000, 2)) for k in (0, 1))
    merged = bd.condense(first) + bd.condense(second)
    assert not len(exact_times(merged.choices))
    found = bd.prior_checks(merged, draws=20, progress=False)
    assert any("response times were not checked" in note for note in found.notes)
