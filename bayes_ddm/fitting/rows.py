"""Rows to be simulated, scored or predicted: by whom, between what, under which condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from bayes_ddm._typing import FloatArray, IntArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.data.conditions import Conditions
from bayes_ddm.data.learned_values import Valued, valued_design
from bayes_ddm.fitting.posterior import Posterior


@dataclass(frozen=True, eq=False)
class Rows:
    """What is known of rows before anybody chooses; made by `rows_of`.

    Attributes
    ----------
    labeler : ndarray of int, shape (rows,)
        Labeler of each row.
    features : ndarray, shape (rows, d), or None
    valued : Valued or None
        The features, where they have parameters that the fit learned.
    conditions : dict of str to (Conditions, Conditions)
        Of each parameter that varies by condition: the fit's, and these rows'.
    deadline : ndarray, shape (rows,), or None
        Seconds by which these rows are answered: what is simulated and scored is given that.
    """

    labeler: IntArray
    features: FloatArray | None = None
    conditions: Mapping[str, tuple[Conditions, Conditions]] = field(default_factory=dict)
    deadline: FloatArray | None = None
    valued: Valued | None = None

    def __len__(self) -> int:
        return len(self.labeler)

    def take(self, rows: IntArray, labeler: IntArray) -> Rows:
        """Return some of the rows, whose labelers are numbered anew."""
        conditions = {
            name: (known, replace(new, cell=new.cell[rows]))
            for name, (known, new) in self.conditions.items()
        }
        features = None if self.features is None else self.features[rows]
        deadline = None if self.deadline is None else self.deadline[rows]
        valued = None if self.valued is None else self.valued.take(rows)
        return Rows(labeler, features, conditions, deadline, valued)

    def attributes(self, values: Mapping[str, float]) -> FloatArray | None:
        """Features, given the parameters of value functions, shape (rows, d)."""
        return self.features if self.valued is None else self.valued.at(values)

    def factor(self, name: str, factors: Mapping[str, FloatArray]) -> FloatArray:
        """What a parameter is multiplied by in each row, given its factors in the fit's cells."""
        known, new = self.conditions[name]
        return np.exp(known.carried(np.log(factors[name]), new))[new.cell]


def rows_of(posterior: Posterior, choices: Choices) -> Rows:
    """Rows of a fit's choices, or of others that are coded like them.

    Raises
    ------
    InputError
        If the rows lack a covariate of the fit, or have a level that it has not seen.
    """
    conditions = {
        name: (known, known.extended(choices)) for name, known in posterior.conditions.items()
    }
    features = choices.features if choices.contextual else None
    design, valued = valued_design(posterior.rows), None
    if design is not None:
        valued = design.of(choices).take(slice(len(choices)))
    return Rows(choices.unit, features, conditions, choices.deadline, valued)


def choices_at(choices: Choices, rows: Rows, values: Mapping[str, float]) -> Choices:
    """Return choices with the features of their rows at values of what the fit learned."""
    features = rows.attributes(values)
    return choices if features is None or not values else replace(choices, features=features)
