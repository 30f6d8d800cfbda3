"""Leave-one-labeler-out: against plain importance sampling, and what may be ranked."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import xarray as xr

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.checks.loo import ranked
from bayes_ddm.fitting.save import attach
from tests.support.fits import scalar, scalar_fit
from tests.support.hierarchical import most_likely, sums


def by_labeler(choices, mu, sigma, boundary, ndt):
    """Log density of all that each labeler did, normal drifts integrated out."""
    s, t = sums(choices, boundary, ndt)
    d = 1 + sigma**2 * t
    factor = (2 * mu * s + sigma**2 * s**2 - mu**2 * t) / (2 * d) - 0.5 * np.log(d)
    zero = wiener.log_density(choices.rt, choices.choice, drift=0, boundary=boundary, ndt=ndt)
    return factor + np.bincount(choices.labeler, zero)


@cache
def pooled():
    """The pooled model around its highest likelihood, where its posterior is narrow."""
    mu, _, boundary, ndt = most_likely(scalar(), pooled=True)
    rng = np.random.default_rng(1)
    values = {"mu": mu, "boundary": boundary, "ndt": ndt}
    spread = {"mu": 0.05, "boundary": 0.02, "ndt": 0.003}
    draws = {
        name: (("chain", "draw"), x + spread[name] * rng.normal(size=(2, 200)))
        for name, x in values.items()
    }
    posterior = xr.Dataset(draws, {"chain": [0, 1], "draw": np.arange(200)})
    fit = xr.DataTree.from_dict({"posterior": posterior})
    attach(fit, scalar(), model="pooled", parameters={})
    return fit


@cache
def score():
    return bd.loo(scalar_fit(), draws=500)


def test_scores_are_those_of_plain_importance_sampling():
    draws = scalar_fit()["posterior"].to_dataset().isel(draw=slice(0, 1000, 4))
    draws = draws.stack(sample=("chain", "draw"), create_index=False)
    names = ("mu", "sigma", "boundary", "ndt")
    density = np.array(
        [
            by_labeler(scalar(), *values)
            for values in zip(*(draws[n].values for n in names), strict=True)
        ]
    )
    left_out = -np.log(np.exp(-density).mean(axis=0))
    # other draws, and smoothed weights: 500 draws of p_loo = 3.4 over 60 labelers
    np.testing.assert_allclose(score().data.elpd_i.values, left_out, atol=0.15)
    assert score().elpd == pytest.approx(left_out.sum(), abs=0.5)


def test_the_unit_is_stated():
    assert score().n == 60
    assert score().ok
    assert score().bad == ()
    assert "leaving out one labeler (all their choices) at a time (60)" in repr(score())
    assert "every Pareto k is below" in score().sentence


def test_labelers_that_move_the_posterior_are_named():
    # nobody's posterior: one labeler's choices are all but impossible
    choices = scalar()
    rt = choices.rt.copy()
    rt[choices.labeler == 7] += 40.0
    fit = scalar_fit().copy()
    attach(fit, replace(choices, rt=rt), model="hierarchical", parameters={})
    loo = bd.loo(fit, draws=400)
    assert not loo.ok
    assert 7 in loo.bad
    assert "(7" in loo.sentence and "look at their rows" in loo.sentence


def test_the_better_model_comes_first():
    ranking = bd.rank(pooled(), scalar_fit())
    assert ranking.best == "hierarchical"
    assert list(ranking.table.index) == ["hierarchical", "pooled"]
    assert "labeler (all their choices) best, clearly better than pooled" in ranking.sentence
    assert "pooled" in repr(ranking) and "<table" in ranking._repr_html_()
    named = bd.rank({"all alike": pooled(), "each their own": scalar_fit()})
    assert named.best == "each their own"


def relabelled(fit, **history):
    copy = fit.copy()
    copy.attrs = dict(fit.attrs) | history
    return copy


def test_what_each_model_adds_to_the_one_before_it():
    scores = {"pooled": bd.loo(pooled()), "normal": score()}
    ranking = ranked(scores | {"again": score()})
    gain = scores["normal"].data.elpd_i.values - scores["pooled"].data.elpd_i.values
    assert ranking.steps.loc["normal", "over"] == "pooled"
    assert ranking.steps.loc["normal", "gain"] == pytest.approx(gain.sum())
    # labelers are the same on both sides, so that their differences are what varies
    assert ranking.steps.loc["normal", "se"] == pytest.approx(gain.std(ddof=1) * np.sqrt(60))
    assert ranking.steps.loc["again", ["gain", "se"]].tolist() == [0, 0]
    assert "What each model adds" in repr(ranking)
    assert "What each model adds" not in repr(ranked(scores))


def test_what_cannot_be_ranked():
    fit = scalar_fit()
    with pytest.raises(bd.InputError, match="at least two"):
        bd.rank(fit)
    with pytest.raises(bd.InputError, match="several fits are of one model; name them"):
        bd.rank(fit, fit)
    choices = scalar()
    other = relabelled(fit, model="pooled")
    attach(other, replace(choices, rt=choices.rt + 0.01))
    with pytest.raises(bd.InputError, match="hierarchical and pooled are fits of different"):
        bd.rank(fit, other)
    without = relabelled(fit, model="choice_only")
    with pytest.raises(bd.InputError, match="choice_only has no response times"):
        bd.rank(fit, without)
