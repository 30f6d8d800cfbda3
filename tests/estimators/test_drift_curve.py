"""The drift against a score: unbiased bins, and whether a straight line will do."""

import numpy as np
import pytest

import bayes_ddm as bd
from tests.support.tables import refusal

KNOWN = {"boundary": 1.25, "ndt": 0.3}


def study(saturation=None, labelers=3000, seed=1):
    psi = np.random.default_rng(seed).normal(0.2, 1, (labelers, 1))

    def alike(rng, n):
        return np.ones((n, 1))

    return bd.simulate.experiment(
        alike, labelers=labelers, features=psi, saturation=saturation, seed=seed, **KNOWN
    )


def test_bins_are_the_mean_drifts_and_a_bend_is_told():
    choices = study(saturation=0.6)
    curve = bd.drift_curve(choices, "feature_1", **KNOWN, bins=8)
    x = choices.features[:, 0]
    edges = np.quantile(x, np.linspace(0, 1, 9))
    of = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, 7)
    true = np.array([np.mean(0.6 * np.tanh(x[of == k] / 0.6)) for k in range(8)])
    # eight means, each within four of its standard errors
    assert (np.abs(curve.drift - true) < 4 * curve.se).all()
    assert curve.p_value < 0.01 and "drift_link" in curve.sentence
    assert curve.rows.sum() == len(choices)


def test_a_straight_line_is_called_one():
    found = [bd.drift_curve(study(seed=s), **KNOWN).p_value for s in range(40)]
    # level .01: three or more of forty has probability below 1 %
    assert sum(p < 0.01 for p in found) <= 2
    assert "in a straight line" in bd.drift_curve(study(), **KNOWN).sentence


def test_labelers_own_boundaries_are_used_where_they_can_be_learned():
    rng = np.random.default_rng(3)
    own = 1.2 * np.exp(0.4 * rng.normal(size=40))
    choices = bd.simulate.experiment(
        lambda rng, n: rng.normal(0.8, 0.3, (n, 1)),
        labelers=40,
        choices=30,
        features=rng.normal(size=(1200, 1)),
        boundary=own,
        ndt=0.3,
        seed=3,
    )
    curve = bd.drift_curve(choices, "feature_1", bins=5)
    assert curve.boundary == ("each labeler's own; pseudo-labels bounded, for drifts up to 3")
    assert curve.to_dict()["bins"][0]["rows"] == 240
    slope = np.polyfit(curve.score, curve.drift, 1)[0]
    # labelers' slopes have sd .3, so their mean .05; boundaries add about as much
    assert slope == pytest.approx(0.8, abs=0.3)
    assert len(curve.plot().axes) == 1


def test_refused():
    choices = study()
    assert "did you mean 'feature_1'" in refusal(bd.drift_curve, choices, "feature1", **KNOWN)
    assert "one finite score per row" in refusal(bd.drift_curve, choices, np.ones(3), **KNOWN)
    flat = np.r_[1.0, np.zeros(len(choices) - 1)]
    assert "too few different values" in refusal(bd.drift_curve, choices, flat, **KNOWN)
    scalar = bd.simulate.experiment("normal", labelers=50, **KNOWN, seed=1)
    assert "without features there is no score" in refusal(bd.drift_curve, scalar, **KNOWN)
