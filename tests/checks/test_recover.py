"""Recovery: data come from the values asked for, in the user's units, and fits find them."""

import numpy as np
import pymc as pm
import pytest

import bayes_ddm as bd
from bayes_ddm.checks import recover as recovery
from bayes_ddm.checks.recover import recover
from bayes_ddm.distributions.rows import observed_rows, replaceable_rows
from bayes_ddm.distributions.values import scales
from bayes_ddm.errors import InputError
from bayes_ddm.fitting.refit import Program

UNITS = np.array([1.0, 100.0])
PSI = UNITS * np.random.default_rng(3).normal(size=(40, 2))
DESIGN = bd.simulate.experiment(
    lambda rng, n: np.zeros((n, 2)), labelers=10, choices=4, boundary=1.25, features=PSI, seed=1
)
SETTINGS = {"replications": 6, "seed": 4, "progress": False}


def toy(choices, *, noise=0.3):
    """Log response times of a linear model, whose coefficients are scaled as the family's are."""
    scale = scales(choices)
    coords = {"row": range(len(choices)), "field": ["rt", "choice"]}
    with pm.Model(coords=coords | {"feature": choices.feature_names}) as model:
        theta = pm.Normal("theta_scaled", dims="feature")
        pm.Deterministic("theta", theta / scale, dims="feature")
        slope, level = pm.HalfNormal("slope"), pm.Normal("level")
        trend = slope * np.linspace(-1.7, 1.7, len(choices))
        center = (level + trend + (choices.features / scale * theta).sum(axis=1))[:, None]
        observed = observed_rows(choices)
        pm.LogNormal("y", center, noise, observed=observed, dims=("row", "field"))
    return model


@pytest.mark.samples
def test_truth_is_recovered_over_a_grid():
    grid = {"theta": [[1.0, 0.01], [-0.5, 0.0]], "slope": [0.5, 1.5]}
    result = recover(DESIGN, toy, truth=grid, **SETTINGS)
    assert len(result.grid) == 4
    np.testing.assert_array_equal(result.grid["slope"], [0.5, 1.5, 0.5, 1.5])
    assert list(result.fits["parameter"].unique()) == ["feature_1", "feature_2", "level", "slope"]
    assert len(result.fits) == 4 * 6 * 4 and (result.table["n"] == 6).all()
    by_name = dict(list(result.fits.groupby("parameter")))
    # in the user's units; what is left out of the grid comes from its prior
    np.testing.assert_allclose(by_name["feature_2"]["truth"], np.repeat([0.01, 0], 12), atol=1e-12)
    assert by_name["level"]["truth"].nunique() == 24
    error = (result.fits["mean"] - result.fits["truth"]).to_numpy().reshape(-1, 4)
    # forty rows of two values with noise 0.3 and features scaled to 1: standard errors of about
    # 0.3 / sqrt(80); four and a half of them, over 96 comparisons
    assert (np.abs(error * [1, 100, 1, 1]) < 4.5 * 0.3 / np.sqrt(80) * 1.2).all()
    inside = (result.fits["low"] <= result.fits["truth"]) & (
        result.fits["truth"] <= result.fits["high"]
    )
    # 96 intervals of 90 %, four of a data set nearly independent
    assert abs(inside.mean() - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 96)
    one = result.table.set_index(["point", "parameter"]).loc[(3, "slope")]
    rows = by_name["slope"][by_name["slope"]["point"] == 3]
    assert one["bias"] == pytest.approx((rows["mean"] - 1.5).mean())
    assert one["rmse"] == pytest.approx(np.sqrt(((rows["mean"] - 1.5) ** 2).mean()))
    assert "4 points" in repr(result) and "<table" in result._repr_html_()
    titles = [axis.get_title() for axis in result.plot().axes]
    assert titles == ["feature_1", "feature_2", "level", "slope"]


def test_data_sets_have_the_moments_of_the_values_asked_for():
    design = bd.simulate.experiment("normal", labelers=1000, choices=2, boundary=1.25, seed=1)
    with replaceable_rows():
        model = bd.models.builder("hierarchical")(design)
    program = Program("hierarchical", model, "rows", design, None)
    points = [
        {"mu": mu, "sigma": 1e-9, "boundary": b, "ndt": 0.3} for mu, b in ((1.0, 1.25), (-0.5, 0.8))
    ]
    truths, data = recovery._simulated(program, points, 2, seed=5)
    assert data.shape == (4, 2000, 2)
    np.testing.assert_array_equal(truths["mu"], [1.0, 1.0, -0.5, -0.5])
    for point, made in zip(np.repeat(points, 2), data, strict=True):
        v, b = point["mu"], point["boundary"]
        error = np.array([made[:, 0].std(), made[:, 1].std()]) / np.sqrt(2000)
        expected = [0.3 + b / v * np.tanh(b * v), np.tanh(b * v)]
        assert (np.abs(made.mean(axis=0) - expected) < 4 * error).all()


@pytest.mark.parametrize(
    ("truth", "message"),
    [
        (
            {"nosuch": 1.0},
            "'nosuch' is no parameter that can be set; there are level, slope, theta",
        ),
        ({"theta": 1.0}, "theta must be one value of 1 dimensions, or a list of them"),
        ({"theta": [1.0, 2.0, 3.0]}, r"theta must have shape \(2,\); got \(3,\)"),
        ({"slope": [0.5, -1.0]}, "slope = -1.0 is impossible under its prior"),
    ],
)
def test_impossible_truths_are_refused(truth, message):
    with replaceable_rows():
        program = Program("toy", toy(DESIGN), "rows", DESIGN, None)
    with pytest.raises(InputError, match=message):
        recovery._simulated(program, recovery._grid(program, truth), 2, seed=1)
