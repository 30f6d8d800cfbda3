"""Averages at labelers' own boundaries: against leaving labelers out, and true boundaries."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import (
    bounded,
    bounded_own,
    bounded_weight,
    known_boundary,
    labeler_boundaries,
)
from bayes_ddm.estimators.bounded.own import own_boundaries
from bayes_ddm.simulate import experiment


def of_people(labelers, choices, seed, spread=0.25, **more):
    rng = np.random.default_rng(seed)
    own = {k: x * np.exp(spread * rng.standard_normal(labelers)) for k, x in AT.items()}
    return experiment(
        "normal", labelers=labelers, choices=choices, **own, seed=seed + 100, **more
    ), own


AT = {"boundary": 1.25, "ndt": 0.3}


@pytest.fixture(scope="module")
def made():
    choices, own = of_people(60, 60, 1)
    learned = labeler_boundaries(choices)
    return choices, own, learned, bounded_own(choices, learned)


def test_it_is_the_mean_at_each_labelers_own(made):
    choices, _, learned, found = made
    each = []
    for u in range(60):
        b = learned.boundary[u]
        # reaches are rounded up to powers of 1.05
        reach = 1.05 ** np.ceil(np.log(3 * b) / np.log(1.05))
        weight = bounded_weight(b, reach / b, choices.n_choices)
        mine = choices.labeler == u
        each.append((choices.choice[mine] * weight.at(choices.rt[mine] - learned.ndt[u])).mean())
    assert found.values[0] == pytest.approx(np.mean(each))
    assert found.estimator == "bounded_labeler_boundary" and found.boundary.method == "labelers"
    assert found.boundary.boundary == pytest.approx(learned.median[0])


def test_influence_is_what_leaving_labelers_out_says(made):
    choices, _, learned, found = made
    out, medians = [], []
    some = np.arange(0, 60, 6)
    for u in some:
        rest = choices._part(np.flatnonzero(choices.labeler != u))[0]
        without = labeler_boundaries(rest)
        medians.append(learned.median - without.median)
        out.append(found.values - bounded_own(rest, without).values)
    # to the next order in 1 / labelers, and to where the iteration of the moments stops
    np.testing.assert_allclose(np.ravel(out), found.influence[some, 0], atol=found.se[0] / 30)
    # that on the medians takes the spread as known
    by_boundary = np.corrcoef(np.array(medians)[:, 0], learned.influence[some, 0])
    assert by_boundary[0, 1] > 0.9


def test_not_knowing_the_boundaries_moves_it_by_little():
    choices, own = of_people(300, 20, 3, spread=0.2)
    at = own["boundary"][choices.labeler], own["ndt"][choices.labeler]
    known = bounded(choices, known_boundary(choices, 1.0), by_row=at).values[0]
    found = bounded_own(choices, labeler_boundaries(choices))
    # benchmarks' own_boundaries has a root mean square of 0.016 here: four of them
    assert found.values[0] == pytest.approx(known, abs=0.064)
    assert found.interval()[0, 0] < 0.5 < found.interval()[0, 1]


def test_it_is_in_the_table_and_the_row_to_take_where_labelers_differ(made):
    choices = made[0]
    table = bd.estimate(choices)
    found = next(e for e in table.estimates if e.estimator == "bounded_labeler_boundary")
    assert table.recommendation.estimator == "bounded_labeler_boundary"
    assert "differ in it (sd of the log" in table.recommendation.sentence
    assert table.answer and repr(table).splitlines()[0] == table.answer
    assert "bounded_labeler_boundary" in repr(table)
    assert found.reliable and not table.against(found)
    assert table.to_dict()["boundary"][-1]["method"] == "labelers"


def test_a_known_ndt_is_kept_and_few_choices_have_no_boundaries_of_their_own(made):
    choices = made[0]
    learned = labeler_boundaries(choices, 0.05)
    assert not learned.pull[:, 1].any() and not learned.influence[:, 1].any()
    assert bounded_own(choices, learned).se[0] > 0
    few, _ = of_people(60, 4, 2)
    assert own_boundaries(few, None, None) is None
