from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bayes_ddm import wiener
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators import (
    conditional_boundary,
    consistent,
    consistent_values,
    known_boundary,
    labeler_boundaries,
)
from bayes_ddm.estimators.boundaries import by_labeler
from bayes_ddm.simulate import experiment, population

SPREAD = 0.2


def differing(labelers, choices, seed, who="mixture", **design):
    """Choices of labelers who differ in boundary and ndt, and what these are."""
    rng = np.random.default_rng(seed)
    b, ndt = (at * np.exp(SPREAD * rng.standard_normal(labelers)) for at in (1.25, 0.3))
    data = experiment(
        who, labelers=labelers, choices=choices, boundary=b, ndt=ndt, seed=rng, **design
    )
    return data, b, ndt


@pytest.fixture(scope="module")
def many():
    return differing(250, 40, 1)


def test_preferences_are_integrated_out_flat_in_units_of_the_boundary():
    rng = np.random.default_rng(1)
    rt, choice = rng.gamma(3, 0.3, 6) + 0.4, rng.choice([-1, 1], 6)
    psi = rng.normal(size=(6, 2))
    frame = pd.DataFrame(psi, columns=["a", "b"]).assign(rt=rt, choice=choice, who=0)
    scalar = Choices.from_frame(frame, labeler="who")
    vector = Choices.from_frame(frame, labeler="who", features=["a", "b"])

    # the trapezoidal rule is exact to rounding on a bell curve that it resolves
    grid = np.linspace(-9, 9, 181)

    def exact(b, ndt, contextual):
        ratio = np.stack(np.meshgrid(*[grid] * (1 + contextual)), axis=-1)
        drift = b * (ratio @ psi.T if contextual else ratio)
        density = wiener.log_density(rt, choice, drift=drift, boundary=b, ndt=ndt).sum(axis=-1)
        return np.log(np.exp(density).sum())

    points = np.log([[1.1, 0.2], [1.4, 0.3]])
    for data, contextual in ((scalar, False), (vector, True)):
        _, likelihood = by_labeler._own_likelihood(data, None)
        found = likelihood(points[:1])[0] - likelihood(points[1:])[0]
        expected = exact(1.1, 0.2, contextual) - exact(1.4, 0.3, contextual)
        assert found == pytest.approx(expected, abs=1e-6)


def test_times_at_or_below_ndt_are_impossible():
    data, _, _ = differing(6, 5, 2)
    _, likelihood = by_labeler._own_likelihood(data, None)
    fastest = data.to_frame().groupby("labeler")["rt"].min().to_numpy()
    point = np.column_stack([np.zeros(6), np.log(fastest * [0.5, 1, 1.5, 0.9, 2, 0.1])])
    np.testing.assert_array_equal(np.isfinite(likelihood(point)), [1, 0, 0, 1, 0, 1])


def test_own_boundaries_are_found_with_their_errors(many):
    data, b, ndt = many
    made = labeler_boundaries(data)
    assert made.reliable and made.informed.all()
    # of 250 labelers: a mean's error is the spread of estimates / sqrt(250), about .015
    np.testing.assert_allclose(np.log(made.median), np.log([1.25, 0.3]), atol=0.06)
    # a standard deviation's is 0.2 / sqrt(500) and more, as they are not seen exactly
    np.testing.assert_allclose(made.log_sd, SPREAD, atol=0.05)
    for found, se, true in ((made.boundary, made.boundary_se, b), (made.ndt, made.ndt_se, ndt)):
        z = (found - true) / se
        # 4 / sqrt(500) is 0.18
        assert abs(z.std() - 1) < 0.18
        assert np.corrcoef(found, true)[0, 1] > 0.6
    fastest = data.to_frame().groupby("labeler")["rt"].min().to_numpy()
    assert (made.ndt < fastest).all()


def test_average_drift_is_closer_to_the_oracles_than_with_a_shared_boundary(many):
    data, b, ndt = many
    made = labeler_boundaries(data)
    oracle = consistent_values(data, b[data.labeler], ndt[data.labeler])[0]
    shared = conditional_boundary(data)
    off = abs(consistent_values(data, shared.boundary, shared.ndt)[0] - oracle)
    estimate = consistent(data, known_boundary(data, made.median[0]), by_row=made.by_row(data))
    assert abs(estimate.values[0] - oracle) < min(off / 2, 0.03)


def test_comparisons_need_not_repeat():
    data, b, ndt = differing(
        150,
        40,
        3,
        who=population("normal", mean=[0.8, -0.5], sd=0.5),
        features=lambda rng, n: rng.normal(size=(n, 2)),
    )
    assert conditional_boundary(data) is None
    made = labeler_boundaries(data)
    np.testing.assert_allclose(np.log(made.median), np.log([1.25, 0.3]), atol=0.08)
    assert np.corrcoef(made.boundary, b)[0, 1] > 0.8 and np.corrcoef(made.ndt, ndt)[0, 1] > 0.7
    # units of the features, and swapped options
    other = replace(data, features=data.features * [1e-3, -1e4])
    again = labeler_boundaries(other)
    np.testing.assert_allclose(again.boundary, made.boundary, rtol=1e-5)
    np.testing.assert_allclose(again.ndt, made.ndt, rtol=1e-5)


def test_labelers_who_do_not_differ_are_shrunk_together():
    data = experiment("normal", labelers=150, choices=20, boundary=1.25, ndt=0.3, seed=4)
    made = labeler_boundaries(data)
    assert (made.log_sd < 0.1).all()
    # each alone would be off by about .12 of the log boundary
    assert np.log(made.boundary).std() < 0.03
    np.testing.assert_allclose(made.median, [1.25, 0.3], rtol=0.06)


def test_a_known_ndt_is_kept():
    data = experiment("normal", labelers=100, choices=20, boundary=1.25, ndt=0.3, seed=5)
    made = labeler_boundaries(data, 0.3)
    assert (made.ndt == 0.3).all() and (made.ndt_se == 0).all()
    assert made.median[1] == 0.3 and made.log_sd[1] == 0
    assert made.median[0] == pytest.approx(1.25, rel=0.04)


@pytest.mark.slow
def test_without_an_ndt_it_goes_to_zero():
    data = experiment("normal", labelers=150, choices=20, boundary=1.25, seed=6)
    made = labeler_boundaries(data)
    assert made.reliable and made.median[1] < 0.05
    assert made.median[0] == pytest.approx(1.25, rel=0.05)


def test_a_single_choice_says_nothing_of_ones_own():
    data, _, _ = differing(80, np.where(np.arange(80) < 60, 20, 1), 7)
    made = labeler_boundaries(data)
    np.testing.assert_array_equal(made.informed, np.arange(80) < 60)
    few = made.boundary[60:]
    # all but those whose one response is faster than most ndts
    late = data.rt[-20:] > 0.7
    np.testing.assert_allclose(few[late], made.median[0], rtol=0.02)
    np.testing.assert_allclose(made.boundary_se[60:][late] / few[late], made.log_sd[0], rtol=0.05)


def test_counts_stand_for_rows():
    data, _, _ = differing(30, 12, 8)
    grouped = replace(data, count=np.random.default_rng(8).integers(1, 4, len(data)))
    few, many = labeler_boundaries(grouped), labeler_boundaries(grouped.expanded())
    np.testing.assert_allclose(few.boundary, many.boundary, rtol=1e-6)
    np.testing.assert_allclose(few.ndt_se, many.ndt_se, rtol=1e-5)


def test_each_row_gets_its_labelers_values():
    data, _, _ = differing(30, np.arange(30) + 5, 9)
    made = labeler_boundaries(data)
    boundary, ndt = made.by_row(data)
    np.testing.assert_array_equal(boundary, made.boundary[data.labeler])
    np.testing.assert_array_equal(ndt, made.ndt[data.labeler])
    frame = made.to_frame()
    assert frame.columns.tolist()[0] == "labeler" and len(frame) == 30
    other, _, _ = differing(31, 6, 9)
    with pytest.raises(InputError, match="of other labelers"):
        made.by_row(other)


def test_few_labelers_are_flagged():
    made = labeler_boundaries(differing(8, 30, 10)[0])
    assert not made.reliable and made.note.startswith("few labelers (8)")


def test_what_cannot_be_done_is_said():
    data, _, _ = differing(30, 10, 11)
    anonymous = replace(data, labeler=None, labelers=None)
    with pytest.raises(InputError, match="labelers are anonymous"):
        labeler_boundaries(anonymous)
    with pytest.raises(InputError, match="4 labelers have more choices than features"):
        labeler_boundaries(differing(4, 10, 12)[0])
    with pytest.raises(InputError, match="not below the smallest response time"):
        labeler_boundaries(data, 5.0)


def test_real_sample_has_wide_spreads(real_sample):
    # MATH 3d: middle 90 % of separate fits, b 1.1-1.9 and ndt .35-1.2 s; shrunk ones lie within
    made = labeler_boundaries(real_sample)
    assert made.reliable
    low, high = np.quantile(made.boundary, [0.05, 0.95])
    assert 1.1 < low < 1.3 and 1.7 < high < 1.95
    low, high = np.quantile(made.ndt, [0.05, 0.95])
    assert 0.25 < low < 0.4 and 1.0 < high < 1.25
