"""Whether labelers choose often enough to have boundaries of their own in closed form."""

from __future__ import annotations

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError
from bayes_ddm.estimators.boundaries.by_labeler import LabelerBoundaries, labeler_boundaries

MANY_CHOICES = 10  # from here on a labeler's own boundary can be learned
MOST_ROWS = 20_000  # that it is learned from unasked: some ten seconds


def choose_often(choices: Choices) -> bool:
    """Whether labelers are known, and choose often enough to have boundaries of their own."""
    median = 0.0 if choices.anonymous else float(np.median(choices.choices_each))
    return median >= MANY_CHOICES


def own_boundaries(
    choices: Choices, without: Choices | None, ndt: float | None
) -> LabelerBoundaries | None:
    """Boundary and ndt of each labeler; None where they choose too seldom, or there is too much.

    Parameters
    ----------
    choices : Choices
    without : Choices or None
        The same without rows that stand apart, to learn from if no labeler is missing.
    ndt : float or None
        A known one.
    """
    if not choose_often(choices) or len(choices) > MOST_ROWS:
        return None
    if without is None or len(without.unit_count) < len(choices.unit_count):
        without = choices
    try:
        return labeler_boundaries(without, ndt, progress=False)
    except InputError:  # too few of them, or an ndt that is no one's
        return None
