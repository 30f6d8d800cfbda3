"""The table of choices that a command is given, and what should be said about it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_ddm.cli.options import say
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    from bayes_ddm.data.choices import Choices

FIT_BEGINS = b"\x89HDF"
LABELER_LIKE = re.compile(
    r"(labell?er|subj(ect)?|participant|annotator|rater|worker|user|respondent)([ _.-]?id)?",
    re.IGNORECASE,
)


def read(
    file: Path,
    choice: str,
    rt: str,
    labeler: str | None,
    features: str | None,
    count: str | None,
    rt_unit: str | None,
    positive: str | None,
) -> Choices:
    """Read the table; say which columns are not used though they look as if they should be."""
    from bayes_ddm.data.read import read_choices

    names = feature_names(features)
    refuse_fit(file)
    with naming_options(file, choice, rt):
        choices = read_choices(
            file,
            choice=choice,
            rt=rt,
            labeler=labeler,
            features=names,
            count=count,
            rt_unit=rt_unit,
            positive=positive,
        )
    point_out_unused(file, labeler, count)
    return choices


@contextmanager
def naming_options(file: Path, choice: str, rt: str) -> Iterator[None]:
    """Name the option that mends it in errors about the columns of choices and of times."""
    try:
        yield
    except InputError as error:
        if str(error).startswith("no column ") and all(map(_is_number, columns(file))):
            raise InputError(
                f"the first line of {str(file)!r} holds numbers; put the columns' names there."
            ) from error
        for flag, name in (("--choice", choice), ("--rt", rt)):
            if str(error).startswith(f"no column {name!r}"):
                raise InputError(f"{error} Say which column it is with {flag}.") from error
        raise


def point_out_unused(file: Path, labeler: str | None, count: str | None) -> None:
    """Say which columns are not used though they look as if they should be."""
    for column in columns(file):
        if labeler is None and LABELER_LIKE.fullmatch(column):
            say(f"note: column {column!r} is not used; --labeler {column} if it says who chose.")
        if count is None and column == "count":
            say("note: column 'count' is not used; --count count if rows stand for several.")


def refuse_fit(file: Path) -> None:
    """Refuse a saved fit where a table belongs."""
    if is_fit(file):
        raise InputError(
            f"{str(file)!r} is a fit, not a table of choices; compare, diagnose, predict, rank and "
            "report take fits."
        )


def columns(file: Path) -> list[str]:
    """Return the names of a table's columns."""
    from bayes_ddm.data.read import is_parquet

    if is_parquet(file):
        from pyarrow.parquet import read_schema

        return [str(name) for name in read_schema(file).names]
    import pandas as pd

    return [str(name) for name in pd.read_csv(file, nrows=0).columns]


def is_fit(file: Path) -> bool:
    """Whether the file is a saved fit rather than a table."""
    if not file.is_file():
        return False
    with file.open("rb") as content:
        return content.read(len(FIT_BEGINS)) == FIT_BEGINS


def announce(choices: Choices) -> None:
    """Say what was dropped and what should be known, where no table will show it at once."""
    for reason, n in choices.dropped.items():
        say(f"dropped {n:,} choices: {reason}")
    for note in choices.notes:
        say(f"note: {note}")


@contextmanager
def lines_of(file: Path) -> Iterator[None]:
    """Name the line of the file in errors that a later step finds in one of its rows."""
    from bayes_ddm.data import read as reading

    with reading.lines_of(file):
        yield


def feature_names(features: str | None) -> list[str]:
    """Return the columns that ``--features`` names."""
    if features is None:
        return []
    names = [name.strip() for name in features.split(",")]
    if not all(names):
        raise InputError(
            f"--features {features!r} has an empty name; give columns with commas between: A,B."
        )
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
