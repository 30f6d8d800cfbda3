"""Whether choices lean to one side with the attributes equal: a drift that needs an intercept."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_ddm.data.choices import Choices
from bayes_ddm.estimators.assumptions.finding import Finding
from bayes_ddm.estimators.consistent import consistent
from bayes_ddm.estimators.result import Boundary

# of a standard normal, once in a thousand tables that need none
CLEARLY = 3.3
FEWEST = 20  # labelers with all attributes equal, for a normal limit
# share of an intercept that the features do not make up for themselves
LEAST_OWN = 1e-6


def missing_intercept(choices: Choices, boundary: Boundary | None) -> Finding | None:
    """Say that an intercept is missing, where people clearly lean to one side.

    Parameters
    ----------
    choices : Choices
    boundary : Boundary or None
        A reliable one; without, only choices with all attributes equal can tell.

    Returns
    -------
    Finding or None
        None where no intercept is missing, or where one is there.

    Notes
    -----
    Without an intercept, attribute differences of one sign take its place, and their averages are
    wrong whatever the population: the estimator is consistent given the right columns only. It is
    asked of the closed form with one; and of choices with all attributes equal, of which half are
    +1 whatever the boundary.
    """
    psi = choices.features
    if not choices.contextual or spans_one(psi):
        return None
    drift, z = _drift(choices, boundary)
    size = f"an average drift of {drift:.2g}"
    if not abs(z) >= CLEARLY:
        choice, z = _at_zero(choices)
        size = f"{0.5 + choice / 2:.0%} of such choices are {choices.origin.options[0]}"
    if not abs(z) >= CLEARLY:
        return None
    formula = choices.drift.removeprefix("0 + ") or " + ".join(choices.feature_names)
    option = choices.origin.options[int(z < 0)]
    return Finding(
        "intercept",
        f"with all attributes equal people lean to {option} ({size}, z = "
        f"{abs(z):.1f}), and without an intercept the attributes' averages make up for it: allow "
        f'for one, drift="1 + {formula}"',
        z,
    )


def _drift(choices: Choices, boundary: Boundary | None) -> tuple[float, float]:
    """Intercept of the closed form at this boundary, and its z."""
    if boundary is None:
        return 0.0, 0.0
    names = (*choices.feature_names, "Intercept")
    columns = np.column_stack([choices.features, np.ones(len(choices))])
    row = consistent(replace(choices, features=columns, feature_names=names), boundary)
    at = row.parameters.index("Intercept")
    value, se = float(row.values[at]), float(row.se[at])
    return (value, value / se) if se > 0 else (value, 0.0)


def _at_zero(choices: Choices) -> tuple[float, float]:
    """Average choice of a labeler with all attributes equal, and its z."""
    equal = (choices.features == 0).all(axis=1) * choices.count
    n, total = (
        np.bincount(choices.unit, weights=equal * x, minlength=len(choices.unit_count))
        for x in (1.0, choices.signed)
    )
    means = (total[n > 0] / n[n > 0]) if choices.labeler is not None else choices.signed[n > 0]
    weights = choices.unit_count[n > 0]
    units = weights.sum()
    if units < FEWEST:
        return 0.0, 0.0
    mean = float(weights @ means / units)
    se = float(np.sqrt(weights @ (means - mean) ** 2) / units)
    return mean, mean / max(se, 1 / units)


def spans_one(psi: np.ndarray) -> bool:
    """Whether the columns hold an intercept, or add up to one."""
    ones = np.ones(len(psi))
    size = np.sqrt((psi**2).mean(axis=0))
    if (size == 0).any():
        return True
    scaled = psi / size
    coefficients, *_ = np.linalg.lstsq(scaled.T @ scaled, scaled.T @ ones, rcond=None)
    return bool(((ones - scaled @ coefficients) ** 2).mean() < LEAST_OWN)
