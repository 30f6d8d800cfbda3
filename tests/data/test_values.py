"""Value functions in formulas: columns by hand at any parameter, and one line for what is wrong."""

import re

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm.data.design import coded_like, design_matrix, with_drift
from bayes_ddm.data.learned_values import valued_at, valued_design
from tests.support.tables import refusal

RNG = np.random.default_rng(5)
N = 24
ROWS = pd.DataFrame(
    {
        "later": RNG.integers(10, 40, N),
        "delay": RNG.integers(1, 200, N),
        "now": RNG.uniform(5, 20, N),
        "soon": RNG.integers(0, 5, N),
        "change": RNG.normal(size=N),
        "task": N // 2 * ["a", "b"],
        "who": np.repeat(np.arange(4), N // 4),
        "choice": 1,
        "rt": RNG.uniform(0.5, 2, N),
    }
)


def choices(drift):
    names = ["later", "delay", "now", "soon", "change", "task"]
    return with_drift(bd.Choices.from_frame(ROWS, labeler="who", covariates=names), drift)


def hyperbolic(k):
    return ROWS.later / (1 + k * ROWS.delay) - ROWS.now / (1 + k * ROWS.soon)


@pytest.mark.parametrize(
    ("call", "column"),
    [
        ("bd.hyperbolic(later, delay, now, soon, rate=0.02)", hyperbolic(0.02)),
        ("bd.hyperbolic(10, delay, rate=0.02)", 10 / (1 + 0.02 * ROWS.delay)),
        (
            "bd.hyperbolic(delay=delay, amount=later, rate=0.02)",
            ROWS.later / (1 + 0.02 * ROWS.delay),
        ),
        (
            "bd.exponential(later, delay, now, rate=0.02)",
            ROWS.later * np.exp(-0.02 * ROWS.delay) - ROWS.now,
        ),
        ("bd.power(later, now, exponent=0.5)", ROWS.later**0.5 - ROWS.now**0.5),
        ("bd.power(change, exponent=0.5)", np.sign(ROWS.change) * np.abs(ROWS.change) ** 0.5),
    ],
)
def test_columns_are_those_computed_by_hand(call, column):
    coded = design_matrix(f"0 + {call}", ROWS, what="drift")
    # a few roundings of double precision
    np.testing.assert_allclose(coded.matrix[:, 0], column, rtol=1e-13)


def test_columns_follow_the_parameters_that_are_left_open():
    coded = choices("1 + bd.hyperbolic(later, delay, now, soon):task + now + bd.power(later)")
    assert valued_design(coded).of(coded).parameters == ("discount_rate", "utility_exponent")
    at = valued_at(coded, {"discount_rate": 0.003, "utility_exponent": 0.6})
    a = (ROWS.task == "a").astype(float)
    by_hand = [np.ones(N), ROWS.now, hyperbolic(0.003) * a, hyperbolic(0.003) * (1 - a)]
    columns = dict(zip(at.feature_names, at.features.T, strict=True))
    names = "Intercept", "now", *(n for n in at.feature_names if n.startswith("bd.hyperbolic"))
    for name, column in zip(names, by_hand, strict=True):
        np.testing.assert_allclose(columns[name], column, rtol=1e-12)
    np.testing.assert_allclose(columns["bd.power(later)"], ROWS.later**0.6, rtol=1e-12)
    # the formula then states them, so that nothing is left to learn
    assert valued_design(at) is None and at.drift.count("=0.003") == 1
    np.testing.assert_allclose(with_drift(at, at.drift).features, at.features, rtol=1e-12)


def test_other_rows_are_coded_like_the_first():
    known = choices("0 + bd.hyperbolic(later, delay):center(now)")
    part = known._take(np.array([3, 8]))
    at = valued_at(part, {"discount_rate": 0.05}, like=known)
    rows = ROWS.iloc[[3, 8]]
    by_hand = rows.later / (1 + 0.05 * rows.delay) * (rows.now - ROWS.now.mean())
    np.testing.assert_allclose(at.features[:, 0], by_hand, rtol=1e-12)


def test_at_the_guess_half_is_left_after_the_usual_delay():
    coded = choices("0 + bd.hyperbolic(later, delay)")
    np.testing.assert_allclose(
        coded.features[:, 0], ROWS.later / (1 + ROWS.delay / ROWS.delay.median()), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("formula", "part"),
    [
        ("bd.hyperbolic(later)", "lacks delay"),
        ("bd.hyperbolic(task, delay)", "'task' for amount, which holds no numbers"),
        ("bd.hyperbolic(later, change)", "'change' for delay, which is negative in row"),
        ("bd.hyperbolic(later, 0)", "every delay is 0"),
        ("bd.hyperbolic(later, delay, now, soon, now)", "takes amount, delay, other_amount"),
        ("bd.hyperbolic(later, delay, rat=1)", "takes amount, delay, other_amount"),
        ("bd.hyperbolic(later, 2 * delay)", "put what is computed into a column"),
        ("bd.hyperbolic(later, delay, rate=now)", "got the column 'now'"),
        ("bd.hyperbolic(later, delay, rate=0)", "must be positive"),
        ("I(bd.power(later))", "within another call"),
        ("bd.hyperbola(later, delay)", "did you mean 'bd.hyperbolic'?"),
        ("bd.power(income)", "there is no covariate or feature 'income'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(formula, part):
    message = refusal(choices, f"1 + {formula}")
    assert part in message and "\n" not in message


def test_only_a_fit_learns_and_only_the_drift_has_values():
    drift = "1 + bd.hyperbolic(later, delay)"
    coded = choices(drift)
    for ask in (bd.estimate, bd.drift_curve):
        message = refusal(ask, coded)
        stated = float(re.search(r"rate=([\d.]+)", message).group(1))
        assert stated == pytest.approx(1 / ROWS.delay.median(), rel=0.1)
    simulated = {"labelers": 4, "choices": 6, "boundary": 1.25, "table": ROWS}
    assert "needs its rate to be simulated" in refusal(
        bd.simulate.experiment, lambda rng, n: np.zeros((n, 2)), drift=drift, **simulated
    )
    assert "is a part of the drift" in refusal(
        bd.estimate, choices(None), boundary="bd.power(later)", ndt=0.1
    )


@pytest.mark.parametrize(
    "run",
    [lambda rows: bd.release(rows, epsilon=1.0, boundary=1.25, ndt=0.3), bd.label],
    ids=["release", "label"],
)
def test_nothing_is_published_at_a_guess(run):
    message = refusal(run, choices("0 + bd.hyperbolic(later, delay)"))
    assert "cannot learn the rate of bd.hyperbolic" in message


def test_columns_read_as_features_are_as_those_kept_for_the_formula():
    drift = "1 + bd.hyperbolic(later, delay)"
    named = {"features": ["later", "delay"], "deadline": 1.5, "omissions": "rows"}
    rows = ROWS.assign(choice=ROWS.choice.where(ROWS.rt < 1.5))
    coded = with_drift(bd.Choices.from_frame(rows, labeler="who", **named), drift)
    assert coded.n_omitted > 0
    np.testing.assert_array_equal(coded.features, choices(drift).features[(ROWS.rt < 1.5)])
    at = valued_design(coded).of(coded).at({"discount_rate": 0.02})[:, 1]
    every = np.append(coded.row, coded.omitted.row)
    np.testing.assert_allclose(at, (ROWS.later / (1 + 0.02 * ROWS.delay))[every], rtol=1e-13)
    new = coded_like(coded, bd.Choices.from_frame(ROWS[:3], features=["later", "delay"]))
    column = valued_at(new, {"discount_rate": 0.02}, like=coded).features[:, 1]
    np.testing.assert_allclose(column, (ROWS.later / (1 + 0.02 * ROWS.delay))[:3], rtol=1e-13)
