"""What a section of the report holds: blocks to be shown, and the numbers behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bayes_ddm.display import Badge, Block, Missing, unfolded


@dataclass(frozen=True)
class Part:
    """The blocks of a section that are about one fit, or (``fit`` empty) about all of them.

    ``numbers`` holds JSON values: every number shown, under names of its own. What the page shows
    of several fits together need not be ``shown`` of each: it is in the JSON only.
    """

    blocks: tuple[Block, ...]
    fit: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict)
    shown: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return verdicts, what is missing, and the numbers."""
        blocks = unfolded(self.blocks)
        badges = [block for block in blocks if isinstance(block, Badge)]
        missing = [block for block in blocks if isinstance(block, Missing)]
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
