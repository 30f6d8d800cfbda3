"""Whom to recruit: against a numerical optimum, and each group planned by itself."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize

import bayes_ddm as bd
from tests.support.tables import refusal

GROUPS = {
    "a": {"share": 0.5, "mean": 0.8, "sd": 0.6},
    "b": {"share": 0.3, "mean": 0.2, "sd": 1.0, "cost": 4.0},
    "c": {"share": 0.2, "mean": -0.6, "sd": 1.4},
}
GIVEN = {"boundary": 1.25, "ndt": 0.3, "known": ("boundary", "ndt"), "choices": 2, "pilot": 1000}
GIVEN |= {"progress": False, "method": "consistent_known_boundary"}


def recommended(**given):
    return bd.plan(**GIVEN | given).recommended


def alone(name):
    """Variance of one labeler of a group."""
    own = {key: GROUPS[name][key] for key in ("mean", "sd")}
    made = recommended(**own, target_se=0.05, cost_labeler=1.0)
    return made.labelers * made.se[0] ** 2


VARIANCE = np.array([alone(name) for name in GROUPS])
COST = np.array([1.0, 4.0, 1.0])
SHARE = np.array([0.5, 0.3, 0.2])


def test_the_average_is_recruited_for_at_the_least_cost():
    made = recommended(groups=GROUPS, target_se=0.03, cost_labeler=1.0)
    # cost times variance does not depend on how many there are in all
    best = minimize(lambda x: (COST @ np.exp(x)) * (SHARE**2 @ (VARIANCE / np.exp(x))), np.zeros(3))
    mix = np.exp(best.x) / np.exp(best.x).sum()
    np.testing.assert_allclose(np.array(made.recruit) / made.labelers, mix, rtol=0.005)
    assert sum(made.recruit) == made.labelers and made.cost == pytest.approx(
        best.fun / 0.03**2, rel=0.005
    )
    assert SHARE**2 @ (VARIANCE / made.recruit) == pytest.approx(0.03**2, rel=0.005)


def test_the_worst_group_is_as_well_known_as_the_others():
    made = recommended(groups=GROUPS, aim="worst", target_se=0.05, cost_labeler=1.0)
    np.testing.assert_allclose(np.sqrt(VARIANCE / made.recruit), 0.05, rtol=0.002)


def test_a_difference_takes_more_of_whom_it_knows_less():
    two = {name: {k: x for k, x in GROUPS[name].items() if k != "share"} for name in "ac"}
    made = recommended(groups=two, aim="difference", target_se=0.05, cost_labeler=1.0)
    s = np.sqrt(VARIANCE[[0, 2]])
    assert made.recruit[1] / made.recruit[0] == pytest.approx(s[1] / s[0], rel=0.005)
    assert (VARIANCE[[0, 2]] / made.recruit).sum() == pytest.approx(0.05**2, rel=0.005)


def test_the_table_has_a_column_for_each_group():
    made = bd.plan(**GIVEN | {"groups": GROUPS, "labelers": 3000, "cost_labeler": 1.0})
    row = made.table.iloc[0]
    assert row[[f"labelers[{g}]" for g in GROUPS]].sum() == row["labelers"] == 3000
    found = json.loads(made.to_json())
    assert found["groups"] == list(GROUPS) and sum(found["designs"][0]["recruit"]) == 3000
    assert "a (0.5), b (0.3), c (0.2), boundary 1.25" in repr(made)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"groups": {"a": {}}}, "groups= takes at least two"),
        ({"groups": {"a": {"shar": 1}, "b": {}}}, "did you mean 'share'?"),
        ({"groups": {"a": {"share": 0.5}, "b": {"share": 0.4}}}, "must sum to 1; these sum to 0.9"),
        ({"groups": {"a": {"cost": 0}, "b": {}}}, "cost of group 'a' must be positive"),
        ({"groups": {"a": {"population": "skewed", "sd": 1}, "b": {}}}, "not both"),
        ({"groups": GROUPS, "aim": "difference"}, "between two groups; there are 3"),
        ({"groups": GROUPS, "aim": "avrage"}, "aim must be one of average, worst, difference"),
        ({"groups": GROUPS}, "some groups cost and others nothing; give cost_labeler="),
        ({"groups": GROUPS, "mean": 1.0}, "groups have populations of their own"),
    ],
)
def test_groups_that_cannot_be_are_refused_in_a_line(given, says):
    assert says in refusal(bd.plan, **GIVEN | given, target_se=0.05)
