"""The verdict's words follow the evidence."""

from dataclasses import replace

import numpy as np
import pytest

from bayes_ddm.comparison.compare import ComparisonRow
from bayes_ddm.comparison.verdict import Evidence, Test, verdict
from bayes_ddm.estimators import Boundary, BoundaryTest, EstimateTable, choice_time_test
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
        "agree: consistent_model_boundary and posterior differ by no more than chance (p = 0.2)."
    )


def test_a_dependence_of_choice_and_time_comes_first_and_is_said_of_an_agreement_too():
    found = choice_time_test(
        experiment("normal", labelers=500, choices=4, boundary=1.25, start=0.6, seed=1)
    )
    agreed = evidence({CONDITIONAL: 0.4}, varying={"boundary": 6.0})
    table = replace(agreed.table, choice_time=found)
    said = verdict(replace(agreed, table=table), FINE)
    assert said.startswith("agree: ") and "these choices contradict: labelers are faster" in said
    differing = evidence({CONDITIONAL: 1e-4}, varying={"boundary": 6.0})
    said = verdict(replace(differing, table=table), FINE)
    assert said.startswith("disagree on mu") and said.endswith("halfway (model 'start_bias').")


def test_each_of_two_tests_counts_at_half_the_level():
    assert verdict(evidence({CONDITIONAL: 0.4, MODEL: 0.03}), FINE).startswith("agree")
    assert verdict(evidence({CONDITIONAL: 0.4, MODEL: 0.02}), FINE).startswith("disagree")
    assert verdict(evidence({MODEL: 0.03}, methods=(), choices=4), FINE).startswith("disagree")


def test_disagreement_names_the_population_s_shape_and_the_other_candidate():
    said = verdict(evidence({CONDITIONAL: 0.4, MODEL: 1e-7}), FINE)
    assert "disagree on mu (closed form 0.7, posterior 0.5" in said
    assert f"{MODEL}, p < 1e-6)" in said
    assert "points to the population's shape" in said
    assert "else to labelers who do not share one boundary" in said


def test_varying_boundaries_come_before_the_shape():
    found = evidence({MODEL: 1e-6}, methods=(), choices=10)
    said = verdict(replace(found, varying={"boundary": 3.9}), FINE)
    assert "points to the population's shape" in said
    said = verdict(replace(found, varying={"boundary": 6.0, "ndt": 1.0}), FINE)
    assert "points to labelers who do not share one boundary (z = 6.0), as the model" in said


def test_two_boundaries_that_differ_come_before_the_shape_and_after_a_score_test():
    boundaries = BoundaryTest(1.4, 1.2, 0.2, 0.05, 4.0, 6e-5)
    found = evidence({CONDITIONAL: 1e-4})
    found = replace(found, table=replace(found.table, boundary_test=boundaries))
    said = verdict(found, FINE)
    assert "repeated comparisons give a larger boundary (1.4) than a smooth" in said
    assert "do not share one boundary" in said and "shape" not in said
    assert "(z = 6.0)" in verdict(replace(found, varying={"boundary": 6.0}), FINE)


def test_a_given_boundary_that_repeats_contradict_is_named():
    known = "consistent_known_boundary"
    found = evidence({known: 1e-6, CONDITIONAL: 1e-6}, methods=("known", "conditional"))
    table = found.table
    precise = replace(
        boundary("conditional"), boundary=1.6, influence=np.full((5, 2), [0.02, 0.01])
    )
    table = replace(table, boundaries=(table.boundaries[0], precise))
    said = verdict(replace(found, table=table), FINE)
    assert "repeated comparisons give a boundary of 1.6" in said and "not the given 1.25" in said


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
    said = verdict(evidence({MODEL: 1e-9}), bad)
    assert said.startswith("cannot tell, because the chains have not converged") and "mu" in said


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
