"""Posterior and closed form over shares of groups, and over the sample's own labelers."""

from functools import cache

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.comparison.population import people_influence
from bayes_ddm.fitting.posterior import Posterior
from tests.support.study import study_fit
from tests.support.tables import refusal

SHARES = {"FR": 0.4, "JP": 0.6}
FORMULAS = {"boundary": "instruction", "ndt": "instruction"}


@cache
def compared(**shares):
    return bd.compare(study_fit(), shares=shares or None, progress=False)


def rows(comparison, parameter="mu"):
    return {r.estimator: r for r in comparison.rows if r.parameter == parameter}


def test_both_sides_are_averaged_over_the_same_shares():
    fit, comparison = study_fit(), compared(**SHARES)
    over = bd.poststratify(fit, SHARES).loc["mu"]
    assert comparison.posterior.loc["mu", "mean"] == pytest.approx(over["mean"])
    table = bd.estimate(bd.choices_of(fit), **FORMULAS, shares=SHARES).to_frame()
    alone = table[table["parameter"] == "mu"].set_index("estimator")["value"]
    weighted = rows(comparison)
    for name in ("consistent_conditional_boundary", "semiparametric"):
        assert weighted[name].value == pytest.approx(alone[name])
        assert weighted[name].posterior == pytest.approx(over["mean"])
    # the closed form is linear in its groups at one boundary
    model = {g: rows(comparison, f"mu[country={g}]")["consistent_model_boundary"] for g in SHARES}
    expected = sum(share * model[g].value for g, share in SHARES.items())
    assert weighted["consistent_model_boundary"].value == pytest.approx(expected)
    assert "averages over country=FR 0.4, country=JP 0.6" in repr(comparison)
    assert "not weighted by shares" in weighted["bradley_terry"].note
    assert comparison.to_dict().keys() == compared().to_dict().keys()


def test_groups_stay_as_they_are():
    plain, found = compared(), compared(**SHARES)
    for name in ("mu[country=FR]", "mu[country=JP]", "sigma"):
        assert found.posterior.loc[name, "mean"] == plain.posterior.loc[name, "mean"]


def test_who_the_labelers_are_counts_on_both_sides():
    """With the sample's own shares held, nothing is left to chance of who is in which group."""
    plain, fixed = (
        rows(c)["consistent_model_boundary"] for c in (compared(), compared(FR=0.75, JP=0.25))
    )
    assert fixed.difference == pytest.approx(plain.difference)
    # what is left of it is the two sides' estimates of how far groups are apart, .2 at most, times
    # sqrt(.75 * .25 / 80): a hundredth, in square 4 % of the difference's variance
    assert fixed.se == pytest.approx(plain.se, rel=0.03)
    assert fixed.value_se < plain.value_se


def test_people_s_influence_is_that_of_their_groups_averages():
    posterior = Posterior.of(study_fit())
    labels = ["mu", "sigma", "mu[country=FR]"]
    found = people_influence(posterior, posterior.samples(100), labels, None)
    means = posterior.samples(100)["group_average"].mean("sample")
    country = posterior.choices.covariates.groupby(posterior.choices.labeler)["country"].first()
    own = means.sel(group=[f"country={c}" for c in country]).to_numpy()
    np.testing.assert_allclose(found[:, 0], (own - own.mean()) / 80)
    np.testing.assert_allclose(found[:, 1:], 0, atol=1e-12)


def test_shares_need_groups():
    assert "sum to 1" in refusal(bd.compare, study_fit(), shares={"FR": 0.4, "JP": 0.7})
