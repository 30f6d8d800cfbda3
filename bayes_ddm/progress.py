"""Progress of what takes a while: on a terminal that somebody watches, or in a notebook.

Standard output holds nothing but results. On a terminal progress goes to standard error, and a
finished bar leaves no trace; in a notebook it is a line of text, which needs no widgets and stays,
with the time that it took. What is part of something that shows its progress already shows none of
its own.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import copy_context
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress


Tell = Callable[[str], None]

_shown: list[Progress | NotebookLine] = []  # at most one

# how often a notebook's line is renewed, and when first; seconds
EVERY = 0.5
WIDTH = 30
# of the output of a cell, so that it can be told from results
METADATA = {"bayes_ddm": "progress"}


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
        task: Any = shown.add_task(words, total=total)
        yield lambda done: shown.update(task, completed=done)


@contextmanager
def telling(progress: bool | Tell = True) -> Iterator[Tell]:
    """Give a function that is told in words what is under way; a function given is used itself."""
    if callable(progress):
        yield progress
        return
    with _showing(progress) as shown:
        task: Any = shown.add_task("", total=None)
        yield lambda words: shown.update(task, description=words)


def in_notebook() -> bool:
    """Whether this runs in a notebook's kernel."""
    shell = sys.modules.get("IPython")
    return shell is not None and hasattr(shell.get_ipython(), "kernel")


def in_terminal_or_notebook() -> bool:
    """Whether a bar would be seen, and not only stored."""
    return sys.stdout.isatty() or in_notebook()


class NotebookLine:
    """A line of text under a notebook's cell, for what takes longer than half a second.

    A thread of its own renews it: whoever tells of progress, in whatever thread, only sets numbers.
    It is told as Rich's ``Progress`` is.
    """

    def __init__(self) -> None:
        self._words, self._done, self._total = "", 0.0, 0.0
        self._started, self._over = time.monotonic(), Event()
        # in the context of the cell, whose output it is
        self._thread = Thread(target=copy_context().run, args=(self._keep_showing,), daemon=True)
        self._handle: Any = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        if self._handle is not None:
            self._show()

    def track[T](
        self, steps: Iterable[T], total: float | None = None, description: str = ""
    ) -> Iterator[T]:
        """Go through the steps."""
        task = self.add_task(description, len(steps) if isinstance(steps, Sized) else total)
        for done, step in enumerate(steps, 1):
            yield step
            self.update(task, completed=done)

    def add_task(self, words: str, total: float | None = None) -> int:
        """Say what is under way, and how much of it there is."""
        self._words, self._done, self._total = words, 0.0, total or 0.0
        return 0

    def update(
        self, task: int, *, completed: float | None = None, description: str | None = None
    ) -> None:
        """Say how much is done, or what is under way now."""
        self._done = self._done if completed is None else completed
        self._words = self._words if description is None else description

    def __str__(self) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        parts = [self._words, f"{minutes}:{seconds:02}"]
        if self._total:
            share = min(self._done / self._total, 1.0)
            full = int(WIDTH * share)
            parts[1:1] = ["█" * full + "░" * (WIDTH - full), f"{share:4.0%}"]
        return "  ".join(parts)

    def _keep_showing(self) -> None:
        while not self._over.wait(EVERY):
            if self._words:
                self._show()

    def _show(self) -> None:
        from IPython.display import display

        line = {"text/plain": str(self)}
        if self._handle is None:
            self._handle = display(line, raw=True, metadata=METADATA, display_id=True)
        else:
            self._handle.update(line, raw=True, metadata=METADATA)


@contextmanager
def _showing(progress: bool) -> Iterator[Progress | NotebookLine]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, force_jupyter=False)
    notebook = in_notebook()
    seen = progress and (notebook or console.is_terminal) and not _shown
    shown: Progress | NotebookLine
    if seen and notebook:
        shown = NotebookLine()
    else:
        # what is printed meanwhile stays on standard output; unseen, no thread is started, which
        # Python waits for without end where there is no memory for it
        kept: dict[str, Any] = {"transient": True, "redirect_stdout": False}
        shown = Progress(console=console, disable=not seen, auto_refresh=seen, **kept)
    if not seen:
        yield shown
        return
    _shown.append(shown)
    try:
        with shown:
            yield shown
    finally:
        _shown.remove(shown)
