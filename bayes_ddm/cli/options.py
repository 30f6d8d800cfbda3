"""Options that several commands share, and the files that they name."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bayes_ddm.errors import InputError

COLUMNS, SAMPLING, OUTPUT, POPULATION = "Columns", "Sampling", "Output", "Population"


def option(*names: str, help: str, panel: str, **kwargs: Any) -> Any:
    """Return a Typer option that `--help` lists in a panel."""
    return typer.Option(*names, help=help, rich_help_panel=panel, **kwargs)


File = Annotated[Path, typer.Argument(help="Table of choices: CSV or Parquet.", show_default=False)]
ChoiceColumn = Annotated[
    str, option("--choice", help="Column of choices: +1/-1, 0/1 or two labels.", panel=COLUMNS)
]
RtColumn = Annotated[str, option("--rt", help="Column of response times.", panel=COLUMNS)]
LabelerColumn = Annotated[
    str | None,
    option("--labeler", help="Column that names the labeler; none: anonymous.", panel=COLUMNS),
]
FeatureColumns = Annotated[
    str | None,
    option(
        "--features",
        help="Attribute differences, +1 option minus -1 option: A,B or A1-A2,B.",
        panel=COLUMNS,
    ),
]
CountColumn = Annotated[
    str | None, option("--count", help="Column of counts of identical rows.", panel=COLUMNS)
]
RtUnit = Annotated[
    str | None, option("--rt-unit", help="Unit of response times: s or ms.", panel=COLUMNS)
]
Positive = Annotated[
    str | None, option("--positive", help="Value of the choice column that is +1.", panel=COLUMNS)
]
Boundary = Annotated[
    float | None,
    typer.Option("--boundary", help="Known boundary (half the separation).", show_default=False),
]
Ndt = Annotated[
    float | None,
    typer.Option("--ndt", help="Known non-decision time, seconds.", show_default=False),
]
Prob = Annotated[float, typer.Option("--prob", help="Probability of the intervals, 0 to 1.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model (see `bayes-ddm models`); default hierarchical, contextual with features.",
        show_default=False,
    ),
]
ByLabeler = Annotated[
    str | None,
    typer.Option(
        "--by-labeler",
        help="What each labeler has a value of their own for: boundary,ndt,start.",
        show_default=False,
    ),
]
Lapses = Annotated[bool, typer.Option("--lapses", help="Allow for lapses: choices by chance.")]
Draws = Annotated[int, option("--draws", help="Draws per chain.", panel=SAMPLING, min=1)]
Tune = Annotated[int, option("--tune", help="Tuning steps per chain.", panel=SAMPLING, min=1)]
Chains = Annotated[int, option("--chains", help="Chains.", panel=SAMPLING, min=1)]
Seed = Annotated[
    int | None,
    option("--seed", help="The same seed gives the same result.", panel=SAMPLING, min=0),
]
Sampler = Annotated[
    Literal["nutpie", "pymc"], option("--sampler", help="Program that runs NUTS.", panel=SAMPLING)
]
JsonOut = Annotated[Path | None, option("--json", help="Write every number as JSON.", panel=OUTPUT)]
FitOut = Annotated[Path | None, option("-o", "--output", help="Save the fit.", panel=OUTPUT)]
Overwrite = Annotated[bool, option("--overwrite", help="Replace output files.", panel=OUTPUT)]


def say(message: str) -> None:
    """Tell the user something that is no result: on standard error."""
    print(message, file=sys.stderr)


def check_outputs(*outputs: Path | None, overwrite: bool, source: Path | None = None) -> None:
    """Refuse output files that cannot be written, before any long computation.

    ``source`` is the input, which no output may replace.
    """
    from bayes_ddm.files import refuse_existing

    taken: list[Path] = []
    for path in outputs:
        if path is None:
            continue
        if source is not None and path.absolute() == source.absolute():
            raise InputError(f"{str(path)!r} is the input; give the output another name.")
        if path.absolute() in taken:
            raise InputError(f"{str(path)!r} is named twice; give each output a name of its own.")
        taken.append(path.absolute())
        refuse_existing(path, overwrite=overwrite)


def check_ending(path: Path | None, endings: Sequence[str], what: str) -> None:
    """Refuse an output file whose name promises another format than it would have."""
    if path is not None and path.suffix.lower() not in endings:
        *others, last = endings
        shown = f"{', '.join(others)} or {last}" if others else last
        raise InputError(f"{str(path)!r} cannot hold {what}: its name must end in {shown}.")


def write_text(path: Path | None, text: str, *, overwrite: bool) -> None:
    """Write a text file, if one was asked for."""
    from bayes_ddm.files import writing

    if path is not None:
        with writing(path, overwrite=overwrite) as temporary:
            temporary.write_text(text, encoding="utf-8")


def wrote(*paths: Path | None) -> None:
    """Say which files there are now."""
    for path in paths:
        if path is not None:
            say(f"wrote {path}")
