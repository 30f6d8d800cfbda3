"""What stands out in a table of choices: how far, and what would make it so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

ROWS = "rows"


@dataclass(frozen=True)
class Finding:
    """One thing that these choices contradict.

    Attributes
    ----------
    about : str
        "rows" (some may be no decisions), "intercept", "start" (one side is faster), "errors" (the
        usual choice is faster), "order" (one of these two) or "boundary".
    text : str
        What stands out, by how much, and what allows for it.
    z : float or None
        How many standard errors it is off; None of rows, whose size is what moves without them.
    moves : bool
        Whether estimates cannot be relied on for it.
    """

    about: str
    text: str
    z: float | None = None
    moves: bool = True


def ranked(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, largest first; rows that may be no decisions before any of a model.

    Examples
    --------
    >>> small, large = Finding("start", "a start", 3.0), Finding("boundary", "a spread", -11.9)
    >>> [f.about for f in ranked([small, large, Finding("rows", "a sentinel")])]
    ['rows', 'boundary', 'start']
    """
    return tuple(sorted(findings, key=lambda f: (f.about != ROWS, -abs(f.z or 0.0))))


def in_a_line(findings: Iterable[Finding]) -> str:
    """Return what findings say that estimates suffer from; empty without any."""
    return "; ".join(f.text for f in findings if f.moves)
