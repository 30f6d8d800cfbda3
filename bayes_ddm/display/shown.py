"""The base of all results: from one description, text on a terminal and HTML in a notebook."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bayes_ddm.display.blocks import Block
from bayes_ddm.display.page import as_html
from bayes_ddm.display.terminal import as_text, on_terminal, print_styled
from bayes_ddm.files import writing


class Shown:
    """A result that says itself once, in `blocks`; as a dataclass it takes ``repr=False``."""

    def blocks(self) -> Sequence[Block]:
        """Return what there is to be seen, in the order of a page."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return as_text(self.blocks())

    def _repr_html_(self) -> str:
        return as_html(self.blocks())


class Stored(Shown):
    """A result that is kept as JSON too: its numbers stand once, in `to_dict`."""

    def to_dict(self) -> dict[str, Any]:
        """Return all numbers as JSON values; None stands for what could not be computed."""
        raise NotImplementedError

    def to_json(self, path: str | Path | None = None, *, overwrite: bool = False) -> str:
        """Return JSON text, written to `path` too when one is given.

        Raises
        ------
        InputError
            If `path` cannot be written, or exists and `overwrite` is false.
        """
        text = as_json(self.to_dict())
        if path is not None:
            with writing(path, overwrite=overwrite) as temporary:
                temporary.write_text(text + "\n", encoding="utf-8")
        return text


def show(*shown: Shown | Block) -> None:
    """Print results or blocks: bold and coloured on a terminal, else plain text."""
    parts = [result.blocks() if isinstance(result, Shown) else [result] for result in shown]
    blocks = [block for part in parts for block in part]
    if on_terminal():
        print_styled(blocks)
    else:
        print(as_text(blocks))


def plain(value: Any) -> Any:
    """Return a value as JSON has it: no NumPy numbers, and None for what is not finite.

    Examples
    --------
    >>> plain({1: (float("nan"), "a"), "b": None})
    {'1': [None, 'a'], 'b': None}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(x) for key, x in value.items()}
    if isinstance(value, list | tuple):
        return [plain(x) for x in value]
    if type(value).__module__ == "numpy":
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, bool | int | str | None) else str(value)


def as_json(contents: Mapping[str, Any]) -> str:
    """Return JSON text as all results are written."""
    return json.dumps(contents, indent=2, allow_nan=False, ensure_ascii=False)
