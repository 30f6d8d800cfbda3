"""Drifts by comparison: what the posterior says of them, and mean pseudo-labels there."""

import numpy as np
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm.comparison.drifts import drifts_at
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.save import attach

LABELERS, EACH, DRAWS = 40, 60, 60
LARGEST, BOUNDARY, NDT = 1.2, 1.25, 0.3
OWN = np.random.default_rng(3).normal(1.0, 0.3, (LABELERS, 1))


def simulated(features):
    return bd.simulate.experiment(
        lambda rng, n: OWN,
        labelers=LABELERS,
        choices=EACH,
        boundary=BOUNDARY,
        ndt=NDT,
        features=features,
        feature_names=["x"],
        saturation=LARGEST,
        seed=4,
    )


def as_if_fitted(choices, saturation):
    """A fit whose draws are near the truth, but for the saturation."""
    rng = np.random.default_rng(5)
    scale = np.sqrt((choices.features**2).mean())

    def near(value, *shape):
        return value * (1 + 0.01 * rng.normal(size=(1, DRAWS, *shape)))

    values = {
        "theta_scaled": (("chain", "draw", "feature"), near(OWN.mean() * scale, 1)),
        "sigma_scaled": (("chain", "draw", "feature"), near(0.3 * scale, 1)),
        "boundary": (("chain", "draw"), near(BOUNDARY)),
        "ndt": (("chain", "draw"), near(NDT)),
        "saturation": (("chain", "draw"), near(saturation)),
        "preference": (
            ("chain", "draw", "labeler", "preference_of"),
            near(OWN * scale, LABELERS, 1),
        ),
    }
    tree = xr.DataTree.from_dict({"posterior": xr.Dataset(values)})
    attach(tree, choices, model="contextual", parameters={"drift_link": "'saturating'"})
    return Posterior.of(tree)


@pytest.mark.parametrize("many", [False, True])
def test_both_are_the_mean_drift_of_these_comparisons(many):
    rng = np.random.default_rng(1)
    levels = rng.uniform(-3, 3, LABELERS * EACH) if many else rng.choice([-2.0, 0.5, 3.0], 2400)
    choices = simulated(levels[:, None])
    drifts = drifts_at(as_if_fitted(choices, LARGEST), 3.0)
    drift = LARGEST * np.tanh(levels * OWN[choices.labeler, 0] / LARGEST)
    assert drifts.rows.sum() == len(levels) and len(drifts.names) == (8 if many else 3)
    if not many:
        assert drifts.names == ("x -2", "x 0.5", "x 3")
        expected = [drift[levels == x].mean() for x in (-2.0, 0.5, 3.0)]
        # draws are off by 1 % of each of two factors
        np.testing.assert_allclose(drifts.posterior, expected, atol=0.01)
        assert (np.abs(drifts.closed_form - expected) < 4 * drifts.se).all()
    # eight comparisons or three: beyond 4 standard errors once in 2,000 times
    assert (np.abs(drifts.difference) < 4 * drifts.se).all() and drifts.p_value > 0.001
    # pseudo-labels of some hundreds of choices, whose sd is about 1.5
    np.testing.assert_allclose(drifts.se, 1.5 / np.sqrt(drifts.rows), rtol=0.5)
    assert "differ by no more than chance" in drifts.sentence


def test_a_drift_that_does_not_saturate_is_told_where_it_is_wrong():
    choices = simulated(np.random.default_rng(1).choice([-2.0, 0.5, 3.0], 2400)[:, None])
    drifts = drifts_at(as_if_fitted(choices, 50.0), 4.0)
    assert drifts.p_value < 1e-6 and "closed form and posterior drift differ (p" in drifts.sentence
    worst = drifts.table["p_value"].idxmin()
    assert worst == "x 3" and drifts.difference[2] < 0
    assert [x["comparison"] for x in drifts.to_dict()["comparisons"]] == list(drifts.names)
