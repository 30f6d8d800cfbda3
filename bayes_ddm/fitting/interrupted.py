"""Sampling that was interrupted, of which samplers return what they have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import xarray as xr

from bayes_ddm.errors import Interrupted
from bayes_ddm.fitting.checkpoint import Checkpoint


@contextmanager
def interruption() -> Iterator[None]:
    """Tell an interruption while tuning, which PyMC takes for too few samples."""
    try:
        yield
    except ValueError as error:
        if "Not enough samples" not in str(error):
            raise
        raise KeyboardInterrupt("sampling was interrupted") from error


def refuse_partial(
    tree: xr.DataTree, draws: int, chains: int, keeping: Checkpoint | None = None
) -> None:
    """Raise `KeyboardInterrupt` on what a sampler had when it was interrupted."""
    sizes = tree["posterior"].sizes
    first = next(iter(tree["posterior"].data_vars.values()))
    if sizes["draw"] < draws or sizes["chain"] < chains or bool(first.isnull().any()):
        if keeping is not None and keeping.path is not None and keeping.kept.chains:
            raise Interrupted(str(keeping.path), keeping.kept.draws)
        raise KeyboardInterrupt("sampling was interrupted")
