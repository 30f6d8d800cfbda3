from dataclasses import replace

import numpy as np
import pytest

from bayes_ddm.estimators import (
    boundary_test,
    conditional_boundary,
    estimate,
    semiparametric_boundary,
)
from bayes_ddm.simulate import experiment, population

GIVEN = {"labelers": 400, "choices": 4, "ndt": 0.3}
GROUPS = population("mixture", means=(1.2, -1.5), sds=0.2, weights=(0.7, 0.3))


def own_boundaries(seed):
    boundary = 1.25 * np.exp(0.4 * np.random.default_rng(seed).standard_normal(400))
    return experiment("normal", boundary=boundary, seed=seed, **GIVEN)


@pytest.mark.slow
@pytest.mark.parametrize("who", ["normal", GROUPS])
def test_one_boundary_for_all_passes_whatever_the_population(who):
    z = np.array(
        [boundary_test(experiment(who, boundary=1.25, seed=s, **GIVEN)).z for s in range(30)]
    )
    # of 30 standard normals: 7 beyond 1.96 happen once in 2,000 times; the mean has error 0.18
    assert (np.abs(z) > 1.96).sum() < 7
    assert abs(z.mean()) < 4 / np.sqrt(30)


@pytest.mark.slow
def test_difference_and_its_error_are_those_of_the_labelers_bootstrap():
    data = experiment("normal", boundary=1.25, seed=31, **GIVEN)
    found = boundary_test(data, ndt=0.3)
    rng = np.random.default_rng(31)
    drawn = []
    for _ in range(40):
        who = rng.integers(0, 400, 400)
        rows = np.concatenate([np.flatnonzero(data.labeler == i) for i in who])
        again = replace(
            data,
            choice=data.choice[rows],
            rt=data.rt[rows],
            features=data.features[rows],
            count=data.count[rows],
            labeler=np.repeat(np.arange(400), 4),
        )
        both = conditional_boundary(again, 0.3), semiparametric_boundary(again, 0.3)
        drawn.append(both[0].boundary - both[1].boundary)
    # the standard deviation of 40 draws has a relative error of 0.11
    assert np.std(drawn) == pytest.approx(found.se, rel=0.45)
    assert found.difference == found.conditional - found.semiparametric


def test_labelers_own_boundaries_are_found():
    found = boundary_test(own_boundaries(1))
    assert found.z > 3 and "larger boundary" in found.finding
    assert "do not share one boundary" in found.finding


def test_late_lapses_are_found():
    data = experiment("normal", boundary=1.25, seed=2, **GIVEN)
    rng = np.random.default_rng(2)
    hit = rng.random(len(data)) < 0.08
    rt = np.where(hit, 0.3 + rng.exponential(1.5, len(data)), data.rt)
    choice = np.where(hit, rng.choice(np.array([1, -1], dtype=np.int8), len(data)), data.choice)
    found = boundary_test(replace(data, rt=rt, choice=choice))
    assert found.z > 2.6 and "lapses" in found.finding


def test_nothing_to_compare():
    single = experiment("normal", labelers=400, choices=1, boundary=1.25, ndt=0.3, seed=1)
    assert boundary_test(single) is None
    few = experiment("normal", labelers=19, choices=4, boundary=1.25, ndt=0.3, seed=1)
    assert boundary_test(few) is None


def test_the_table_flags_the_consistent_rows_with_every_finding():
    made = estimate(own_boundaries(1))
    assert made.warning == made.boundary_test.finding
    for row in made.to_dict()["estimates"]:
        assert ("do not share" in row["note"]) == (row["unit"] == "drift")
    leaning = estimate(experiment("normal", boundary=1.25, start=0.6, seed=3, **GIVEN))
    assert leaning.choice_time.finding and leaning.choice_time.finding in leaning.warning
