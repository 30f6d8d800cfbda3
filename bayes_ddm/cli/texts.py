"""What the text of an option says: names, numbers, a formula with the values of its cells."""

from __future__ import annotations

import re
from typing import Any

from bayes_ddm.errors import InputError

EXAMPLE = '"instruction: speed=0.8, accuracy=1.5"'
# names of cells hold commas, where they are of two columns: "speed, low=0.8, speed, high=1"
_VALUE = re.compile(r"\s*(?P<name>[^=]+?)\s*=\s*(?P<numbers>[-+.\w]+(?: +[-+.\w]+)*)\s*(?:,|$)")


def flag(name: str) -> str:
    """Return the option that a parameter is given by."""
    return f"--{name.replace('_', '-')}"


def listed(text: str | None) -> list[str]:
    """Return what commas separate."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def numbers(option: str, text: str) -> list[Any]:
    """Return numbers with commas between."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} takes numbers with commas between; got {text!r}.") from None


def number_or_name(text: str | None) -> float | str | None:
    """Return a number as a number, and a column or formula as it is."""
    return float(text) if text is not None and is_number(text) else text


def number_or_values(option: str, text: str) -> float | dict[str, dict[str, Any]]:
    """Return a number, or one formula with its values, as `simulate.experiment` takes them.

    Raises
    ------
    InputError
        If it is neither.

    Examples
    --------
    >>> number_or_values("--boundary", "1.25")
    1.25
    >>> number_or_values("--boundary", "instruction: speed=0.8, accuracy=1.5")
    {'instruction': {'speed': 0.8, 'accuracy': 1.5}}
    """
    return float(text) if is_number(text) else values_by_cell(option, text)


def is_number(text: str) -> bool:
    """Whether a text is a number, not a formula."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def values_by_cell(option: str, text: str) -> dict[str, dict[str, Any]]:
    """Return one formula with its values; several numbers, with spaces between, make a list.

    Raises
    ------
    InputError
        If it is none.

    Examples
    --------
    >>> values_by_cell("--between", "country: FR=-0.3 0.1, JP=0.3 0")
    {'country': {'FR': [-0.3, 0.1], 'JP': [0.3, 0.0]}}
    """
    formula, _, assignments = text.partition(": ")
    values: dict[str, Any] = {}
    position = 0
    while position < len(assignments) and (match := _VALUE.match(assignments, position)):
        words = match["numbers"].split()
        if not all(map(is_number, words)):
            raise InputError(f"{option} takes numbers after each =; got {match['numbers']!r}.")
        values[match["name"]] = float(words[0]) if len(words) == 1 else list(map(float, words))
        position = match.end()
    if not values or position < len(assignments):
        raise InputError(
            f"{option} {text!r} is no formula with its values; write {option} {EXAMPLE}."
        )
    return {formula.strip(): values}
