"""Posterior against closed form, on data whose truth is known and on the real sample."""

import json
from dataclasses import replace

import numpy as np
import pytensor
import pytest
from scipy.stats import norm

import bayes_ddm as bd
from bayes_ddm.comparison.closed_forms import _at_fitted_boundary
from bayes_ddm.comparison.result import TESTED
from bayes_ddm.estimators import Boundary
from bayes_ddm.simulate import experiment, population
from tests.support import fits
from tests.support.commands import strict_json
from tests.support.densities import PYTHON

pytestmark = pytest.mark.samples

RUN = {"draws": 1000, "tune": 800, "chains": 2, "seed": 1, "progress": False}
# what these two show is many standard errors large
SHORT = RUN | {"draws": 400, "tune": 500}
KNOWN = {"boundary": 1.25, "ndt": 0.3}


@pytest.fixture(scope="module")
def agreeing():
    choices = experiment(population("normal"), labelers=300, choices=6, **KNOWN, seed=3)
    return bd.compare(bd.fit(choices, **RUN))


@pytest.fixture(scope="module")
def skewed():
    choices = experiment(population("skewed"), labelers=6000, choices=2, **KNOWN, seed=3)
    return bd.compare(fits.quiet_fit(choices, **SHORT))


@pytest.fixture(scope="module")
def real(amasino_path):
    with pytest.warns(bd.SuspiciousRowsWarning, match=r"0\.236 s \(row 12066, labeler 86\)"):
        fit = fits.quiet_fit(bd.datasets.amasino2019(amasino_path), **SHORT)
    return bd.compare(fit)


def row(comparison, estimator, parameter="mu"):
    (found,) = (r for r in comparison.rows if (r.estimator, r.parameter) == (estimator, parameter))
    return found


def test_a_right_model_agrees(agreeing):
    assert agreeing.verdict.startswith("agree")
    assert [t.estimator for t in agreeing.tests] == list(TESTED[1:3])
    for name in TESTED[1:3]:
        assert row(agreeing, name).p_value > 0.025
        assert row(agreeing, name).difference == pytest.approx(
            row(agreeing, name).value - row(agreeing, name).posterior
        )


def test_standard_error_of_the_difference_is_below_either_side_s(agreeing):
    # both sides see the same labelers, so that most of their sampling error is shared
    posterior_sd = agreeing.posterior.loc["mu", "sd"]
    for name in TESTED[1:3]:
        assert 0 < row(agreeing, name).se < 0.7 * min(posterior_sd, row(agreeing, name).value_se)


def test_published_boundaries_and_baselines_are_shown_without_a_p_value(agreeing):
    for name in ("consistent_two_scale", "consistent_three_scale"):
        assert row(agreeing, name).p_value is None and not row(agreeing, name).reliable
        assert "effective response times" in row(agreeing, name).note
    for name in ("bradley_terry", "speed_accuracy"):
        assert row(agreeing, name).p_value is None
        assert "in drift units by the conditional boundary" in row(agreeing, name).note


def test_baselines_are_put_in_drift_units(agreeing):
    by_name = {e.estimator: e for e in agreeing.estimates.estimates}
    (b,) = (x.boundary for x in agreeing.estimates.boundaries if x.method == "conditional")
    native = by_name["bradley_terry"].values[0]
    assert row(agreeing, "bradley_terry").value == pytest.approx(native / (2 * b))
    native = by_name["speed_accuracy"].values[0]
    assert row(agreeing, "speed_accuracy").value == pytest.approx(native * b)


def test_a_skewed_population_disagrees_on_its_shape(skewed):
    assert skewed.verdict.startswith("disagree on mu")
    assert "population's shape" in skewed.verdict
    conditional = row(skewed, "consistent_conditional_boundary")
    # the truth is 0.7: the closed form covers it, the normal model's posterior does not
    assert abs(conditional.value - 0.7) < 3 * conditional.value_se
    assert abs(skewed.posterior.loc["mu", "mean"] - 0.7) > 5 * skewed.posterior.loc["mu", "sd"]


def test_json_has_the_promised_keys_and_no_nan(agreeing):
    numbers = strict_json(agreeing.to_json())
    assert {
        "schema_version",
        "prob",
        "n_choices",
        "n_labelers",
        "dropped",
        "shares",
        "boundary",
        "estimates",
        "posterior",
        "comparison",
        "specification_test",
        "verdict",
        "diagnostics",
    } <= numbers.keys()
    assert set(numbers["posterior"][0]) == {
        "parameter",
        "mean",
        "sd",
        "low",
        "high",
        "ess_bulk",
        "r_hat",
    }
    parameters = [entry["parameter"] for entry in numbers["posterior"]]
    assert parameters[:4] == ["mu", "sigma", "boundary", "ndt"]
    assert set(numbers["comparison"][0]) == {
        "estimator",
        "parameter",
        "difference",
        "se",
        "p_value",
    }
    assert "consistent_model_boundary" in {entry["estimator"] for entry in numbers["estimates"]}
    nearest = min(agreeing.tests, key=lambda test: test.p_value)
    assert numbers["specification_test"]["estimator"] == nearest.estimator
    assert f"agree: {nearest.estimator} and posterior" in numbers["verdict"]


def test_text_and_html_hold_the_verdict(agreeing):
    assert f"Verdict: {agreeing.verdict}" in repr(agreeing)
    assert agreeing.verdict in agreeing._repr_html_()


def test_known_boundary_is_used_on_both_sides():
    choices = experiment(population("normal"), labelers=300, **KNOWN, seed=4)
    fit = bd.fit(choices, **KNOWN, **RUN)
    comparison = bd.compare(fit)
    assert row(comparison, "consistent_known_boundary").p_value is not None
    assert "consistent_model_boundary" not in {r.estimator for r in comparison.rows}
    assert "boundary" not in comparison.posterior.index
    other = bd.compare(fit, boundary=1.0, ndt=0.3)
    assert row(other, "consistent_known_boundary").p_value is None
    assert "fix them in the fit" in row(other, "consistent_known_boundary").note


def test_what_is_no_fit_is_refused(agreeing):
    import xarray as xr

    with pytest.raises(bd.InputError, match="no bayes_ddm fit"):
        bd.compare(xr.DataTree())


def test_real_sample_flags_the_published_boundary_and_names_what_is_wrong(real):
    (two_scale,) = (b for b in real.estimates.boundaries if b.method == "two_scale")
    assert two_scale.boundary == pytest.approx(2.7337, abs=5e-5) and not two_scale.reliable
    assert "lambda 29.43" in two_scale.note
    line = next(x for x in repr(replace(real, full=True)).splitlines() if x.startswith("two_scale"))
    assert "2.7337" in line and line.endswith("unreliable")
    assert real.convergence.r_hat <= 1.03
    assert real.verdict.startswith("disagree on d_amount")
    assert "points to labelers who do not share one boundary" in real.verdict


def test_forest_plot_shows_every_row(agreeing):
    figure = agreeing.plot()
    (axis,) = figure.axes
    labels = [text.get_text() for text in axis.get_yticklabels()]
    assert labels[0] == "posterior"
    assert len(labels) == 1 + len({r.estimator for r in agreeing.rows})
    assert sum("unreliable" in label for label in labels) == 2
    low, high = axis.get_xlim()
    assert low < agreeing.posterior.loc["mu", "mean"] < high
    # 1.5 for a true 0.5 lies outside the panel: an arrow at its edge names the value
    outside = row(agreeing, "consistent_two_scale").value
    assert outside > high
    assert f"{outside:.3g}" in {text.get_text() for text in axis.texts}
    assert figure._repr_png_().startswith(b"\x89PNG")


def test_own_boundaries_are_tested_at_those_of_the_closed_form():
    fit, choices = fits.own_boundaries_fit(), fits.own_boundaries()
    comparison = bd.compare(fit)
    assert [t.estimator for t in comparison.tests] == ["bounded_labeler_boundary"]
    assert comparison.verdict.startswith("agree: bounded_labeler_boundary and posterior")
    tested = row(comparison, "bounded_labeler_boundary")
    assert (
        json.loads(comparison.to_json())["specification_test"]["p_value"]
        == comparison.tests[0].p_value
    )
    # of what the largest bias leaves of the difference
    bias = next(
        e for e in comparison.estimates.estimates if e.estimator == tested.estimator
    ).largest_bias
    beyond = max(abs(tested.difference) - float(bias[0]), 0) / tested.se
    assert tested.p_value == pytest.approx(2 * norm.sf(beyond))
    own = row(comparison, "consistent_model_boundary")
    assert own.p_value is None and own.reliable
    assert own.note.startswith("at each labeler's own boundary and ndt")
    other = row(comparison, "consistent_conditional_boundary")
    assert other.p_value is None and other.note.startswith("takes one boundary and ndt for all")
    # each labeler's mean pseudo-label, at 50 draws of their own boundary and ndt
    expected = []
    for s in range(0, 500, 10):
        draw = fit["posterior"].to_dataset().isel(chain=s % 20 // 10, draw=s)
        at = {k: draw[f"labeler_{k}"].values[choices.labeler] for k in ("boundary", "ndt")}
        label = choices.choice * bd.wiener.drift_weight(choices.rt - at["ndt"], at["boundary"])
        expected.append([label[choices.labeler == u].mean() for u in range(40)])
    mean = np.mean(expected, axis=1)
    assert abs(own.value - mean.mean()) < 4.5 * mean.std() / np.sqrt(50)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("start", "takes evidence to start halfway, while the model has a biased start"),
        ("lapse", "takes every choice for a decision, while the model has lapses"),
    ],
)
def test_no_test_where_closed_forms_assume_something_else(name, says):
    # as if the model had had it: what is compared does not depend on its values
    fit = fits.scalar_fit().isel(draw=slice(0, 1000, 2))
    fit["posterior"][name] = fit["posterior"]["boundary"] / 3
    with pytensor.config.change_flags(mode=PYTHON):
        comparison = bd.compare(fit)
    assert comparison.tests == ()
    assert comparison.verdict.startswith(f"cannot tell by a test: the closed form {says}.")
    for estimator in TESTED[1:3]:
        assert row(comparison, estimator).p_value is None
    assert row(comparison, "consistent_model_boundary").note == says
    assert "takes" not in row(comparison, "bradley_terry").note


def test_responses_before_ndt_have_no_closed_form():
    choices = fits.with_lapses()
    nothing = np.zeros((choices.n_labelers, 2))
    fitted = Boundary("model", 1.25, 0.3, nothing, choices.unit_count, None, True, "")
    bounds, none = [(1.25, 0.3), (1.2, 0.31)], np.empty((choices.n_labelers, 0))
    more = {"slopes": False, "shares": None, "most_drift": 3.0}
    estimate, bounded = _at_fitted_boundary(choices, fitted, bounds, none, **more)
    assert np.isnan(estimate.values).all()
    assert estimate.parameter_notes["mu"].startswith("some responses come before the fit's ndt")
    assert np.isfinite(bounded.values).all()
