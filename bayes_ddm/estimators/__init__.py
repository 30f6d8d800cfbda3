"""Closed-form estimators: consistent ones, baselines, and the boundaries they need."""

from bayes_ddm.estimators.assumptions.choice_time import ChoiceTimeTest, choice_time_test
from bayes_ddm.estimators.assumptions.normality import SpecificationTest, specification_test
from bayes_ddm.estimators.assumptions.one_boundary import BoundaryTest, boundary_test
from bayes_ddm.estimators.bootstrap import bootstrap
from bayes_ddm.estimators.boundaries.by_labeler import LabelerBoundaries, labeler_boundaries
from bayes_ddm.estimators.boundaries.conditional import conditional_boundary
from bayes_ddm.estimators.boundaries.information import BoundaryInformation, boundary_information
from bayes_ddm.estimators.boundaries.known import known_boundary
from bayes_ddm.estimators.boundaries.laplace import three_scale, two_scale
from bayes_ddm.estimators.boundaries.mixture import DriftMixture, drift_mixture
from bayes_ddm.estimators.boundaries.semiparametric import semiparametric, semiparametric_boundary
from bayes_ddm.estimators.bounded.average import bounded, bounded_own
from bayes_ddm.estimators.bounded.weight import BoundedWeight, bounded_weight
from bayes_ddm.estimators.bradley_terry import bradley_terry
from bayes_ddm.estimators.consistent import consistent, consistent_values, drift_pseudo_labels
from bayes_ddm.estimators.efficient import DriftTargets, drift_targets, efficient
from bayes_ddm.estimators.embedded import EmbeddedEstimate, embedded
from bayes_ddm.estimators.estimate import estimate
from bayes_ddm.estimators.online import OnlineEstimate, OnlineRatio
from bayes_ddm.estimators.ratio import (
    LINEAR,
    Ratio,
    lognormal_race,
    nonlinear_drift,
    ratio_estimate,
    saturating_drift,
    speed_accuracy,
)
from bayes_ddm.estimators.result import Boundary, Estimate
from bayes_ddm.estimators.table import EstimateTable

__all__ = [
    "LINEAR",
    "Boundary",
    "BoundaryInformation",
    "BoundaryTest",
    "BoundedWeight",
    "ChoiceTimeTest",
    "DriftMixture",
    "DriftTargets",
    "EmbeddedEstimate",
    "Estimate",
    "EstimateTable",
    "LabelerBoundaries",
    "OnlineEstimate",
    "OnlineRatio",
    "Ratio",
    "SpecificationTest",
    "bootstrap",
    "boundary_information",
    "boundary_test",
    "bounded",
    "bounded_own",
    "bounded_weight",
    "bradley_terry",
    "choice_time_test",
    "conditional_boundary",
    "consistent",
    "consistent_values",
    "drift_mixture",
    "drift_pseudo_labels",
    "drift_targets",
    "efficient",
    "embedded",
    "estimate",
    "known_boundary",
    "labeler_boundaries",
    "lognormal_race",
    "nonlinear_drift",
    "ratio_estimate",
    "saturating_drift",
    "semiparametric",
    "semiparametric_boundary",
    "specification_test",
    "speed_accuracy",
    "three_scale",
    "two_scale",
]


def __dir__() -> list[str]:
    return sorted(__all__)
