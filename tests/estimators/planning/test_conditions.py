"""Plans whose boundary and ndt follow conditions, and whose drift is a formula."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators.planning.plan import plan
from tests.estimators.planning.test_accuracy import second_moment
from tests.support.tables import refusal

TABLE = pd.DataFrame({"instruction": ["speed", "accuracy"], "load": [0.2, 1.0]})
BOUNDARY = {"instruction": {"speed": 0.8, "accuracy": 1.5}}
NDT = {"instruction": {"speed": 0.2, "accuracy": 0.4}}
GIVEN = {"boundary": BOUNDARY, "ndt": NDT, "table": TABLE, "labelers": 300, "progress": False}


def by_method(made):
    return {d.method: d for d in made.designs}


def test_known_boundaries_of_conditions_are_averaged_over_rows():
    made = plan(**GIVEN, mean=0.5, sd=0.0, known=["boundary", "ndt"], choices=4, pilot=1000)
    square = np.mean([second_moment(0.5, b) for b in (0.8, 1.5)])
    expected = np.sqrt((square - 0.25) / 4 / 300)
    assert by_method(made)["consistent_known_boundary"].se[0] == pytest.approx(expected, rel=1e-6)
    # two bits of tanh(b v) b / v each, and the ndts
    seconds = 300 * 4 * np.mean([b * np.tanh(b / 2) / 0.5 + t for b, t in ((0.8, 0.2), (1.5, 0.4))])
    assert made.designs[0].seconds == pytest.approx(seconds, rel=1e-6)


def test_standard_errors_are_those_of_the_closed_form_in_the_same_cells():
    made = by_method(plan(**GIVEN, mean=0.5, sd=0.8, choices=8, pilot=1500))
    choices = bd.simulate.experiment(
        bd.simulate.population("normal", mean=0.5, sd=0.8),
        labelers=1500,
        choices=8,
        boundary=BOUNDARY,
        ndt=NDT,
        table=TABLE,
        seed=4,
    )
    found = bd.estimate(choices, boundary="instruction", ndt="instruction").to_frame()
    se = found[found["parameter"] == "mu"].set_index("estimator")["se"]
    assert set(made) == {
        "consistent_conditional_boundary",
        "semiparametric",
        "consistent_known_boundary",
    }
    for name in ("consistent_conditional_boundary", "semiparametric"):
        # two variances of 1,500 heavy-tailed influences: 5 % each on the root, three of both
        assert made[name].se[0] == pytest.approx(se[name] * np.sqrt(1500 / 300), rel=0.2)


def test_the_formula_of_the_drift_names_the_parameters():
    given = GIVEN | {"boundary": 1.2, "ndt": 0.3}
    made = plan(
        **given, mean=[0.4, -0.2], sd=0.5, drift="1 + load", known=["boundary", "ndt"], choices=4
    )
    assert made.parameters == ("Intercept", "load")
    same = plan(
        **given | {"table": None},
        mean=[0.4, -0.2],
        sd=0.5,
        features=np.column_stack([np.ones(2), TABLE["load"]]),
        known=["boundary", "ndt"],
        choices=4,
    )
    assert made.designs[0].se == pytest.approx(same.designs[0].se, rel=1e-9)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"choices": 1}, "design of at most 1"),
        ({"table": None}, "a formula needs table="),
        ({"boundary": {"instruction": {"speed": 0.8}}}, "needs a value for accuracy"),
        ({"boundary": {"instruction": {"speed": 0.8, "accuracy": -1}}}, "must be positive"),
        ({"ndt": {"instruction": {"speed": 0.8, "accuracy": -1}}}, "ndt must be at least 0"),
        ({"method": "hierarchical"}, "'hierarchical' cannot be used"),
    ],
)
def test_wrong_conditions_are_one_line(changed, words):
    assert words in refusal(plan, **{**GIVEN, "choices": 2, "pilot": 1000} | changed)
