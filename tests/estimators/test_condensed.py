"""Closed forms of condensed rows, against those of all rows."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.assumptions.decisions import suspects
from bayes_ddm.estimators.assumptions.normality import specification_test
from bayes_ddm.estimators.estimate import tabulated
from bayes_ddm.simulate import experiment

# fewer than the mixture's fit gathers in cells of nearly equal times, so that it takes them as
# they are
N = 5000


@pytest.fixture(scope="module")
def choices():
    given = {"boundary": 1.25, "ndt": 0.3, "anonymous": True, "seed": 4}
    return experiment("normal", labelers=N, choices=1, **given)


def test_estimates_and_standard_errors_are_those_of_all_rows(choices):
    every = tabulated(choices, choices, boundary=1.25, ndt=0.3)
    for made in (
        bd.estimate(choices, boundary=1.25, ndt=0.3),
        bd.estimate(bd.condense(choices), boundary=1.25, ndt=0.3),
    ):
        assert [e.estimator for e in made.estimates] == [e.estimator for e in every.estimates]
        assert made.n_choices == N
        for few, all_ in zip(made.estimates, every.estimates, strict=True):
            assert len(few.influence) < 500
            # the mixture is climbed to 1e-6 of its likelihood, which is 1e-3 of a standard error;
            # between bins a weight goes straight, where rows stand for others
            near = 2e-3 if all_.largest_bias is None else 5e-2
            np.testing.assert_allclose(few.values, all_.values, atol=near * np.nanmax(all_.se))
            # what not knowing the number of components adds is laid out over rows by chance
            np.testing.assert_allclose(few.se, all_.se, rtol=1e-2)
            assert few.reliable == all_.reliable


def test_tests_are_those_of_all_rows(choices):
    few = specification_test(bd.condense(choices))
    assert few.p_value == pytest.approx(specification_test(choices).p_value, abs=1e-3)


def test_a_row_that_stands_apart_is_found_and_named_where_there_are_rows(choices):
    frame = choices.to_frame()
    frame.loc[77, "rt"] = 0.02
    rows = bd.Choices.from_frame(frame)
    assert "0.02 s (row 77)" in suspects(rows).sentence
    found = suspects(bd.condense(rows).choices)
    assert found.n_fast == 1 and "0.02 s; leave it out with min_rt" in found.sentence


def test_an_ndt_that_is_too_late_names_the_row_if_there_is_one(choices):
    with pytest.raises(InputError, match=r"row \d+"):
        bd.estimate(choices, ndt=0.9)
    with pytest.raises(InputError, match="smallest response time") as caught:
        bd.estimate(bd.condense(choices), ndt=0.9)
    assert " row " not in str(caught.value)


def test_estimates_by_comparison_are_those_of_all_rows():
    options = np.random.default_rng(3).normal(size=(4, 2))
    rows = experiment(
        lambda rng, n: rng.normal([0.8, -0.4], 0.7, (n, 2)),
        features=lambda rng, n: options[rng.integers(4, size=n)],
        labelers=N,
        boundary=1.25,
        ndt=0.3,
        anonymous=True,
        seed=6,
    )
    every = tabulated(rows, rows, boundary=1.25, ndt=0.3)
    made = bd.estimate(rows, boundary=1.25, ndt=0.3)
    assert any("condensed to" in note for note in made.notes)
    assert [e.estimator for e in made.estimates] == [e.estimator for e in every.estimates]
    for few, all_ in zip(made.estimates, every.estimates, strict=True):
        # bounded weights go straight from bin to bin
        near = 2e-3 if all_.largest_bias is None else 5e-2
        np.testing.assert_allclose(few.values, all_.values, atol=near * np.nanmax(all_.se))
        # what not knowing the number of components adds is laid out over rows by chance
        np.testing.assert_allclose(few.se, all_.se, rtol=3e-2)
