"""The command that makes many rows few: condense."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.options import option
from bayes_ddm.cli.outputs import CONDENSED, Output, output_option, say
from bayes_ddm.cli.table import Columns
from bayes_ddm.cli.texts import listed
from bayes_ddm.errors import InputError


def condense(
    *,
    source: Annotated[
        list[str],
        typer.Argument(
            help="CSV or Parquet files of one table: paths, patterns, or a folder.",
            show_default=False,
        ),
    ],
    out: Annotated[Path, output_option("Parquet file.", "-o", "--output", kind=CONDENSED)],
    columns: Columns,
    resume: Annotated[
        Path | None,
        option("Folder that keeps what is made of each file, so that a stopped run goes on."),
    ] = None,
    output: Output,
) -> None:
    """Make a few hundred weighted rows of any number of choices, with what they say.

    Choices are of anonymous labelers, of one comparison or of few (--features); or of known ones
    (--labeler) without features, whose sums are kept.

    estimate, fit and compare take the file in place of a table, without options for columns.

    Example: bayes-ddm condense log/ --choice picked --rt ms --rt-unit ms -o log.condensed.parquet
    """
    output.check(out)
    for name in ("count", "drift", "deadline", "omissions", "items", "reference"):
        if getattr(columns, name) is not None:
            raise InputError(f"--{name}: not where files are condensed; fit the table itself.")
    if columns.where is not None:
        raise InputError("condense takes all rows of its files; leave --where out.")
    from bayes_ddm.data.condensing.engine import condense_files

    few = condense_files(
        source[0] if len(source) == 1 else source,
        choice=columns.choice,
        rt=columns.rt,
        labeler=columns.labeler,
        features=columns.names()["features"],
        rt_unit=columns.rt_unit,
        positive=columns.positive,
        min_rt=columns.min_rt,
        max_rt=columns.max_rt,
        drop=listed(columns.drop),
        missing=_numbers(columns.missing),
        resume=resume,
    )
    output.keep(few, out)
    say(f"next: bayes-ddm estimate {out}")


def _numbers(text: str | None) -> list[float]:
    try:
        return [float(part) for part in listed(text)]
    except ValueError:
        raise InputError(f"--missing must be numbers with commas between; got {text!r}.") from None
