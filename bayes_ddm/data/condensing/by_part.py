"""Files condensed one by one, so that a run that was stopped goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from bayes_ddm.data.condensed import Condensed, read_condensed
from bayes_ddm.data.condensing.parts import Parts, refuse_unlike
from bayes_ddm.data.condensing.passes import Engine, condensed_by, values_of
from bayes_ddm.data.read import is_condensed
from bayes_ddm.errors import InputError

MOST_NAMED = 3


def by_part(
    parts: Parts,
    folder: str | Path,
    options: Mapping[str, Any],
    engine: Callable[[Parts], Engine],
) -> Condensed:
    """Condense each file by itself, keep what is made of it in a folder, and add all up.

    Parameters
    ----------
    parts : Parts
    folder : str or Path
        Made if it is not there. Files that changed since are condensed anew.
    options : mapping
        What `condensed_by` takes.
    engine : callable
        From a file, as `Parts`, to what runs SQL on it.

    Raises
    ------
    InputError
        If there is a column of labelers, or, once all others are done, of files that cannot be
        condensed.
    """
    if options["labeler"] is not None:
        raise InputError(
            f"resume= condenses file by file, and labelers ({options['labeler']!r}) may stand in "
            "several; leave one of the two out."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    single = [Parts(str(path), (path,), parts.parquet) for path in parts.paths]
    broken: dict[str, str] = {}
    values: dict[str, list[Any]] = {}
    for part in single:
        try:
            refuse_unlike(part, options["choice"], options["rt"])
            values[part.source] = values_of(engine(part), options["choice"])
        except InputError as error:
            broken[part.source] = str(error)
    elsewhere = list(dict.fromkeys(value for distinct in values.values() for value in distinct))
    condensed = []
    for part in single:
        if part.source in broken:
            continue
        file = folder / _name(part.paths[0], {**options, "elsewhere": elsewhere})
        try:
            if not is_condensed(file):
                rows = condensed_by(engine(part), part.description, **options, elsewhere=elsewhere)
                rows.save(file, overwrite=True)
            condensed.append(read_condensed(file))
        except InputError as error:
            broken[part.source] = str(error)
    if broken:
        raise _refusal(broken, len(condensed), folder)
    return replace(reduce(add, condensed), source=parts.description)


def _name(path: Path, options: Mapping[str, Any]) -> str:
    """Return a file name that changes with the file, and with what is asked of it."""
    state = path.stat()
    key = [str(path.resolve()), state.st_size, state.st_mtime_ns, options]
    digest = hashlib.sha256(json.dumps(key, default=str).encode()).hexdigest()
    return f"{path.stem}-{digest[:16]}.condensed.parquet"


def _refusal(broken: Mapping[str, str], n_done: int, folder: Path) -> InputError:
    if len(broken) == 1 or not n_done:
        text = next(iter(broken.values())).rstrip(".")
    else:
        names = list(broken)
        more = f" and {len(names) - MOST_NAMED:,} more" if len(names) > MOST_NAMED else ""
        text = f"{len(names):,} files: {', '.join(names[:MOST_NAMED])}{more}; of the first: "
        text += broken[names[0]].rstrip(".")
    return InputError(
        f"not all files could be condensed: {text}. What is made of {n_done:,} others is kept in "
        f"{str(folder)!r}: mend the rest, and run again."
    )
