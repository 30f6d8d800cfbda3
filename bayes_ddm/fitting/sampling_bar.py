"""Progress of sampling: PyMC's table on a terminal, a line of ours in a notebook.

PyMC's needs widgets in a notebook, and warns where there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from pymc.progress_bar import NutpieProgressBarManager

from bayes_ddm.progress import bar, in_notebook

Seen = Callable[[Sequence[Any]], None]


@contextmanager
def nutpie_bar(*, chains: int, draws: int, tune: int, progress: bool) -> Iterator[Seen]:
    """Give what nutpie is to call with the progress of its chains."""
    if not (progress and in_notebook()):
        with NutpieProgressBarManager(chains=chains, draws=draws, progressbar=progress) as manager:
            yield manager.update
        return
    with bar("fitting", 1.0) as done:

        def update(states: Sequence[Any]) -> None:
            # of a fit that goes on, fewer chains and draws than were asked for
            total = sum(chain.total_draws or tune + draws for chain in states)
            done(sum(chain.finished_draws for chain in states) / total)

        yield update


@contextmanager
def pymc_bar(*, chains: int, draws: int, tune: int, progress: bool) -> Iterator[dict[str, Any]]:
    """Give the options by which PyMC's own sampler shows its progress."""
    if not (progress and in_notebook()):
        yield {"progressbar": progress, "quiet": not progress}  # which turns the bar off too
        return
    steps = count(1)
    with bar("fitting", chains * (tune + draws)) as done:
        quiet = {"progressbar": False, "quiet": True}
        yield quiet | {"callback": lambda trace, draw: done(next(steps))}
