"""Answers that stay private: what is sent in place of a choice and its time."""

from bayes_ddm.estimators.bounded.six_cells import CELLS
from bayes_ddm.privacy import federated
from bayes_ddm.privacy.account import Account
from bayes_ddm.privacy.channel import Channel
from bayes_ddm.privacy.coordinates import Coordinates, coordinates
from bayes_ddm.privacy.private_choices import PrivateChoices
from bayes_ddm.privacy.private_rows import PrivateRows
from bayes_ddm.privacy.privatise import privatise, read_private, simulated
from bayes_ddm.privacy.release import release, simulate_release
from bayes_ddm.privacy.release_file import read_release
from bayes_ddm.privacy.released import Released
from bayes_ddm.privacy.released_preferences import ReleasedPreferences
from bayes_ddm.privacy.row_likelihood import cell_shares
from bayes_ddm.privacy.row_scheme import RowScheme, rows
from bayes_ddm.privacy.scheme import ChoiceScheme, choices
from bayes_ddm.privacy.schemes import read_scheme

__all__ = [
    "CELLS",
    "Account",
    "Channel",
    "ChoiceScheme",
    "Coordinates",
    "PrivateChoices",
    "PrivateRows",
    "Released",
    "ReleasedPreferences",
    "RowScheme",
    "cell_shares",
    "choices",
    "coordinates",
    "federated",
    "privatise",
    "read_private",
    "read_release",
    "read_scheme",
    "release",
    "rows",
    "simulate_release",
    "simulated",
]
