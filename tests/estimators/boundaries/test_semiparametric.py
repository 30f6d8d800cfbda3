import numpy as np
import pytest

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators import (
    consistent,
    consistent_values,
    drift_mixture,
    estimate,
    known_boundary,
    semiparametric,
    semiparametric_boundary,
    two_scale,
)
from bayes_ddm.estimators.boundaries.known import checked
from bayes_ddm.simulate import experiment, population

POPULATIONS = {
    "normal": population("normal", mean=0.5, sd=1.0),
    "two groups": population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3)),
    "skewed": population("skewed", scale=1.2, shift=-0.5),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", POPULATIONS)
def test_single_choices_give_nearly_what_the_oracle_knows(name):
    who = POPULATIONS[name]
    errors = []
    for seed in range(4):
        data = experiment(who, labelers=6000, choices=1, boundary=1.25, seed=seed)
        known = consistent(data, known_boundary(data, 1.25))
        published = consistent(data, two_scale(data))
        made = semiparametric(data, ndt=0.0)
        assert made is not None and made.estimator == "semiparametric" and made.reliable
        errors.append([e.values[0] - who.mean for e in (known, published, made)])
    oracle, published, made = np.sqrt((np.array(errors) ** 2).mean(0))
    # four runs: the ratio of two such errors is below 3.5 times its expectation with 99 %
    # (F(4, 4) has its 99 % point at 16, and the two are positively correlated)
    assert made < 2.0 * 3.5 * oracle
    assert made < published


def test_ndt_is_estimated_too():
    data = experiment("normal", labelers=8000, choices=1, boundary=1.25, ndt=0.3, seed=1)
    made = semiparametric_boundary(data)
    assert made is not None and made.method == "semiparametric" and made.reliable
    assert abs(made.boundary - 1.25) < 4.5 * made.se[0]
    assert abs(made.ndt - 0.3) < 4.5 * made.se[1]


def test_standard_errors_count_what_other_numbers_of_normals_would_say():
    data = experiment(POPULATIONS["skewed"], labelers=3000, choices=1, boundary=1.25, seed=8)
    found, made = drift_mixture(data, 0.0), semiparametric(data, ndt=0.0)
    alone = checked(
        data, "semiparametric", found.boundary, found.ndt, found.influence[:, :2], None, []
    )
    gap = found.tried[:, 2] - found.criterion
    assert len(gap) > 1 and gap.min() > -4  # one more normal must gain 4
    weight = np.exp(-np.maximum(gap, 0) / 5)
    moved = [consistent_values(data, b, 0.0)[0] - made.values[0] for b in found.tried[:, 0]]
    expected = np.sqrt(consistent(data, alone).se[0] ** 2 + weight @ np.square(moved))
    # to first order in the boundary, and to a correlation of 1 in sqrt(3,000) with labelers
    assert made.se[0] == pytest.approx(expected, rel=0.02)
    boundary = semiparametric_boundary(data, ndt=0.0)
    spread = weight @ (found.tried[:, 0] - found.boundary) ** 2
    assert boundary.se[0] == pytest.approx(np.sqrt(found.se[0] ** 2 + spread), rel=1e-3)
    assert boundary.se[0] > 1.02 * found.se[0]


def test_standard_errors_know_no_order_of_rows_and_no_counts():
    data = experiment("normal", labelers=600, choices=1, boundary=1.25, seed=9)
    frame = data.to_frame().assign(rt=data.rt.round(2))
    shuffled = Choices.from_frame(frame.sample(frac=1, random_state=1, ignore_index=True))
    counted = frame.groupby(["choice", "rt"]).size().rename("n").reset_index()
    grouped = Choices.from_frame(counted, count="n")
    plain = Choices.from_frame(frame)
    expected = semiparametric(plain, ndt=0.0).se[0]
    assert np.abs(drift_mixture(plain, 0.0).between).max() > 0
    for other in (shuffled, grouped):
        # the top is found to 1e-6 nats, a thousandth of a standard error
        assert semiparametric(other, ndt=0.0).se[0] == pytest.approx(expected, rel=1e-3)


def test_few_labelers_or_hardly_a_clue():
    data = experiment("normal", labelers=40, choices=1, boundary=1.25, ndt=0.3, seed=2)
    assert semiparametric_boundary(data) is None
    assert semiparametric(data) is None
    short = experiment("normal", labelers=60, choices=1, boundary=1.25, ndt=0.3, seed=3)
    made = semiparametric_boundary(short)
    assert made is not None
    pinned = made.se[0] <= 0.25 * made.boundary and np.isfinite(made.se[0])
    assert pinned == ("pin" not in made.note)


def test_it_stands_in_the_table_of_estimates():
    data = experiment("normal", labelers=1000, choices=1, boundary=1.25, ndt=0.3, seed=4)
    table = estimate(data)
    assert [b.method for b in table.boundaries] == ["semiparametric", "two_scale", "three_scale"]
    (mu,) = (
        row
        for row in table.to_dict()["estimates"]
        if row["estimator"] == "semiparametric" and row["parameter"] == "mu"
    )
    assert mu["boundary_method"] == "semiparametric" and mu["low"] < 0.5 < mu["high"]


def test_one_anticipation_is_flagged_where_ndt_is_estimated():
    frame = experiment("normal", labelers=600, choices=1, boundary=1.25, ndt=0.3, seed=1).to_frame()
    frame.loc[5, "rt"] = 0.1
    choices = Choices.from_frame(frame)
    assert semiparametric_boundary(choices, ndt=0.05).reliable
    found = semiparametric_boundary(choices)
    assert not found.reliable and found.ndt < 0.1
    assert "the fastest response (0.1 s) stands apart" in found.note
    without = Choices.from_frame(frame.drop(index=5))
    assert semiparametric_boundary(without).reliable
