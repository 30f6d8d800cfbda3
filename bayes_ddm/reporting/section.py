"""What a section of the report holds: blocks to be shown, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from markupsafe import Markup

__all__ = [
    "Badge",
    "Block",
    "Callout",
    "Code",
    "Formulas",
    "Heading",
    "Missing",
    "Part",
    "Picture",
    "Section",
    "Table",
    "Words",
]


@dataclass(frozen=True)
class Words:
    """A paragraph."""

    kind: ClassVar[str] = "words"
    text: str


@dataclass(frozen=True)
class Heading:
    """A heading below the section's own."""

    kind: ClassVar[str] = "heading"
    text: str


@dataclass(frozen=True)
class Callout:
    """What the reader should take away: a label, a sentence, and whether it is good news."""

    kind: ClassVar[str] = "callout"
    label: str
    text: str
    ok: bool | None = None


@dataclass(frozen=True)
class Badge:
    """Something that was looked at: well, not well, or (None) not looked at."""

    kind: ClassVar[str] = "badge"
    name: str
    ok: bool | None
    text: str

    @property
    def verdict(self) -> str:
        """The badge in a word, so that nothing hangs on its colour."""
        return "skipped" if self.ok is None else "passes" if self.ok else "fails"


@dataclass(frozen=True)
class Missing:
    """What could not be computed, and why."""

    kind: ClassVar[str] = "missing"
    what: str
    reason: str


@dataclass(frozen=True)
class Table:
    """A table of text; the first column names the rows.

    ``words`` are the indices of columns that hold words, not numbers; ``notes`` stand below.
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int] = frozenset({0})
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A figure: its data address, what it shows (for those who cannot see it), what to see."""

    kind: ClassVar[str] = "picture"
    source: str
    alt: str
    caption: str
    width: int
    height: int


@dataclass(frozen=True)
class Formulas:
    """Lines of mathematics, as MathML."""

    kind: ClassVar[str] = "formulas"
    lines: tuple[Markup, ...]


@dataclass(frozen=True)
class Code:
    """Something to be run."""

    kind: ClassVar[str] = "code"
    caption: str
    text: str


Block = Words | Heading | Callout | Badge | Missing | Table | Picture | Formulas | Code


@dataclass(frozen=True)
class Part:
    """The blocks of a section that are about one fit, or (``fit`` empty) about all of them.

    ``numbers`` holds JSON values: every number shown, under names of its own.
    """

    blocks: tuple[Block, ...]
    fit: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return verdicts, what is missing, and the numbers."""
        badges = [block for block in self.blocks if isinstance(block, Badge)]
        missing = [block for block in self.blocks if isinstance(block, Missing)]
        return {
            "findings": [{"name": b.name, "ok": b.ok, "text": b.text} for b in badges],
            "not_computed": [{"what": m.what, "reason": m.reason} for m in missing],
            "numbers": dict(self.numbers),
        }


@dataclass(frozen=True)
class Section:
    """A section of the report; ``key`` is its anchor, and its name in the JSON."""

    key: str
    title: str
    parts: tuple[Part, ...]
