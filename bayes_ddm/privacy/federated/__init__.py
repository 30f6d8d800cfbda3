"""One analysis of sites that may not share rows: each sends its log likelihood on an agreed grid.

This is data minimisation, not differential privacy.
"""

from bayes_ddm.privacy.federated.answer import Answer, answer, read_answer
from bayes_ddm.privacy.federated.ask import ask
from bayes_ddm.privacy.federated.combine import Combined, combine
from bayes_ddm.privacy.federated.question import Question, read_question

__all__ = [
    "Answer",
    "Combined",
    "Question",
    "answer",
    "ask",
    "combine",
    "read_answer",
    "read_question",
]
