"""Whether choices lean to one side with the attributes equal: a drift that needs an intercept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.result import Boundary

# of a standard normal, once in a thousand tables that need none
CLEARLY = 3.3
# share of an intercept that the features do not make up for themselves
LEAST_OWN = 1e-6


def intercept_note(choices: Choices, boundary: Boundary | None) -> str:
    """Say that an intercept is missing, where the closed form with one finds it clearly off 0.

    Parameters
    ----------
    choices : Choices
    boundary : Boundary or None
        A reliable one; without, nothing is said.

    Returns
    -------
    str
        Empty where none is missing, or where one is there.

    Notes
    -----
    Without an intercept, attribute differences of one sign take its place, and their averages are
    wrong whatever the population: the estimator is consistent given the right columns only.
    """
    psi = choices.features
    if boundary is None or not choices.contextual or _spans_one(psi):
        return ""
    names = (*choices.feature_names, "Intercept")
    columns = np.column_stack([psi, np.ones(len(psi))])
    row = consistent(replace(choices, features=columns, feature_names=names), boundary)
    at = row.parameters.index("Intercept")
    value, se = float(row.values[at]), float(row.se[at])
    if not se > 0 or abs(value) < CLEARLY * se:
        return ""
    formula = choices.drift.removeprefix("0 + ") or " + ".join(choices.feature_names)
    return (
        f"with all attributes equal people lean to {'+1' if value > 0 else '-1'} (an average drift "
        f"of {value:.2g}, z = {value / se:.1f}), and without an intercept the attributes' averages "
        f'make up for it: allow for one, drift="1 + {formula}".'
    )


def _spans_one(psi: np.ndarray) -> bool:
    """Whether the columns hold an intercept, or add up to one."""
    ones = np.ones(len(psi))
    size = np.sqrt((psi**2).mean(axis=0))
    if (size == 0).any():
        return True
    scaled = psi / size
    coefficients, *_ = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ ones, rcond=None)
    return bool(((ones - scaled @ coefficients) ** 2).mean() < LEAST_OWN)
