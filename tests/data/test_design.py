"""Formulas: columns by hand, intercepts that are needed, and what is refused in one line."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.design import coded_like, design_matrix, with_drift
from bayes_ddm.data.formula import covariates_in
from bayes_ddm.simulate import first_passage
from tests.support.tables import refusal

ROWS = pd.DataFrame(
    {
        "amount": [1.0, 2.0, 4.0, 8.0, 3.0, 5.0],
        "delay": [7.0, 30.0, 1.0, 90.0, 2.0, 2.5],
        "task": ["b", "a", "b", "a", "b", "a"],
        "who": [0, 0, 0, 1, 1, 1],
        "group": ["x", "x", "x", "y", "y", "y"],
        "odd": ["p", "q", "q", "q", "q", "q"],
        "gap": [1.0, np.nan, 2.0, 3.0, np.nan, 4.0],
        "choice": [1, -1, 1, 1, -1, 1],
        "rt": [0.9, 1.4, 0.7, 1.1, 2.3, 0.8],
    }
)
COVARIATES = ["amount", "delay", "task", "group", "odd", "gap"]


def choices(labeler="who"):
    return bd.Choices.from_frame(ROWS, labeler=labeler, covariates=COVARIATES)


def test_columns_are_those_computed_by_hand():
    design = design_matrix("1 + np.log(amount) + task + task:delay", ROWS, what="drift")
    b = (ROWS["task"] == "b").astype(float)
    columns = {
        "Intercept": np.ones(6),
        "np.log(amount)": np.log(ROWS["amount"]),
        "task[b]": b,
        "task[a]:delay": (1 - b) * ROWS["delay"],
        "task[b]:delay": b * ROWS["delay"],
    }
    assert design.names == tuple(columns) and not design.categorical
    np.testing.assert_allclose(design.matrix, np.column_stack(list(columns.values())))
    assert design_matrix("0 + task", ROWS, what="boundary").categorical


def test_new_rows_are_coded_by_the_first_rows_levels_and_centres():
    design = design_matrix("1 + task + center(delay)", ROWS, what="drift")
    new = pd.DataFrame({"task": ["b", "b"], "delay": [10.0, 0.0]})
    middle = ROWS["delay"].mean()
    np.testing.assert_allclose(design.of(new), [[1, 1, 10 - middle], [1, 1, -middle]])


def test_the_order_of_a_categorical_column_chooses_the_base():
    rows = ROWS.assign(task=pd.Categorical(ROWS["task"], categories=["b", "a"]))
    assert design_matrix("1 + task", rows, what="drift").names == ("Intercept", "task[a]")


def test_a_formula_of_columns_is_the_same_as_features():
    named = bd.Choices.from_frame(ROWS, labeler="who", features=["amount", "delay"])
    coded = with_drift(choices(), "0 + amount + delay")
    np.testing.assert_array_equal(coded.features, named.features)
    assert coded.feature_names == named.feature_names
    assert not with_drift(choices(), "1").contextual


def test_covariates_follow_their_rows():
    table = choices()
    assert list(table.expanded().covariates["task"]) == list(ROWS["task"])
    twice = bd.Choices.from_frame(pd.concat([ROWS, ROWS]), labeler="who", covariates=["task"])
    grouped = twice.grouped()
    frame = grouped.to_frame().merge(ROWS, on=["rt", "choice"])
    assert len(grouped) == 6 and (frame["task_x"] == frame["task_y"]).all()
    known = with_drift(choices(), "1 + task")
    again = coded_like(known, bd.Choices.from_frame(ROWS[:1], covariates=["task"]))
    np.testing.assert_array_equal(again.features, [[1.0, 1.0]])
    named = [bd.Choices.from_frame(ROWS[:k], features=["amount", "delay"]) for k in (6, 2)]
    again = coded_like(with_drift(named[0], "0 + amount + np.log(delay)"), named[1])
    np.testing.assert_array_equal(again.features, [[1.0, np.log(7.0)], [2.0, np.log(30.0)]])


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("1 + (delay", "does not parse: Expect ')' after expression"),
        ("1 + delya", "no covariate or feature 'delya'; did you mean 'delay'?"),
        ("np.load(delay)", "calls np.load, which is not among the functions of a formula"),
        ("os.system('ls')", "calls os.system, which is not among"),
        ("I(9**9**9)", "raises a number to a power"),
        ("choice ~ delay", "names a response"),
        ("(1|task)", "labelers' own values come with the model"),
        ("0 + odd", "odd[p] has one row; merge the level with another"),
        ("delay + amount + I(amount + delay)", "amount, I(amount + delay) are collinear"),
        ("1 + gap", "covariate 'gap' of drift formula '1 + gap' is missing in 2 rows (1, 4"),
        ("1 + group", "group[y] never varies within a labeler: it describes people, not options"),
        ("1 + np.log(amount - 1)", "is not a finite number in row 0"),
        ("0", "has no terms"),
    ],
)
def test_what_a_formula_cannot_be(formula, says):
    with np.errstate(divide="ignore"), pytest.raises(bd.InputError) as caught:
        with_drift(choices(), formula)
    message = str(caught.value)
    assert says in message and "\n" not in message and message.endswith((".", "?"))


def test_what_new_rows_must_have():
    design = design_matrix("1 + task + delay", ROWS, what="drift")
    new = ROWS[["task", "delay"]]
    assert "level 'z' of 'task'" in refusal(design.of, new.assign(task="z"))
    assert "have no covariate 'delay'" in refusal(design.of, new[["task"]])
    assert "missing in 6 rows" in refusal(design.of, new.assign(delay=np.nan))
    assert covariates_in("1 + np.log(a) + C(b):a") == ("a", "b")


def test_without_an_intercept_a_lean_to_one_side_spoils_the_average():
    # taste .4 per unit and a lean of -.8, differences of one sign: the closed form at the known
    # boundary and ndt is unbiased with the intercept, and far off without
    rng = np.random.default_rng(5)
    n, k = 200, 40
    taste, lean = rng.normal(0.4, 0.2, n), rng.normal(-0.8, 0.5, n)
    x, who = rng.choice([0.0, 1, 2, 3, 4], n * k), np.repeat(np.arange(n), k)
    hit, time = first_passage(lean[who] + taste[who] * x, np.full(n * k, 1.2), rng)
    frame = pd.DataFrame({"choice": hit, "rt": time + 0.3, "x": x, "who": who})
    table = bd.Choices.from_frame(frame, labeler="who", covariates=["x"])

    def rows(formula):
        known = bd.estimate(table, drift=formula, boundary=1.2, ndt=0.3).to_frame()
        known = known[known["estimator"] == "consistent_known_boundary"]
        return known.set_index("parameter")[["value", "se"]]

    right, wrong = rows("1 + x"), rows("0 + x")
    for name, truth in (("Intercept", -0.8), ("x", 0.4)):
        value, se = right.loc[name]
        # four standard errors: once in 16,000 seeds
        assert abs(value - truth) < 4 * se
    assert abs(wrong.loc["x", "value"] - 0.4) > 8 * wrong.loc["x", "se"]
