"""Closed-form estimators: consistent ones, baselines, and the boundaries they need."""

from bayes_ddm.estimators.bootstrap import bootstrap
from bayes_ddm.estimators.boundary import known_boundary, three_scale, two_scale
from bayes_ddm.estimators.bradley_terry import bradley_terry
from bayes_ddm.estimators.conditional import conditional_boundary
from bayes_ddm.estimators.consistent import consistent, consistent_values, drift_pseudo_labels
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.speed_accuracy import speed_accuracy
from bayes_ddm.estimators.table import EstimateTable, estimate

__all__ = [
    "Boundary",
    "Estimate",
    "EstimateTable",
    "bootstrap",
    "bradley_terry",
    "conditional_boundary",
    "consistent",
    "consistent_values",
    "drift_pseudo_labels",
    "estimate",
    "known_boundary",
    "speed_accuracy",
    "three_scale",
    "two_scale",
]
