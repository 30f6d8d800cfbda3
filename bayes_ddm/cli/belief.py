"""Commands on saved fits: whether to believe one, which is best, what each predicts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_ddm.cli.inference import FIGURES
from bayes_ddm.cli.options import (
    OUTPUT,
    ChoiceColumn,
    CountColumn,
    FeatureColumns,
    File,
    LabelerColumn,
    Overwrite,
    Positive,
    Prob,
    RtColumn,
    RtUnit,
    Seed,
    check_ending,
    check_outputs,
    option,
    say,
    wrote,
)
from bayes_ddm.cli.table import announce, read
from bayes_ddm.display import show
from bayes_ddm.errors import InputError

if TYPE_CHECKING:
    import xarray as xr

commands = typer.Typer()

Fit = Annotated[Path, typer.Argument(metavar="FIT.nc", help="A saved fit.", show_default=False)]
Replications = Annotated[int, typer.Option("--draws", help="Posterior draws used.", min=20)]


def _load(path: Path) -> xr.DataTree:
    from bayes_ddm.data.read import existing_file
    from bayes_ddm.fitting.save import load

    return load(existing_file(path))


@commands.command(epilog="Example: bayes-ddm diagnose fit.nc --plot checks.png")
def diagnose(
    fit: Fit,
    draws: Replications = 200,
    seed: Seed = None,
    plot: Annotated[
        Path | None, option("--plot", help="Figure of the predictive checks.", panel=OUTPUT)
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Say whether to believe a fit, and where not, what to do."""
    check_ending(plot, FIGURES, "a plot")
    check_outputs(plot, overwrite=overwrite, source=fit)
    loaded = _load(fit)
    from bayes_ddm.checks.diagnose import diagnose as run
    from bayes_ddm.files import writing

    say("checking predictions, leaving labelers out, and varying the priors")
    found = run(loaded, draws=draws, seed=seed or 0)
    if plot is not None:
        if found.checks is None:
            raise InputError("there are no predictive checks to draw for a model of your own.")
        with writing(plot, overwrite=overwrite) as temporary:
            found.checks.plot().savefig(temporary, dpi=150)
    show(found)
    wrote(plot)


@commands.command(epilog="Example: bayes-ddm rank contextual.nc labeler_boundary.nc")
def rank(
    fits: Annotated[
        list[Path],
        typer.Argument(metavar="FIT.nc...", help="Fits of the same choices.", show_default=False),
    ],
) -> None:
    """Rank fits by how well they predict a labeler left out."""
    from bayes_ddm.checks.loo import rank as run

    names = [path.stem for path in fits]
    if len(set(names)) < len(names):
        names = [str(path) for path in fits]
    show(run({name: _load(path) for name, path in zip(names, fits, strict=True)}))


@commands.command(epilog="Example: bayes-ddm predict fit.nc new.csv --labeler id -o predicted.csv")
def predict(
    fit: Fit,
    file: File,
    choice: ChoiceColumn = "choice",
    rt: RtColumn = "rt",
    labeler: LabelerColumn = None,
    features: FeatureColumns = None,
    count: CountColumn = None,
    rt_unit: RtUnit = None,
    positive: Positive = None,
    prob: Prob = 0.95,
    draws: Replications = 400,
    seed: Seed = None,
    output: Annotated[
        Path | None, option("-o", "--output", help="Predictions, row by row: CSV.", panel=OUTPUT)
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Predict choices and response times that a fit has not seen, and score the predictions."""
    check_ending(output, (".csv",), "the predictions")
    check_outputs(output, overwrite=overwrite, source=file)
    loaded = _load(fit)
    choices = read(file, choice, rt, labeler, features, count, rt_unit, positive)
    announce(choices)

    from bayes_ddm.files import writing
    from bayes_ddm.fitting.predict import predict as run

    found = run(loaded, choices, prob=prob, draws=draws, seed=seed or 0)
    if output is not None:
        with writing(output, overwrite=overwrite) as temporary:
            found.table.to_csv(temporary, index=False)
    show(found)
    wrote(output)
