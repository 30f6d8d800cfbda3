"""Progress of what takes a while: on standard error, and only where somebody watches a terminal.

Standard output holds nothing but results, and a finished bar leaves no trace. What is part of
something that shows its progress already shows none of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress


Tell = Callable[[str], None]

_shown: list[Progress] = []  # at most one


def track[T](
    steps: Iterable[T], words: str, *, total: int | None = None, progress: bool = True
) -> Iterator[T]:
    """Go through the steps behind a bar; `total` is their number, if they have no length."""
    with _showing(progress) as shown:
        yield from shown.track(steps, total=total, description=words)


@contextmanager
def bar(words: str, total: float, *, progress: bool = True) -> Iterator[Callable[[float], None]]:
    """Give a function that is told how much of the total is done."""
    with _showing(progress) as shown:
        task = shown.add_task(words, total=total)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def telling(progress: bool | Tell = True) -> Iterator[Tell]:
    """Give a function that is told in words what is under way; a function given is used itself."""
    if callable(progress):
        yield progress
        return
    with _showing(progress) as shown:
        task = shown.add_task("", total=None)
        yield lambda words: shown.update(task, description=words)


def in_terminal_or_notebook() -> bool:
    """Whether a bar on standard output, as PyMC draws it, would be seen and not only stored."""
    from rich.console import Console

    return sys.stdout.isatty() or Console().is_jupyter


@contextmanager
def _showing(progress: bool) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    seen = progress and console.is_terminal and not _shown
    # what is printed meanwhile stays on standard output
    shown = Progress(console=console, disable=not seen, transient=True, redirect_stdout=False)
    if not seen:
        yield shown
        return
    _shown.append(shown)
    try:
        with shown:
            yield shown
    finally:
        _shown.remove(shown)
