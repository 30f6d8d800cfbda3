"""The command that writes pseudo-labels beside a table's rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_ddm.cli.data import TABLES
from bayes_ddm.cli.options import (
    Boundary,
    ChoiceColumn,
    CountColumn,
    FeatureColumns,
    File,
    LabelerColumn,
    Ndt,
    Overwrite,
    Positive,
    RtColumn,
    RtUnit,
    check_ending,
    check_outputs,
    say,
    wrote,
)
from bayes_ddm.cli.table import feature_names, naming_options, point_out_unused, refuse_fit
from bayes_ddm.display import show

commands = typer.Typer()

HELP = (
    "Write a table back with drift pseudo-labels, to train a reward model on.\n\n"
    "Two columns are added, all others stay as they are: drift_pseudo_label, whose mean is the "
    "drift behind the choice; and drift_pseudo_label_variance, an unbiased estimate of its "
    "variance, from the response time. Rows without a response, or faster than the ndt, get "
    "neither, and are counted.\n\n"
    "A boundary that is not given is learned first: from labelers who repeat a comparison where "
    "that is reliable, else from a mixture of normal populations. The table is read in parts: any "
    "number of rows will do."
)


@commands.command(
    help=HELP,
    epilog="Example: bayes-ddm label choices.csv --labeler id --boundary 1.25 --ndt 0.3 -o out.csv",
)
def label(
    file: File,
    output: Annotated[Path, typer.Option("-o", "--output", help="CSV or Parquet file.")],
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
    boundary: Boundary = None,
    ndt: Ndt = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a table back with drift pseudo-labels, to train a reward model on."""
    from bayes_ddm.estimators.labels.label_file import label_file

    check_ending(output, TABLES, "a table")
    check_outputs(output, overwrite=overwrite, source=file)
    refuse_fit(file)
    if boundary is not None and ndt is None:
        say("note: the boundary was given without an ndt, which is taken as 0 s.")
    with naming_options(file, choice, rt):
        made = label_file(
            file,
            output,
            boundary=boundary,
            ndt=ndt,
            overwrite=overwrite,
            choice=choice,
            rt=rt,
            labeler=labeler,
            features=feature_names(features),
            count=count,
            rt_unit=rt_unit,
            positive=positive,
        )
    if boundary is None:
        point_out_unused(file, labeler, count)
    for note in made.notes:
        say(note)
    show(made)
    wrote(output)
