"""The closed form where bounds close in: against the truth, and what may not be asked."""

import numpy as np
import pytest

import bayes_ddm as bd
from bayes_ddm.estimators import consistent_values, drift_pseudo_labels
from bayes_ddm.wiener.trial_drift import TrialDrift
from tests.support.tables import refusal

KNOWN = {"boundary": 1.8, "ndt": 0.3}
TRUE = {"drift_noise": 0.5, "collapse": 0.12}


def study(seed=1, **more):
    return bd.simulate.experiment("normal", labelers=8000, **KNOWN, **TRUE, **more, seed=seed)


def row(table, parameter="mu"):
    found = table.to_frame()
    return (
        found[found["estimator"] == "consistent_known_boundary"]
        .set_index("parameter")
        .loc[parameter]
    )


def test_average_is_unbiased_and_the_spread_excludes_a_trials_own():
    table = bd.estimate(study(), **KNOWN, collapse=TRUE["collapse"])
    average = row(table)
    # the population "normal" has mean .5 and sd 1
    assert abs(average["value"] - 0.5) < 4 * average["se"]
    assert average["reliable"] and average["se"] < 0.03
    naive = row(bd.estimate(study(), **KNOWN))
    # bounds that stay would give +.057 on 8,000 labelers, 2.9 standard errors
    assert naive["value"] - 0.5 > 2 * naive["se"]
    # noise is no part of the spread once it is told
    trial = TrialDrift(TRUE["drift_noise"], TRUE["collapse"])
    _, sigma = consistent_values(study(), 1.8, 0.3, trial)
    # standard error about .04
    assert sigma == pytest.approx(1, abs=0.15)


def test_pseudo_labels_and_the_table_say_the_same():
    choices = study()
    labels = drift_pseudo_labels(choices, 1.8, 0.3, collapse=0.12)
    table = bd.estimate(choices, **KNOWN, collapse=0.12)
    assert row(table)["value"] == pytest.approx(labels.mean(), rel=1e-12)
    assert "meet after 8.33 s" in str(table)


def test_a_boundary_that_is_uncertain_moves_the_estimate_as_derivatives_say():
    choices = study(seed=2)
    boundary = bd.estimators.known_boundary(choices, 1.8, 0.3)
    n = len(choices)
    influence = np.random.default_rng(1).normal(size=(n, 2)) / n
    uncertain = type(boundary)(**(vars(boundary) | {"influence": influence}))
    trial = TrialDrift(0.0, 0.12)
    known = bd.estimators.consistent(choices, boundary, trial=trial)
    moved = bd.estimators.consistent(choices, uncertain, trial=trial)
    step = 1e-5
    slopes = [
        (consistent_values(choices, 1.8 + h, 0.3 + k, trial)[0] - known.values[0]) / step
        for h, k in ((step, 0), (0, step))
    ]
    np.testing.assert_allclose(
        (moved.influence - known.influence)[:, 0], influence @ slopes, rtol=1e-3, atol=1e-8
    )


def test_refused():
    choices = study()
    said = refusal(bd.estimate, choices, **KNOWN, collapse=0.5)
    assert said.startswith("collapse must be at least 0 and below")
    assert "(--max-rt)" in said
    assert "collapse needs the boundary and ndt" in refusal(bd.estimate, choices, collapse=0.1)
    said = refusal(drift_pseudo_labels, choices, 1.8, 0.3, collapse=0.5)
    assert said.startswith("the bounds have met before the response")
