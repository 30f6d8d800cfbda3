"""Predictive checks: each a figure and a number."""

from bayes_ddm.checks.predictive.replicate import posterior_replicates, prior_replicates
from bayes_ddm.checks.predictive.result import Check
from bayes_ddm.checks.predictive.run import PredictiveChecks, predictive_checks, prior_checks

__all__ = [
    "Check",
    "PredictiveChecks",
    "posterior_replicates",
    "predictive_checks",
    "prior_checks",
    "prior_replicates",
]


def __dir__() -> list[str]:
    return sorted(__all__)
