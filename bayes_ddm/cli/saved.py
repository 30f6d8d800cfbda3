"""The saved fits that a command is given."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

Fit = Annotated[Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)]
FIT_BEGINS = b"\x89HDF"


def is_fit(file: Path) -> bool:
    """Whether the file is a saved fit rather than a table."""
    try:
        with file.open("rb") as content:
            return content.read(len(FIT_BEGINS)) == FIT_BEGINS
    except OSError:  # which reading it will explain
        return False


def load_fit(path: Path) -> xr.DataTree:
    """Load a saved fit."""
    from bayes_ddm.data.read import existing_file
    from bayes_ddm.fitting.save import load

    return load(existing_file(path))


def load_fits(paths: Sequence[Path]) -> dict[str, xr.DataTree]:
    """Load saved fits, named by their files; with folders where that is needed."""
    names = [path.stem for path in paths]
    if len(set(names)) < len(names):
        names = [str(path) for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name!r} is named twice; give each fit once.")
    return {name: load_fit(path) for name, path in zip(names, paths, strict=True)}
