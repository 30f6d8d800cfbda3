"""Averages of a report over the population's shares, not the sample's."""

from types import SimpleNamespace

import pytest

import bayes_ddm as bd
from bayes_ddm.reporting.results import Results, Unknown
from bayes_ddm.reporting.sections import answer, reproduction
from bayes_ddm.reporting.study import Study
from tests.support import fits
from tests.support.commands import bayes_ddm
from tests.support.study import study_fit
from tests.support.tables import refusal

SHARES = {"FR": 0.4, "JP": 0.6}


def test_averages_are_over_the_shares_on_every_side():
    fit = study_fit()
    results = Results("study", fit, shares=SHARES)
    expected = bd.poststratify(fit, SHARES).loc["mu"]
    for table in (results.population, results.comparison.posterior):
        assert table.loc["mu", ["mean", "sd", "low", "high"]].tolist() == pytest.approx(
            expected.tolist()
        )
    found = results.comparison.to_dict()
    assert found["shares"] == {"country=FR": 0.4, "country=JP": 0.6}
    # the prior beside it is that of the same average: Normal(0, 2) and what lets groups differ
    prior = results.prior_draws
    mixed = 0.4 * prior["mu[country=FR]"] + 0.6 * prior["mu[country=JP]"]
    assert prior["mu"] == pytest.approx(mixed)
    # what is looked at besides has no part in this
    vars(results)["diagnosis"] = SimpleNamespace(findings=[], ok=True, sensitivity=None)
    vars(results)["prior_checks"] = Unknown("not asked for")
    (part,) = (x for x in answer(Study((results,))).parts if x.fit)
    assert part.numbers["shares"] == found["shares"]
    assert part.numbers["mu"]["mean"] == pytest.approx(expected["mean"])
    (call, _) = reproduction(Study((results,))).parts
    assert "shares={'country=FR': 0.4, 'country=JP': 0.6}" in call.numbers["python"]
    assert "report fit.nc --shares shares.csv" in call.numbers["command"]


def test_shares_that_do_not_fit_are_refused_before_anything_is_computed(tmp_path):
    page = tmp_path / "r.html"
    wrong = {"FR": 0.4, "JP": 0.7}
    assert "sum to 1" in refusal(bd.report, study_fit(), page, shares=wrong, progress=False)
    alone = fits.scalar_fit()
    assert "no groups to weight" in refusal(bd.report, alone, page, shares=SHARES, progress=False)
    bd.save(study_fit(), tmp_path / "fit.nc")
    (tmp_path / "shares.csv").write_text("group,share\nFR,0.4\nPE,0.6\n")
    command = ["report", tmp_path / "fit.nc", "--shares", tmp_path / "shares.csv", "-o", page]
    assert "'PE', no group" in bayes_ddm(*command).refusal()
    assert not page.exists()
