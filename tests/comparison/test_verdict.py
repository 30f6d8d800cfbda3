"""The verdict's words follow the evidence."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_ddm.comparison.compare import ComparisonRow
from bayes_ddm.comparison.verdict import Evidence, Test, verdict
from bayes_ddm.estimators import Boundary, EstimateTable
from bayes_ddm.estimators.assumptions.finding import Finding
from bayes_ddm.fitting.convergence import Convergence
from bayes_ddm.simulate import experiment

FINE = Convergence(0, 1.001, 2000.0, 2000.0, ())


def boundary(method, *, reliable=True):
    nothing = np.zeros((5, 2))
    count = np.ones(5, dtype=int)
    return Boundary(method, 1.25, 0.3, nothing, count, None, reliable, "" if reliable else "bad")


def evidence(p_values, *, methods=("conditional",), choices=2, anonymous=False, **changes):
    data = experiment(
        "normal", labelers=20, choices=choices, boundary=1.25, anonymous=anonymous, seed=1
    )
    table = EstimateTable(
        n_choices=data.n_choices,
        n_labelers=data.n_labelers,
        dropped={},
        boundaries=tuple(boundary(m) for m in methods),
        estimates=(),
        prob=0.95,
        notes=(),
    )
    tests = [Test(name, 1.0, 1, p) for name, p in p_values.items()]
    rows = [
        ComparisonRow(
            estimator=name,
            parameter="mu",
            value=0.7,
            value_se=0.01,
            posterior=0.5,
            difference=0.2,
            se=0.01,
            p_value=p,
            reliable=True,
            note="",
        )
        for name, p in p_values.items()
    ]
    made = Evidence(data, "hierarchical", tests, rows, table, {})
    return replace(made, **changes)


CONDITIONAL, MODEL = "consistent_conditional_boundary", "consistent_model_boundary"


def test_agree_names_the_smallest_p_value():
    assert verdict(evidence({CONDITIONAL: 0.4, MODEL: 0.2}), FINE) == (
        "agree: consistent_model_boundary and posterior differ by no more than chance "
        "(p = 0.2; below 0.025 they would disagree)."
    )


START = Finding("start", "labelers are faster when they choose +1 (model 'start_bias')", 3.0)
ROWS = Finding("rows", "1 response is too fast to be a decision", moves=True)


def with_findings(base, *findings):
    return replace(base, table=replace(base.table, findings=findings))


def test_what_contradicts_both_sides_is_said_of_an_agreement_too():
    agreed = with_findings(evidence({CONDITIONAL: 0.4}), START, Finding("rows", "far off"))
    text = verdict(agreed, FINE)
    assert text.startswith("agree: ")
    assert text.endswith(f"these choices contradict: {START.text}. Also: far off.")
    idle = with_findings(evidence({CONDITIONAL: 0.4}), Finding("rows", "far off", moves=False))
    assert "far off" not in verdict(idle, FINE)


def test_every_reason_is_told_the_largest_first():
    wide = Finding("boundary", "two boundaries", 11.9)
    base = evidence({CONDITIONAL: 1e-4}, varying={"boundary": 6.0})
    text = verdict(with_findings(base, START, wide), FINE)
    assert text.startswith("disagree on mu")
    places = [text.index(part) for part in ("two boundaries", "(z = 6.0)", "start_bias")]
    assert places == sorted(places)
    assert "boundary=by_labeler()" in text and "shape" not in text


def test_rows_come_before_any_model_is_blamed():
    base = evidence({CONDITIONAL: 1e-4}, varying={"boundary": 6.0})
    text = verdict(with_findings(base, ROWS, START), FINE)
    assert f": before any model is blamed, {ROWS.text}. Also: " in text
    # scores are of the same rows: told, with that said
    assert "with such rows in, the fit points to labelers who do not share one boundary" in text
    few = experiment("normal", labelers=19, choices=5, boundary=1.25, seed=1)
    text = verdict(replace(with_findings(base, ROWS), choices=few), FINE)
    assert text.endswith(f"too few to test with. Before any model is blamed: {ROWS.text}.")


def test_each_of_two_tests_counts_at_half_the_level():
    assert verdict(evidence({CONDITIONAL: 0.4, MODEL: 0.03}), FINE).startswith("agree")
    assert verdict(evidence({CONDITIONAL: 0.4, MODEL: 0.02}), FINE).startswith("disagree")
    assert verdict(evidence({MODEL: 0.03}, methods=(), choices=4), FINE).startswith("disagree")


def test_disagreement_names_the_population_s_shape_and_the_other_candidate():
    text = verdict(evidence({CONDITIONAL: 0.4, MODEL: 1e-7}), FINE)
    assert "disagree on mu (closed form 0.7, posterior 0.5" in text
    assert f"{MODEL}, p < 1e-6, level 0.025)" in text
    assert "points to the population's shape" in text
    assert "else to labelers who do not share one boundary" in text


def test_where_they_disagree_is_said_in_the_units_asked_for():
    base = evidence({MODEL: 1e-7}, choices=4)
    rows = [replace(row, parameter="delay") for row in base.rows]
    table = replace(base.table, features=("delay",), units={"delay": 30.0})
    text = verdict(replace(base, rows=rows, table=table), FINE)
    assert "disagree on delay, per 30 (closed form 0.7" in text


def test_varying_boundaries_come_before_the_shape():
    base = evidence({MODEL: 1e-6}, methods=(), choices=10)
    text = verdict(replace(base, varying={"boundary": 3.9}), FINE)
    assert "points to the population's shape" in text
    text = verdict(replace(base, varying={"boundary": 6.0, "ndt": 1.0}), FINE)
    assert "points to labelers who do not share one boundary (z = 6.0), as the model" in text
    assert text.index("z = 6.0") < text.index("else to the population's shape")


def test_a_given_boundary_that_repeats_contradict_is_named():
    known = "consistent_known_boundary"
    base = evidence({known: 1e-6, CONDITIONAL: 1e-6}, methods=("known", "conditional"))
    table = base.table
    precise = replace(
        boundary("conditional"), boundary=1.6, influence=np.full((5, 2), [0.02, 0.01])
    )
    table = replace(table, boundaries=(table.boundaries[0], precise))
    text = verdict(replace(base, table=table), FINE)
    assert "repeated comparisons give a boundary of 1.6" in text and "not the given 1.25" in text


def test_pooled_model_is_named():
    said = verdict(evidence({MODEL: 1e-6}, model="pooled"), FINE)
    assert "pooled model has no spread" in said


@pytest.mark.parametrize("choices", [1, 2])
def test_anonymous_choices_without_rejection_cannot_tell(choices):
    found = evidence({MODEL: 0.4}, methods=(), choices=choices, anonymous=True)
    assert verdict(found, FINE).startswith(
        "cannot tell, because the boundary is not pinned down by these data"
    )


def test_a_known_boundary_pins_anonymous_choices_down():
    found = evidence({"consistent_known_boundary": 0.4}, methods=("known",), anonymous=True)
    assert verdict(found, FINE).startswith("agree")


def test_chains_that_have_not_converged_decide_nothing():
    bad = replace(FINE, r_hat=1.2, problems=("R-hat of mu is 1.200.",))
    text = verdict(evidence({MODEL: 1e-9}), bad)
    assert text.startswith("cannot tell, because the chains have not converged") and "mu" in text


def test_a_lone_divergence_does_not_withhold_the_verdict():
    one = replace(FINE, divergences=1, problems=("1 divergences.",))
    assert verdict(evidence({CONDITIONAL: 0.4}), one).startswith("agree")


def test_a_boundary_that_the_fit_did_not_use_pins_nothing_down():
    found = evidence({MODEL: 0.4}, methods=("known",), anonymous=True)
    assert verdict(found, FINE).startswith("cannot tell, because the boundary")


def test_few_labelers_cannot_tell():
    data = experiment("normal", labelers=19, choices=5, boundary=1.25, seed=1)
    said = verdict(replace(evidence({CONDITIONAL: 1e-9}), choices=data), FINE)
    assert said == "cannot tell, because 19 labelers are too few to test with."
