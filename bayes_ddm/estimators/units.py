"""Numbers per unit that a person thinks in: a preference per 30 days, not per day."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bayes_ddm._typing import FloatArray
from bayes_ddm.data.choices import Choices
from bayes_ddm.errors import InputError, did_you_mean
from bayes_ddm.estimators.result import Estimate

SD = "sd"


def read_units(text: str | None) -> dict[str, float | str]:
    """Read what the command line has: ``delay=30,amount=sd``.

    Raises
    ------
    InputError
        If it is not that.

    Examples
    --------
    >>> read_units("delay=30, amount=sd")
    {'delay': 30.0, 'amount': 'sd'}
    """
    units: dict[str, float | str] = {}
    for part in (text or "").split(","):
        name, equals, unit = (x.strip() for x in part.rpartition("="))
        if not part.strip():
            continue
        try:
            units[name] = unit if unit == SD else float(unit)
        except ValueError:
            equals = ""
        if not (name and equals):
            raise InputError(f"--units {part.strip()!r} is no unit; give names and numbers: a=30.")
    return units


def resolved(units: Mapping[str, float | str] | None, choices: Choices) -> dict[str, float]:
    """How many of a feature's own units each number is to be per.

    Parameters
    ----------
    units : mapping of str to float or "sd", or None
        By the features' names; ``"sd"`` is the standard deviation over rows.
    choices : Choices

    Raises
    ------
    InputError
        If a name is no feature, or a unit neither a positive number nor "sd".
    """
    amounts: dict[str, float] = {}
    for name, unit in (units or {}).items():
        if name not in choices.feature_names:
            names = ", ".join(choices.feature_names)
            hint = did_you_mean(name, choices.feature_names, f"features are {names}.")
            if not names:
                hint = "there are no features; leave it out."
            raise InputError(f"units name {name!r}, no feature; {hint}")
        if unit == SD:
            amounts[name] = deviation(choices, name)
            continue
        number = unit if isinstance(unit, int | float) and math.isfinite(unit) else 0.0
        if number <= 0:
            raise InputError(
                f"the unit of {name!r} must be a positive number or 'sd'; got {unit!r}."
            )
        amounts[name] = float(number)
    return amounts


def deviation(choices: Choices, name: str) -> float:
    """Return the standard deviation of a feature over rows."""
    column = choices.features[:, choices.feature_names.index(name)]
    mean = np.average(column, weights=choices.count)
    return float(np.sqrt(np.average((column - mean) ** 2, weights=choices.count)))


def factor(parameter: str, features: Sequence[str], units: Mapping[str, float]) -> float:
    """Return what a parameter is multiplied by: the unit of its feature, or 1.

    Examples
    --------
    >>> names = [factor(name, ["delay"], {"delay": 30}) for name in ("sigma[delay]", "ndt")]
    >>> names, factor("delay[country=FR]", ["delay"], {"delay": 30})
    ([30, 1.0], 30)
    """
    for name in sorted(features, key=len, reverse=True):
        within = parameter.startswith((f"{name}[", f"{name}:"))
        if within or parameter in (name, f"sigma[{name}]"):
            return units.get(name, 1.0)
    return 1.0


def factors(
    parameters: Sequence[str], features: Sequence[str], units: Mapping[str, float]
) -> FloatArray:
    """Return the factor of each parameter."""
    return np.array([factor(name, features, units) for name in parameters])


def in_units(estimate: Estimate, features: Sequence[str], units: Mapping[str, float]) -> Estimate:
    """Return an estimate per these units of its features."""
    by = factors(estimate.parameters, features, units)
    bias = estimate.largest_bias
    return replace(
        estimate,
        values=estimate.values * by,
        influence=estimate.influence * by,
        largest_bias=None if bias is None else bias * by[: len(bias)],
        remark=estimate.remark.replace(" for drifts", ", per 1, for drifts"),
    )


def entries_in(
    entries: Mapping[str, FloatArray], features: Sequence[str], units: Mapping[str, float]
) -> dict[str, FloatArray]:
    """Return draws of parameters per these units of their features."""
    return {name: values * factor(name, features, units) for name, values in entries.items()}


def called(parameter: str, features: Sequence[str], units: Mapping[str, Any]) -> str:
    """Return what a parameter is called in tables: with its unit, where it has one.

    Examples
    --------
    >>> called("delay", ["delay"], {"delay": 30.0}), called("delay", ["delay"], {})
    ('delay, per 30', 'delay')
    """
    unit = factor(parameter, features, units)
    return parameter if unit == 1 else f"{parameter}, per {unit:.4g}"
