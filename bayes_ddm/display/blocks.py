"""What a result consists of: words, tables, verdicts and figures, however they are shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    text: str


@dataclass(frozen=True)
class Heading:
    """A heading below the section's own."""

    text: str


@dataclass(frozen=True)
class Callout:
    """What the reader should take away: a label, a sentence per line, whether it is good news."""

    label: str
    text: str
    ok: bool | None = None


@dataclass(frozen=True)
class Badge:
    """Something that was looked at: well, not well, or (None) not looked at.

    ``minor`` is said of what is not quite well, but too small to matter.
    """

    name: str
    ok: bool | None
    text: str
    minor: bool = False


@dataclass(frozen=True)
class Missing:
    """What could not be computed, and why."""

    what: str
    reason: str


@dataclass(frozen=True)
class Table:
    """A table of text; the first column names the rows.

    ``words`` are the indices of columns that hold words, not numbers; ``notes`` stand below, and
    ``strong`` are the indices of rows to be seen first. Without a ``head`` it is a list of names
    and what is said of each.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int] = frozenset({0})
    notes: tuple[str, ...] = ()
    strong: frozenset[int] = frozenset()

    @classmethod
    def of(cls, caption: str, head: tuple[str, ...], frame: Any, **formats: str) -> Table:
        """Return a data frame as a table: its index, then columns in these formats.

        Columns without a format hold words; what is no finite number is a dash.

        Examples
        --------
        >>> import pandas as pd
        >>> frame = pd.DataFrame({"mean": [0.5], "unit": ["s"]}, index=["ndt"])
        >>> Table.of("", ("parameter", "mean", ""), frame, mean=".3f", unit="").rows
        (('ndt', '0.500', 's'),)
        """
        rows = zip(frame.index, *(frame[column] for column in formats), strict=True)
        specs = ("", *formats.values())
        return cls(
            caption,
            head,
            tuple(tuple(map(_cell, row, specs)) for row in rows),
            words=frozenset(j for j, spec in enumerate(specs) if not spec),
        )


def _cell(value: Any, spec: str) -> str:
    return "-" if spec and not math.isfinite(value) else format(value, spec)


@dataclass(frozen=True)
class Preview:
    """The first rows of a data frame, on a page only."""

    frame: Any


@dataclass(frozen=True)
class Picture:
    """A figure: its data address, what it shows (for those who cannot see it), what to see.

    ``narrow`` is the address of the same figure as a telephone shows it, where it is another, and
    as it stands ``beside`` text on a wide page.
    """

    source: str
    alt: str
    caption: str
    width: int
    height: int
    narrow: str = ""
    beside: bool = False


@dataclass(frozen=True)
class Formulas:
    """Lines of mathematics, as MathML."""

    lines: tuple[Markup, ...]


@dataclass(frozen=True)
class Code:
    """Something to be run."""

    caption: str
    text: str


@dataclass(frozen=True)
class Fold:
    """Blocks that a page shows on request, under a finding or a line of words."""

    summary: Badge | Words
    blocks: tuple[Block, ...]


Block = (
    Words | Heading | Callout | Badge | Missing | Table | Preview | Picture | Formulas | Code | Fold
)


def unfolded(blocks: Sequence[Block]) -> list[Block]:
    """Return all blocks, those under folds too, in their order."""
    flat: list[Block] = []
    for block in blocks:
        flat += [block.summary, *unfolded(block.blocks)] if isinstance(block, Fold) else [block]
    return flat


def verdict(ok: bool | None, minor: bool = False) -> str:
    """Return the word for well, not well, or (None) not looked at.

    Examples
    --------
    >>> verdict(True), verdict(False), verdict(None), verdict(True, minor=True)
    ('passes', 'FAILS', 'skipped', 'note')
    """
    if ok and minor:
        return "note"
    return "skipped" if ok is None else "passes" if ok else "FAILS"


def number(value: float | None) -> float | None:
    """Return a plain float, or None where there is no finite number (as in JSON)."""
    return None if value is None or not math.isfinite(value) else float(value)


def text(value: float | None, digits: int = 4) -> str:
    """Return a number to that many figures, or a dash."""
    return "-" if value is None else f"{value:.{digits}g}"


def marked(notes: list[str], note: str) -> str:
    """Return the mark of a note, ``[1]``, adding it to `notes` if it is new."""
    if not note:
        return ""
    if note not in notes:
        notes.append(note)
    return f"[{notes.index(note) + 1}]"


def numbered(notes: Sequence[str]) -> tuple[str, ...]:
    """Return the notes, each behind its mark."""
    return tuple(f"[{i}] {note}" for i, note in enumerate(notes, 1))
