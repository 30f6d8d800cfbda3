"""Predictive checks: each a figure and a number."""

from bayes_ddm.checks.predictive import PredictiveChecks, predictive_checks, prior_checks
from bayes_ddm.checks.replicate import posterior_replicates, prior_replicates
from bayes_ddm.checks.result import Check

__all__ = [
    "Check",
    "PredictiveChecks",
    "posterior_replicates",
    "predictive_checks",
    "prior_checks",
    "prior_replicates",
]
