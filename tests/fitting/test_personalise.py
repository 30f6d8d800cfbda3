"""A new labeler's posterior after a few choices, against quadrature and against a joint fit."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.fitting.labelers import new_labelers
from bayes_ddm.fitting.personalise import personalise
from bayes_ddm.fitting.rows import Rows
from tests.fitting.test_predict import GRID, fresh, normal, population_draws
from tests.support.fits import contextual, contextual_fit, pretended, scalar_fit

NAMES = ["Ada", "Bo", "Cy"]


def by_quadrature(draws, choices, labeler):
    """Mean, sd and P(> 0) of a new labeler's drift: every draw on the grid, weighted by Bayes."""
    mine = choices.labeler == labeler
    rows = choices.rt[mine][:, None], choices.choice[mine][:, None]
    joint = []
    for draw in draws:
        density = wiener.log_density(
            *rows, drift=GRID, boundary=draw["boundary"], ndt=draw["ndt"]
        ).sum(axis=0)
        with np.errstate(divide="ignore"):
            joint.append(density + np.log(normal(draw["mu"], draw["sigma"])))
    weight = np.exp(joint - logsumexp(joint)).sum(axis=0)
    mean = weight @ GRID
    return mean, np.sqrt(weight @ (GRID - mean) ** 2), weight[GRID > 0].sum()


def test_a_new_labeler_against_quadrature():
    new = fresh(3, 6, seed=21, names=NAMES)
    found = personalise(scalar_fit(), new, draws=100)
    for i, name in enumerate(NAMES):
        mean, sd, positive = by_quadrature(population_draws(100), new, i)
        row = found.table.loc[(name, "drift")]
        # 2500 draws of known weight: relative error of mean and sd below 1 / sqrt(.8 * 2500)
        tolerance = 4 * sd / np.sqrt(found.effective[i] * 25)
        assert abs(row["mean"] - mean) < tolerance
        assert abs(row["sd"] - sd) < tolerance
        assert abs(row["positive"] - positive) < 4 * 0.5 / np.sqrt(found.effective[i] * 25)
        assert row["low"] < row["mean"] < row["high"]
    assert (found.effective > 50).all() and (found.effective <= 100.01).all()


def brute_force(fit, choices, labeler, many=2000, draws=100):
    """Mean, sd and effective draws: labelers of every draw's population, weighted by their rows."""
    mine = choices.labeler == labeler
    psi = np.tile(choices.features[mine], (many, 1)) if choices.contextual else None
    z, rt = np.tile(choices.choice[mine], many), np.tile(choices.rt[mine], many)
    who = np.repeat(np.arange(many), mine.sum())
    drawn, weight = [], []
    for labelers in new_labelers(fit, many, draws=draws, seed=5):
        drawn.append(labelers.preference)
        weight.append(np.bincount(who, labelers.log_density(z, rt, Rows(who, psi))))
    drawn, weight = np.concatenate(drawn), np.concatenate(weight)
    weight = np.exp(weight - logsumexp(weight))
    mean = weight @ drawn
    return mean, np.sqrt(weight @ (drawn - mean) ** 2), 1 / (weight**2).sum()


def assert_like_brute_force(fit, choices, names):
    found = personalise(fit, choices, draws=100)
    for i, name in enumerate(names):
        mean, sd, effective = brute_force(fit, choices, i)
        assert effective > 1000
        rows = found.table.loc[name]
        each = 1 / (found.weight[i] ** 2).sum()
        # relative errors of the two weighted averages; those of an sd are about as large
        error = 4 * sd * np.sqrt(1 / effective + 1 / each)
        assert each > 500
        assert (np.abs(rows["mean"].to_numpy() - mean) < error).all()
        assert (np.abs(rows["sd"].to_numpy() - sd) < error).all()


def test_preferences_of_several_attributes_against_brute_force():
    part = contextual()._take(np.flatnonzero(np.isin(contextual().labeler, [0, 1])))
    new = replace(part, labelers=np.array(NAMES[:2]))
    assert_like_brute_force(contextual_fit(), new, NAMES[:2])
    assert personalise(contextual_fit(), new, draws=5).parameters == ("amount", "delay")


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("labeler_boundary", {}),
        ("labeler_boundary", {"lapse": 0.1, "lapse_rt": 1.0}),
        ("start_bias", {}),
        ("mixture", {}),
    ],
)
def test_every_part_of_the_family_against_brute_force(model, options):
    new = fresh(2, 5, seed=23, names=NAMES[:2])
    if options:
        # an anticipation, which only a lapse can be
        new.rt[0] = 0.02
    assert_like_brute_force(pretended(model, **options), new, NAMES[:2])


def test_wrong_input_ends_with_a_line():
    with pytest.raises(bd.InputError, match="labeler 0 is in the fit"):
        personalise(scalar_fit(), fresh(2, 2, seed=1))
    with pytest.raises(bd.InputError, match="the fit has features none, the new choices amount"):
        personalise(scalar_fit(), contextual())
    late = fresh(1, 2, seed=1, names=["Ada"])
    with pytest.raises(bd.InputError, match="labeler Ada: a response after 1e-06 s is quicker"):
        personalise(scalar_fit(), replace(late, rt=np.array([1e-6, 1.0])))
    with pytest.raises(bd.InputError, match="prob must be"):
        personalise(scalar_fit(), late, prob=2)
