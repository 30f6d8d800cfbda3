"""Private choices from a fit to a verdict, and what the fit is not asked."""

from functools import partial

import pytest

import bayes_ddm as bd
from bayes_ddm.errors import InputError
from tests.support import fits


@pytest.mark.slow
def test_the_fit_knows_that_choices_were_randomised(tmp_path):
    fit = bd.load(bd.save(fits.private_fit(), tmp_path / "fit.nc"))
    assert bd.choices_of(fit).flip == fits.private_choices().choices.flip
    comparison = bd.compare(fit)
    # 300 choices at epsilon 1: an average of .5 known to .15
    low, high = comparison.posterior.loc["mu", ["low", "high"]]
    assert low < 0.5 < high and 0.3 < high - low < 1.2
    assert comparison.verdict.startswith("agree")
    assert comparison.to_dict()["privacy"]["epsilon_labeler"] == pytest.approx(5.0)
    assert "epsilon 1 per row, 5 per labeler" in repr(comparison)
    closed = next(row for row in comparison.rows if row.estimator == "consistent_known_boundary")
    assert (
        closed.value
        == bd.estimate(fits.private_choices(), boundary=1.25, ndt=0.3).estimates[0].values[0]
    )


@pytest.mark.slow
def test_what_needs_the_true_choices_is_refused():
    with pytest.raises(InputError, match="each labeler's own answers"):
        bd.labelers(fits.private_fit())


@pytest.mark.slow
def test_replications_of_true_choices_are_not_compared_with_private_ones(tmp_path):
    fit = fits.private_fit()
    report = partial(bd.report, path=tmp_path / "page.html", progress=False)
    for ask in (partial(bd.predictive_checks, labelers="new"), bd.extend, report):
        with pytest.raises(InputError, match="each labeler's own answers"):
            ask(fit)
    assert "log_prior" in bd.extend(fit, ["log_prior"]).children
    checks = next(f for f in bd.diagnose(fit).findings if f.name == "predictive checks")
    assert checks.ok is None and "private ones were randomised" in checks.sentence


def test_a_model_of_ones_own_is_refused():
    with pytest.raises(InputError, match="does not know that choices were randomised"):
        bd.fit(fits.private_choices(), bd.models.builder("hierarchical"))
