"""Options that several commands share, and the table of choices they describe."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bayes_ddm.choices import Choices

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
Prob = Annotated[float, typer.Option("--prob", help="Probability of the intervals.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model (see `bayes-ddm models`); default hierarchical, contextual with features.",
        show_default=False,
    ),
]
Draws = Annotated[int, option("--draws", help="Draws per chain.", panel=SAMPLING)]
Tune = Annotated[int, option("--tune", help="Tuning steps per chain.", panel=SAMPLING)]
Chains = Annotated[int, option("--chains", help="Chains.", panel=SAMPLING)]
Seed = Annotated[
    int | None, option("--seed", help="The same seed gives the same result.", panel=SAMPLING)
]
Sampler = Annotated[str, option("--sampler", help="nutpie or pymc.", panel=SAMPLING)]
JsonOut = Annotated[Path | None, option("--json", help="Write every number as JSON.", panel=OUTPUT)]
FitOut = Annotated[Path | None, option("-o", "--output", help="Save the fit.", panel=OUTPUT)]
Overwrite = Annotated[bool, option("--overwrite", help="Replace output files.", panel=OUTPUT)]


def say(message: str) -> None:
    """Tell the user something that is no result: on standard error."""
    print(message, file=sys.stderr)


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
    """Read the table; say what was dropped and what should be known."""
    from bayes_ddm.reading import read_choices

    names = [] if features is None else [name.strip() for name in features.split(",")]
    choices = read_choices(
        file,
        choice=choice,
        rt=rt,
        labeler=labeler,
        features=[name for name in names if name],
        count=count,
        rt_unit=rt_unit,
        positive=positive,
    )
    for reason, n in choices.dropped.items():
        say(f"dropped {n:,} rows: {reason}")
    for note in choices.notes:
        say(f"note: {note}")
    return choices


def refuse_existing(*paths: Path | None, overwrite: bool) -> None:
    """Refuse output files that exist, before any long computation."""
    from bayes_ddm import output

    for path in paths:
        if path is not None:
            output.refuse_existing(path, overwrite=overwrite)


def write_text(path: Path | None, text: str, *, overwrite: bool) -> None:
    """Write a text file, if one was asked for, and say so."""
    from bayes_ddm.output import writing

    if path is not None:
        with writing(path, overwrite=overwrite) as temporary:
            temporary.write_text(text, encoding="utf-8")
        say(f"wrote {path}")
