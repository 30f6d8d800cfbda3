"""Small tables as aligned text and as escaped HTML."""

from __future__ import annotations

import html
import math
from collections.abc import Collection, Sequence

__all__ = ["aligned", "html_paragraph", "html_table", "marked", "number", "numbered", "text"]

Cells = Sequence[Sequence[str]]


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


def numbered(notes: Sequence[str]) -> list[str]:
    """Return the notes, each behind its mark."""
    return [f"[{i}] {note}" for i, note in enumerate(notes, 1)]


def aligned(cells: Cells, left: Collection[int]) -> list[str]:
    """Lines of a table; the first row is its head, columns in `left` are left-aligned."""
    widths = [max(len(row[j]) for row in cells) for j in range(len(cells[0]))]
    return [
        "  ".join(
            cell.ljust(w) if j in left else cell.rjust(w)
            for j, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def html_table(cells: Cells) -> str:
    """Return the table as HTML, every cell escaped; the first row is its head."""
    head, *body = [[html.escape(cell) for cell in row] for row in cells]
    lines = ["<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in body]
    heads = "".join(f"<th>{cell}</th>" for cell in head)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def html_paragraph(words: str) -> str:
    """Return an escaped paragraph."""
    return f"<p>{html.escape(words)}</p>"
