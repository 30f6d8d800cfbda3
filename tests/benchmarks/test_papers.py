"""Limits that the papers' experiments compute by quadrature, against large simulated samples."""

import math

import numpy as np
import pytest

from bayes_ddm.estimators import bradley_terry, consistent, known_boundary, speed_accuracy
from bayes_ddm.simulate import experiment, population
from benchmarks.papers.heterogeneous.ablation import one_scale
from benchmarks.papers.heterogeneous.contextual import SETTINGS, pooled_limit
from benchmarks.papers.heterogeneous.estimators import BOUNDARY
from benchmarks.papers.heterogeneous.scalar import POPULATIONS, floors, with_wrong_boundary

N = 1_000_000
STANDARD_ERRORS = 4


@pytest.mark.parametrize("name", POPULATIONS)
def test_floors_are_the_errors_left_in_a_large_sample(name):
    who, left = POPULATIONS[name], floors(name)
    choices = experiment(who, labelers=N, boundary=BOUNDARY, seed=1)
    pooled, ratio = bradley_terry(choices), speed_accuracy(choices, 0.0)
    for title, estimate, unit in (
        ("Bradley-Terry", pooled, 0.5 / BOUNDARY),
        ("ratio", ratio, BOUNDARY),
    ):
        error = abs(estimate.values[0] * unit - who.mean)
        assert abs(error - left[title]) < STANDARD_ERRORS * estimate.se[0] * unit
    wrong = consistent(choices, known_boundary(choices, 1.18))
    limit = with_wrong_boundary(name, 1.18)
    assert abs(wrong.values[0] - limit) < STANDARD_ERRORS * wrong.se[0]


@pytest.mark.parametrize("name", ["unequal spreads", "two groups"])
def test_pooled_limit_of_several_attributes(name):
    choices = SETTINGS[name].simulated(np.random.default_rng(2), n=300_000)
    estimate = bradley_terry(choices)
    off = estimate.values / (2 * BOUNDARY) - pooled_limit(SETTINGS[name])
    assert (np.abs(off) < STANDARD_ERRORS * estimate.se / (2 * BOUNDARY)).all()


def test_one_scale_is_right_but_for_the_average_of_cosh():
    # for the drifts +1 and -1 alike, E cosh(b V) = cosh(b)
    who = population("mixture", means=(1.0, -1.0), sds=0.0, weights=(0.5, 0.5))
    choices = experiment(who, labelers=N, boundary=BOUNDARY, seed=3)
    lam = math.log(N) ** 1.5
    constant = math.log(2 * math.cosh(BOUNDARY))
    boundary, ndt = one_scale(choices, constant)
    # sqrt(2 lam + v^2) for sqrt(2 lam) moves it by b / (4 lam); the rest is the sampling error of
    # the mean of exp(-lam T)
    terms = np.exp(-lam * choices.rt)
    se = terms.std() / terms.mean() / math.sqrt(N * 2 * lam)
    assert ndt == 0
    assert se < 0.01
    assert abs(boundary - BOUNDARY * (1 + 1 / (4 * lam))) < STANDARD_ERRORS * se
