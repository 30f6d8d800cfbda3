"""One line of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bayes_ddm.display import Badge, Shown


@dataclass(frozen=True, repr=False)
class Finding(Shown):
    """What was looked at, and how it is.

    Attributes
    ----------
    name : str
    ok : bool or None
        None where it could not be looked at.
    sentence : str
    minor : bool
        Whether something is there to be seen, too small to matter; the sentence says by what
        measure.
    """

    name: str
    ok: bool | None
    sentence: str
    minor: bool = False

    @property
    def state(self) -> Literal["fine", "note", "fails", "skipped"]:
        """The same in a word."""
        if self.ok is None:
            return "skipped"
        return "fails" if not self.ok else "note" if self.minor else "fine"

    def blocks(self) -> tuple[Badge]:
        """Return the finding as a badge."""
        return (Badge(self.name, self.ok, self.sentence, self.minor),)
