"""Drift noise and closing bounds through a fit: recovery, comparison, prediction, report, files."""

import numpy as np
import pandas as pd
import pytest

import bayes_ddm as bd
from bayes_ddm import wiener
from bayes_ddm.checks.of_data import contradictions_in
from bayes_ddm.fitting.posterior import Posterior
from bayes_ddm.fitting.unpooled import unpooled
from bayes_ddm.reporting.equations import equations, shape_of
from tests.support.fits import CLOSING, closing, closing_fit


def test_parameters_are_recovered():
    table = Posterior.of(closing_fit()).table()
    for name, truth in CLOSING.items():
        # four posterior standard deviations, and a spread over 150 labelers besides
        slack = 0.2 if name == "sigma" else 0.3 if name == "mu" else 0.0
        assert abs(table.loc[name, "mean"] - truth) < 4 * table.loc[name, "sd"] + slack / 4


def test_the_closed_form_agrees_at_the_fits_own_values():
    result = bd.compare(closing_fit(), progress=False)
    assert result.verdict.startswith("agree")
    rows = {(r.estimator, r.parameter): r for r in result.rows}
    own = rows["consistent_model_boundary", "mu"]
    assert own.reliable and own.p_value > 0.01 and own.se < 0.05
    for name in ("consistent_conditional_boundary", "semiparametric"):
        assert not rows[name, "mu"].reliable and "close in" in rows[name, "mu"].note


def test_what_the_fit_allows_for_is_no_finding_of_the_data():
    posterior = Posterior.of(closing_fit())
    assert "errors" in {f.about for f in bd.estimate(closing()).findings}
    assert not {f.about for f in contradictions_in(posterior)} & {"errors", "boundary"}


def test_predictions_follow_the_density():
    choices = closing()
    table = bd.predict(closing_fit(), choices, draws=50, progress=False).table
    # calibrated: shares of rows by predicted probability
    group = pd.qcut(table["p_positive"], 5, labels=False)
    for _, part in table.groupby(group):
        share = (part["choice"] > 0).mean()
        se = np.sqrt(share * (1 - share) / len(part))
        assert abs(share - part["p_positive"].mean()) < 4 * se + 0.02
    assert np.isfinite(table["log_score"]).all()


def test_own_preferences_from_own_choices():
    posterior = Posterior.of(closing_fit())
    own = unpooled(posterior)[:, 0]
    samples = posterior.samples(400)
    rows = closing().labeler == 3
    names = ("boundary", "ndt", "drift_noise", "collapse")
    by = {name: float(samples[name].mean()) for name in names}
    grid = np.linspace(own[3] - 0.5, own[3] + 0.5, 2001)
    rt, choice = closing().rt[rows][:, None], closing().choice[rows][:, None]
    total = wiener.log_density(rt, choice, drift=grid, **by).sum(axis=0)
    # half a step of the grid, and what rounding moves a flat maximum by
    assert grid[total.argmax()] == pytest.approx(own[3], abs=3e-4)


def test_it_is_written_down_kept_and_reported(tmp_path):
    posterior = Posterior.of(closing_fit())
    assert equations(shape_of(posterior))[-1].endswith(
        r"\text{ndt}, \text{drift\_noise}, \text{collapse})"
    )
    path = bd.save(closing_fit(), tmp_path / "fit.nc")
    again = Posterior.of(bd.load(path or tmp_path / "fit.nc"))
    assert again.settings.options["collapse"].owner is not None
    labels = list(again.table().index)
    assert labels.index("collapse") == labels.index("drift_noise") + 1
