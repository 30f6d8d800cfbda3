"""What was promised with private answers: how much, of what, and against whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bayes_ddm.display import plain
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.planning.menu import MOST_EPSILON

# what is protected: in words, and against whom
PROTECTED = {
    "choice": ("the choice of a row, not its response time", "everyone, the collector included"),
    "row": ("choice and response time of a row", "everyone, the collector included"),
    "labeler": ("all rows of a labeler", "all who see what was released, not the collector"),
}


@dataclass(frozen=True)
class Account:
    """A promise of differential privacy, as it is printed with every result.

    Attributes
    ----------
    protect : {"choice", "row", "labeler"}
        What one epsilon is of: the choice of a row, a row, or all rows of a labeler.
    epsilon_row : float or None
        No output is more than ``exp(epsilon_row)`` times as likely under one value of what is
        protected in a row as under another. None where only labelers are protected as a whole.
    epsilon_labeler : float or None
        The same of all rows of the labeler with the most; None where rows are anonymous, so that
        nobody can tell which are one person's.
    delta_choice : float or None
        Largest log likelihood ratio of the choice behind a row, to somebody who knows the
        population, its response time counted; None where it was not computed.

    Notes
    -----
    ``delta_choice`` is the exact account of Bayesian coordinate privacy; what it says holds for the
    population that it was computed for.

    Examples
    --------
    >>> print(Account("choice", 1.0, 10.0).sentence)  # doctest: +NORMALIZE_WHITESPACE
    Privacy: epsilon 1 per row, 10 per labeler, of the choice of a row, not its response time;
    against everyone, the collector included.
    """

    protect: str
    epsilon_row: float | None
    epsilon_labeler: float | None = None
    delta_choice: float | None = None

    @property
    def sentence(self) -> str:
        """How much per row and per labeler, of what, and against whom."""
        protected, against = PROTECTED[self.protect]
        epsilons = (("row", self.epsilon_row), ("labeler", self.epsilon_labeler))
        spent = ", ".join(
            f"{value:.4g} per {unit}" for unit, value in epsilons if value is not None
        )
        text = f"Privacy: epsilon {spent}, of {protected}; against {against}."
        if self.epsilon_row is not None and self.epsilon_labeler is None:
            text += " Labelers are anonymous: one who gave several rows spent it several times."
        if self.delta_choice is not None:
            text += (
                f" To one who knows the population, a row says at most {self.delta_choice:.3g} "
                "(log likelihood ratio) of its choice."
            )
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return the promise as JSON values: what stands under ``"privacy"``."""
        return {key: plain(value) for key, value in asdict(self).items()}

    @classmethod
    def of_dict(cls, given: Mapping[str, Any]) -> Account:
        """Return the promise that `to_dict` made JSON values of."""
        return cls(**given)


def check_epsilon(epsilon: float, name: str = "epsilon") -> float:
    """Return a privacy level, or say why it cannot be one.

    Raises
    ------
    InputError
        If it is not above 0, or above 20, where it promises nothing.

    Examples
    --------
    >>> check_epsilon(1)
    1.0
    """
    if isinstance(epsilon, bool) or not isinstance(epsilon, int | float):
        raise InputError(f"{name} must be a number above 0; got {epsilon!r}.")
    if not epsilon > 0:
        raise InputError(f"{name} must be above 0; got {epsilon:g}. Smaller is more private.")
    if not epsilon <= MOST_EPSILON:
        raise InputError(
            f"{name} must be at most {MOST_EPSILON:g}; got {epsilon:g}. Beyond, nothing is "
            "promised: odds of exp(20) to 1."
        )
    return float(epsilon)
