"""Progress of what takes a while: on standard error, and only where somebody watches a terminal.

Standard output holds nothing but results, and a notebook keeps no trace of a finished bar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Tell", "bar", "telling", "track"]

Tell = Callable[[str], None]


def track[T](steps: Iterable[T], words: str, *, progress: bool = True) -> Iterable[T]:
    """Go through the steps behind a progress bar, which knows the end if they have a length."""
    from rich.progress import track as run

    console = _console()
    return run(steps, words, console=console, disable=not (progress and console.is_terminal))


@contextmanager
def bar(words: str, total: float, *, progress: bool = True) -> Iterator[Callable[[float], None]]:
    """Give a function that is told how much of the total is done."""
    from rich.progress import Progress

    console = _console()
    with Progress(console=console, disable=not (progress and console.is_terminal)) as shown:
        task = shown.add_task(words, total=total)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def telling(progress: bool | Tell = True) -> Iterator[Tell]:
    """Give a function that is told in words what is under way; a function given is used itself."""
    if callable(progress):
        yield progress
        return
    from rich.progress import Progress

    console = _console()
    with Progress(console=console, disable=not (progress and console.is_terminal)) as shown:
        task = shown.add_task("", total=None)
        yield lambda words: shown.update(task, description=words)


def _console() -> Console:
    from rich.console import Console

    return Console(stderr=True)
