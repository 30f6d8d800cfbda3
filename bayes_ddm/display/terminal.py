"""Blocks as text: wrapped where a terminal ends, and bold or coloured only on one."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from bayes_ddm.display.blocks import Badge, Block, Callout, Missing, Table, Words, verdict

Line = list[tuple[str, str]]  # pieces of text, each with its style

NARROWEST = 40
GAP = "  "
COLOURS = {"passes": "green", "FAILS": "bold red"} | dict.fromkeys(
    ("unreliable", "skipped", "note"), "yellow"
)
# a label from the data must neither break a line nor command the terminal
# (C0, C1, and the marks that turn the direction of writing)
CONTROLS = dict.fromkeys(
    [*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)],
    " ",
)


def printable(text: str) -> str:
    r"""Return a text whose names cannot command a terminal.

    Examples
    --------
    >>> printable("a\x1b[31m name")
    'a [31m name'
    """
    return text.translate(CONTROLS)


class _Wrapper(textwrap.TextWrapper):
    """Wraps between words, and names behind an underscore."""

    wordsep_re = re.compile(r"(\s+|(?<=_)(?=[^\s_]))")


def as_text(blocks: Sequence[Block], width: int | None = None) -> str:
    """Return what blocks have to say as plain text: words, verdicts and tables.

    Parameters
    ----------
    blocks : sequence of Block
    width : int, optional
        Columns to wrap at; by default the terminal's where standard output is one. Elsewhere
        lines are as long as what they say, so that files can be searched and compared.

    Examples
    --------
    >>> print(as_text([Words("A fit."), Table("", ("name", "value"), (("mu", "0.5"),))]))
    A fit.
    <BLANKLINE>
    name  value
    mu      0.5
    """
    if width is None and on_terminal():
        width = shutil.get_terminal_size().columns
    return "\n".join("".join(piece for piece, _ in line).rstrip() for line in _lines(blocks, width))


def print_styled(blocks: Sequence[Block]) -> None:
    """Print blocks to a terminal, in colour where it has any."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for line in _lines(blocks, console.width):
        # wrapped already; a table that cannot be is left to the terminal
        console.print(Text.assemble(*line), soft_wrap=True)


def on_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def _lines(blocks: Sequence[Block], width: int | None) -> Iterator[Line]:
    width = None if width is None else max(width, NARROWEST)
    previous: Block | None = None
    for block in blocks:
        if not isinstance(block, Callout | Words | Badge | Missing | Table):
            continue
        if previous is not None and (type(previous) is not type(block) or isinstance(block, Table)):
            yield []
        yield from _block(block, width)
        previous = block


def _block(block: Block, width: int | None) -> Iterator[Line]:
    match block:
        case Words(text):
            yield from _hang("", text, width)
        case Callout(label, text, ok):
            style = "bold" if ok is None else f"bold {'green' if ok else 'red'}"
            for i, line in enumerate(text.split("\n")):
                lead = f"{label}: " if label and not i else ""
                # without a label the sentence itself is what to take away
                yield from _hang(lead, line, width, style=style, rest="" if label else style)
        case Badge(name, ok, text, minor):
            word = verdict(ok, minor)
            yield from _hang(f"{word:9}", f"{name}: {text}", width, 9, style=COLOURS[word])
        case Missing(what, reason):
            yield from _hang("missing  ", f"{what}: {reason}", width, 9)
        case Table():
            yield from _table(block, width)


def _hang(
    lead: str, text: str, width: int | None, indent: int = 2, *, style: str = "", rest: str = ""
) -> Iterator[Line]:
    """A paragraph whose first line stands out to the left; its lead is styled."""
    first, *others = _wrap(lead + text, width, indent)
    yield [(first[: len(lead)], style), (first[len(lead) :], rest)]
    yield from ([(line, rest)] for line in others)


def _wrap(text: str, width: int | None, indent: int = 0) -> list[str]:
    text = printable(text)
    if width is None or len(text) <= width:
        return [text]
    return _Wrapper(width, subsequent_indent=" " * indent).wrap(text) or [""]


def _table(table: Table, width: int | None) -> Iterator[Line]:
    if table.caption:
        yield from ([(line, "bold")] for line in _wrap(table.caption, width))
    cells = [table.head, *table.rows] if table.head else list(table.rows)
    strong = {i + bool(table.head) for i in table.strong} | ({0} if table.head else set())
    widths = _widths(cells, table.words, width)
    for i, row in enumerate(cells):
        parts = [_wrap(cell, w) for cell, w in zip(row, widths, strict=True)]
        for line in zip_longest(*parts, fillvalue=""):
            pieces: Line = []
            for j, (piece, w) in enumerate(zip(line, widths, strict=True)):
                if not w:  # a column for flags, and no flag
                    continue
                style = "bold" if i in strong else COLOURS.get(piece.partition(" ")[0], "")
                padded = piece.ljust(w) if j in table.words else piece.rjust(w)
                pieces += [(GAP if j else "", ""), (padded, style)]
            yield pieces
    for note in table.notes:
        yield from _hang("", note, width, note.find(" ") + 1)


def _widths(cells: Sequence[Sequence[str]], words: frozenset[int], width: int | None) -> list[int]:
    """Width of each column; those of words are narrowed, the widest first, to fit a terminal."""
    columns = list(zip(*cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    least = list(widths)
    for j in words:
        least[j] = max(len(part) for cell in columns[j] for part in _Wrapper.wordsep_re.split(cell))
    gaps = len(GAP) * (sum(map(bool, widths)) - 1)
    while width is not None and sum(widths) + gaps > width:
        wider = [j for j in range(len(widths)) if widths[j] > least[j]]
        if not wider:
            break
        widths[max(wider, key=widths.__getitem__)] -= 1
    return widths
