"""The draws of a fit while it samples, and when it cannot be saved where it was to be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_ddm.cli.outputs import say
from bayes_ddm.errors import InputError
from bayes_ddm.files import refuse_existing

if TYPE_CHECKING:
    import xarray as xr

    from bayes_ddm.fitting.checkpoint import Kept


class Stopped(Exception):
    """A fit that was interrupted, whose draws are kept; Typer has interruptions to itself."""

    def __init__(self, path: Path, draws: int) -> None:
        advice = f", or take these as they are: --resume --draws {draws}" if draws else ""
        super().__init__(
            f"the draws so far are kept in {str(path)!r}: the same command and --resume goes on "
            f"with them{advice}"
        )


@contextmanager
def keeping(
    out: Path, *, draws: int, resume: bool, overwrite: bool
) -> Iterator[dict[str, Path | None]]:
    """Give `fit` its checkpoint, beside the output; it is removed once that is saved.

    Raises
    ------
    InputError
        If there is one of an earlier fit, and neither `resume` nor `overwrite`; another file in its
        place; or if the fit that is resumed has its `draws`.
    """
    checkpoint = out.with_name(f"{out.name}.checkpoint")
    source = _source(out, checkpoint, draws) if resume else None
    if resume and source is None:
        say(f"note: there is no {checkpoint} and no {out} to resume from; fitting anew")
        refuse_existing(out)
    if source is None:
        _make_way(checkpoint, overwrite=overwrite)
    try:
        yield {"checkpoint": checkpoint, "resume": source}
    except BaseException as error:
        state = _state(checkpoint)
        if state is not None and not state.chains:
            checkpoint.unlink()
        elif state is not None and isinstance(error, KeyboardInterrupt):
            raise Stopped(checkpoint, state.draws) from None
        raise
    checkpoint.unlink(missing_ok=True)


def _make_way(checkpoint: Path, *, overwrite: bool) -> None:
    """Remove a checkpoint from a new one's place, if that was asked for; refuse other files."""
    from bayes_ddm.fitting.checkpoint import left_at

    state = left_at(checkpoint)
    if state is not None and overwrite:
        checkpoint.unlink()
    elif state is not None and state.chains:
        raise InputError(
            f"{str(checkpoint)!r} holds the draws of a fit that was stopped; go on with them by "
            "--resume, or fit anew by --overwrite."
        )


def _state(checkpoint: Path) -> Kept | None:
    from bayes_ddm.fitting.checkpoint import left_at

    try:
        return left_at(checkpoint)
    except InputError:
        return None


def _source(out: Path, checkpoint: Path, draws: int) -> Path | None:
    """What is resumed: the checkpoint, or the fit that is to have more draws."""
    paths = [path for path in (checkpoint, out) if os.path.lexists(path)]
    if out not in paths:
        return paths[0] if paths else None
    from bayes_ddm.fitting.checkpoint import read

    finished = read(out)
    if draws <= finished.draws:
        raise InputError(
            f"{str(out)!r} has {finished.draws:,} draws of each chain; ask for more: --draws."
        )
    if checkpoint in paths:
        read(checkpoint).expect(finished.about)
    return paths[0]


def save_draws(fit: xr.DataTree, path: Path, *, overwrite: bool) -> None:
    """Save a fit; where that fails, under another name, which the error gives.

    Raises
    ------
    InputError
        If it could not be saved as `path`.
    """
    from bayes_ddm.fitting.save import save

    try:
        save(fit, path, overwrite=overwrite)
    except InputError as error:
        for folder in (path.absolute().parent, Path.cwd(), Path(tempfile.gettempdir())):
            rescue = folder / f"{path.stem}.rescued-{os.getpid()}.nc"
            try:
                save(fit, rescue)
            except InputError:
                continue
            raise InputError(f"{error} The draws are saved as {str(rescue)!r}.") from error
        raise
