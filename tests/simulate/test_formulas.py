"""Experiments said by formula are those said row by row."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import bayes_ddm as bd
from tests.support.tables import refusal

TABLE = pd.DataFrame(
    {
        "instruction": ["speed", "accuracy", "accuracy", "speed"],
        "load": [0.0, 1.0, 2.0, 3.0],
        "amount": [1.0, 2.0, 4.0, 3.0],
    }
)
MANY = {"labelers": 6, "choices": 4, "seed": 3}
QUICK = (TABLE["instruction"] == "speed").to_numpy()


def same(by_formula, by_row):
    np.testing.assert_array_equal(by_formula.choice, by_row.choice)
    np.testing.assert_allclose(by_formula.rt, by_row.rt, rtol=1e-12)


def test_cells_and_slopes_are_the_rows_own_values():
    by_formula = bd.simulate.experiment(
        "normal",
        table=TABLE,
        boundary={"instruction": {"speed": 0.8, "accuracy": 1.5}},
        ndt={"1 + load": {"Intercept": -1.5, "load": 0.1}},
        start={"1 + load": {"Intercept": 0.2, "load": -0.1}},
        **MANY,
    )
    load = TABLE["load"].to_numpy()
    by_row = bd.simulate.experiment(
        "normal",
        boundary=np.tile(np.where(QUICK, 0.8, 1.5), 6),
        ndt=np.tile(np.exp(-1.5 + 0.1 * load), 6),
        start=np.tile(expit(0.2 - 0.1 * load), 6),
        **MANY,
    )
    same(by_formula, by_row)
    assert by_formula.covariates["instruction"].tolist() == 6 * TABLE["instruction"].tolist()


def test_drift_and_groups_are_features_and_shifts():
    everybody = TABLE.iloc[np.tile(np.arange(4), 6)].assign(country=np.repeat([*"abbaba"], 4))
    preference = np.random.default_rng(0).normal(size=(6, 2))
    by_formula = bd.simulate.experiment(
        lambda rng, n: preference,
        table=everybody,
        drift="1 + np.log(amount)",
        between={"country": {"a": [0.5, 0.0], "b": [-0.2, 0.3]}},
        boundary=1.2,
        **MANY,
    )
    shift = np.array([[0.5, 0.0] if c == "a" else [-0.2, 0.3] for c in "abbaba"])
    features = np.column_stack([np.ones(4), np.log(TABLE["amount"])])
    by_row = bd.simulate.experiment(
        lambda rng, n: preference + shift, features=features, boundary=1.2, **MANY
    )
    same(by_formula, by_row)
    assert by_formula.feature_names == ("Intercept", "np.log(amount)")
    assert by_formula.drift == "1 + np.log(amount)"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"boundary": {"instruction": {"speed": 0.8}}}, "needs a value for accuracy"),
        ({"boundary": {"instruction": {"sped": 1, "accuracy": 1}}}, "did you mean 'speed'"),
        ({"boundary": {"instruction": 0.8}}, "one formula with its values"),
        ({"boundary": {"instruktion": {"speed": 1}}}, "did you mean 'instruction'"),
        ({"boundary": 1, "between": {"load": {"Intercept": 0, "load": 1}}}, "varies within"),
        ({"boundary": {"load": {"a": 1}}, "table": None}, "a formula needs table="),
        ({"boundary": 1, "drift": "1 + load", "features": np.ones(4)}, "give one of them"),
    ],
)
def test_formulas_that_do_not_fit_are_refused_in_a_line(options, words):
    arguments = {"table": TABLE} | options
    assert words in refusal(bd.simulate.experiment, "normal", **arguments, **MANY)
