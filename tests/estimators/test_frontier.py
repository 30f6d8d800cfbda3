"""Compromises between groups: by hand, and nothing between groups that are the same."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import consistent, known_boundary
from bayes_ddm.simulate import experiment
from tests.support.tables import refusal

THETA = np.array([[0.6, 0.3, -0.2, 0.1], [0.1, 0.5, 0.3, -0.2]])
SPREAD = np.array([[1, 0.5, 0.2, 0.3], [0.3, 0.6, 1, 0.5]])
NAMES = list("abcd")


def sample(seed, theta=THETA, each=500):
    """One choice by each labeler; attributes spread differently in the two groups."""
    rng = np.random.default_rng(seed)
    group = np.repeat([0, 1], each)
    made = experiment(
        lambda rng, n: theta[group] + 0.5 * rng.standard_normal((n, 4)),
        labelers=2 * each,
        features=rng.standard_normal((2 * each, 4)) * np.sqrt(SPREAD[group]),
        feature_names=NAMES,
        boundary=1.25,
        seed=rng,
    )
    frame = made.to_frame().assign(group=np.array(["x", "y"])[group], number=group)
    return frame, of(frame)


def of(frame):
    return bd.Choices.from_frame(frame, features=NAMES, covariates=["group", "number"])


def test_a_compromise_by_hand():
    frame, choices = sample(1)
    found = bd.frontier(choices, group="group", boundary=1.25, ndt=0, weights=[0.25])
    parts = [of(frame[frame["group"] == g]) for g in "xy"]
    rows = [consistent(part, known_boundary(part, 1.25)) for part in parts]
    own, cov = [r.values[:4] for r in rows], [r.covariance[:4, :4] for r in rows]
    moment = [part.features.T @ part.features / 500 for part in parts]
    total = 0.25 * moment[0] + 0.75 * moment[1]
    theta = np.linalg.solve(total, 0.25 * moment[0] @ own[0] + 0.75 * moment[1] @ own[1])
    np.testing.assert_allclose(found.theta, [theta])
    np.testing.assert_allclose(found.own, own)
    for g, share in enumerate((0.75 * moment[1], 0.25 * moment[0])):
        off, by = theta - own[g], np.linalg.solve(total, share)
        plug_in = off @ moment[g] @ off
        chance = np.trace(moment[g] @ by @ (cov[0] + cov[1]) @ by.T)
        assert found.plug_in[0, g] == pytest.approx(plug_in)
        assert found.disagreement[0, g] == pytest.approx(plug_in - chance)
    numbered = bd.frontier(choices, group="C(number)", boundary=1.25, ndt=0, weights=[0.25])
    np.testing.assert_allclose(numbered.disagreement, found.disagreement)


def test_groups_that_are_the_same_have_no_conflict():
    found = [
        bd.frontier(sample(s, THETA[[0, 0]])[1], group="group", boundary=1.25, ndt=0, weights=[0.5])
        for s in range(40)
    ]
    off, plug_in = (
        np.array([getattr(f, name)[0] for f in found]) for name in ("disagreement", "plug_in")
    )
    error = off.std(axis=0, ddof=1) / np.sqrt(40)
    # 4 standard errors: once in 16,000
    assert (np.abs(off.mean(axis=0)) < 4 * error).all() and (error < 0.005).all()
    assert (plug_in.mean(axis=0) > 8 * error).all()
    # the standard errors are not below those seen, to 3 of 1 / sqrt(80)
    assert (np.mean([f.se[0] for f in found], axis=0) > 0.66 * off.std(axis=0)).all()
    assert 0.001 < np.median([f.p_value for f in found]) < 0.999


def test_a_conflict_is_measured():
    found = bd.frontier(sample(5, each=20_000)[1], group="group", boundary=1.25, ndt=0)
    total = 0.5 * np.diag(SPREAD[0]) + 0.5 * np.diag(SPREAD[1])
    theta = np.linalg.solve(total, 0.5 * (SPREAD * THETA).sum(axis=0))
    truth = (SPREAD * (theta - THETA) ** 2).sum(axis=1)
    assert found.weight[5] == 0.5 and found.p_value < 1e-6
    assert (np.abs(found.disagreement[5] - truth) < 4 * found.se[5] + 0.01).all()
    np.testing.assert_allclose(found.disagreement[[0, 10], [1, 0]], 0)
    assert list(found.table)[:5] == ["weight", *NAMES]
    assert found.to_dict()["points"][5]["disagreement[x]"] == found.disagreement[5, 0]
    assert "x (20,000) and y (20,000) differ" in repr(found)


def test_it_is_drawn():
    figure = bd.frontier(sample(6)[1], group="group", boundary=1.25, ndt=0).plot()
    assert figure.axes[0].get_xlabel().startswith("x disagrees")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"group": "number"}, 'must be one covariate with levels; write "C(number)"'),
        ({"group": "grup"}, "did you mean 'group'?"),
        ({"group": "group", "pair": ["x", "z"]}, "group has no level 'z'; there are x, y."),
        ({"group": "group", "pair": ["x", "x"]}, "a frontier is between two groups"),
        ({"group": "group", "weights": [0.5, 1.2]}, "weights must be numbers from 0 to 1"),
    ],
)
def test_groups_that_cannot_be_are_refused_in_a_line(given, says):
    choices = sample(7, each=40)[1]
    assert says in refusal(bd.frontier, choices, boundary=1.25, ndt=0, **given)
