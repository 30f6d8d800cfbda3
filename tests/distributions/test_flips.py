"""Choices that may be the other one: log densities by quadrature, and draws."""

import numpy as np
import pymc as pm
import pytest
from scipy.special import logsumexp

from bayes_ddm import wiener
from bayes_ddm.distributions import RandomDriftWiener, RandomPreferenceWiener, Wiener
from bayes_ddm.errors import InputError
from tests.support.densities import PYTHON

R, B, NDT = 0.27, 1.1, 0.2
ROWS = np.array([[0.9, 1], [1.4, -1], [0.5, 1], [0.7, 1], [2.1, -1]])
NODES, WEIGHT = np.polynomial.hermite_e.hermegauss(120)
LOG_WEIGHT = np.log(WEIGHT / WEIGHT.sum())


def mixed(row, drift, b=B):
    """Log density of a row as it was sent, at these drifts."""
    same, other = (
        wiener.log_density(row[0], z * row[1], drift=drift, boundary=b, ndt=NDT) for z in (1, -1)
    )
    return np.logaddexp(np.log(1 - R) + same, np.log(R) + other)


def logp(variable, rows=ROWS):
    return pm.logp(variable, rows).eval()


def test_one_trial():
    found = logp(Wiener.dist(0.7, B, NDT, flip=R, shape=(5, 2)))
    assert found == pytest.approx([mixed(row, 0.7) for row in ROWS], rel=1e-12)


def test_labelers_who_choose_once():
    found = logp(RandomDriftWiener.dist(0.4, 0.9, B, NDT, flip=R, shape=(5, 2)))
    by_hand = [logsumexp(LOG_WEIGHT + mixed(row, 0.4 + 0.9 * NODES)) for row in ROWS]
    assert found == pytest.approx(by_hand, rel=1e-12)


def test_labelers_who_choose_once_with_features():
    psi = np.array([[1.0, 0.2], [-0.5, 1.0], [0.3, 0.3], [0.0, 0.0], [2.0, -1.0]])
    theta, chol = np.array([0.6, -0.2]), np.array([[0.8, 0.0], [0.3, 0.5]])
    made = RandomPreferenceWiener.dist(theta, chol, B, NDT, features=psi, flip=R, shape=(5, 2))
    sd = np.sqrt(((psi @ chol) ** 2).sum(axis=1))
    by_hand = [
        logsumexp(LOG_WEIGHT + mixed(row, mean + s * NODES))
        for row, mean, s in zip(ROWS, psi @ theta, sd, strict=True)
    ]
    assert logp(made) == pytest.approx(by_hand, rel=1e-12)


@pytest.mark.parametrize("types", [1, 2])
def test_labelers_who_choose_several_times(types):
    labeler, b = np.array([0, 0, 1, 0, 1]), np.array([1.1, 1.3])
    mean, sd, weight = (
        np.array([0.4, -0.8])[:types],
        np.array([0.9, 0.3])[:types],
        np.array([0.7, 0.3]),
    )
    more = {} if types == 1 else {"weight": weight}
    given = (mean, sd) if types == 2 else (0.4, 0.9)
    made = RandomDriftWiener.dist(*given, b, NDT, labeler=labeler, flip=R, shape=(5, 2), **more)
    by_hand = []
    for who in (0, 1):
        parts = [
            logsumexp(
                LOG_WEIGHT + sum(mixed(row, m + s * NODES, b[who]) for row in ROWS[labeler == who])
            )
            for m, s in zip(mean, sd, strict=True)
        ]
        by_hand.append(logsumexp(np.log(weight[:types]) * (types > 1) + parts))
    assert logp(made) == pytest.approx(by_hand, rel=1e-11)


def test_draws_are_turned_as_often():
    # drift 8: nobody chooses -1 but by the channel; 3 standard errors of 4,000 draws
    labeler = np.repeat(np.arange(400), 10)
    made = RandomDriftWiener.dist(8.0, 0.0, B, NDT, labeler=labeler, flip=R, shape=(4000, 2))
    drawn = pm.draw(made, random_seed=1, mode=PYTHON)
    assert (drawn[:, 1] < 0).mean() == pytest.approx(R, abs=3 * np.sqrt(R * (1 - R) / 4000))


def test_what_choices_do_not_tell_once_they_are_randomised():
    with pytest.raises(InputError, match="where evidence starts"):
        Wiener.dist(0.5, B, NDT, start=0.4, flip=R)
    with pytest.raises(InputError, match="do not integrate out"):
        RandomDriftWiener.dist(0.5, 1.0, B, NDT, labeler=[0, 1], drift_noise=0.3, flip=R)
    with pytest.raises(InputError, match="do not integrate out"):
        RandomPreferenceWiener.dist(
            np.zeros(1), np.eye(1), B, NDT, features=[[1.0], [2.0]], labeler=[0, 1], flip=R
        )
