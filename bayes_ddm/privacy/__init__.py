"""Answers that stay private: what is sent in place of a choice and its time."""

from bayes_ddm.privacy import federated
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.release import release, simulate_release
from bayes_ddm.privacy.release_file import read_release
from bayes_ddm.privacy.released import Released
from bayes_ddm.privacy.released_preferences import ReleasedPreferences

__all__ = [
    "Account",
    "Released",
    "ReleasedPreferences",
    "federated",
    "read_release",
    "release",
    "simulate_release",
]
