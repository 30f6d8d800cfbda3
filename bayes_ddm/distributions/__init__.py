"""The diffusion as PyMC distributions: one trial, and random drifts integrated out.

A value is a row ``(rt, choice)``: seconds, and +1 or -1 (`rows` makes them from `Choices`).  The
distributions work inside any ``pm.Model``, observed or not: log density with gradient, prior and
posterior prediction by exact simulation, log-likelihood.
"""

from bayes_ddm.distributions.non_decision_time import NonDecisionTime
from bayes_ddm.distributions.preferences import Preferences
from bayes_ddm.distributions.random_drift import RandomDriftWiener
from bayes_ddm.distributions.random_preference import RandomPreferenceWiener
from bayes_ddm.distributions.rows import replaceable_rows, rows
from bayes_ddm.distributions.trial import Wiener

__all__ = [
    "NonDecisionTime",
    "Preferences",
    "RandomDriftWiener",
    "RandomPreferenceWiener",
    "Wiener",
    "replaceable_rows",
    "rows",
]


def __dir__() -> list[str]:
    return sorted(__all__)
