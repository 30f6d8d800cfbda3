"""What experiment software exports, as `Choices`.

Its files hold more than choices: instructions, fixations, questionnaires, practice, one file per
participant. Each reader picks the trials that are choices and hands them to `Choices.from_frame`.
"""

from bayes_ddm.exports.jspsych import read_jspsych
from bayes_ddm.exports.psychopy import read_psychopy

__all__ = ["read_jspsych", "read_psychopy"]
