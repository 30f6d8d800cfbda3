"""Each of the mishaps of `tests.support.cases` is laid at the right door, by every result."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.checks.of_data import contradictions_in, data_lines
from bayes_ddm.comparison.verdict import Evidence, Test, verdict
from bayes_ddm.estimators import estimate
from bayes_ddm.fitting.convergence import Convergence
from bayes_ddm.fitting.posterior import Posterior
from tests.support import cases
from tests.support.fits import made_up, quiet_fit

FINE = Convergence(0, 1.001, 2000.0, 2000.0, ())


def findings_of(choices, **varying):
    """What a comparison says whose closed form and posterior differ, or not, by chance alone."""
    table = estimate(choices)
    model = "contextual" if choices.contextual else "hierarchical"
    name = "consistent_model_boundary"
    texts = []
    for p in (1e-6, 0.5):
        row = {"estimator": name, "parameter": "mu", "value": 1.0, "value_se": 0.1, "se": 0.1}
        row |= {"posterior": 0.5, "difference": 0.5, "p_value": p, "reliable": True, "note": ""}
        rows = [bd.comparison.verdict.ComparisonRow(**row)]
        evidence = Evidence(choices, model, [Test(name, 1.0, 1, p)], rows, table, varying)
        texts.append(verdict(evidence, FINE))
    return table, texts


def diagnosed(choices):
    """The lines of a diagnosis that look at the data alone."""
    contextual = choices.contextual
    draws = {"boundary": np.full(20, 1.0), "ndt": np.full(20, 0.004)}
    draws |= {"mu": np.zeros(20), "sigma": np.ones(20)} if not contextual else {}
    fit = made_up(choices, "contextual" if contextual else "hierarchical", draws)
    return data_lines(contradictions_in(Posterior.of(fit)))


def test_a_column_of_0_and_1_needs_an_intercept():
    table, texts = findings_of(cases.stimulus_of_0_and_1())
    assert table.findings[0].about == "intercept" and 'drift="1 + stim"' in table.warning
    for verdict_ in texts:
        assert "lean to -1" in verdict_ and "model '" not in verdict_


@pytest.mark.slow
def test_one_press_at_8_ms_is_named_with_its_row_and_option():
    table, texts = findings_of(cases.accidental_press())
    (first, *others) = table.findings
    assert first.about == "rows" and not others
    for text in (first.text, *texts, diagnosed(cases.accidental_press())[0].sentence):
        assert "0.008 s (row 1134, labeler 37)" in text
        assert "min_rt=0.07 (--min-rt 0.07: 1 choice)" in text
        assert "model '" not in text and "by_labeler" not in text
    assert "x from" in first.text  # what moves without it


@pytest.mark.slow
def test_a_sentinel_of_999_s_is_named_before_any_model():
    table, texts = findings_of(cases.sentinel())
    assert [f.about for f in table.findings] == ["rows"]
    for text in (table.warning, *texts, diagnosed(cases.sentinel())[0].sentence):
        assert "999 s (row 4, labeler 0)" in text and "max_rt=" in text and "model '" not in text


def test_what_is_left_out_as_told_leaves_nothing_to_tell():
    choices = cases.sentinel()
    frame = choices.to_frame()
    again = bd.Choices.from_frame(frame, labeler="labeler", max_rt=80)
    assert again.dropped == {"slower than 80 s": int((frame["rt"] == 999).sum())}
    assert not estimate(again).findings


@pytest.mark.slow
def test_the_larger_of_two_faults_is_told_first():
    choices = cases.own_boundaries_and_a_start()
    table, texts = findings_of(choices)
    assert [f.about for f in table.findings] == ["boundary", "start"]
    assert abs(table.findings[0].z) > 2 * abs(table.findings[1].z)
    for verdict_ in texts:
        assert verdict_.index("labeler_boundary") < verdict_.index("start_bias")
    stored = table.to_dict()
    assert [f["about"] for f in stored["findings"]] == ["boundary", "start"]
    tests = stored["tests"]
    assert tests["choice_time"]["p_value"] < 0.01 and tests["boundary"]["p_value"] < 0.01
    lines = [line.sentence for line in diagnosed(choices)]
    assert ["labeler_boundary" in line for line in lines] == [True, False]


@pytest.mark.parametrize("seed", range(3))
def test_forty_labelers_with_their_own_boundaries_are_found(seed):
    table = estimate(cases.own_boundaries(40, seed))
    assert "labelers do not share one boundary" in table.warning
    own = "bounded_labeler_boundary"
    assert table.recommendation.estimator == own
    for row in table.to_dict()["estimates"]:
        assert row["unit"] == "native" or row["reliable"] == (row["estimator"] == own)


def test_forty_labelers_who_share_one_are_left_alone():
    table = estimate(cases.own_boundaries(40, 1, spread=0.0))
    assert not table.findings and "two boundaries are equal, p = " in table.tests_line()


def test_a_fit_of_a_sentinel_is_told_so_by_all():
    choices = cases.sentinel()
    with pytest.warns(bd.SuspiciousRowsWarning, match=r"999 s \(row 4, labeler 0\)"):
        fit = quiet_fit(choices, draws=300, tune=300)
    compared, found = bd.compare(fit), bd.diagnose(fit, draws=40)
    assert "999 s (row" in compared.verdict and "max_rt=" in compared.verdict
    average, data = found.findings[:2]
    assert average.state == "fails" and average.sentence.startswith("mu ")
    assert data.state == "fails" and "999 s" in data.sentence
    # no check blames a model for it
    assert not any("(model '" in f.sentence for f in found.findings)
    stored = compared.to_dict()["estimates"]
    flagged = {(r["estimator"], r["parameter"]) for r in stored if not r["reliable"]}
    assert not flagged & {(r.estimator, r.parameter) for r in compared.rows if r.reliable}
